"""Pooling to a given size, whatever the size before."""

from typing import Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, expect_rank, shown
from lib.arch.fields import Pair, Window, pair
from lib.arch.view import FREE, Views, adapted
from lib.errors import UserError
from lib.i18n import N_


def _shared_out(shape: FreeShape, output: FreeShape) -> Views | str:
    """What a position sees whose windows share an image or a sequence of `shape` among `output`."""
    sizes = enumerate(zip(shape[:-1], output[:-1], strict=True))
    views = [adapted(axis, size, to) for axis, (size, to) in sizes if size and to]
    return (tuple(views),) if len(views) == len(shape) - 1 else FREE


def _check(sizes: tuple[int, ...], to: tuple[int, ...]) -> None:
    """Keras 3.15 on TensorFlow cannot train with one pixel, coming or going: of two kinds of window it takes one that
    is larger than the image, or divides by zero."""
    if min(to) < 2:
        raise UserError("output_size", N_("expected at least 2; global pooling gives a single position"), shown(to))
    if min(sizes) < 2:
        raise UserError("", N_("expected at least 2 positions along each axis"), shown(sizes))


class _AdaptivePooling2D(Block):
    """What the adaptive poolings of images share: (h, w, c) -> (*output_size, c)."""

    family: ClassVar[Family] = "pool"
    icon: ClassVar[str] = ":material/compress:"
    first_config: ClassVar[dict[str, Any]] = {"output_size": 7}

    output_size: Pair = Field(title=N_("Output size"), description=N_("Height and width of the result, in pixels"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        _check(inputs[0][:2], pair(self.output_size))
        return (*pair(self.output_size), inputs[0][2])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        return _shared_out(inputs[0], output)


class _AdaptivePooling1D(Block):
    """What the adaptive poolings of sequences share: (steps, c) -> (output_size, c)."""

    family: ClassVar[Family] = "pool"
    icon: ClassVar[str] = ":material/compress:"
    first_config: ClassVar[dict[str, Any]] = {"output_size": 8}

    output_size: Window = Field(title=N_("Output size"), description=N_("Steps of the result"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        _check(inputs[0][:1], (self.output_size,))
        return (self.output_size, inputs[0][1])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        return _shared_out(inputs[0], output)


class AdaptiveAveragePooling2D(_AdaptivePooling2D):
    """The mean of windows that are as large as the output size needs: (h, w, c) -> (*output_size, c)."""

    title: ClassVar[str] = N_("AdaptiveAveragePooling2D")
    help: ClassVar[str] = N_("Means over windows, so that any image becomes one of the size you ask for.")
    reference: ClassVar[str] = "He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks"


class AdaptiveMaxPooling2D(_AdaptivePooling2D):
    """The largest value of windows as large as the output size needs: (h, w, c) -> (*output_size, c)."""

    title: ClassVar[str] = N_("AdaptiveMaxPooling2D")
    help: ClassVar[str] = N_("Maxima over windows, so that any image becomes one of the size you ask for.")
    reference: ClassVar[str] = "He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks"


class AdaptiveAveragePooling1D(_AdaptivePooling1D):
    """The mean of windows that are as long as the output size needs: (steps, c) -> (output_size, c)."""

    title: ClassVar[str] = N_("AdaptiveAveragePooling1D")
    help: ClassVar[str] = N_("Means over windows, so that any sequence becomes one of the length you ask for.")
    reference: ClassVar[str] = "He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks"


class AdaptiveMaxPooling1D(_AdaptivePooling1D):
    """The largest value of windows as long as the output size needs: (steps, c) -> (output_size, c)."""

    title: ClassVar[str] = N_("AdaptiveMaxPooling1D")
    help: ClassVar[str] = N_("Maxima over windows, so that any sequence becomes one of the length you ask for.")
    reference: ClassVar[str] = "He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks"
