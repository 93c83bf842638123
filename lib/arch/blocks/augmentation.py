"""Image augmentation: chance changes while training, nothing afterwards. Shapes stay, nothing is learned."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from lib.arch.block import IMAGE_EXPECTED, Block, Family, Shape, expect_rank
from lib.arch.fields import ADVANCED
from lib.i18n import N_

Fraction = Annotated[float, Field(ge=0, le=1)]
Value = Annotated[float, Field(ge=-1e6, le=1e6)]

FillField = Annotated[
    Literal["reflect", "wrap", "constant", "nearest"],
    Field(title=N_("Fill mode"), description=N_("What stands where the image left"), json_schema_extra=ADVANCED),
]
InterpolationField = Annotated[
    Literal["nearest", "bilinear"],
    Field(title=N_("Interpolation"), description=N_("How pixels in between are found"), json_schema_extra=ADVANCED),
]


def ascending(values: tuple[float, float]) -> tuple[float, float]:
    """The smaller number first, in which order Keras sorts them itself where it looks at the order at all."""
    return (min(values), max(values))


ValueRangeField = Annotated[
    tuple[Value, Value],
    AfterValidator(ascending),
    Field(title=N_("Value range"), description=N_("Smallest and largest value of a pixel: 0, 1 for scaled images")),
]


class _Augmentation(Block):
    """What the augmentations share: they take images and keep their shape."""

    family: ClassVar[Family] = "augmentation"
    icon: ClassVar[str] = ":material/shuffle:"

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        return inputs[0]


class RandomFlip(_Augmentation):
    """Each image is mirrored with probability 1/2."""

    title: ClassVar[str] = N_("RandomFlip")
    help: ClassVar[str] = N_("Mirrors images while training, where left and right do not matter.")
    reference: ClassVar[str] = "Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Networks"
    first_config: ClassVar[dict[str, Any]] = {"mode": "horizontal"}

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        default="horizontal_and_vertical", title=N_("Mode"), description=N_("In which direction images are mirrored")
    )


class RandomRotation(_Augmentation):
    """Each image is turned by an angle of up to `factor` of a full turn, either way."""

    title: ClassVar[str] = N_("RandomRotation")
    help: ClassVar[str] = N_("Turns images a little while training, as cameras are held.")
    reference: ClassVar[str] = "Simard et al. 2003, Best Practices for Convolutional Neural Networks"
    first_config: ClassVar[dict[str, Any]] = {"factor": 0.05}

    factor: Fraction = Field(title=N_("Factor"), description=N_("The largest angle, as a share of a full turn"))
    fill_mode: FillField = "reflect"
    interpolation: InterpolationField = "bilinear"


class RandomZoom(_Augmentation):
    """Each image is shown nearer or farther, by up to these shares of its size."""

    title: ClassVar[str] = N_("RandomZoom")
    help: ClassVar[str] = N_("Shows images nearer or farther while training.")
    reference: ClassVar[str] = "Simard et al. 2003, Best Practices for Convolutional Neural Networks"
    first_config: ClassVar[dict[str, Any]] = {"height_factor": 0.1}

    height_factor: Fraction = Field(title=N_("Height factor"), description=N_("The largest change, as a share"))
    width_factor: Fraction | None = Field(
        default=None, title=N_("Width factor"), description=N_("The same for the width; none keeps the proportions")
    )
    fill_mode: FillField = "reflect"
    interpolation: InterpolationField = "bilinear"


class RandomTranslation(_Augmentation):
    """Each image is moved by up to these shares of its height and width, either way."""

    title: ClassVar[str] = N_("RandomTranslation")
    help: ClassVar[str] = N_("Moves images a little while training, so that the place does not matter.")
    reference: ClassVar[str] = "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition"
    first_config: ClassVar[dict[str, Any]] = {"height_factor": 0.1, "width_factor": 0.1}

    height_factor: Fraction = Field(title=N_("Height factor"), description=N_("The largest move, as a share"))
    width_factor: Fraction = Field(title=N_("Width factor"), description=N_("The largest move, as a share"))
    fill_mode: FillField = "reflect"
    interpolation: InterpolationField = "bilinear"


class RandomContrast(_Augmentation):
    """Each image's distance from its mean is multiplied by 1 - factor to 1 + factor."""

    title: ClassVar[str] = N_("RandomContrast")
    help: ClassVar[str] = N_("Makes images flatter or stronger in contrast while training.")
    reference: ClassVar[str] = (
        "Howard 2013, Some Improvements on Deep Convolutional Neural Network Based Classification"
    )
    first_config: ClassVar[dict[str, Any]] = {"factor": 0.2, "value_range": (0.0, 1.0)}

    factor: Fraction = Field(title=N_("Factor"), description=N_("The largest change, as a share"))
    value_range: ValueRangeField = (0, 255)


class RandomBrightness(_Augmentation):
    """Each image becomes lighter or darker by up to `factor` of the value range."""

    title: ClassVar[str] = N_("RandomBrightness")
    help: ClassVar[str] = N_("Makes images lighter or darker while training, as daylight does.")
    reference: ClassVar[str] = (
        "Howard 2013, Some Improvements on Deep Convolutional Neural Network Based Classification"
    )
    first_config: ClassVar[dict[str, Any]] = {"factor": 0.1, "value_range": (0.0, 1.0)}

    factor: Fraction = Field(title=N_("Factor"), description=N_("The largest change, as a share of the value range"))
    value_range: ValueRangeField = (0, 255)


class RandomErasing(_Augmentation):
    """With probability `factor` a rectangle of each image is painted over."""

    title: ClassVar[str] = N_("RandomErasing")
    help: ClassVar[str] = N_("Hides a random rectangle while training, so that the network does not lean on one part.")
    reference: ClassVar[str] = "Zhong et al. 2020, Random Erasing Data Augmentation"
    first_config: ClassVar[dict[str, Any]] = {"factor": 0.5, "value_range": (0.0, 1.0)}

    factor: Fraction = Field(default=1.0, title=N_("Factor"), description=N_("How often: 1 is for every image"))
    scale: Annotated[tuple[Fraction, Fraction], AfterValidator(ascending)] = Field(
        default=(0.02, 0.33), title=N_("Scale"), description=N_("Smallest and largest share of the image")
    )
    fill_value: Value | None = Field(
        default=None, title=N_("Fill value"), description=N_("What is painted; none is noise")
    )
    value_range: ValueRangeField = (0, 255)
