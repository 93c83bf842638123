"""What a recipe does to images before a network learns from them: steps with the names and fields of Keras's layers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from lib.arch.blocks import augmentation as blocks
from lib.arch.blocks.augmentation import FillField, Fraction, InterpolationField
from lib.arch.fields import ADVANCED
from lib.i18n import N_
from lib.training.config import Config

MOST_STEPS: Final = 12
Shade = Annotated[float, Field(ge=0, le=1)]
"""A value of a pixel: 0 is black, 1 is white."""
FillValueField = Annotated[Shade, Field(
    title=N_("Fill value"), json_schema_extra=ADVANCED,
    description=N_("What stands there with the fill mode constant: 0 is black, 1 is white"))]


class Augmentation(Config):
    """A change by chance that every image goes through before a network learns from it. Images are from 0 to 1.

    Attributes:
        mixes: whether it mixes images with one another, and their answers with them.
    """

    mixes: ClassVar[bool] = False


class RandomFlip(Augmentation):
    """Each image is mirrored with probability 1/2; in both directions at once, where both are chosen."""

    summary: ClassVar[str] = blocks.RandomFlip.help
    reference: ClassVar[str] = blocks.RandomFlip.reference
    name: Literal["RandomFlip"] = "RandomFlip"
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        default="horizontal", title=N_("Mode"), description=N_("In which direction images are mirrored"))


class RandomRotation(Augmentation):
    """Each image is turned by an angle of up to `factor` of a full turn, either way."""

    summary: ClassVar[str] = blocks.RandomRotation.help
    reference: ClassVar[str] = blocks.RandomRotation.reference
    name: Literal["RandomRotation"] = "RandomRotation"
    factor: Fraction = Field(default=0.05, title=N_("Factor"), description=N_(
        "The largest angle, as a share of a full turn"))
    fill_mode: FillField = "reflect"
    interpolation: InterpolationField = "bilinear"
    fill_value: FillValueField = 0.0


class RandomZoom(Augmentation):
    """Each image is shown nearer or farther, by up to these shares of its size."""

    summary: ClassVar[str] = blocks.RandomZoom.help
    reference: ClassVar[str] = blocks.RandomZoom.reference
    name: Literal["RandomZoom"] = "RandomZoom"
    height_factor: Fraction = Field(default=0.1, title=N_("Height factor"), description=N_(
        "The largest change, as a share"))
    width_factor: Fraction | None = Field(default=None, title=N_("Width factor"), description=N_(
        "The same for the width; none keeps the proportions"))
    fill_mode: FillField = "reflect"
    interpolation: InterpolationField = "bilinear"
    fill_value: FillValueField = 0.0


class RandomTranslation(Augmentation):
    """Each image is moved by up to these shares of its height and width, either way."""

    summary: ClassVar[str] = blocks.RandomTranslation.help
    reference: ClassVar[str] = blocks.RandomTranslation.reference
    name: Literal["RandomTranslation"] = "RandomTranslation"
    height_factor: Fraction = Field(default=0.1, title=N_("Height factor"), description=N_(
        "The largest move, as a share"))
    width_factor: Fraction = Field(default=0.1, title=N_("Width factor"), description=N_(
        "The largest move, as a share"))
    fill_mode: FillField = "reflect"
    interpolation: InterpolationField = "bilinear"
    fill_value: FillValueField = 0.0


class RandomContrast(Augmentation):
    """Each channel's distance from its mean is multiplied by 1 - factor to 1 + factor."""

    summary: ClassVar[str] = blocks.RandomContrast.help
    reference: ClassVar[str] = blocks.RandomContrast.reference
    name: Literal["RandomContrast"] = "RandomContrast"
    factor: Fraction = Field(default=0.2, title=N_("Factor"), description=N_("The largest change, as a share"))


class RandomBrightness(Augmentation):
    """Each image becomes lighter or darker by up to `factor`."""

    summary: ClassVar[str] = blocks.RandomBrightness.help
    reference: ClassVar[str] = blocks.RandomBrightness.reference
    name: Literal["RandomBrightness"] = "RandomBrightness"
    factor: Fraction = Field(default=0.1, title=N_("Factor"), description=N_(
        "The largest change, as a share of the value range"))


class RandomErasing(Augmentation):
    """A rectangle of some images is painted over; how likely, is drawn for each between 0 and `factor`."""

    summary: ClassVar[str] = blocks.RandomErasing.help
    reference: ClassVar[str] = blocks.RandomErasing.reference
    name: Literal["RandomErasing"] = "RandomErasing"
    factor: Fraction = Field(default=1.0, title=N_("Factor"), description=N_(
        "How likely at most: for each image the chance is drawn between 0 and this, so that 1 is for half of them"))
    scale: Annotated[tuple[Fraction, Fraction], AfterValidator(blocks.ascending)] = Field(
        default=(0.02, 0.33), strict=False, title=N_("Scale"), description=N_(
            "Smallest and largest share of the image"))
    fill_value: Shade | None = Field(default=None, title=N_("Fill value"), description=N_(
        "What is painted: 0 is black, 1 is white; none is noise"))


class MixUp(Augmentation):
    """w image + (1 - w) another of the batch, with w from Beta(alpha, alpha), and their answers alike."""

    summary: ClassVar[str] = N_("Lays two images over one another; the answer is mixed like them.")
    reference: ClassVar[str] = "Zhang et al. 2018, arXiv:1710.09412"
    mixes: ClassVar[bool] = True
    name: Literal["MixUp"] = "MixUp"
    alpha: float = Field(default=0.2, gt=0, le=10, title=N_("Alpha"), description=N_(
        "How strongly images are mixed: near 0 hardly ever, from 1 on often half and half"))


class CutMix(Augmentation):
    """A rectangle of each image is that of another of the batch, and their answers are mixed by its area."""

    summary: ClassVar[str] = N_("Puts a rectangle of one image into another; the answer is mixed by its area.")
    reference: ClassVar[str] = "Yun et al. 2019, arXiv:1905.04899"
    mixes: ClassVar[bool] = True
    name: Literal["CutMix"] = "CutMix"
    factor: float = Field(default=1.0, gt=0, le=1, title=N_("Factor"), description=N_(
        "How much the sizes of the rectangles differ: near 0 nearly all or nothing"))


AnyAugmentation = Annotated[
    RandomFlip | RandomRotation | RandomZoom | RandomTranslation | RandomContrast | RandomBrightness | RandomErasing
    | MixUp | CutMix, Field(discriminator="name")]
"""Any of them; the key `name` says which."""
Steps = tuple[AnyAugmentation, ...]
StepsField = Annotated[Steps, Field(strict=False, max_length=MOST_STEPS)]

AUGMENTATIONS: Final[dict[str, type[Augmentation]]] = {kind.__name__: kind for kind in (
    RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast, RandomBrightness, RandomErasing, MixUp,
    CutMix)}
