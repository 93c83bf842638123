"""Tasks: what a network shall learn from the images of a data set, with one or several inputs and outputs.

A task says what its examples have before any image is loaded; `examples` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from lib.data.catalogue import DatasetInfo
from lib.errors import UserError, Words
from lib.i18n import N_, _

Shape = tuple[int, int, int]
Kind = Literal["classes", "binary", "number", "image"]
"""What an output tells: one of several classes, one of two, a number, or the pixels of an image."""
TaskName = Literal["classify", "same", "sum", "sum-number", "parity", "animal", "halves", "reconstruct", "denoise"]
ANIMALS: Final = (2, 3, 4, 5, 6, 7)
"""The classes of CIFAR-10 that are animals; the others are vehicles."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an output shall tell.

    Attributes:
        shape: of the answer to one example, as the output of a network has it.
        labels: the classes in the order of their numbers; two for a binary target, the second is the one told by 1.
        own: the labels are words of the person who brought the images, never translated.
    """

    kind: Kind
    shape: tuple[int, ...]
    labels: tuple[str, ...] = ()
    own: bool = False

    @property
    def shown_labels(self) -> tuple[str, ...]:
        """The labels in the language of the moment."""
        return self.labels if self.own else tuple(_(label) for label in self.labels)


@dataclass(frozen=True, slots=True)
class Task:
    """A way to make examples out of images and labels.

    Attributes:
        name: as it stands in a recipe.
        title, description: what the screen says (message ids).
        needs: what it needs (message id), where it does not fit every data set.
        fits: whether it fits a data set.
        inputs: the shapes of the inputs by name.
        targets: the targets by name; the names are the same for every data set.
    """

    name: TaskName
    title: str
    description: str
    inputs: Callable[[DatasetInfo], dict[str, Shape]]
    targets: Callable[[DatasetInfo], dict[str, Target]]
    fits: Callable[[DatasetInfo], bool] = lambda _info: True
    needs: str = ""

    def problem(self, info: DatasetInfo) -> UserError | None:
        """Why this task does not fit a data set; None where it does."""
        if self.fits(info):
            return None
        return UserError("task", N_("expected {needs} for this task"), info.words, needs=Words(self.needs))


def _image(info: DatasetInfo) -> dict[str, Shape]:
    return {"image": info.input_shape}


def _pair(info: DatasetInfo) -> dict[str, Shape]:
    return {"left": info.input_shape, "right": info.input_shape}


def _halves(info: DatasetInfo) -> dict[str, Shape]:
    height, width, channels = info.input_shape
    return {"left": (height, width // 2, channels), "right": (height, width // 2, channels)}


def _class(info: DatasetInfo) -> Target:
    return Target("classes", (info.classes,), info.labels, info.own)


def _pixels(info: DatasetInfo) -> dict[str, Target]:
    return {"image": Target("image", info.input_shape)}


def _digits(info: DatasetInfo) -> bool:
    return info.labels == tuple("0123456789")


_DIGITS: Final = N_("a data set of the digits from 0 to 9")
_SUMS: Final = tuple(str(total) for total in range(19))

_ALL: Final = (
    Task("classify", N_("Which class?"), N_("One image; the network tells its class."), _image,
         lambda info: {"class": _class(info)}),
    Task("same", N_("Same or different?"), N_(
        "Two images; the network tells whether they show the same class. Half of the pairs do. The usual network reads "
        "both with the same layers."), _pair,
        lambda _info: {"same": Target("binary", (1,), (N_("different"), N_("same")))}),
    Task("sum", N_("Sum of two digits"), N_(
        "Two digits; the network tells their sum, one of 19 classes, without ever being told the digits."), _pair,
         lambda _info: {"sum": Target("classes", (19,), _SUMS)}, _digits, _DIGITS),
    Task("sum-number", N_("Sum of two digits, as a number"), N_(
        "Two digits; the network tells their sum as one number, which may lie between two."), _pair,
         lambda _info: {"sum": Target("number", (1,))}, _digits, _DIGITS),
    Task("parity", N_("Digit, and odd or even"), N_(
        "One digit and two questions at once: which it is, and whether it is odd."), _image,
         lambda info: {"digit": _class(info), "parity": Target("binary", (1,), (N_("even"), N_("odd")))},
         _digits, _DIGITS),
    Task("animal", N_("Class, and animal or vehicle"), N_(
        "One photograph and two questions at once: which class it shows, and whether that is an animal."), _image,
         lambda info: {"class": _class(info), "animal": Target("binary", (1,), (N_("vehicle"), N_("animal")))},
         lambda info: info.name == "cifar10", N_("CIFAR-10")),
    Task("halves", N_("Class from two halves"), N_(
        "The left and the right half of one image as two inputs; the network tells its class."), _halves,
         lambda info: {"class": _class(info)}, lambda info: info.input_shape[1] > 1,
         N_("images that are at least two pixels wide")),
    Task("reconstruct", N_("The image itself"), N_(
        "One image, and the network shall give it back after it went through something narrow: an autoencoder."),
         _image, _pixels),
    Task("denoise", N_("The image without noise"), N_(
        "One image with noise on it; the network shall give it back without."), _image, _pixels),
)

CLASSIFY: Final[TaskName] = "classify"
TASKS: Final[Mapping[TaskName, Task]] = MappingProxyType({task.name: task for task in _ALL})
"""All tasks by name, the usual one first."""
