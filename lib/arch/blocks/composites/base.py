"""What composite blocks are made with: parts in the making, and convolutions with normalization and activation."""

from pydantic import Field

from lib.arch.block import Block, CompositeBlock, Part
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.conv import Conv2D
from lib.arch.blocks.norm import BatchNormalization
from lib.arch.fields import ADVANCED, InitializerField, Pair, RegularizerField
from lib.arch.own_activation import ActivationChoice
from lib.i18n import N_

NORMALIZE = N_("A BatchNormalization after every convolution, which then has no bias")


class Parts(list[Part]):
    """The parts of a composite in the making."""

    def put(self, name: str, block: Block, *sources: str) -> str:
        """Append `block` as the part `name` that reads `sources`; returns `name`, for the next part to read."""
        self.append(Part(name, block, sources))
        return name


class ConvComposite(CompositeBlock):
    """What composites of convolutions share: activation, normalization, start and penalty of their convolutions."""

    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied after every convolution")
    )
    batch_normalization: bool = Field(default=True, title=N_("BatchNormalization"), description=NORMALIZE)
    keep_bias: bool = Field(
        default=False,
        title=N_("Bias all the same"),
        description=N_("Convolutions before a normalization have one too, as Keras's ResNet-50 does"),
        json_schema_extra=ADVANCED,
    )
    kernel_initializer: InitializerField = "he_normal"
    kernel_regularizer: RegularizerField = None

    def convolution(
        self,
        parts: Parts,
        name: str,
        source: str,
        filters: int,
        size: Pair,
        *,
        strides: int = 1,
        groups: int = 1,
        activate: bool = True,
    ) -> str:
        """Put a convolution `name`, then its normalization and activation where it has them; returns the last id."""
        together = activate and not self.batch_normalization
        convolution = Conv2D(
            filters=filters,
            kernel_size=size,
            strides=strides,
            padding="same",
            groups=groups,
            activation=self.activation if together else None,
            use_bias=self.keep_bias or not self.batch_normalization,
            kernel_initializer=self.kernel_initializer,
            kernel_regularizer=self.kernel_regularizer,
        )
        source = parts.put(name, convolution, source)
        if self.batch_normalization:
            source = parts.put(f"{name}_bn", self.normalization(), source)
        if activate and not together:
            source = parts.put(f"{name}_act", Activation(activation=self.activation), source)
        return source

    def normalization(self) -> BatchNormalization:
        """The normalization after each of its convolutions."""
        return BatchNormalization()
