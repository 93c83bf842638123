"""Published architectures of thirty years, written with our blocks, each with the count that its source states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Literal

from lib.arch.analyse import analyse
from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery import attention, classic, inception, mobile, residual
from lib.arch.gallery import families as f
from lib.errors import UserError
from lib.i18n import N_
from lib.names import close_to

Make = Callable[[Shape, int], Architecture]
Counted = Literal["all", "trained"]

_MNIST: Final = (28, 28, 1)
_CIFAR: Final = (32, 32, 3)
_IMAGENET: Final = (224, 224, 3)


@dataclass(frozen=True, slots=True)
class Entry:
    """One network: how it is made, for which images and how many classes, and what its source says of its size.

    `published` are all its parameters, or those that are trained: `counted` says which, and `note` (a message id) what
    else one should know of the count.
    """

    name: str
    title: str
    family: f.Family
    published: int
    make: Make
    shape: Shape = _IMAGENET
    classes: int = 1000
    counted: Counted = "all"
    note: str = ""

    @property
    def architecture(self) -> Architecture:
        """The network as it was published."""
        return _made(self.name, self.shape, self.classes)

    def for_images(self, shape: Shape, classes: int) -> Architecture | None:
        """The network for other images; None where it cannot take them."""
        try:
            made = _made(self.name, shape, classes)
        except UserError:
            return None
        return made if analyse(made).complete else None


_BIASES: Final = N_("With the biases that Keras gives its convolutions, and with the means and variances of the "
                    "normalizations.")
_GROUPS: Final = N_("With the two groups of the paper; without groups it is 62,378,344.")
_ZEROS: Final = N_("With shortcuts of zeros (option A), without the means and variances of the normalizations.")
_CONVOLUTIONS: Final = N_("With shortcuts of 1×1 convolutions (option B), without the means and variances of the "
                          "normalizations.")  # fmt: skip
_MAIN: Final = N_("Without the two classifiers on the way, which are dropped after training; with them it is "
                  "13,378,280.")
_NIN: Final = N_("Its multiply-adds are sometimes given as 222.97 million: that is half of all operations, ReLU (one "
                 "for each value) and pooling (one for each value of a window) included. The convolutions alone have "
                 "222,486,528, which is what is counted here.")
_TRAINED: Final = N_("Without the means and variances of the normalizations.")


def _resnets() -> tuple[Entry, ...]:
    small = {18: 11_689_512, 34: 21_797_672}
    large = {50: 25_636_712, 101: 44_707_176, 152: 60_419_944}
    second = {50: 25_613_800, 101: 44_675_560, 152: 60_380_648}
    tiny = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}
    return (
        *(Entry(f"resnet{d}", f"ResNet-{d}", f.RESNET, n, partial(residual.resnet, d), counted="trained",
                note=_TRAINED) for d, n in small.items()),
        *(Entry(f"resnet{d}", f"ResNet-{d}", f.RESNET, n, partial(residual.resnet, d), note=_BIASES)
          for d, n in large.items()),
        *(Entry(f"resnet{d}v2", f"ResNet-{d} V2", f.RESNET_V2, n, partial(residual.resnet_v2, d))
          for d, n in second.items()),
        *(Entry(f"resnet{d}-cifar", f"ResNet-{d} (CIFAR-10)", f.RESNET_CIFAR, n,
                partial(residual.resnet_cifar, d, "zeros"), _CIFAR, 10, "trained", _ZEROS) for d, n in tiny.items()),
        Entry("resnet20b-cifar", "ResNet-20 B (CIFAR-10)", f.RESNET_CIFAR, 272_474,
              partial(residual.resnet_cifar, 20, "convolution"), _CIFAR, 10, "trained", _CONVOLUTIONS),
    )  # fmt: skip


def _efficient() -> tuple[Entry, ...]:
    counts = (5_330_571, 7_856_239, 9_177_569, 12_320_535, 19_466_823, 30_562_527, 43_265_143, 66_658_687)
    return tuple(
        Entry(f"efficientnet-b{d}", f"EfficientNet-B{d}", f.EFFICIENTNET, n, partial(mobile.efficientnet, d),
              (mobile.SCALES[d][2], mobile.SCALES[d][2], 3))
        for d, n in enumerate(counts)
    )  # fmt: skip


def _dense() -> tuple[Entry, ...]:
    counts = {121: 8_062_504, 169: 14_307_880, 201: 20_242_984}
    return (
        *(Entry(f"densenet{d}", f"DenseNet-{d}", f.DENSENET, n, partial(residual.densenet, d))
          for d, n in counts.items()),
        Entry("densenet-bc-100-12", "DenseNet-BC-100-12", f.DENSENET, 769_162,
              partial(residual.densenet_cifar, 100, 12), _CIFAR, 10, "trained", _TRAINED),
    )  # fmt: skip


ENTRIES: Final[dict[str, Entry]] = {entry.name: entry for entry in (
    Entry("lenet5", "LeNet-5", f.LENET, 61_706, classic.lenet5, _MNIST, 10),
    Entry("alexnet", "AlexNet", f.ALEXNET, 60_965_224, classic.alexnet, (227, 227, 3), note=_GROUPS),
    Entry("nin", "Network in Network", f.NIN, 966_986, classic.nin, _CIFAR, 10, note=_NIN),
    Entry("vgg16", "VGG16", f.VGG, 138_357_544, partial(classic.vgg, 16)),
    Entry("vgg19", "VGG19", f.VGG, 143_667_240, partial(classic.vgg, 19)),
    Entry("googlenet", "GoogLeNet (Inception v1)", f.GOOGLENET, 6_998_552, inception.googlenet, note=_MAIN),
    *_resnets(),
    Entry("squeezenet", "SqueezeNet 1.1", f.SQUEEZENET, 1_235_496, classic.squeezenet, (227, 227, 3)),
    Entry("inception-v3", "Inception v3", f.INCEPTION, 23_851_784, inception.inception_v3, (299, 299, 3)),
    Entry("wide-resnet-28-10", "WideResNet-28-10", f.WIDE, 36_479_194, partial(residual.wide_resnet, 28, 10), _CIFAR,
          10, "trained", _TRAINED),
    *_dense(),
    Entry("xception", "Xception", f.XCEPTION, 22_910_480, inception.xception, (299, 299, 3)),
    Entry("mobilenet", "MobileNet", f.MOBILENET, 4_253_864, mobile.mobilenet),
    Entry("mobilenet-v2", "MobileNetV2", f.MOBILENET_V2, 3_538_984, mobile.mobilenet_v2),
    Entry("mobilenet-v3-large", "MobileNetV3 Large", f.MOBILENET_V3, 5_507_432, partial(mobile.mobilenet_v3, "Large")),
    Entry("mobilenet-v3-small", "MobileNetV3 Small", f.MOBILENET_V3, 2_554_968, partial(mobile.mobilenet_v3, "Small")),
    *_efficient(),
    Entry("vit-b16", "ViT-B/16", f.VIT, 86_567_656, attention.vit_b16),
    Entry("convnext-t", "ConvNeXt-T", f.CONVNEXT, 28_589_128, attention.convnext_tiny),
)}  # fmt: skip
"""Every network by its stable name, by year."""


def get(name: str) -> Entry:
    """The entry `name`.

    Raises:
        UserError: there is none of that name.
    """
    if name not in ENTRIES:
        near = close_to(name, ENTRIES)
        if near:
            raise UserError("gallery", N_("expected a network of the gallery (did you mean {near}?)"), name, near=near)
        raise UserError("gallery", N_("expected a network of the gallery"), name)
    return ENTRIES[name]


@lru_cache(maxsize=256)
def _made(name: str, shape: Shape, classes: int) -> Architecture:
    return ENTRIES[name].make(shape, classes)
