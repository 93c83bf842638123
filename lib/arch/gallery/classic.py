"""Plain chains of convolutions: from LeNet-5 to SqueezeNet."""

from __future__ import annotations

from typing import Final

from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery.making import Chain

_VGG: Final = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def lenet5(shape: Shape, classes: int) -> Architecture:
    """Two convolutions with pooling and three Dense layers (LeCun et al. 1998, figure 2)."""
    net = Chain(shape, "LeNet-5")
    net.put("c1", "Conv2D", filters=6, kernel_size=5, padding="same", activation="tanh")
    net.put("s2", "AveragePooling2D", pool_size=2)
    net.put("c3", "Conv2D", filters=16, kernel_size=5, activation="tanh")
    net.put("s4", "AveragePooling2D", pool_size=2)
    net.put("flatten", "Flatten")
    net.put("c5", "Dense", units=120, activation="tanh")
    net.put("f6", "Dense", units=84, activation="tanh")
    return net.answer(classes)


def alexnet(shape: Shape, classes: int) -> Architecture:
    """Five convolutions, three of them in two groups, as on two graphics cards (Krizhevsky et al. 2012)."""
    net = Chain(shape, "AlexNet")
    net.put("conv1", "Conv2D", filters=96, kernel_size=11, strides=4, activation="relu")
    net.put("pool1", "MaxPooling2D", pool_size=3, strides=2)
    net.put("conv2", "Conv2D", filters=256, kernel_size=5, padding="same", groups=2, activation="relu")
    net.put("pool2", "MaxPooling2D", pool_size=3, strides=2)
    net.put("conv3", "Conv2D", filters=384, kernel_size=3, padding="same", activation="relu")
    net.put("conv4", "Conv2D", filters=384, kernel_size=3, padding="same", groups=2, activation="relu")
    net.put("conv5", "Conv2D", filters=256, kernel_size=3, padding="same", groups=2, activation="relu")
    net.put("pool5", "MaxPooling2D", pool_size=3, strides=2)
    net.put("flatten", "Flatten")
    for number in (6, 7):
        net.put(f"dense{number}", "Dense", units=4096, activation="relu")
        net.put(f"dropout{number}", "Dropout", rate=0.5)
    return net.answer(classes)


def vgg(depth: int, shape: Shape, classes: int) -> Architecture:
    """Convolutions of 3x3 and nothing else, in five stages (Simonyan and Zisserman 2014, table 1, D and E)."""
    net = Chain(shape, f"VGG{depth}")
    for stage, count in enumerate(_VGG[depth], 1):
        filters = min(64 * 2 ** (stage - 1), 512)
        for number in range(1, count + 1):
            net.put(f"conv{stage}_{number}", "Conv2D", filters=filters, kernel_size=3, padding="same",
                    activation="relu")  # fmt: skip
        net.put(f"pool{stage}", "MaxPooling2D", pool_size=2)
    net.put("flatten", "Flatten")
    for number in (1, 2):
        net.put(f"dense{number}", "Dense", units=4096, activation="relu")
    return net.answer(classes)


def nin(shape: Shape, classes: int) -> Architecture:
    """Three convolutions with a small network behind every pixel, and no Dense layer (Lin et al. 2013)."""
    net = Chain(shape, "Network in Network")
    for stage, (size, *filters) in enumerate([(5, 192, 160, 96), (5, 192, 192, 192), (3, 192, 192, classes)], 1):
        for number, count in enumerate(filters, 1):
            net.put(f"conv{stage}" if number == 1 else f"mlp{stage}_{number - 1}", "Conv2D", filters=count,
                    kernel_size=size if number == 1 else 1, padding="same", activation="relu")  # fmt: skip
        if stage < 3:
            pool = "MaxPooling2D" if stage == 1 else "AveragePooling2D"
            net.put(f"pool{stage}", pool, pool_size=3, strides=2, padding="same")
            net.put(f"dropout{stage}", "Dropout", rate=0.5)
    net.put("mean", "GlobalAveragePooling2D")
    net.put("predictions", "Softmax")
    return net.finished()


def squeezenet(shape: Shape, classes: int) -> Architecture:
    """Eight Fire blocks (Iandola et al. 2016, version 1.1 of their code)."""
    net = Chain(shape, "SqueezeNet 1.1")
    net.put("conv1", "Conv2D", filters=64, kernel_size=3, strides=1 if net.small else 2, activation="relu")
    for number, (squeeze, expand) in enumerate([(16, 64), (32, 128), (48, 192), (64, 256)], 1):
        if number < 4:
            net.put(f"pool{number}", "MaxPooling2D", pool_size=3, strides=2)
        for name in (f"fire{2 * number}", f"fire{2 * number + 1}"):
            net.put(name, "Fire", squeeze=squeeze, expand_1x1=expand, expand_3x3=expand)
    net.put("dropout", "Dropout", rate=0.5)
    net.put("conv10", "Conv2D", filters=classes, kernel_size=1, activation="relu")
    net.put("mean", "GlobalAveragePooling2D")
    net.put("predictions", "Softmax")
    return net.finished()
