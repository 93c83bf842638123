"""A recipe: everything about a training but the architecture. Imports no Keras, for the web process reads it too."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal, get_args

from pydantic import Discriminator, Field, Tag, ValidationError, field_validator

from lib import strict_json
from lib.arch.own_activation import NAMED, OWN, OwnActivation, named_or_own
from lib.data.catalogue import DATASETS
from lib.data.own import is_own
from lib.data.tasks import CLASSIFY, TaskName
from lib.errors import UserError
from lib.i18n import N_
from lib.machine import Precision
from lib.training.augmentation import AUGMENTATIONS, StepsField
from lib.training.callbacks import CALLBACKS, AnyCallback, Callback, SwapEMAWeights
from lib.training.class_weights import ClassWeight
from lib.training.config import Config
from lib.training.goals import Metrics, Outputs, task_metrics
from lib.training.losses import LOSSES, AnyLoss, SparseCategoricalCrossentropy
from lib.training.metrics import METRICS, Better, Metric
from lib.training.optimizers import OPTIMIZERS, Adam, AnyOptimizer
from lib.training.rules import MOST_RULES, Rule
from lib.training.schedules import AnySchedule

__all__ = ["ACTIVATIONS", "AUGMENTATIONS", "CALLBACKS", "FORMAT", "LOSSES", "METRICS", "OPTIMIZERS", "Recipe"]

FORMAT: Final = "blockyard-recipe/1"
LONGEST: Final = 100_000
HiddenActivation = Literal[
    "relu", "leaky_relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign", "squareplus",
    "sparse_plus", "tanh", "tanh_shrink", "hard_tanh", "sigmoid", "hard_sigmoid", "sparse_sigmoid", "log_sigmoid",
    "hard_silu", "hard_shrink", "soft_shrink", "exponential", "linear"]
"""Keras's activations that work on each number alone and need no argument."""
ACTIVATIONS: Final[tuple[str, ...]] = get_args(HiddenActivation)
HiddenChoice = Annotated[Annotated[HiddenActivation, Tag(NAMED)] | Annotated[OwnActivation, Tag(OWN)],
                         Discriminator(named_or_own)]


class Recipe(Config):
    """How a model is trained: data, split, optimizer, epochs, callbacks and the seed of all chance.

    The accuracy is always told; `metrics` are told beside it. Where the task is to tell the class, several outputs
    each learn the classes: the loss is the sum of theirs, and accuracy and metrics are those of the first. Other tasks
    say what each output learns; `outputs` weighs and measures them, and `loss` and `metrics` have no part in them.
    The defaults bring small networks far within five epochs: the MNIST convnet to 99.1% of the test digits.
    """

    format: Literal["blockyard-recipe/1"] = FORMAT
    data: str = Field(default="mnist", title=N_("Data set"), description=N_(
        "The images to learn from: mnist, cifar10, shapes, or the name of a set that somebody has brought"))
    task: TaskName = Field(default="classify", title=N_("Task"), description=N_(
        "What is made of the images: what a network gets, and what it shall answer"))
    outputs: Outputs = Field(default=(), title=N_("Outputs"), description=N_(
        "How much each answer of the task counts, by which loss it is learned, and by what it is measured; what is "
        "left out counts once"))
    train_images: int | None = Field(default=None, ge=1, le=1_000_000, title=N_("Training images"), description=N_(
        "How many images to train on, for quick trials; none: all of them"))
    validation_fraction: float = Field(default=0.1, ge=0.01, le=0.9, title=N_("Validation share"), description=N_(
        "Share of the training set that is held out to watch the training by"))
    normalization: Literal["rescale", "standardize"] = Field(
        default="rescale", title=N_("Image normalization"), description=N_(
            "How the bytes of the images become numbers: divided by 255; or then also shifted and scaled so that each "
            "channel of the training images has the mean 0 and the deviation 1"))
    augmentation: StepsField = Field(default=(), title=N_("Augmentation"), description=N_(
        "What happens by chance to every image before the network learns from it; images to judge by stay as they are"))
    batch_size: int = Field(default=64, ge=1, le=10_000, title=N_("Batch size"), description=N_(
        "Images that one step of the optimizer looks at"))
    epochs: int = Field(default=5, ge=1, le=1000, title=N_("Epochs"), description=N_(
        "How many times the whole training set is gone through"))
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title=N_("Seed"), description=N_(
        "Number that all chance follows from: the same seed gives the same curve"))
    inside: bool = Field(default=True, title=N_("Look inside while it trains"), description=N_(
        "After every epoch, keep what a few held-out images show of the layers: weights, activations, gradients, dead "
        "ReLUs, and what the network says of them. It changes nothing in the training"))
    optimizer: AnyOptimizer = Field(default=Adam(learning_rate=0.003), title=N_("Optimizer"), description=N_(
        "The rule that moves the weights"))
    schedule: AnySchedule | None = Field(default=None, title=N_("Schedule"), description=N_(
        "How the learning rate changes from batch to batch; none: it stays, but for what callbacks and rules do"))
    loss: AnyLoss = Field(default=SparseCategoricalCrossentropy(), title=N_("Loss"), description=N_(
        "The number that the optimizer makes small"))
    class_weight: ClassWeight | None = Field(default=None, title=N_("Class weights"), description=N_(
        "What the images of each class weigh in the loss that is learned by: none, balanced, or a number for each"))
    metrics: Metrics = Field(default=(), title=N_("Metrics"), description=N_(
        "What is told of every epoch beside loss and accuracy"))
    precision: Precision = Field(default="float32", title=N_("Precision"), description=N_(
        "In what numbers the layers compute; the weights and what comes out at the end are float32 always"))
    activation: HiddenChoice | None = Field(default=None, title=N_("Hidden activations"), description=N_(
        "Replaces the activation of every hidden layer, to compare quickly; none: as the architecture says"))
    callbacks: Annotated[tuple[AnyCallback, ...], Field(strict=False, max_length=len(CALLBACKS))] = Field(
        default=(), title=N_("Callbacks"), description=N_("What shall happen between epochs"))
    rules: Annotated[tuple[Rule, ...], Field(strict=False, max_length=MOST_RULES)] = Field(
        default=(), title=N_("Rules"), description=N_("Callbacks of your own: when, under which condition, what"))

    @field_validator("data")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in DATASETS and not is_own(name):
            raise UserError("", N_("expected one of {names}"), name, names=", ".join(DATASETS))
        return name

    @field_validator("callbacks")
    @classmethod
    def _each_once(cls, callbacks: tuple[AnyCallback, ...]) -> tuple[AnyCallback, ...]:
        names = [callback.name for callback in callbacks]
        if len(set(names)) < len(names):
            raise UserError("", N_("expected each callback once at most"), ", ".join(names))
        return callbacks

    @field_validator("rules")
    @classmethod
    def _each_by_its_name(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        if len({rule.name.lower() for rule in rules}) < len(rules):
            raise UserError("", N_("expected a name of its own for each rule"), ", ".join(rule.name for rule in rules))
        return rules

    @field_validator("outputs")
    @classmethod
    def _each_output_once(cls, outputs: Outputs) -> Outputs:
        names = [each.output for each in outputs]
        if len(set(names)) < len(names):
            raise UserError("", N_("expected each output once at most"), ", ".join(names))
        return outputs

    @property
    def one_hot(self) -> bool:
        """Whether labels have to be one-hot rows: only Keras's own for class numbers take those, and numbers cannot be
        mixed."""
        takes_numbers = self.loss.name == "SparseCategoricalCrossentropy"
        return self.mixes or not takes_numbers or not all(metric.sparse for metric in self.metrics)

    @property
    def mixes(self) -> bool:
        """Whether images are mixed with one another, and their answers too."""
        return any(step.mixes for step in self.augmentation)

    @property
    def measured(self) -> dict[str, Better]:
        """What is told of an epoch beside loss and accuracy, and whether more of each is better: the metrics; of
        several answers of a task the loss and the accuracy of each, and the metrics of each answer."""
        if self.task == CLASSIFY:
            return {metric.log_name: metric.direction for metric in self.metrics}
        return task_metrics(self.task, self.outputs)

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """The metrics of the recipe and those of its outputs."""
        return (*self.metrics, *(metric for each in self.outputs for metric in each.metrics))

    @property
    def monitored(self) -> dict[str, Better]:
        """The numbers of an epoch that can be watched, and whether more of each is better."""
        told: dict[str, Better] = {"loss": "min", "accuracy": "max", **self.measured}
        return {**{f"val_{name}": better for name, better in told.items()}, **told}

    def decided(self, callback: Callback) -> Callback:
        """`callback` with the direction that "auto" means for what it monitors."""
        if getattr(callback, "mode", "") != "auto":
            return callback
        return callback.model_copy(update={"mode": self.monitored.get(getattr(callback, "monitor", ""), "min")})

    @classmethod
    def from_json(cls, text: str | bytes) -> Recipe:
        """The recipe that the JSON `text` describes; what is left out takes its default.

        Raises:
            UserError: the text is no JSON, or no recipe: one sentence names the place and the value.
        """
        value = strict_json.read(text, "recipe", LONGEST, lines=True)
        if not isinstance(value, dict):
            raise UserError("recipe", N_("expected an object"), value)
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise UserError.from_validation("recipe", error) from None

    def to_json(self) -> str:
        """This recipe as indented JSON, every field written out; equal recipes give equal text."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)


def in_turn(recipe: Recipe) -> list[Callback]:
    """The callbacks of `recipe` in the order in which they are called, their directions decided: what swaps the weights
    comes first, for the others to find the right ones."""
    first = sorted(recipe.callbacks, key=lambda callback: not isinstance(callback, SwapEMAWeights))
    return [recipe.decided(callback) for callback in first]
