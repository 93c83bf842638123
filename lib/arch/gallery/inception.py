"""Networks that look in several ways at once: GoogLeNet, Inception v3 and Xception."""

from __future__ import annotations

from typing import Any, Final

from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery.making import Chain


def _conv(net: Chain, name: str, filters: int, size: Any, *reads: str, **config: Any) -> str:
    return net.normalized(name, "Conv2D", *reads, filters=filters, kernel_size=size, norm={"scale": False},
                          **{"padding": "same", **config})  # fmt: skip


# Filters of 1x1, before and of 3x3, before and of 5x5, after the pooling (Szegedy et al. 2015, table 1).
_GOOGLENET: Final = (
    ("3a", (64, 96, 128, 16, 32, 32)), ("3b", (128, 128, 192, 32, 96, 64)), ("pool4", None),
    ("4a", (192, 96, 208, 16, 48, 64)), ("4b", (160, 112, 224, 24, 64, 64)), ("4c", (128, 128, 256, 24, 64, 64)),
    ("4d", (112, 144, 288, 32, 64, 64)), ("4e", (256, 160, 320, 32, 128, 128)), ("pool5", None),
    ("5a", (256, 160, 320, 32, 128, 128)), ("5b", (384, 192, 384, 48, 128, 128)),
)  # fmt: skip
_BRANCHES: Final = ("filters_1x1", "reduce_3x3", "filters_3x3", "reduce_5x5", "filters_5x5", "filters_pool")


def googlenet(shape: Shape, classes: int) -> Architecture:
    """Szegedy et al. 2015, table 1, without the two classifiers on the way, which only help while it is trained."""
    net = Chain(shape, "GoogLeNet")
    relu: dict[str, Any] = {"padding": "same", "activation": "relu"}
    halve: dict[str, Any] = {"pool_size": 3, "strides": 2, "padding": "same"}
    net.put("conv1", "Conv2D", filters=64, kernel_size=3 if net.small else 7, strides=1 if net.small else 2, **relu)
    if not net.small:
        net.put("pool1", "MaxPooling2D", **halve)
    net.put("conv2_reduce", "Conv2D", filters=64, kernel_size=1, **relu)
    net.put("conv2", "Conv2D", filters=192, kernel_size=3, **relu)
    if not net.small:
        net.put("pool3", "MaxPooling2D", **halve)
    for name, filters in _GOOGLENET:
        if filters is None:
            net.put(name, "MaxPooling2D", **halve)
        else:
            net.put(f"inception{name}", "Inception", **dict(zip(_BRANCHES, filters, strict=True)))
    net.put("mean", "GlobalAveragePooling2D")
    return net.answer(classes, dropout=0.4)


def inception_v3(shape: Shape, classes: int) -> Architecture:
    """Szegedy et al. 2016, table 1, without the second classifier on the way."""
    net = Chain(shape, "Inception v3")
    first = 1 if net.small else 2
    _conv(net, "conv1", 32, 3, strides=first, padding="same" if net.small else "valid")
    _conv(net, "conv2", 32, 3, padding="same" if net.small else "valid")
    _conv(net, "conv3", 64, 3)
    if not net.small:
        net.put("pool3", "MaxPooling2D", pool_size=3, strides=2)
    _conv(net, "conv4", 80, 1)
    _conv(net, "conv5", 192, 3, padding="same" if net.small else "valid")
    if not net.small:
        net.put("pool5", "MaxPooling2D", pool_size=3, strides=2)
    for number, pool in enumerate((32, 64, 64)):
        net.put(f"mixed{number}", "InceptionA", filters_pool=pool)
    net.put_network("mixed3", _first_reduction())
    for number, width in enumerate((128, 160, 160, 192), 4):
        net.put(f"mixed{number}", "InceptionB", reduce_7x7=width)
    net.put_network("mixed8", _second_reduction())
    for number in (9, 10):
        net.put(f"mixed{number}", "InceptionC")
    return net.classify(classes)


def _first_reduction() -> Chain:
    net = Chain((35, 35, 288))
    one = _conv(net, "b1", 384, 3, "input", strides=2, padding="valid")
    _conv(net, "b2_reduce", 64, 1, "input")
    _conv(net, "b2_first", 96, 3)
    two = _conv(net, "b2", 96, 3, strides=2, padding="valid")
    pool = net.put("pool", "MaxPooling2D", "input", pool_size=3, strides=2)
    net.put("concat", "Concatenate", one, two, pool)
    return net


def _second_reduction() -> Chain:
    net = Chain((17, 17, 768))
    _conv(net, "b1_reduce", 192, 1, "input")
    one = _conv(net, "b1", 320, 3, strides=2, padding="valid")
    _conv(net, "b2_reduce", 192, 1, "input")
    _conv(net, "b2_row", 192, (1, 7))
    _conv(net, "b2_column", 192, (7, 1))
    two = _conv(net, "b2", 192, 3, strides=2, padding="valid")
    pool = net.put("pool", "MaxPooling2D", "input", pool_size=3, strides=2)
    net.put("concat", "Concatenate", one, two, pool)
    return net


def xception(shape: Shape, classes: int) -> Architecture:
    """Chollet 2017, figure 5: entry, middle and exit flow."""
    net = Chain(shape, "Xception")
    net.normalized("conv1", "Conv2D", filters=32, kernel_size=3, strides=1 if net.small else 2,
                   padding="same" if net.small else "valid")  # fmt: skip
    net.normalized("conv2", "Conv2D", filters=64, kernel_size=3, padding="same" if net.small else "valid")
    for number, filters in enumerate((128, 256, 728), 2):
        net.put(f"entry{number}", "XceptionModule", filters=filters, strides=2, activate_first=number > 2)
    middle = Chain((19, 19, 728))
    middle.put("module", "XceptionModule", filters=728, convolutions=3)
    net.put_network("middle", middle, repeat=8)
    net.put_network("exit", _exit())
    for number, filters in enumerate((1536, 2048), 3):
        net.normalized(f"exit{number}", "SeparableConv2D", filters=filters, kernel_size=3, padding="same")
    return net.classify(classes)


def _exit() -> Chain:
    """A module whose second convolution is wider than its first."""
    net = Chain((19, 19, 728))
    net.put("act1", "Activation", activation="relu")
    net.normalized("conv1", "SeparableConv2D", filters=728, kernel_size=3, padding="same")
    net.normalized("conv2", "SeparableConv2D", filters=1024, kernel_size=3, padding="same", activation=None)
    pool = net.put("pool", "MaxPooling2D", pool_size=3, strides=2, padding="same")
    shortcut = net.normalized("shortcut", "Conv2D", "input", filters=1024, kernel_size=1, strides=2, padding="same",
                              activation=None)  # fmt: skip
    net.put("add", "Add", pool, shortcut)
    return net
