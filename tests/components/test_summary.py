"""A block in a few words."""

from __future__ import annotations

from typing import Any

import pytest

from components.summary import shown_shape, summary
from lib.arch import palette, read_block


@pytest.mark.parametrize(("block", "config", "words"), [
    ("Conv2D", {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"},
     "32 filters, 3×3, same, relu"),
    ("Conv2D", {"filters": 8, "kernel_size": [3, 5], "strides": 2, "use_bias": False},
     "8 filters, 3×5, stride 2, no bias"),
    ("MaxPooling2D", {}, "2×2"),
    ("Dropout", {"rate": 0.25}, "rate 0.25"),
    ("Flatten", {}, ""),
    ("Dense", {"units": 10, "kernel_regularizer": {"name": "L2", "l2": 0.1}}, "10 units, L2"),
    ("GlobalAveragePooling2D", {"keepdims": True}, "Keep dimensions"),
    ("BatchNormalization", {"scale": False}, "without Scale"),
])  # fmt: skip
def test_what_was_set_is_said(block: str, config: dict[str, Any], words: str) -> None:
    assert summary(read_block(block, config, "")) == words


def test_every_block_has_a_short_summary() -> None:
    for entries in palette().values():
        for entry in entries:
            assert len(summary(entry.block)) < 90


def test_shapes() -> None:
    assert shown_shape((28, 28, 1)).replace("\u202f", " ") == "28 × 28 × 1"
    assert shown_shape((10,)) == "10"
    assert shown_shape(None) == "–"
    assert shown_shape(()) == "()"
