"""The losses a recipe can name: Keras's own, with their fields, and formulas of one's own.

Labels come as one-hot rows, (batch, classes); only the sparse cross-entropy takes class numbers.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from lib.errors import UserError
from lib.formula.fields import FormulaText, OwnName
from lib.i18n import N_
from lib.training.config import Config

Takes = Literal["classes", "each", "shares", "anything"]
"""What a loss or a metric wants of the last layer: softmax, or logits of it ("classes"); a number from 0 to 1 for each
class, or logits of that ("each"); numbers from 0 to 1 ("shares"); or whatever there is."""

LABEL_SMOOTHING: Final[Any] = Field(default=0.0, ge=0, lt=1, title=N_("Label smoothing"), description=N_(
    "How much of the certainty of a label is spread over all classes"))
ALPHA: Final[Any] = Field(default=0.25, ge=0, le=1, title=N_("Alpha"), description=N_(
    "What the loss of a class that is there is multiplied by"))
GAMMA: Final[Any] = Field(default=2.0, ge=0, le=20, title=N_("Gamma"), description=N_(
    "How strongly examples count less that are told right already"))


class Loss(Config):
    """What a training makes as small as it can.

    Attributes:
        takes: what it wants of the last layer.
        whole_batch: whether it is a number of a batch that is not the mean over its examples.
    """

    takes: ClassVar[Takes] = "anything"
    whole_batch: ClassVar[bool] = False


class SparseCategoricalCrossentropy(Loss):
    """-log of the probability of the true class."""

    summary: ClassVar[str] = N_("How surprised the network is by the true class; the usual loss for classes")
    takes: ClassVar[Takes] = "classes"
    name: Literal["SparseCategoricalCrossentropy"] = "SparseCategoricalCrossentropy"


class CategoricalCrossentropy(Loss):
    """-sum(y_true log y_pred)."""

    summary: ClassVar[str] = N_("The usual loss for classes, with labels that can be smoothed")
    reference: ClassVar[str] = "Szegedy et al. 2016, arXiv:1512.00567"
    takes: ClassVar[Takes] = "classes"
    name: Literal["CategoricalCrossentropy"] = "CategoricalCrossentropy"
    label_smoothing: float = LABEL_SMOOTHING


class CategoricalFocalCrossentropy(Loss):
    """-alpha (1 - y_pred)^gamma y_true log y_pred."""

    summary: ClassVar[str] = N_("A cross-entropy in which easy examples count less")
    reference: ClassVar[str] = "Lin et al. 2017, arXiv:1708.02002"
    takes: ClassVar[Takes] = "classes"
    name: Literal["CategoricalFocalCrossentropy"] = "CategoricalFocalCrossentropy"
    alpha: float = ALPHA
    gamma: float = GAMMA
    label_smoothing: float = LABEL_SMOOTHING


class BinaryCrossentropy(Loss):
    """The cross-entropy of each class by itself: there, or not there."""

    summary: ClassVar[str] = N_("The cross-entropy of yes or no, for each class by itself")
    takes: ClassVar[Takes] = "each"
    name: Literal["BinaryCrossentropy"] = "BinaryCrossentropy"
    label_smoothing: float = LABEL_SMOOTHING


class BinaryFocalCrossentropy(Loss):
    """The binary cross-entropy in which easy answers count less."""

    summary: ClassVar[str] = N_("Yes or no for each class by itself, in which easy answers count less")
    reference: ClassVar[str] = "Lin et al. 2017, arXiv:1708.02002"
    takes: ClassVar[Takes] = "each"
    name: Literal["BinaryFocalCrossentropy"] = "BinaryFocalCrossentropy"
    apply_class_balancing: bool = Field(default=False, title=N_("Balance the classes"), description=N_(
        "Whether yes and no are multiplied by alpha and 1 - alpha"))
    alpha: float = ALPHA
    gamma: float = GAMMA
    label_smoothing: float = LABEL_SMOOTHING


class MeanSquaredError(Loss):
    """mean((y_true - y_pred)^2)."""

    summary: ClassVar[str] = N_("The mean of the squared differences to the one-hot label")
    name: Literal["MeanSquaredError"] = "MeanSquaredError"


class MeanAbsoluteError(Loss):
    """mean(|y_true - y_pred|)."""

    summary: ClassVar[str] = N_("The mean of the differences to the one-hot label, whatever their sign")
    name: Literal["MeanAbsoluteError"] = "MeanAbsoluteError"


class Huber(Loss):
    """Squared where the difference is small, absolute where it is large."""

    summary: ClassVar[str] = N_("Squares of small differences, and large ones as they are")
    reference: ClassVar[str] = "Huber 1964"
    name: Literal["Huber"] = "Huber"
    delta: float = Field(default=1.0, gt=0, le=100, title=N_("Delta"), description=N_(
        "The difference from which on it is no longer squared"))


class LogCosh(Loss):
    """mean(log(cosh(y_pred - y_true)))."""

    summary: ClassVar[str] = N_("Nearly the square of small differences, and smoothly less of large ones")
    name: Literal["LogCosh"] = "LogCosh"


class KLDivergence(Loss):
    """sum(y_true log(y_true / y_pred))."""

    summary: ClassVar[str] = N_("How far the probabilities are from those of the label")
    takes: ClassVar[Takes] = "shares"
    name: Literal["KLDivergence"] = "KLDivergence"


class Poisson(Loss):
    """mean(y_pred - y_true log y_pred)."""

    summary: ClassVar[str] = N_("The loss of counts that follow a Poisson distribution")
    takes: ClassVar[Takes] = "shares"
    name: Literal["Poisson"] = "Poisson"


class CategoricalHinge(Loss):
    """max(1 + the best of the wrong classes - the true one, 0)."""

    summary: ClassVar[str] = N_("Zero once the true class is ahead of every other by 1")
    name: Literal["CategoricalHinge"] = "CategoricalHinge"


class Hinge(Loss):
    """mean(max(1 - y_true y_pred, 0)) with labels of -1 and 1."""

    summary: ClassVar[str] = N_("Zero for each class that is above 1 where it is there, and below -1 where it is not")
    name: Literal["Hinge"] = "Hinge"


class SquaredHinge(Loss):
    """The square of the hinge."""

    summary: ClassVar[str] = N_("The square of the hinge: what is far from right counts more")
    name: Literal["SquaredHinge"] = "SquaredHinge"


class CosineSimilarity(Loss):
    """-cos of the angle between label and answer."""

    summary: ClassVar[str] = N_("How far the answer points away from the label, from -1 (the same way) to 1")
    name: Literal["CosineSimilarity"] = "CosineSimilarity"


class Dice(Loss):
    """1 - 2 |overlap| / (|y_true| + |y_pred|), over the whole batch."""

    summary: ClassVar[str] = N_("How little labels and answers overlap, over the whole batch")
    reference: ClassVar[str] = "Milletari et al. 2016, arXiv:1606.04797"
    takes: ClassVar[Takes] = "shares"
    whole_batch: ClassVar[bool] = True
    name: Literal["Dice"] = "Dice"


class Tversky(Loss):
    """Dice with its own weights for what is told too much and what is missed."""

    summary: ClassVar[str] = N_("How little labels and answers overlap; false alarms and misses have their own weights")
    reference: ClassVar[str] = "Salehi et al. 2017, arXiv:1706.05721"
    takes: ClassVar[Takes] = "shares"
    whole_batch: ClassVar[bool] = True
    name: Literal["Tversky"] = "Tversky"
    alpha: float = Field(default=0.5, ge=0, le=10, title=N_("Alpha"), description=N_("The weight of false alarms"))
    beta: float = Field(default=0.5, ge=0, le=10, title=N_("Beta"), description=N_("The weight of misses"))


class OwnLoss(Loss):
    """A formula of `y_true` and `y_pred`, both (batch, classes), that gives a number, or some for each example, whose
    mean is the loss."""

    summary: ClassVar[str] = N_("A formula of your own")
    whole_batch: ClassVar[bool] = True
    name: OwnName = Field(title=N_("Name"), description=N_("What it is called, in the exported code too"))
    formula: FormulaText = Field(title=N_("Formula"), json_schema_extra={"multiline": True}, description=N_(
        "Lines of y_true and y_pred, both (batch, classes); the last one is the result"))

    def __str__(self) -> str:
        return self.name

    @field_validator("name")
    @classmethod
    def _of_ones_own(cls, name: str) -> str:
        if name in LOSSES:
            raise UserError("", N_("expected a name that nothing of Keras has"), name)
        return name


_KINDS: Final = (
    SparseCategoricalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy, BinaryCrossentropy,
    BinaryFocalCrossentropy, MeanSquaredError, MeanAbsoluteError, Huber, LogCosh, KLDivergence, Poisson,
    CategoricalHinge, Hinge, SquaredHinge, CosineSimilarity, Dice, Tversky)
LOSSES: Final[dict[str, type[Loss]]] = {kind.__name__: kind for kind in _KINDS}


def kind_of(value: Any, own: str) -> Any:
    """Which model describes `value`: the one of its name, or `own` where it has a formula."""
    if isinstance(value, dict):
        return own if "formula" in value else value.get("name")
    return own if hasattr(value, "formula") else getattr(value, "name", None)


AnyLoss = Annotated[
    Annotated[SparseCategoricalCrossentropy, Tag("SparseCategoricalCrossentropy")]
    | Annotated[CategoricalCrossentropy, Tag("CategoricalCrossentropy")]
    | Annotated[CategoricalFocalCrossentropy, Tag("CategoricalFocalCrossentropy")]
    | Annotated[BinaryCrossentropy, Tag("BinaryCrossentropy")]
    | Annotated[BinaryFocalCrossentropy, Tag("BinaryFocalCrossentropy")]
    | Annotated[MeanSquaredError, Tag("MeanSquaredError")]
    | Annotated[MeanAbsoluteError, Tag("MeanAbsoluteError")]
    | Annotated[Huber, Tag("Huber")]
    | Annotated[LogCosh, Tag("LogCosh")]
    | Annotated[KLDivergence, Tag("KLDivergence")]
    | Annotated[Poisson, Tag("Poisson")]
    | Annotated[CategoricalHinge, Tag("CategoricalHinge")]
    | Annotated[Hinge, Tag("Hinge")]
    | Annotated[SquaredHinge, Tag("SquaredHinge")]
    | Annotated[CosineSimilarity, Tag("CosineSimilarity")]
    | Annotated[Dice, Tag("Dice")]
    | Annotated[Tversky, Tag("Tversky")]
    | Annotated[OwnLoss, Tag("OwnLoss")],
    Discriminator(lambda value: kind_of(value, "OwnLoss")),
]
"""Any of them; the key `name` says which, and one with a `formula` is of one's own."""
