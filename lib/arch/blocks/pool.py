"""Pooling: an image is summed up by windows, or as a whole."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, Family, FreeShape, Shape, expect_rank
from lib.arch.fields import Pair
from lib.arch.view import ALL, Views
from lib.arch.windows import Padding, PaddingField, look, slide
from lib.i18n import N_

PoolSizeField = Annotated[
    Pair, Field(title=N_("Pool size"), description=N_("Height and width of the window, in pixels"))
]
PoolStridesField = Annotated[
    Pair | None, Field(title=N_("Strides"), description=N_("How far the window moves; none moves it by its own size"))
]
KeepdimsField = Annotated[
    bool, Field(title=N_("Keep dimensions"), description=N_("The result stays an image, of 1 × 1 pixel"))
]


class _Pooling(Block):
    """What the poolings share: their place in the palette."""

    family: ClassVar[Family] = "pool"
    icon: ClassVar[str] = ":material/compress:"


def _pooled(shape: Shape, pool_size: Pair, strides: Pair | None, padding: Padding) -> Shape:
    """An image after windows of `pool_size`, which move by their own size where no `strides` are given."""
    expect_rank(shape, 3, IMAGE_EXPECTED)
    return (*slide(shape, pool_size, pool_size if strides is None else strides, padding), shape[2])


class MaxPooling2D(_Pooling):
    """The largest value of each window: (h, w, c) -> (h', w', c)."""

    title: ClassVar[str] = N_("MaxPooling2D")
    help: ClassVar[str] = N_("Halves the image and keeps the strongest response. The usual step between convolutions.")
    reference: ClassVar[str] = "Riesenhuber and Poggio 1999, Hierarchical models of object recognition in cortex"

    pool_size: PoolSizeField = 2
    strides: PoolStridesField = None
    padding: PaddingField = "valid"

    def output_shape(self, *inputs: Shape) -> Shape:
        return _pooled(inputs[0], self.pool_size, self.strides, self.padding)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.pool_size, self.pool_size if self.strides is None else self.strides, self.padding)


class AveragePooling2D(_Pooling):
    """The mean of each window: (h, w, c) -> (h', w', c)."""

    title: ClassVar[str] = N_("AveragePooling2D")
    help: ClassVar[str] = N_("Halves the image and keeps the mean response. LeNet's way to make images smaller.")
    reference: ClassVar[str] = "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition"
    first_config: ClassVar[dict[str, Any]] = {"pool_size": 2}

    pool_size: PoolSizeField
    strides: PoolStridesField = None
    padding: PaddingField = "valid"

    def output_shape(self, *inputs: Shape) -> Shape:
        return _pooled(inputs[0], self.pool_size, self.strides, self.padding)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.pool_size, self.pool_size if self.strides is None else self.strides, self.padding)


class _GlobalPooling(_Pooling):
    """One number a channel: (h, w, c) -> (c,), or (1, 1, c)."""

    keepdims: KeepdimsField = False

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        return (1, 1, inputs[0][2]) if self.keepdims else (inputs[0][2],)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (ALL,)


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel: (h, w, c) -> (c,)."""

    title: ClassVar[str] = N_("GlobalAveragePooling2D")
    help: ClassVar[str] = N_("One mean per channel. Takes the place of Flatten and large Dense layers.")
    reference: ClassVar[str] = "Lin et al. 2013, Network In Network"


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of each channel: (h, w, c) -> (c,)."""

    title: ClassVar[str] = N_("GlobalMaxPooling2D")
    help: ClassVar[str] = N_("One maximum per channel: was the pattern anywhere in the image?")
    reference: ClassVar[str] = "Oquab et al. 2015, Is object localization for free?"
