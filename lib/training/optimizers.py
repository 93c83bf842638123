"""The optimizers a recipe can name: each class carries the fields and defaults of Keras's class of the same name."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from lib.i18n import N_
from lib.training.optimizer import (
    Accumulator,
    AMSGrad,
    Beta1,
    Beta2,
    Epsilon,
    Momentum,
    Nesterov,
    Optimizer,
    Rho,
)


class SGD(Optimizer):
    """Stochastic gradient descent."""

    summary: ClassVar[str] = N_("Plain gradient descent, with momentum if wanted")
    reference: ClassVar[str] = "Robbins & Monro 1951; Sutskever et al. 2013"
    name: Literal["SGD"] = "SGD"
    learning_rate: float = Field(default=0.01, gt=0, le=100, title=N_("Learning rate"), description=N_(
        "How far the weights move at each step"))
    momentum: Momentum = 0.0
    nesterov: Nesterov = False

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return int(self.momentum > 0)


class RMSprop(Optimizer):
    """Gradients divided by the root of their running mean square."""

    summary: ClassVar[str] = N_("Divides each gradient by the root of its recent mean square")
    reference: ClassVar[str] = "Tieleman & Hinton 2012"
    name: Literal["RMSprop"] = "RMSprop"
    rho: Rho = 0.9
    momentum: Momentum = 0.0
    epsilon: Epsilon = 1e-7
    centered: bool = Field(default=False, title=N_("Centered"), description=N_(
        "Divide by an estimate of the variance instead of the mean square"))

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 1 + (self.momentum > 0) + self.centered


class Adam(Optimizer):
    """Adaptive moments."""

    summary: ClassVar[str] = N_("Momentum and a step size of its own for each weight: a good first choice")
    reference: ClassVar[str] = "Kingma & Ba 2014"
    name: Literal["Adam"] = "Adam"
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7
    amsgrad: AMSGrad = False

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2 + self.amsgrad


class AdamW(Optimizer):
    """Adam with decoupled weight decay."""

    summary: ClassVar[str] = N_("Adam with weight decay apart from the gradient")
    reference: ClassVar[str] = "Loshchilov & Hutter 2019"
    name: Literal["AdamW"] = "AdamW"
    weight_decay: float = Field(default=0.004, ge=0, lt=1, title=N_("Weight decay"), description=N_(
        "Pulls every weight towards zero at each step, apart from the gradient"))
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7
    amsgrad: AMSGrad = False

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2 + self.amsgrad


class RAdam(Optimizer):
    """Rectified Adam, our own `lib.keras_bridge.radam.RAdam`."""

    summary: ClassVar[str] = N_("Adam whose first steps are held back until their variance is known")
    reference: ClassVar[str] = "Liu et al. 2020"
    name: Literal["RAdam"] = "RAdam"
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


class Adadelta(Optimizer):
    """Steps scaled by the ratio of recent updates to recent gradients."""

    summary: ClassVar[str] = N_("Scales each step by how far the weight has moved lately")
    reference: ClassVar[str] = "Zeiler 2012"
    name: Literal["Adadelta"] = "Adadelta"
    rho: Rho = 0.95
    epsilon: Epsilon = 1e-7

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares."""

    summary: ClassVar[str] = N_("Smaller steps for weights that have been moved often")
    reference: ClassVar[str] = "Duchi et al. 2011"
    name: Literal["Adagrad"] = "Adagrad"
    initial_accumulator_value: Accumulator = 0.1
    epsilon: Epsilon = 1e-7

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 1


class Adamax(Optimizer):
    """Adam with the infinity norm."""

    summary: ClassVar[str] = N_("Adam with the largest gradient in place of the mean square")
    reference: ClassVar[str] = "Kingma & Ba 2014, section 7"
    name: Literal["Adamax"] = "Adamax"
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


class Nadam(Optimizer):
    """Adam with Nesterov momentum."""

    summary: ClassVar[str] = N_("Adam with Nesterov momentum")
    reference: ClassVar[str] = "Dozat 2015"
    name: Literal["Nadam"] = "Nadam"
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


class Adafactor(Optimizer):
    """Adam's second moment kept by rows and columns only."""

    summary: ClassVar[str] = N_("Saves memory: squared gradients are kept for rows and columns only")
    reference: ClassVar[str] = "Shazeer & Stern 2018"
    name: Literal["Adafactor"] = "Adafactor"
    beta_2_decay: float = Field(default=-0.8, ge=-1, lt=0, title=N_("Beta 2 decay"), description=N_(
        "Exponent by which the decay of the squared gradients nears 1"))
    epsilon_1: float = Field(default=1e-30, gt=0, le=1, title=N_("Epsilon 1"), description=N_(
        "A small number that keeps a division from reaching zero"))
    epsilon_2: float = Field(default=0.001, gt=0, le=1, title=N_("Epsilon 2"), description=N_(
        "Smallest size of a weight array that a relative step is measured by"))
    clip_threshold: float = Field(default=1.0, gt=0, title=N_("Clipping threshold"), description=N_(
        "Largest root mean square of an update"))
    relative_step: bool = Field(default=True, title=N_("Relative step"), description=N_(
        "Let the step size fall with the root of the number of steps"))

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 1

    def slots(self, name: str, shape: tuple[int, ...]) -> int:
        # One number for each row and each column of the last two axes; Keras keeps two that rest for other weights.
        factors = prod(shape[:-1]) + prod((*shape[:-2], shape[-1])) if len(shape) > 1 else 2
        return super().slots(name, shape) + factors


class Ftrl(Optimizer):
    """Follow the regularized leader."""

    summary: ClassVar[str] = N_("Follow the regularized leader: made for large sparse linear models")
    reference: ClassVar[str] = "McMahan et al. 2013"
    name: Literal["Ftrl"] = "Ftrl"
    learning_rate_power: float = Field(default=-0.5, ge=-2, le=0, title=N_("Learning rate power"), description=N_(
        "Exponent by which the learning rate falls during training; 0 keeps it"))
    initial_accumulator_value: Accumulator = 0.1
    l1_regularization_strength: float = Field(default=0.0, ge=0, title=N_("L1 strength"), description=N_(
        "Strength of the penalty on absolute weights"))
    l2_regularization_strength: float = Field(default=0.0, ge=0, title=N_("L2 strength"), description=N_(
        "Strength of the penalty on squared weights"))
    l2_shrinkage_regularization_strength: float = Field(default=0.0, ge=0, title=N_("L2 shrinkage"), description=N_(
        "Strength of a penalty on the size of the weights at the time of the gradient"))
    beta: float = Field(default=0.0, ge=0, title=N_("Beta"), description=N_(
        "Added to the root of the squared gradients; larger makes the first steps smaller"))

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


class Lion(Optimizer):
    """Steps by the sign of the momentum."""

    summary: ClassVar[str] = N_("Every weight moves by the same size; only the sign of the momentum counts")
    reference: ClassVar[str] = "Chen et al. 2023"
    name: Literal["Lion"] = "Lion"
    beta_1: Annotated[Beta1, Field(gt=0)] = 0.9
    beta_2: Beta2 = 0.99

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 1


class Lamb(Optimizer):
    """Adam with a step of its own for each layer."""

    summary: ClassVar[str] = N_("Adam scaled by the size of each layer's weights: made for large batches")
    reference: ClassVar[str] = "You et al. 2020"
    name: Literal["Lamb"] = "Lamb"
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


class Muon(Optimizer):
    """Momentum made orthogonal; AdamW for whatever is no matrix."""

    summary: ClassVar[str] = N_("Makes each matrix of steps orthogonal; other weights follow AdamW")
    reference: ClassVar[str] = "Jordan et al. 2024"
    name: Literal["Muon"] = "Muon"
    weight_decay: float = Field(default=0.004, ge=0, lt=1, title=N_("Weight decay"), description=N_(
        "Pulls every weight towards zero at each step, apart from the gradient"))
    momentum: Momentum = 0.95
    nesterov: Nesterov = True
    ns_steps: int = Field(default=5, ge=1, le=20, title=N_("Newton-Schulz steps"), description=N_(
        "Rounds of the iteration that makes a matrix orthogonal"))
    rms_rate: float | None = Field(default=0.2, gt=0, title=N_("Update size"), description=N_(
        "Root mean square that an orthogonal update is scaled to"))
    adam_lr_ratio: float = Field(default=1, gt=0, title=N_("Adam learning rate ratio"), description=N_(
        "Learning rate of AdamW, as a multiple of the learning rate"))
    adam_beta_1: Beta1 = 0.9
    adam_beta_2: Beta2 = 0.999
    adam_weight_decay: float = Field(default=0.004, ge=0, lt=1, title=N_("Adam weight decay"), description=N_(
        "Weight decay of the weights that follow AdamW"))
    epsilon: Epsilon = 1e-7
    exclude_embeddings: bool = Field(default=True, title=N_("Leave out embeddings"), description=N_(
        "Embedding weights follow AdamW"))
    muon_a: float = Field(default=3.4445, title=N_("Coefficient a"), description=N_(
        "First coefficient of the Newton-Schulz polynomial"))
    muon_b: float = Field(default=-4.775, title=N_("Coefficient b"), description=N_(
        "Second coefficient of the Newton-Schulz polynomial"))
    muon_c: float = Field(default=2.0315, title=N_("Coefficient c"), description=N_(
        "Third coefficient of the Newton-Schulz polynomial"))

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        # What follows AdamW has a second array; Keras finds embeddings by their path.
        embedding = self.exclude_embeddings and "embedding" in name.lower()
        return 2 if len(shape) != 2 or embedding else 1


class ScheduleFreeAdamW(Optimizer):
    """AdamW that averages its weights instead of following a schedule."""

    summary: ClassVar[str] = N_("AdamW that needs no schedule: it averages the weights it passes through")
    reference: ClassVar[str] = "Defazio et al. 2024"
    name: Literal["ScheduleFreeAdamW"] = "ScheduleFreeAdamW"
    learning_rate: float = Field(default=0.0025, gt=0, le=100, title=N_("Learning rate"), description=N_(
        "How far the weights move at each step"))
    beta_1: Annotated[Beta1, Field(gt=0)] = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-8
    warmup_steps: int = Field(default=0, ge=0, title=N_("Warm-up steps"), description=N_(
        "Steps over which the learning rate grows from zero"))

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        return 2


AnyOptimizer = Annotated[
    Adam | AdamW | RAdam | SGD | RMSprop | Adagrad | Adadelta | Adamax | Nadam | Adafactor | Ftrl | Lion | Lamb | Muon
    | ScheduleFreeAdamW,
    Field(discriminator="name")]
"""Any of them; the key `name` says which."""

OPTIMIZERS: Final[dict[str, type[Optimizer]]] = {kind.__name__: kind for kind in (
    Adam, AdamW, RAdam, SGD, RMSprop, Adagrad, Adadelta, Adamax, Nadam, Adafactor, Ftrl, Lion, Lamb, Muon,
    ScheduleFreeAdamW)}
