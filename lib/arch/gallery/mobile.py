"""Networks for small machines, and their larger heirs: MobileNet V1 to V3, EfficientNet."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery.making import Chain

_V2: Final = ((6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
# Kernel, channels inside, filters, gate, activation, strides (Howard et al. 2019, tables 1 and 2).
_V3: Final = {
    "Large": (
        (3, 16, 16, 0, "relu", 1), (3, 64, 24, 0, "relu", 2), (3, 72, 24, 0, "relu", 1), (5, 72, 40, 24, "relu", 2),
        (5, 120, 40, 32, "relu", 1), (5, 120, 40, 32, "relu", 1), (3, 240, 80, 0, "hard_swish", 2),
        (3, 200, 80, 0, "hard_swish", 1), (3, 184, 80, 0, "hard_swish", 1), (3, 184, 80, 0, "hard_swish", 1),
        (3, 480, 112, 120, "hard_swish", 1), (3, 672, 112, 168, "hard_swish", 1), (5, 672, 160, 168, "hard_swish", 2),
        (5, 960, 160, 240, "hard_swish", 1), (5, 960, 160, 240, "hard_swish", 1),
    ),
    "Small": (
        (3, 16, 16, 8, "relu", 2), (3, 72, 24, 0, "relu", 2), (3, 88, 24, 0, "relu", 1),
        (5, 96, 40, 24, "hard_swish", 2), (5, 240, 40, 64, "hard_swish", 1), (5, 240, 40, 64, "hard_swish", 1),
        (5, 120, 48, 32, "hard_swish", 1), (5, 144, 48, 40, "hard_swish", 1), (5, 288, 96, 72, "hard_swish", 2),
        (5, 576, 96, 144, "hard_swish", 1), (5, 576, 96, 144, "hard_swish", 1),
    ),
}  # fmt: skip
# Expansion, filters, repeats, strides, kernel (Tan and Le 2019, table 1), and what each size multiplies.
_EFFICIENT: Final = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
                     (6, 192, 4, 2, 5), (6, 320, 1, 1, 3))  # fmt: skip
SCALES: Final = {
    0: (1.0, 1.0, 224, 0.2), 1: (1.0, 1.1, 240, 0.2), 2: (1.1, 1.2, 260, 0.3), 3: (1.2, 1.4, 300, 0.3),
    4: (1.4, 1.8, 380, 0.4), 5: (1.6, 2.2, 456, 0.4), 6: (1.8, 2.6, 528, 0.5), 7: (2.0, 3.1, 600, 0.5),
}  # fmt: skip
"""Of each EfficientNet: how much wider and deeper it is than the first, its images, its dropout."""


def _halving(net: Chain) -> int:
    return 1 if net.small else 2


def mobilenet(shape: Shape, classes: int) -> Architecture:
    """Howard et al. 2017, table 1: thirteen depthwise convolutions, each followed by one of 1x1."""
    net = Chain(shape, "MobileNet")
    net.normalized("conv1", "Conv2D", filters=32, kernel_size=3, strides=_halving(net), padding="same",
                   activation="relu6")  # fmt: skip
    steps = [(64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1), (512, 2, 1), (512, 1, 5), (1024, 2, 1),
             (1024, 1, 1)]  # fmt: skip
    channels = 32
    for number, (filters, strides, repeat) in enumerate(steps, 1):
        net.put_network(f"block{number}", _depthwise(channels, filters, strides), repeat=repeat)
        channels = filters
    return net.classify(classes, dropout=0.001)


def _depthwise(channels: int, filters: int, strides: int) -> Chain:
    net = Chain((8, 8, channels))
    net.normalized("depthwise", "DepthwiseConv2D", kernel_size=3, strides=strides, padding="same", activation="relu6")
    net.normalized("pointwise", "Conv2D", filters=filters, kernel_size=1, activation="relu6")
    return net


def mobilenet_v2(shape: Shape, classes: int) -> Architecture:
    """Sandler et al. 2018, table 2."""
    net = Chain(shape, "MobileNetV2")
    momentum = {"momentum": 0.999}
    net.normalized("conv1", "Conv2D", filters=32, kernel_size=3, strides=_halving(net), padding="same",
                   activation="relu6", norm=momentum)  # fmt: skip
    net.put("block1", "InvertedResidual", filters=16, expansion=1)
    for number, (expansion, filters, count, strides) in enumerate(_V2, 2):
        net.put(f"block{number}_1", "InvertedResidual", filters=filters, expansion=expansion, strides=strides)
        if count > 1:
            inside = Chain((8, 8, filters))
            inside.put("block", "InvertedResidual", filters=filters, expansion=expansion)
            net.put_network(f"block{number}_rest", inside, repeat=count - 1)
    net.normalized("conv_last", "Conv2D", filters=1280, kernel_size=1, activation="relu6", norm=momentum)
    return net.classify(classes)


def mobilenet_v3(size: str, shape: Shape, classes: int) -> Architecture:
    """Howard et al. 2019, tables 1 and 2, as Keras has it."""
    net = Chain(shape, f"MobileNetV3 {size}")
    net.normalized("conv1", "Conv2D", filters=16, kernel_size=3, strides=_halving(net), padding="same",
                   activation="hard_swish")  # fmt: skip
    for number, (kernel, width, filters, squeeze, activation, strides) in enumerate(_V3[size], 1):
        net.put(f"block{number}", "MBConv", filters=filters, width=width, kernel_size=kernel, strides=strides,
                squeeze=squeeze, activation=activation, squeeze_activation="relu", gate="hard_sigmoid")  # fmt: skip
    last = _V3[size][-1][1]
    net.normalized("conv_last", "Conv2D", filters=last, kernel_size=1, activation="hard_swish")
    net.put("mean", "GlobalAveragePooling2D", keepdims=True)
    net.put("conv_top", "Conv2D", filters=1280 if size == "Large" else 1024, kernel_size=1, activation="hard_swish")
    net.put("flatten", "Flatten")
    return net.answer(classes, dropout=0.2)


def efficientnet(number: int, shape: Shape, classes: int) -> Architecture:
    """Tan and Le 2019: one network, made wider, deeper and sharper together."""
    wider, deeper, _pixels, dropout = SCALES[number]
    net = Chain(shape, f"EfficientNet-B{number}")
    net.put("rescaling", "Rescaling", scale=1 / 255)
    net.put("normalization", "Normalization")
    channels = _wide(32, wider)
    net.normalized("conv1", "Conv2D", filters=channels, kernel_size=3, strides=_halving(net), padding="same",
                   activation="silu")  # fmt: skip
    for stage, (expansion, base, count, strides, kernel) in enumerate(_EFFICIENT, 1):
        filters, repeats = _wide(base, wider), ceil(deeper * count)
        config: dict[str, Any] = {"filters": filters, "kernel_size": kernel}
        net.put(f"stage{stage}_1", "MBConv", **config, strides=strides, width=expansion * channels,
                squeeze=max(1, channels // 4))  # fmt: skip
        if repeats > 1:
            inside = Chain((8, 8, filters))
            inside.put("block", "MBConv", **config, width=expansion * filters, squeeze=max(1, filters // 4),
                       drop_path_rate=0.1)  # fmt: skip
            net.put_network(f"stage{stage}_rest", inside, repeat=repeats - 1)
        channels = filters
    net.normalized("conv_last", "Conv2D", filters=_wide(1280, wider), kernel_size=1, activation="silu")
    return net.classify(classes, dropout)


def _wide(filters: int, factor: float) -> int:
    """So many times the filters, as a multiple of 8, at most a tenth below."""
    near = max(8, int(filters * factor + 4) // 8 * 8)
    return near + 8 if near < 0.9 * filters * factor else near
