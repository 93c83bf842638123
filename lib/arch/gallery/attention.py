"""The vision transformer, and the convolutional network that answered it."""

from __future__ import annotations

from typing import Any

from lib.arch.architecture import Architecture
from lib.arch.block import Shape
from lib.arch.gallery.making import Chain


def convnext_tiny(shape: Shape, classes: int) -> Architecture:
    """Liu et al. 2022: stages of 3, 3, 9 and 3 blocks with 96 to 768 channels."""
    net = Chain(shape, "ConvNeXt-T")
    patch = 2 if net.small else 4
    net.put("patches", "Conv2D", filters=96, kernel_size=patch, strides=patch)
    net.put("norm1", "LayerNormalization", epsilon=1e-6)
    for stage, (count, channels) in enumerate([(3, 96), (3, 192), (9, 384), (3, 768)], 1):
        if stage > 1:
            net.put(f"norm{stage}", "LayerNormalization", epsilon=1e-6)
            net.put(f"halve{stage}", "Conv2D", filters=channels, kernel_size=2, strides=2)
        inside = Chain((8, 8, channels))
        inside.put("block", "ConvNeXtBlock", drop_path_rate=0.1)
        net.put_network(f"stage{stage}", inside, repeat=count)
    net.put("mean", "GlobalAveragePooling2D")
    net.put("norm_last", "LayerNormalization", epsilon=1e-6)
    return net.answer(classes)


def vit_b16(shape: Shape, classes: int) -> Architecture:
    """Dosovitskiy et al. 2021, table 1: twelve encoders over patches of 16x16 pixels (4x4 of small images)."""
    net = Chain(shape, "ViT-B/16")
    patch = 4 if net.small else 16
    steps = (shape[0] // patch) * (shape[1] // patch)
    net.put("patches", "Conv2D", filters=768, kernel_size=patch, strides=patch)
    net.put("sequence", "Reshape", target_shape=[steps, 768])
    net.put("class_token", "CustomLayer", layer=_learned(
        "ClassToken", "token", "1, channels", "zeros", "concatenate([0 * x[:, :1] + self.token, x], axis=1)"))
    net.put("positions", "CustomLayer", layer=_learned(
        "Positions", "positions", "steps, channels",
        {"name": "RandomNormal", "stddev": 0.02}, "x + self.positions"))  # fmt: skip
    inside = Chain((steps + 1, 768))
    inside.put("encoder", "TransformerEncoder", num_heads=12, key_dim=64, units=3072, activation="gelu", dropout=0.1,
               norm_first=True)  # fmt: skip
    net.put_network("encoders", inside, repeat=12)
    net.put("norm", "LayerNormalization", epsilon=1e-6)
    net.put("first", "Lambda", formula="x[:, 0]")
    return net.answer(classes)


def _learned(name: str, weight: str, shape: str, start: Any, formula: str) -> dict[str, Any]:
    """A layer with one weight."""
    return {"name": name, "weights": [{"name": weight, "shape": shape, "initializer": start}], "call": formula}
