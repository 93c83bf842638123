"""The metrics a recipe can name beside the accuracy: Keras's own, with their fields, and formulas of one's own.

Labels come as one-hot rows, (batch, classes). All are of the whole epoch, not means over its batches, unless it is said
otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from lib.errors import UserError
from lib.formula.fields import FormulaText, OwnName
from lib.formula.functions import CONSTANTS
from lib.i18n import N_
from lib.training.config import Config
from lib.training.losses import LABEL_SMOOTHING, Takes, kind_of

Better = Literal["max", "min"]

RESERVED: Final = frozenset({"loss", "accuracy", "learning_rate", "epoch", "epochs", "step", "steps", "batch",
                             "batches", "progress", "seconds"})
"""What the numbers of a training are called already."""

_THRESHOLDS: Final[Any] = Field(default=None, ge=0, le=1, title=N_("Threshold"), description=N_(
    "Above it a class counts as told; none: 0.5, or what is among the top k"))
_TOP_K: Final[Any] = Field(default=None, ge=1, le=1000, title=N_("Top k"), description=N_(
    "Only so many of the highest classes count as told; none: all above the threshold"))
_CLASS: Final[Any] = Field(default=None, ge=0, le=999, title=N_("Class"), description=N_(
    "The number of the one class that is looked at, from 0; none: all together"))
_AVERAGE: Final[Any] = Field(default="macro", title=N_("Average"), description=N_(
    "macro: every class counts the same; weighted: by its examples; micro: all counted together"))
_POINTS: Final[Any] = Field(default=200, ge=3, le=1000, title=N_("Thresholds"), description=N_(
    "How many thresholds the curve is drawn with"))


class Metric(Config):
    """What is told of a training besides its loss and accuracy."""

    less_is_better: ClassVar[bool] = False
    log: ClassVar[str] = ""

    @property
    def direction(self) -> Better:
        """Whether more is better, or less."""
        return "min" if self.less_is_better else "max"

    @property
    def log_name(self) -> str:
        """What its number is called in the logs of an epoch, and "val_" with it that of the validation."""
        return self.log

    @property
    def takes(self) -> Takes:
        """What it wants of the last layer."""
        return "shares"

    @property
    def sparse(self) -> bool:
        """Whether Keras has it for class numbers too."""
        return False


class TopKCategoricalAccuracy(Metric):
    """Share of examples whose class is among the k highest."""

    summary: ClassVar[str] = N_("The share of images whose class is among the k that are thought most likely")
    name: Literal["TopKCategoricalAccuracy"] = "TopKCategoricalAccuracy"
    k: int = Field(default=3, ge=1, le=1000, title=N_("Highest classes"), description=N_(
        "How many of the highest classes count"))

    @property
    def log_name(self) -> str:
        """With its k, so that there can be several."""
        return f"top_{self.k}_accuracy"

    @property
    def takes(self) -> Takes:
        """Only the order counts."""
        return "anything"

    @property
    def sparse(self) -> bool:
        """Keras has it for class numbers too."""
        return True


class _Counted(Metric):
    """Counted from what is told and what is true."""

    thresholds: float | None = _THRESHOLDS
    top_k: int | None = _TOP_K
    class_id: int | None = _CLASS

    @property
    def log_name(self) -> str:
        """With the class, where it is of one."""
        return self.log if self.class_id is None else f"{self.log}_of_{self.class_id}"

    @property
    def takes(self) -> Takes:
        """The highest can be found among any numbers; a threshold is one of probabilities."""
        return "anything" if self.top_k is not None and self.thresholds is None else "shares"


class Precision(_Counted):
    """True positives by all that was told positive."""

    summary: ClassVar[str] = N_("Of what was told to be of a class: the share that is")
    log: ClassVar[str] = "precision"
    name: Literal["Precision"] = "Precision"


class Recall(_Counted):
    """True positives by all that is positive."""

    summary: ClassVar[str] = N_("Of what is of a class: the share that was told")
    log: ClassVar[str] = "recall"
    name: Literal["Recall"] = "Recall"


class _Scored(Metric):
    """A mean of precision and recall."""

    average: Literal["macro", "weighted", "micro"] = _AVERAGE
    threshold: float | None = Field(default=None, gt=0, le=1, title=N_("Threshold"), description=N_(
        "Above it a class counts as told; none: the highest one is told"))

    @property
    def takes(self) -> Takes:
        """The highest can be found among any numbers; a threshold is one of probabilities."""
        return "anything" if self.threshold is None else "shares"


class F1Score(_Scored):
    """The harmonic mean of precision and recall."""

    summary: ClassVar[str] = N_("The harmonic mean of precision and recall")
    log: ClassVar[str] = "f1_score"
    name: Literal["F1Score"] = "F1Score"


class FBetaScore(_Scored):
    """The harmonic mean of precision and recall, in which recall counts beta times as much."""

    summary: ClassVar[str] = N_("The mean of precision and recall, in which recall counts beta times as much")
    log: ClassVar[str] = "fbeta_score"
    name: Literal["FBetaScore"] = "FBetaScore"
    beta: float = Field(default=2.0, gt=0, le=100, title=N_("Beta"), description=N_(
        "How many times as much recall counts as precision"))


class AUC(Metric):
    """The area under the ROC or the precision-recall curve, over all classes together."""

    summary: ClassVar[str] = N_("The area under the curve that a moving threshold draws")
    log: ClassVar[str] = "auc"
    name: Literal["AUC"] = "AUC"
    curve: Literal["ROC", "PR"] = Field(default="ROC", title=N_("Curve"), description=N_(
        "ROC: hits by false alarms; PR: precision by recall"))
    num_thresholds: int = _POINTS


class PrecisionAtRecall(Metric):
    """The best precision at a threshold whose recall is at least so high."""

    summary: ClassVar[str] = N_("The precision at the threshold where the recall is at least the one that is asked for")
    log: ClassVar[str] = "precision_at_recall"
    name: Literal["PrecisionAtRecall"] = "PrecisionAtRecall"
    recall: float = Field(default=0.9, ge=0, le=1, title=N_("Recall"), description=N_("The recall that is asked for"))
    num_thresholds: int = _POINTS


class RecallAtPrecision(Metric):
    """The best recall at a threshold whose precision is at least so high."""

    summary: ClassVar[str] = N_("The recall at the threshold where the precision is at least the one that is asked for")
    log: ClassVar[str] = "recall_at_precision"
    name: Literal["RecallAtPrecision"] = "RecallAtPrecision"
    precision: float = Field(default=0.9, ge=0, le=1, title=N_("Precision"), description=N_(
        "The precision that is asked for"))
    num_thresholds: int = _POINTS


class BinaryAccuracy(Metric):
    """Share of single answers, yes or no, that are right."""

    summary: ClassVar[str] = N_("The share of right answers when each class is a yes or no by itself")
    log: ClassVar[str] = "binary_accuracy"
    name: Literal["BinaryAccuracy"] = "BinaryAccuracy"
    threshold: float = Field(default=0.5, ge=0, le=1, title=N_("Threshold"), description=N_(
        "Above it the answer is yes"))


class CategoricalCrossentropy(Metric):
    """The cross-entropy, beside another loss."""

    summary: ClassVar[str] = N_("The cross-entropy, to be seen beside another loss")
    less_is_better: ClassVar[bool] = True
    log: ClassVar[str] = "categorical_crossentropy"
    name: Literal["CategoricalCrossentropy"] = "CategoricalCrossentropy"
    label_smoothing: float = LABEL_SMOOTHING

    @property
    def takes(self) -> Takes:
        """Softmax, or its logits."""
        return "classes"


class _Difference(Metric):
    """Of the differences to the label."""

    less_is_better: ClassVar[bool] = True

    @property
    def takes(self) -> Takes:
        """Differences are there between any numbers."""
        return "anything"


class MeanSquaredError(_Difference):
    """mean((y_true - y_pred)^2)."""

    summary: ClassVar[str] = N_("The mean of the squared differences to the one-hot label")
    log: ClassVar[str] = "mean_squared_error"
    name: Literal["MeanSquaredError"] = "MeanSquaredError"


class RootMeanSquaredError(_Difference):
    """sqrt(mean((y_true - y_pred)^2))."""

    summary: ClassVar[str] = N_("The root of the mean of the squared differences to the one-hot label")
    log: ClassVar[str] = "root_mean_squared_error"
    name: Literal["RootMeanSquaredError"] = "RootMeanSquaredError"


class MeanAbsoluteError(_Difference):
    """mean(|y_true - y_pred|)."""

    summary: ClassVar[str] = N_("The mean of the differences to the one-hot label, whatever their sign")
    log: ClassVar[str] = "mean_absolute_error"
    name: Literal["MeanAbsoluteError"] = "MeanAbsoluteError"


class CosineSimilarity(Metric):
    """cos of the angle between label and answer."""

    summary: ClassVar[str] = N_("How far the answer points the same way as the label, up to 1")
    log: ClassVar[str] = "cosine_similarity"
    name: Literal["CosineSimilarity"] = "CosineSimilarity"

    @property
    def takes(self) -> Takes:
        """Angles are there between any numbers."""
        return "anything"


class OwnMetric(Metric):
    """A formula of `y_true` and `y_pred`, both (batch, classes), that gives a number, or some for each example, whose
    mean counts.

    Attributes:
        over: "epoch": of all examples of the epoch as if they were one batch; "batches": the mean of what it gives for
            each batch.
    """

    summary: ClassVar[str] = N_("A formula of your own")
    name: OwnName = Field(title=N_("Name"), description=N_("What it is called, in the exported code too"))
    formula: FormulaText = Field(title=N_("Formula"), json_schema_extra={"multiline": True}, description=N_(
        "Lines of y_true and y_pred, both (batch, classes); the last one is the result"))
    over: Literal["epoch", "batches"] = Field(default="epoch", title=N_("Of"), description=N_(
        "epoch: of all images together; batches: the mean of its values on the batches"))
    better: Better = Field(default="max", title=N_("Better is"), description=N_(
        "Whether more is better, or less"))

    def __str__(self) -> str:
        return self.name

    @field_validator("name")
    @classmethod
    def _not_taken(cls, name: str) -> str:
        if name in CONSTANTS:
            raise UserError("", N_("expected a new name; this one means something already"), name)
        if name in RESERVED or name.startswith(("val_", "best_")):
            raise UserError("", N_("expected a name that no number of a training has yet; val_ and best_ are put "
                                   "before such names"), name)
        return name

    @property
    def direction(self) -> Better:
        """As it was said."""
        return self.better

    @property
    def log_name(self) -> str:
        """Its own name."""
        return self.name

    @property
    def takes(self) -> Takes:
        """The formula knows."""
        return "anything"


_KINDS: Final = (
    TopKCategoricalAccuracy, Precision, Recall, F1Score, FBetaScore, AUC, PrecisionAtRecall, RecallAtPrecision,
    BinaryAccuracy, CategoricalCrossentropy, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError,
    CosineSimilarity)
METRICS: Final[dict[str, type[Metric]]] = {kind.__name__: kind for kind in _KINDS}

AnyMetric = Annotated[
    Annotated[TopKCategoricalAccuracy, Tag("TopKCategoricalAccuracy")]
    | Annotated[Precision, Tag("Precision")]
    | Annotated[Recall, Tag("Recall")]
    | Annotated[F1Score, Tag("F1Score")]
    | Annotated[FBetaScore, Tag("FBetaScore")]
    | Annotated[AUC, Tag("AUC")]
    | Annotated[PrecisionAtRecall, Tag("PrecisionAtRecall")]
    | Annotated[RecallAtPrecision, Tag("RecallAtPrecision")]
    | Annotated[BinaryAccuracy, Tag("BinaryAccuracy")]
    | Annotated[CategoricalCrossentropy, Tag("CategoricalCrossentropy")]
    | Annotated[MeanSquaredError, Tag("MeanSquaredError")]
    | Annotated[RootMeanSquaredError, Tag("RootMeanSquaredError")]
    | Annotated[MeanAbsoluteError, Tag("MeanAbsoluteError")]
    | Annotated[CosineSimilarity, Tag("CosineSimilarity")]
    | Annotated[OwnMetric, Tag("OwnMetric")],
    Discriminator(lambda value: kind_of(value, "OwnMetric")),
]
"""Any of them; the key `name` says which, and one with a `formula` is of one's own."""
