"""What an optimizer keeps, against Keras's own optimizers on real models; and what a training needs of memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import keras
import pytest

from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.keras_bridge import build
from lib.training.compiled import make_optimizer
from lib.training.memory import slots, training_memory
from lib.training.optimizer import Optimizer
from lib.training.optimizers import OPTIMIZERS, SGD, Adam

KEPT_ONCE = ("iteration", "learning_rate", "variable")  # the last is Nadam's product


def words() -> Architecture:
    """A look-up, a sequence layer, attention to itself, a layer used twice, and one that is named like a look-up."""
    nodes = (
        Node("look", read_block("Embedding", {"input_dim": 20, "output_dim": 6}, ""), ("words",)),
        Node("memory", read_block("GRU", {"units": 6, "return_sequences": True}, ""), ("look",)),
        Node("attention", read_block("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, ""), ("memory", "memory")),
        Node("norm", read_block("BatchNormalization", {}, ""), ("attention",)),
        Node("again", None, ("norm",), "norm"),
        Node("embedding_out", read_block("Dense", {"units": 3}, ""), ("again",)),
    )
    return Architecture({"words": (5,)}, nodes, {"out": "embedding_out"})


def frozen() -> Architecture:
    lenet = presets.load("lenet5")
    return replace(lenet, nodes=tuple(replace(n, trainable=n.id != "c5") if n.block else n for n in lenet.nodes))


def variations(kind: type[Optimizer]) -> Iterator[Optimizer]:
    """Every switch on and off, every number at 0 and above, one at a time; and what all optimizers have."""
    yield kind()
    for name, field in kind.model_fields.items():
        other: Any = None
        if isinstance(field.default, bool):
            other = not field.default
        elif name in ("momentum", "weight_decay"):
            other = 0.0 if field.default else 0.5
        elif name == "gradient_accumulation_steps":
            other = 2
        elif name == "loss_scale_factor":
            other = 8.0
        if other is not None:
            yield kind.model_validate({name: other})
    yield kind.model_validate({"use_ema": True, "gradient_accumulation_steps": 4})


@pytest.fixture(scope="module")
def models() -> list[tuple[Architecture, keras.Model]]:
    networks = [words(), frozen()]
    return [(architecture, build(architecture)) for architecture in networks]


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=lambda kind: kind.__name__)
def test_slots_are_what_keras_keeps(kind: type[Optimizer], models: list[tuple[Architecture, keras.Model]]) -> None:
    for architecture, model in models:
        for config in variations(kind):
            optimizer = make_optimizer(config)
            optimizer.build(model.trainable_variables)
            kept = [v for v in optimizer.variables if not v.name.startswith(KEPT_ONCE)]
            assert slots(analyse(architecture).layers, config) == sum(prod(v.shape) for v in kept), config


def test_momentum_in_numbers() -> None:
    layers = analyse(presets.load("lenet5")).layers
    assert slots(layers, SGD()) == 0
    assert slots(layers, SGD(momentum=0.9)) == 61_706
    assert slots(layers, Adam()) == 2 * 61_706
    assert slots(layers, Adam(amsgrad=True, use_ema=True)) == 4 * 61_706


def test_the_memory_of_a_training_is_the_sum_of_its_parts() -> None:
    architecture = presets.load("mlp")
    analysis = analyse(architecture)
    weights, outputs = analysis.total.parameters, analysis.total.activations
    for batch in (1, 64):
        values = weights + weights + 2 * weights + batch * (28 * 28 + outputs)
        assert training_memory(architecture, analysis, Adam(), batch) == 4 * values


def test_a_frozen_layer_has_neither_gradients_nor_slots() -> None:
    architecture, free = frozen(), presets.load("lenet5")
    frozen_weights = 48_120
    all_of_it, less = (training_memory(one, analyse(one), Adam(), 8) for one in (free, architecture))
    assert all_of_it - less == 4 * 3 * frozen_weights


def test_of_a_free_size_only_what_is_known_is_counted() -> None:
    block = read_block("Conv2D", {"filters": 2, "kernel_size": 3}, "")
    architecture = Architecture({"in": (None, None, 1)}, (Node("n", block, ("in",)),), {"out": "n"})
    assert training_memory(architecture, analyse(architecture), SGD(), 32) == 4 * 2 * 20
