"""Regularization by chance: what these blocks do while training, they leave afterwards."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, SEQUENCE_EXPECTED, Block, Family, Shape, expect_rank
from lib.i18n import N_

Share = Annotated[float, Field(ge=0, lt=1)]


class _Noise(Block):
    """What these blocks share: they keep the shape."""

    family: ClassVar[Family] = "norm"
    icon: ClassVar[str] = ":material/blur_on:"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


class SpatialDropout2D(_Noise):
    """While training, whole channels of an image are set to zero with probability `rate`; shapes stay."""

    title: ClassVar[str] = N_("SpatialDropout2D")
    help: ClassVar[str] = N_("Silences whole channels of an image, where single pixels would say the same as others.")
    reference: ClassVar[str] = "Tompson et al. 2015, Efficient Object Localization Using Convolutional Networks"
    first_config: ClassVar[dict[str, Any]] = {"rate": 0.2}

    rate: Share = Field(title=N_("Rate"), description=N_("The share of channels that is set to zero"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        return inputs[0]


class SpatialDropout1D(_Noise):
    """While training, whole features of a sequence are set to zero with probability `rate`; shapes stay."""

    title: ClassVar[str] = N_("SpatialDropout1D")
    help: ClassVar[str] = N_("Silences whole features of a sequence while training.")
    reference: ClassVar[str] = "Tompson et al. 2015, Efficient Object Localization Using Convolutional Networks"
    first_config: ClassVar[dict[str, Any]] = {"rate": 0.2}

    rate: Share = Field(title=N_("Rate"), description=N_("The share of features that is set to zero"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        return inputs[0]


class GaussianNoise(_Noise):
    """While training, noise of mean 0 is added to every value; shapes stay."""

    title: ClassVar[str] = N_("GaussianNoise")
    help: ClassVar[str] = N_("Adds noise while training, so that the network does not learn examples by heart.")
    reference: ClassVar[str] = "Bishop 1995, Training with Noise is Equivalent to Tikhonov Regularization"
    first_config: ClassVar[dict[str, Any]] = {"stddev": 0.1}

    stddev: Annotated[float, Field(ge=0, le=1)] = Field(
        title=N_("Standard deviation"), description=N_("How strong the noise is")
    )


class GaussianDropout(_Noise):
    """While training, every value is multiplied by noise of mean 1; shapes stay."""

    title: ClassVar[str] = N_("GaussianDropout")
    help: ClassVar[str] = N_("A smooth Dropout: multiplies values by noise instead of setting them to zero.")
    reference: ClassVar[str] = "Srivastava et al. 2014, Dropout"
    first_config: ClassVar[dict[str, Any]] = {"rate": 0.2}

    rate: Share = Field(title=N_("Rate"), description=N_("How strong the noise is, on the scale of Dropout's rate"))


class AlphaDropout(_Noise):
    """A dropout that keeps mean and variance, for networks of `selu`; shapes stay."""

    title: ClassVar[str] = N_("AlphaDropout")
    help: ClassVar[str] = N_("The Dropout for networks with the activation selu: it keeps mean and variance.")
    reference: ClassVar[str] = "Klambauer et al. 2017, Self-Normalizing Neural Networks"
    first_config: ClassVar[dict[str, Any]] = {"rate": 0.1}

    rate: Share = Field(title=N_("Rate"), description=N_("The share of values that is silenced"))
