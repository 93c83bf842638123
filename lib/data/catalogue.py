"""The data sets that Blockyard knows, described without loading any of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lib.errors import Words
from lib.i18n import N_, _


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is known about a data set before it is loaded.

    Attributes:
        name: the key in `DATASETS`, as it stands in a recipe.
        title: what the screen calls it; a proper name, never translated for the real sets.
        description: one or two sentences about it (message id).
        input_shape: height, width and channels of an image.
        labels: the classes in the order of their numbers (message ids).
        train_images, test_images: how many images the full set has.
        file: the name of its file in the data folder, or `None` where the set is generated.
        synthetic: made by a program, which has to be said wherever the set appears.
        own: brought by one who uses Blockyard: title and labels are that person's words, never translated.
    """

    name: str
    title: str
    description: str
    input_shape: tuple[int, int, int]
    labels: tuple[str, ...]
    train_images: int
    test_images: int
    file: str | None = None
    synthetic: bool = False
    own: bool = False

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.labels)

    @property
    def shown_title(self) -> str:
        """The title in the language of the moment."""
        return self.title if self.own else _(self.title)

    @property
    def shown_labels(self) -> tuple[str, ...]:
        """The classes in the language of the moment."""
        return self.labels if self.own else tuple(_(label) for label in self.labels)

    @property
    def words(self) -> str:
        """The title as a value of a `UserError`."""
        return self.title if self.own else Words(self.title)


_MNIST = DatasetInfo(
    name="mnist",
    title=N_("MNIST"),
    description=N_("Handwritten digits from 0 to 9, in grey on black. The usual first exercise (LeCun et al. 1998)."),
    input_shape=(28, 28, 1),
    labels=tuple("0123456789"),
    train_images=60_000,
    test_images=10_000,
    file="mnist.npz",
)

_CIFAR10 = DatasetInfo(
    name="cifar10",
    title=N_("CIFAR-10"),
    description=N_("Small colour photographs of ten kinds of animals and vehicles (Krizhevsky 2009)."),
    input_shape=(32, 32, 3),
    labels=(
        N_("airplane"), N_("automobile"), N_("bird"), N_("cat"), N_("deer"),
        N_("dog"), N_("frog"), N_("horse"), N_("ship"), N_("truck"),
    ),
    train_images=50_000,
    test_images=10_000,
    file="cifar10.npz",
)

_SHAPES = DatasetInfo(
    name="shapes",
    title=N_("Shapes (synthetic)"),
    description=N_("Synthetic: coloured shapes that Blockyard draws itself, ten kinds, each with its own place, size, "
                   "turn, colours and noise. Always there, and of the same size as CIFAR-10 images."),
    input_shape=(32, 32, 3),
    labels=(
        N_("circle"), N_("ring"), N_("square"), N_("triangle"), N_("star"),
        N_("cross"), N_("heart"), N_("moon"), N_("stripes"), N_("checkerboard"),
    ),
    train_images=6_000,
    test_images=1_000,
    synthetic=True,
)

DATASETS: Final = MappingProxyType({info.name: info for info in (_MNIST, _CIFAR10, _SHAPES)})
