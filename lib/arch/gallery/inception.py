"""Networks that look in several ways at once: Inception v3 and Xception."""

from __future__ import annotations

from typing import Any

from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery.making import Chain


def _conv(net: Chain, name: str, filters: int, size: Any, *reads: str, **config: Any) -> str:
    return net.normalized(name, "Conv2D", *reads, filters=filters, kernel_size=size, norm={"scale": False},
                          **{"padding": "same", **config})  # fmt: skip


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
