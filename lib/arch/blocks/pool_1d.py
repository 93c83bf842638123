"""Pooling of sequences: of steps x features, fewer steps are left, or none."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, expect_rank
from lib.arch.fields import Window
from lib.arch.view import ALL, Views
from lib.arch.windows import PaddingField, look, slide_steps
from lib.i18n import N_

StepsPoolField = Annotated[Window, Field(title=N_("Pool size"), description=N_("Length of the window, in steps"))]
StepsPoolStridesField = Annotated[
    Window | None, Field(title=N_("Strides"), description=N_("How far the window moves; none moves it by its own size"))
]


class _Pooling1D(Block):
    """What the poolings of sequences share."""

    family: ClassVar[Family] = "pool"
    icon: ClassVar[str] = ":material/compress:"


def _pooled(shape: Shape, size: int, strides: int | None, padding: Any) -> Shape:
    expect_rank(shape, 2, SEQUENCE_EXPECTED)
    return (slide_steps(shape[0], size, strides or size, padding), shape[1])


class MaxPooling1D(_Pooling1D):
    """The largest value of each window: (steps, c) -> (steps', c)."""

    title: ClassVar[str] = N_("MaxPooling1D")
    help: ClassVar[str] = N_("Halves a sequence and keeps the strongest response of each feature.")
    reference: ClassVar[str] = "Collobert et al. 2011, Natural Language Processing (Almost) from Scratch"

    pool_size: StepsPoolField = 2
    strides: StepsPoolStridesField = None
    padding: PaddingField = "valid"

    def output_shape(self, *inputs: Shape) -> Shape:
        return _pooled(inputs[0], self.pool_size, self.strides, self.padding)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.pool_size, self.pool_size if self.strides is None else self.strides, self.padding)


class AveragePooling1D(_Pooling1D):
    """The mean of each window: (steps, c) -> (steps', c)."""

    title: ClassVar[str] = N_("AveragePooling1D")
    help: ClassVar[str] = N_("Halves a sequence and keeps the mean of each feature.")
    reference: ClassVar[str] = "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition"
    first_config: ClassVar[dict[str, Any]] = {"pool_size": 2}

    pool_size: StepsPoolField
    strides: StepsPoolStridesField = None
    padding: PaddingField = "valid"

    def output_shape(self, *inputs: Shape) -> Shape:
        return _pooled(inputs[0], self.pool_size, self.strides, self.padding)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.pool_size, self.pool_size if self.strides is None else self.strides, self.padding)


class _GlobalPooling1D(_Pooling1D):
    """One number a feature: (steps, c) -> (c,), or (1, c)."""

    keepdims: bool = Field(
        default=False, title=N_("Keep dimensions"), description=N_("The result stays a sequence, of one step")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        return (1, inputs[0][1]) if self.keepdims else (inputs[0][1],)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (ALL,)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean of each feature over all steps: (steps, c) -> (c,)."""

    title: ClassVar[str] = N_("GlobalAveragePooling1D")
    help: ClassVar[str] = N_("One mean per feature: sums a sequence up before a Dense layer.")
    reference: ClassVar[str] = "Lin et al. 2013, Network In Network"


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The largest value of each feature over all steps: (steps, c) -> (c,)."""

    title: ClassVar[str] = N_("GlobalMaxPooling1D")
    help: ClassVar[str] = N_("One maximum per feature: was the pattern anywhere in the sequence?")
    reference: ClassVar[str] = "Collobert et al. 2011, Natural Language Processing (Almost) from Scratch"
