"""ResNet in all its sizes, Wide ResNet and DenseNet."""

from __future__ import annotations

from typing import Any, Final

from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery.making import Chain

_STAGES: Final = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_DENSE: Final = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}


def stage(net: Chain, name: str, count: int, block: str, strides: int = 1, **config: Any) -> None:
    """So many blocks: the first with these strides, the rest as one repetition."""
    net.put(f"{name}_1", block, strides=strides, **config)
    if count == 2:
        net.put(f"{name}_2", block, **config)
    elif count > 2:
        inside = Chain((8, 8, config["filters"] * (4 if "ottleneck" in block else 1)))
        inside.put("block", block, **config)
        net.put_network(f"{name}_rest", inside, repeat=count - 1)


def _stem(net: Chain, **config: Any) -> None:
    """A convolution of 7x7 and a pooling that leave a sixteenth of the image; for small ones, a 3x3."""
    if net.small:
        net.normalized("conv1", "Conv2D", filters=64, kernel_size=3, padding="same", **config)
        return
    net.normalized("conv1", "Conv2D", filters=64, kernel_size=7, strides=2, padding="same", **config)
    net.put("pool1", "MaxPooling2D", pool_size=3, strides=2, padding="same")


def resnet(depth: int, shape: Shape, classes: int) -> Architecture:
    """He et al. 2015, table 1. From 50 layers on with biases, as Keras counts."""
    net = Chain(shape, f"ResNet-{depth}")
    deep = depth >= 50
    _stem(net, use_bias=deep)
    config: dict[str, Any] = {"keep_bias": True} if deep else {}
    for number, count in enumerate(_STAGES[depth]):
        block = "Bottleneck" if deep else "Residual"
        stage(net, f"stage{number + 2}", count, block, 2 if number else 1, filters=64 * 2**number, **config)
    return net.classify(classes)


def resnet_v2(depth: int, shape: Shape, classes: int) -> Architecture:
    """He et al. 2016, as Keras has it: normalization and activation before every convolution."""
    net = Chain(shape, f"ResNet-{depth} V2")
    if net.small:
        net.put("conv1", "Conv2D", filters=64, kernel_size=3, padding="same")
    else:
        net.put("conv1", "Conv2D", filters=64, kernel_size=7, strides=2, padding="same")
        net.put("pool1", "MaxPooling2D", pool_size=3, strides=2, padding="same")
    for number, count in enumerate(_STAGES[depth]):
        filters, name = 64 * 2**number, f"stage{number + 2}"
        net.put(f"{name}_1", "PreActivationBottleneck", filters=filters)
        inside = Chain((8, 8, 4 * filters))
        inside.put("block", "PreActivationBottleneck", filters=filters)
        net.put_network(f"{name}_middle", inside, repeat=count - 2)
        # The last block of a stage is the one that halves the image.
        net.put(f"{name}_last", "PreActivationBottleneck", filters=filters, strides=2 if number < 3 else 1)
    net.put("bn", "BatchNormalization", epsilon=1.001e-5)
    net.put("act", "Activation", activation="relu")
    return net.classify(classes)


def resnet_cifar(depth: int, shortcut: str, shape: Shape, classes: int) -> Architecture:
    """He et al. 2015, section 4.2: three stages of (depth - 2) / 6 blocks with 16, 32 and 64 filters."""
    net = Chain(shape, f"ResNet-{depth}")
    net.normalized("conv1", "Conv2D", filters=16, kernel_size=3, padding="same")
    for number in range(3):
        stage(net, f"stage{number + 1}", (depth - 2) // 6, "Residual", 2 if number else 1, filters=16 * 2**number,
              shortcut=shortcut)  # fmt: skip
    return net.classify(classes)


def wide_resnet(depth: int, width: int, shape: Shape, classes: int) -> Architecture:
    """Zagoruyko and Komodakis 2016, table 1: the residual blocks of the second version, `width` times wider."""
    net = Chain(shape, f"WideResNet-{depth}-{width}")
    net.put("conv1", "Conv2D", filters=16, kernel_size=3, padding="same", use_bias=False)
    for number in range(3):
        stage(net, f"stage{number + 1}", (depth - 4) // 6, "PreActivationResidual", 2 if number else 1,
              filters=16 * width * 2**number, use_bias=False)  # fmt: skip
    net.put("bn", "BatchNormalization")
    net.put("act", "Activation", activation="relu")
    return net.classify(classes)


def densenet(depth: int, shape: Shape, classes: int) -> Architecture:
    """Huang et al. 2017, table 1, with 32 new channels in every layer."""
    net = Chain(shape, f"DenseNet-{depth}")
    _stem(net, norm={"epsilon": 1.001e-5})
    return _dense(net, _DENSE[depth], 32, classes)


def densenet_cifar(depth: int, growth: int, shape: Shape, classes: int) -> Architecture:
    """Huang et al. 2017, section 3: DenseNet-BC of three dense blocks."""
    net = Chain(shape, f"DenseNet-BC-{depth}-{growth}")
    net.put("conv1", "Conv2D", filters=2 * growth, kernel_size=3, padding="same", use_bias=False)
    return _dense(net, ((depth - 4) // 6,) * 3, growth, classes)


def _dense(net: Chain, counts: tuple[int, ...], growth: int, classes: int) -> Architecture:
    for number, count in enumerate(counts, 1):
        net.put(f"dense{number}", "DenseBlock", layers=count, growth_rate=growth)
        if number < len(counts):
            net.put(f"transition{number}", "Transition")
    net.put("bn", "BatchNormalization", epsilon=1.001e-5)
    net.put("act", "Activation", activation="relu")
    return net.classify(classes)
