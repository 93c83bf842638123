"""The model of a run, seeded and compiled."""

from __future__ import annotations

import keras

from lib.keras_bridge import build
from lib.keras_bridge.radam import RAdam
from lib.training.check import output_kinds
from lib.training.optimizer import Optimizer
from lib.training.run import RunSpec


def compiled(run: RunSpec) -> keras.Model:
    """The model of `run` with its initial weights, compiled as its file shall be found again.

    Every output has its own loss, in a list where there are several; the model's loss is their sum.
    """
    model = build(run.architecture, run.recipe.activation, run.recipe.seed)
    losses = [keras.losses.SparseCategoricalCrossentropy(from_logits=kind == "logits")
              for kind in output_kinds(run.architecture)]
    several = len(losses) > 1
    model.compile(make_optimizer(run.recipe.optimizer), losses if several else losses[0],
                  metrics=[["accuracy"] for _loss in losses] if several else ["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


def make_optimizer(config: Optimizer) -> keras.optimizers.Optimizer:
    """The Keras optimizer that a recipe's `config` describes."""
    arguments = config.model_dump()
    name = arguments.pop("name")
    kind = RAdam if name == "RAdam" else getattr(keras.optimizers, name)
    return kind(**arguments)
