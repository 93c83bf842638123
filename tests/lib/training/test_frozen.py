"""What is frozen stays as it is to the last bit, whatever trains around it; and the counts say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from lib.arch import analyse
from lib.keras_bridge import build
from lib.training.memory import slots
from lib.training.optimizers import Adam
from tests.lib.training.attempts import network

NODES = ('"Conv2D", "config": {"filters": 2, "kernel_size": 5, "strides": 4}', '"BatchNormalization"', '"ReLU"',
         '"Conv2D", "config": {"filters": 2, "kernel_size": 3}', '"BatchNormalization"')
FROZEN = ("n0", "n1")


def test_frozen_layers_stay_to_the_last_bit(start: Callable[..., Any], tmp_path: Path) -> None:
    """A frozen BatchNormalization answers by what it knows: its moving mean and variance stay too."""
    whole = network(*NODES)
    half = replace(whole, nodes=tuple(replace(node, trainable=node.id not in FROZEN) for node in whole.nodes))
    start(half, epochs=2, optimizer={"name": "AdamW", "learning_rate": 0.01, "weight_decay": 0.1})
    before, after = build(half, seed=0), keras.models.load_model(tmp_path / "run/model.keras")
    for node in half.nodes:
        pairs = list(zip(before.get_layer(node.id).get_weights(), after.get_layer(node.id).get_weights(), strict=True))
        same = [bool(np.array_equal(one, other)) for one, other in pairs]
        assert same == [node.id in FROZEN] * len(pairs), node.id
    counts = analyse(half)
    for node in half.nodes:
        layer, report = after.get_layer(node.id), counts.nodes[node.id]
        assert (report.trainable, report.non_trainable) == (
            layer.count_params() - _size(layer.non_trainable_weights), _size(layer.non_trainable_weights)), node.id
    assert counts.total.trainable == _size(after.trainable_weights)
    assert slots(counts.layers, Adam()) == 2 * counts.total.trainable
    kept = [variable for variable in after.optimizer.variables if len(variable.shape)]
    assert sum(int(np.prod(variable.shape)) for variable in kept) == 2 * counts.total.trainable


def _size(weights: list[Any]) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)
