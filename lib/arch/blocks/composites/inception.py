"""Inception blocks: several window sizes side by side (GoogLeNet, Inception v3)."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Part, Shape, expect_rank
from lib.arch.blocks.composites.base import NORMALIZE, ConvComposite, Parts
from lib.arch.blocks.merge import Concatenate
from lib.arch.blocks.norm import BatchNormalization
from lib.arch.blocks.pool import AveragePooling2D, MaxPooling2D
from lib.arch.fields import InitializerField, Pair, Units
from lib.i18n import N_


class _Branches(ConvComposite):
    """What the inception blocks share: chains of convolutions from the input, put side by side."""

    icon: ClassVar[str] = ":material/account_tree:"

    def chain(self, parts: Parts, source: str, *steps: tuple[str, int, Pair]) -> str:
        """Convolutions one after the other, each a name, its filters and its size; returns the last id."""
        for name, filters, size in steps:
            source = self.convolution(parts, name, source, filters, size)
        return source


class Inception(_Branches):
    """Four branches side by side: 1x1; 1x1 then 3x3; 1x1 then 5x5 (or two 3x3); max pooling then 1x1."""

    title: ClassVar[str] = N_("Inception")
    help: ClassVar[str] = N_("Looks at several window sizes at once and lets the network choose among them.")
    reference: ClassVar[str] = "Szegedy et al. 2015, Going Deeper with Convolutions"

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
    batch_normalization: bool = Field(default=False, title=N_("BatchNormalization"), description=NORMALIZE)

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        ends = [
            self.chain(parts, "input", ("b1", self.filters_1x1, 1)),
            self.chain(parts, "input", ("b2_reduce", self.reduce_3x3, 1), ("b2", self.filters_3x3, 3)),
            self.chain(parts, "input", ("b3_reduce", self.reduce_5x5, 1), *self._third()),
        ]
        pool = parts.put("b4_pool", MaxPooling2D(pool_size=3, strides=1, padding="same"), "input")
        ends.append(self.chain(parts, pool, ("b4", self.filters_pool, 1)))
        parts.put("concat", Concatenate(), *ends)
        return tuple(parts)

    def _third(self) -> tuple[tuple[str, int, int], ...]:
        if self.third_branch == "5x5":
            return (("b3", self.filters_5x5, 5),)
        return (("b3_first", self.filters_5x5, 3), ("b3", self.filters_5x5, 3))


class _InceptionV3(_Branches):
    """What the blocks of Inception v3 share: average pooling, and a normalization that does not scale."""

    reference: ClassVar[str] = "Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision"

    kernel_initializer: InitializerField = "glorot_uniform"

    def normalization(self) -> BatchNormalization:
        return BatchNormalization(scale=False)

    def pooled(self, parts: Parts, filters: int) -> str:
        """The branch of the pooling."""
        pool = parts.put("pool", AveragePooling2D(pool_size=3, strides=1, padding="same"), "input")
        return self.convolution(parts, "pool_conv", pool, filters, 1)


class InceptionA(_InceptionV3):
    """1x1; 1x1 then 5x5; 1x1 then 3x3 twice; average pooling then 1x1 (mixed 0 to 2 of Inception v3)."""

    title: ClassVar[str] = N_("Inception A")
    help: ClassVar[str] = N_("The first kind of block of Inception v3, for large images of 35 × 35.")
    first_config: ClassVar[dict[str, Any]] = {
        "filters_1x1": 16,
        "reduce_5x5": 12,
        "filters_5x5": 16,
        "filters_3x3": 24,
        "filters_pool": 8,
    }

    filters_1x1: Units = Field(default=64, title=N_("1×1 filters"), description=N_("Channels of the first branch"))
    reduce_5x5: Units = Field(default=48, title=N_("5×5 reduction"), description=N_("1×1 filters before the 5×5"))
    filters_5x5: Units = Field(default=64, title=N_("5×5 filters"), description=N_("Channels of the second branch"))
    reduce_3x3: Units = Field(default=64, title=N_("3×3 reduction"), description=N_("1×1 filters before the 3×3"))
    filters_3x3: Units = Field(default=96, title=N_("3×3 filters"), description=N_("Channels of the third branch"))
    filters_pool: Units = Field(
        default=32,
        title=N_("Pooling filters"),
        description=N_("1×1 filters after the pooling: channels of the fourth branch"),
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        wide = self.filters_3x3
        ends = [
            self.chain(parts, "input", ("b1", self.filters_1x1, 1)),
            self.chain(parts, "input", ("b2_reduce", self.reduce_5x5, 1), ("b2", self.filters_5x5, 5)),
            self.chain(parts, "input", ("b3_reduce", self.reduce_3x3, 1), ("b3_first", wide, 3), ("b3", wide, 3)),
            self.pooled(parts, self.filters_pool),
        ]
        parts.put("concat", Concatenate(), *ends)
        return tuple(parts)


class InceptionB(_InceptionV3):
    """1x1; 1x7 and 7x1 once and twice; average pooling then 1x1 (mixed 4 to 7 of Inception v3)."""

    title: ClassVar[str] = N_("Inception B")
    help: ClassVar[str] = N_("The second kind of block of Inception v3: a 7×7 as a row and a column.")
    first_config: ClassVar[dict[str, Any]] = {"filters": 32, "reduce_7x7": 16}

    filters: Units = Field(default=192, title=N_("Filters"), description=N_("Channels of each of the four branches"))
    reduce_7x7: Units = Field(
        default=128, title=N_("7×7 reduction"), description=N_("Filters before the last of the 1×7 and 7×1")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        few, many = self.reduce_7x7, self.filters
        ends = [
            self.chain(parts, "input", ("b1", many, 1)),
            self.chain(parts, "input", ("b2_reduce", few, 1), ("b2_row", few, (1, 7)), ("b2", many, (7, 1))),
            self.chain(
                parts,
                "input",
                ("b3_reduce", few, 1),
                ("b3_column1", few, (7, 1)),
                ("b3_row1", few, (1, 7)),
                ("b3_column2", few, (7, 1)),
                ("b3", many, (1, 7)),
            ),
            self.pooled(parts, many),
        ]
        parts.put("concat", Concatenate(), *ends)
        return tuple(parts)


class InceptionC(_InceptionV3):
    """1x1; 1x1, and 1x1 then 3x3, each then 1x3 beside 3x1; average pooling then 1x1 (mixed 9 and 10)."""

    title: ClassVar[str] = N_("Inception C")
    help: ClassVar[str] = N_("The last kind of block of Inception v3: wide, for small images of 8 × 8.")
    first_config: ClassVar[dict[str, Any]] = {
        "filters_1x1": 32,
        "filters_3x3": 32,
        "reduce_3x3": 40,
        "filters_pool": 16,
    }

    filters_1x1: Units = Field(default=320, title=N_("1×1 filters"), description=N_("Channels of the first branch"))
    filters_3x3: Units = Field(
        default=384, title=N_("3×3 filters"), description=N_("Of every 1×3 and 3×1: twice these are put side by side")
    )
    reduce_3x3: Units = Field(default=448, title=N_("3×3 reduction"), description=N_("1×1 filters before the 3×3"))
    filters_pool: Units = Field(
        default=192,
        title=N_("Pooling filters"),
        description=N_("1×1 filters after the pooling: channels of the fourth branch"),
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        wide = self.filters_3x3
        ends = [self.chain(parts, "input", ("b1", self.filters_1x1, 1))]
        second = self.chain(parts, "input", ("b2_reduce", wide, 1))
        third = self.chain(parts, "input", ("b3_reduce", self.reduce_3x3, 1), ("b3_conv", wide, 3))
        for name, source in (("b2", second), ("b3", third)):
            row = self.convolution(parts, f"{name}_row", source, wide, (1, 3))
            column = self.convolution(parts, f"{name}_column", source, wide, (3, 1))
            ends.append(parts.put(name, Concatenate(), row, column))
        ends.append(self.pooled(parts, self.filters_pool))
        parts.put("concat", Concatenate(), *ends)
        return tuple(parts)
