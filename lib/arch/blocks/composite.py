"""Composite blocks: they say which layers they are made of, and shapes, weights and costs follow from those."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.conv import Conv2D, FiltersField
from lib.arch.blocks.merge import Add, Concatenate
from lib.arch.blocks.norm import BatchNormalization
from lib.arch.blocks.pool import MaxPooling2D
from lib.arch.fields import ActivationName, InitializerField, RegularizerField, Units, Window
from lib.i18n import N_

_NORMALIZE = N_("A BatchNormalization after every convolution, which then has no bias")


class _ConvComposite(CompositeBlock):
    """What composites of convolutions share: activation, normalization, start and penalty of their convolutions."""

    activation: ActivationName = Field(
        default="relu", title=N_("Activation"), description=N_("Applied after every convolution")
    )
    batch_normalization: bool = Field(default=True, title=N_("BatchNormalization"), description=_NORMALIZE)
    kernel_initializer: InitializerField = "he_normal"
    kernel_regularizer: RegularizerField = None

    def _convolution(
        self, name: str, source: str, filters: int, size: int, *, strides: int = 1, activate: bool = True
    ) -> list[Part]:
        """A convolution `name`, then its normalization and activation where it has them."""
        together = activate and not self.batch_normalization
        blocks: list[tuple[str, Block]] = [
            (
                name,
                Conv2D(
                    filters=filters,
                    kernel_size=size,
                    strides=strides,
                    padding="same",
                    activation=self.activation if together else None,
                    use_bias=not self.batch_normalization,
                    kernel_initializer=self.kernel_initializer,
                    kernel_regularizer=self.kernel_regularizer,
                ),
            )
        ]
        if self.batch_normalization:
            blocks.append((f"{name}_bn", BatchNormalization()))
        if activate and not together:
            blocks.append((f"{name}_act", Activation(activation=self.activation)))
        sources = [source, *(part for part, _block in blocks)]
        return [Part(part, block, (before,)) for (part, block), before in zip(blocks, sources, strict=False)]


class Residual(_ConvComposite):
    """Two or three convolutions whose result is added to the input: y = activation(F(x) + x).

    Where the size or the channels change, the input takes a 1x1 convolution with the same stride instead of the
    identity (He et al. 2015, section 3.2, option B).
    """

    title: ClassVar[str] = N_("Residual")
    help: ClassVar[str] = N_("Convolutions that learn a change to their input, not a new image: deep networks train.")
    reference: ClassVar[str] = "He et al. 2015, Deep Residual Learning for Image Recognition"
    icon: ClassVar[str] = ":material/redo:"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32}

    filters: FiltersField
    kernel_size: Window = Field(default=3, title=N_("Kernel size"), description=N_("Of its convolutions"))
    strides: Window = Field(
        default=1, title=N_("Strides"), description=N_("Of the first convolution; 2 halves the image")
    )
    convolutions: Literal[2, 3] = Field(
        default=2, title=N_("Convolutions"), description=N_("On the way around the sum")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts: list[Part] = []
        source = "input"
        for number in range(1, self.convolutions + 1):
            parts += self._convolution(
                f"conv{number}",
                source,
                self.filters,
                self.kernel_size,
                strides=self.strides if number == 1 else 1,
                activate=number < self.convolutions,
            )
            source = parts[-1].id
        shortcut = "input"
        if self.strides != 1 or shape[2] != self.filters:
            parts += self._convolution("shortcut", "input", self.filters, 1, strides=self.strides, activate=False)
            shortcut = parts[-1].id
        add = Part("add", Add(), (source, shortcut))
        return (*parts, add, Part("act", Activation(activation=self.activation), ("add",)))


class Inception(_ConvComposite):
    """Four branches side by side: 1x1; 1x1 then 3x3; 1x1 then 5x5 (or two 3x3); max pooling then 1x1."""

    title: ClassVar[str] = N_("Inception")
    help: ClassVar[str] = N_("Looks at several window sizes at once and lets the network choose among them.")
    reference: ClassVar[str] = "Szegedy et al. 2015, Going Deeper with Convolutions"
    icon: ClassVar[str] = ":material/account_tree:"

    filters_1x1: Units = Field(default=16, title=N_("1×1 filters"), description=N_("Channels of the first branch"))
    reduce_3x3: Units = Field(default=16, title=N_("3×3 reduction"), description=N_("1×1 filters before the 3×3"))
    filters_3x3: Units = Field(default=32, title=N_("3×3 filters"), description=N_("Channels of the second branch"))
    reduce_5x5: Units = Field(default=8, title=N_("5×5 reduction"), description=N_("1×1 filters before the 5×5"))
    filters_5x5: Units = Field(default=16, title=N_("5×5 filters"), description=N_("Channels of the third branch"))
    third_branch: Literal["5x5", "3x3-3x3"] = Field(
        default="5x5", title=N_("Third branch"), description=N_("Two 3×3 see as far as one 5×5 and cost less")
    )
    filters_pool: Units = Field(
        default=16,
        title=N_("Pooling filters"),
        description=N_("1×1 filters after the pooling: channels of the fourth branch"),
    )
    kernel_initializer: InitializerField = "glorot_uniform"
    batch_normalization: bool = Field(default=False, title=N_("BatchNormalization"), description=_NORMALIZE)

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        branches = [
            self._convolution("b1", "input", self.filters_1x1, 1),
            self._chain(("b2_reduce", self.reduce_3x3, 1), ("b2", self.filters_3x3, 3)),
            self._chain(("b3_reduce", self.reduce_5x5, 1), *self._third()),
            self._pooled(),
        ]
        concat = Part("concat", Concatenate(), tuple(branch[-1].id for branch in branches))
        return (*(part for branch in branches for part in branch), concat)

    def _chain(self, *steps: tuple[str, int, int]) -> list[Part]:
        """Convolutions one after the other, each a name, its filters and its size."""
        parts: list[Part] = []
        for name, filters, size in steps:
            parts += self._convolution(name, parts[-1].id if parts else "input", filters, size)
        return parts

    def _third(self) -> tuple[tuple[str, int, int], ...]:
        if self.third_branch == "5x5":
            return (("b3", self.filters_5x5, 5),)
        return (("b3_first", self.filters_5x5, 3), ("b3", self.filters_5x5, 3))

    def _pooled(self) -> list[Part]:
        pool = Part("b4_pool", MaxPooling2D(pool_size=3, strides=1, padding="same"), ("input",))
        return [pool, *self._convolution("b4", pool.id, self.filters_pool, 1)]
