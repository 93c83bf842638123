"""Counts that are published or follow by hand, of single blocks; those of networks are in keras.applications."""

from __future__ import annotations

import pytest

from lib.arch import CATALOGUE, Architecture, Node, analyse
from lib.arch.analyse import NodeReport
from lib.errors import UserError


def report(name: str, *inputs: tuple[int, ...], **fields: object) -> NodeReport:
    """What the walk finds of one block that reads inputs of these shapes."""
    block = CATALOGUE[name].model_validate(fields)
    shapes = {f"in{number}": shape for number, shape in enumerate(inputs)}
    return analyse(Architecture(shapes, (Node("n", block, tuple(shapes)),), {"out": "n"})).nodes["n"]


def _layer(block: str, **config: object) -> dict[str, object]:
    """The layer inside another, as JSON has it."""
    return {"block": block, "config": config}


@pytest.mark.parametrize(
    ("name", "shape", "fields", "parameters"),
    [
        ("LSTM", (10, 16), {"units": 32}, 6_272),
        ("LSTM", (10, 16), {"units": 32, "return_sequences": True}, 6_272),
        ("GRU", (10, 16), {"units": 32}, 3 * (16 * 32 + 32 * 32 + 2 * 32)),
        ("GRU", (10, 16), {"units": 32, "reset_after": False}, 3 * (16 * 32 + 32 * 32 + 32)),
        ("SimpleRNN", (10, 16), {"units": 32}, 16 * 32 + 32 * 32 + 32),
        ("Bidirectional", (10, 16), {"layer": _layer("LSTM", units=32)}, 2 * 6_272),
        ("Embedding", (20,), {"input_dim": 10_000, "output_dim": 64}, 640_000),
        ("Conv2DTranspose", (7, 7, 64), {"filters": 32, "kernel_size": 3, "strides": 2}, 9 * 64 * 32 + 32),
        ("PReLU", (8, 8, 16), {}, 1_024),
        ("PReLU", (8, 8, 16), {"shared_axes": [1, 2]}, 16),
        # The networks of keras.applications: the layers of one of their blocks.
        ("InvertedResidual", (112, 112, 16), {"filters": 24, "strides": 2}, 5_568),
        ("InvertedResidual", (56, 56, 24), {"filters": 24}, 9_456),
        ("InvertedResidual", (112, 112, 32), {"filters": 16, "expansion": 1}, 992),
        ("DenseBlock", (56, 56, 64), {"layers": 6}, 338_304),
        ("Transition", (56, 56, 256), {}, 33_792),
        ("XceptionModule", (19, 19, 728), {"filters": 728, "convolutions": 3}, 1_618_344),
        ("InceptionA", (35, 35, 256), {"filters_pool": 64}, 277_968),
        ("InceptionB", (17, 17, 768), {}, 1_298_944),
        ("InceptionB", (17, 17, 768), {"reduce_7x7": 160}, 1_692_736),
        ("InceptionC", (8, 8, 1_280), {}, 5_047_872),
        ("InceptionC", (8, 8, 2_048), {}, 6_080_064),
        ("ConvNeXtBlock", (56, 56, 96), {}, 79_296),
        # Table 1 of SqueezeNet, and by hand.
        ("Fire", (55, 55, 96), {"squeeze": 16, "expand_1x1": 64, "expand_3x3": 64}, 11_920),
        ("MLPConv", (32, 32, 3), {"filters": 192, "kernel_size": 5}, (75 + 1) * 192 + 2 * (192 + 1) * 192),
        ("SqueezeExcite", (56, 56, 256), {"use_bias": False}, 2 * 256 * 256 // 16),
        ("CNNResidual", (8, 8, 32), {"layers": 2, "filters": 32}, 2 * (9 * 32 + 1) * 32),
        ("DNNResidual", (64,), {"layers": 3, "units": 64}, 3 * 65 * 64),
    ],
)
def test_parameters(name: str, shape: tuple[int, ...], fields: dict[str, object], parameters: int) -> None:
    assert report(name, shape, **fields).parameters == parameters


def test_bottlenecks_are_those_of_torchvision() -> None:
    """layer1[0] of its resnet50 and resnext50_32x4d, which count only what is trained."""
    assert report("Bottleneck", (56, 56, 64), filters=64).trainable == 75_008
    assert report("ResNeXtBlock", (56, 56, 64), filters=128, groups=32).trainable == 63_488


def test_a_transformer_encoder_by_hand() -> None:
    """d = 512, 8 heads of 64, 2048 inside: the base model of Vaswani et al."""
    attention = 4 * (512 * 512 + 512)
    dense = 512 * 2_048 + 2_048 + 2_048 * 512 + 512
    found = report("TransformerEncoder", (10, 512), num_heads=8, key_dim=64, units=2_048)
    assert found.parameters == attention + dense + 2 * 2 * 512
    assert found.macs == 10 * (4 * 512 * 512 + 2 * 512 * 2_048) + 2 * 10 * 10 * 512
    assert found.output_shape == (10, 512)


@pytest.mark.parametrize(
    ("name", "inputs", "fields", "macs"),
    [
        ("Conv2DTranspose", [(7, 7, 64)], {"filters": 32, "kernel_size": 3, "strides": 2}, 7 * 7 * 9 * 64 * 32),
        ("Conv1D", [(10, 4)], {"filters": 8, "kernel_size": 3, "padding": "same"}, 10 * 3 * 4 * 8),
        ("SeparableConv1D", [(10, 4)], {"filters": 8, "kernel_size": 3, "padding": "same"}, 10 * (3 * 4 + 4 * 8)),
        ("LSTM", [(10, 16)], {"units": 32}, 10 * 4 * (16 + 32) * 32),
        ("Bidirectional", [(10, 16)], {"layer": _layer("GRU", units=32)}, 2 * 10 * 3 * (16 + 32) * 32),
        ("Embedding", [(20,)], {"input_dim": 100, "output_dim": 8}, 0),
        ("Attention", [(6, 8), (5, 8)], {}, 6 * 5 * (8 + 8)),
        ("Dot", [(6, 8), (5, 8)], {"axes": -1}, 6 * 5 * 8),
        ("Dot", [(8,), (8,)], {"axes": 1}, 8),
        ("LayerNormalization", [(8, 8)], {}, 0),
        (
            "MultiHeadAttention",
            [(6, 8), (5, 4)],
            {"num_heads": 2, "key_dim": 3, "value_dim": 7},
            6 * 8 * 6 + 5 * 4 * 6 + 5 * 4 * 14 + 6 * 5 * 2 * (3 + 7) + 6 * 14 * 8,
        ),
    ],
)
def test_macs(name: str, inputs: list[tuple[int, ...]], fields: dict[str, object], macs: int) -> None:
    assert report(name, *inputs, **fields).macs == macs


@pytest.mark.parametrize(
    ("name", "inputs", "fields", "output"),
    [
        ("Conv2DTranspose", [(7, 7, 1)], {"filters": 2, "kernel_size": 3, "strides": 2}, (15, 15, 2)),
        ("ZeroPadding2D", [(4, 4, 1)], {"padding": [[0, 1], [2, 3]]}, (5, 9, 1)),
        ("Cropping2D", [(8, 8, 1)], {"cropping": [1, 2]}, (6, 4, 1)),
        ("Reshape", [(12,)], {"target_shape": [2, -1, 3]}, (2, 2, 3)),
        ("Permute", [(2, 3, 4)], {"dims": [3, 1, 2]}, (4, 2, 3)),
        ("Dot", [(6, 8), (5, 8)], {"axes": [2, 2]}, (6, 5)),
        ("Bidirectional", [(6, 8)], {"layer": _layer("LSTM", units=4, return_sequences=True)}, (6, 8)),
        ("DenseBlock", [(8, 8, 16)], {"layers": 3, "growth_rate": 12}, (8, 8, 52)),
        ("InvertedResidual", [(8, 8, 16)], {"filters": 24, "strides": 2}, (4, 4, 24)),
        ("PreActivationResidual", [(8, 8, 16)], {"filters": 24, "strides": 2}, (4, 4, 24)),
    ],
)
def test_shapes(
    name: str, inputs: list[tuple[int, ...]], fields: dict[str, object], output: tuple[int, ...]
) -> None:
    assert report(name, *inputs, **fields).output_shape == output


@pytest.mark.parametrize(
    ("name", "inputs", "fields", "said"),
    [
        ("LSTM", [(8, 8, 3)], {"units": 4}, "a sequence of steps × features. Received: 8 × 8 × 3"),
        ("Conv1D", [(2, 3)], {"filters": 4, "kernel_size": 5}, "at least 5 steps"),
        ("Reshape", [(12,)], {"target_shape": [5, -1]}, "a shape of 12 values. Received: 5 × -1"),
        ("Reshape", [(12,)], {"target_shape": [-1, -1]}, "-1 at most once"),
        ("Permute", [(3, 4)], {"dims": [1, 3]}, "every axis from 1 to 2 once. Received: 1, 3"),
        ("Dot", [(6, 8), (5, 7)], {"axes": -1}, "one size along the axes"),
        ("Cropping2D", [(4, 4, 1)], {"cropping": 2}, "at least one pixel"),
        ("GroupNormalization", [(4, 4, 6)], {"groups": 4}, "a divisor of the 6 input channels"),
        ("Normalization", [(4,)], {"mean": 1.0}, "mean and variance, or neither"),
        ("Attention", [(6, 8), (5, 7)], {}, "query and key of as many features"),
        ("MultiHeadAttention", [(6, 8), (5, 7), (4, 7)], {"num_heads": 2, "key_dim": 2}, "as many steps"),
        ("AdaptiveMaxPooling2D", [(4, 4, 1)], {"output_size": 1}, "global pooling"),
        ("ResNeXtBlock", [(8, 8, 4)], {"filters": 8, "groups": 3}, "a divisor of the 8 filters"),
        ("CNNResidual", [(8, 8, 3)], {"layers": 2, "filters": 8}, "3, the width of the input"),
    ],
)
def test_mistakes(name: str, inputs: list[tuple[int, ...]], fields: dict[str, object], said: str) -> None:
    problem = report(name, *inputs, **fields).problem
    assert isinstance(problem, UserError)
    assert said in str(problem)
