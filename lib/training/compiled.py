"""The model of a run, seeded and compiled."""

from __future__ import annotations

import keras

from lib.keras_bridge import build
from lib.keras_bridge.radam import RAdam
from lib.training.check import output_kind
from lib.training.optimizer import Optimizer
from lib.training.run import RunSpec


def compiled(run: RunSpec) -> keras.Model:
    """The model of `run` with its initial weights, compiled as its file shall be found again."""
    model = build(run.architecture, run.recipe.activation, run.recipe.seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=output_kind(run.architecture) == "logits")
    model.compile(make_optimizer(run.recipe.optimizer), loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


def make_optimizer(config: Optimizer) -> keras.optimizers.Optimizer:
    """The Keras optimizer that a recipe's `config` describes."""
    arguments = config.model_dump()
    name = arguments.pop("name")
    kind = RAdam if name == "RAdam" else getattr(keras.optimizers, name)
    return kind(**arguments)
