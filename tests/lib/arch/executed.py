"""What exported code builds, held against what the bridge builds: same layers, parameters, outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from lib.arch import Architecture, analyse
from lib.arch.code import Style
from lib.arch.export import model_function
from lib.keras_bridge import build


def executed(source: str) -> keras.Model:
    """The model of a function `build_model()`, whose source may name no more than a script imports."""
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "ops": keras.ops, "__name__": "script"}
    exec(source, names)
    model: keras.Model = names["build_model"]()
    return model


def config_of(layer: keras.Layer) -> dict[str, Any]:
    """What the layer is made from. A formula is text in our layer and a class of its own in exported code."""
    config = unnamed(layer.get_config())
    is_keras = ">" not in keras.saving.get_registered_name(type(layer))
    return config if is_keras else {name: config[name] for name in ("name", "trainable", "dtype")}


def unnamed(config: Any) -> Any:
    """The config without what tells an activation of ours, a text, from the function in exported code."""
    if isinstance(config, dict):
        own = config.get("class_name") in ("FormulaActivation", "function")
        return "own" if own else {name: unnamed(value) for name, value in config.items()}
    return [unnamed(value) for value in config] if isinstance(config, list | tuple) else config


def plain_layers(model: keras.Model) -> Iterator[keras.Layer]:
    """The layers of a subclassed model in the order in which they are made, those inside its own classes too."""
    for layer in model._flatten_layers(include_self=False, recursive=False):
        if keras.saving.get_registered_name(type(layer)).startswith("blocks>"):
            yield from plain_layers(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def assert_same_layers(architecture: Architecture, one: keras.Model, other: keras.Model) -> None:
    """Our model and a subclassed one have equal layers, whose weights are then the same."""
    ours = [one.get_layer(layer.id) for layer in analyse(architecture).layers if not layer.shares]
    others = list(plain_layers(other))
    assert len(ours) == len(others)
    for mine, theirs in zip(ours, others, strict=True):
        # In a class of its own a layer is called as the part that it is; to freeze what has no weights is nothing.
        same = {"name": "", **({} if mine.weights else {"trainable": True})}
        assert {**config_of(mine), **same} == {**config_of(theirs), **same}
        assert [weight.shape for weight in mine.weights] == [weight.shape for weight in theirs.weights]
        theirs.set_weights(mine.get_weights())
    assert sum(map(size, one.trainable_weights)) == sum(map(size, other.trainable_weights))
    assert one.count_params() == other.count_params()


def size(weight: Any) -> int:
    """How many numbers a weight holds."""
    return int(np.prod(weight.shape))


def assert_same_answers(one: keras.Model, other: keras.Model) -> None:
    """Both models answer the same for the same examples, to the bit."""
    looks_up = any(isinstance(layer, keras.layers.Embedding) for layer in one._flatten_layers())
    examples = [np.zeros((2, *i.shape[1:]), "float32") if looks_up else example(i.shape[1:]) for i in one.inputs]
    given = examples if len(examples) > 1 else examples[0]
    for answer, same in zip(answers(one, given), answers(other, given), strict=True):
        np.testing.assert_array_equal(answer, same)


def answers(model: keras.Model, given: Any) -> list[Any]:
    """What every output says; of an embedding that is asked for a row that it has not, only that."""
    try:
        return list(keras.tree.flatten(model(given, training=False)))
    except tf.errors.InvalidArgumentError as error:
        assert "indices" in str(error)
        return ["no such row"]


def example(shape: tuple[int, ...]) -> np.ndarray:
    """Two random examples of a shape."""
    return np.random.default_rng(0).standard_normal((2, *shape)).astype("float32")


def assert_same_model(architecture: Architecture, style: Style, ours: keras.Model | None = None) -> keras.Model:
    """The exported code builds the model that the bridge builds; returns ours."""
    one = ours or build(architecture)
    other = executed(model_function(architecture, (), style))
    if style == "functional":
        assert [config_of(layer) for layer in one.layers] == [config_of(layer) for layer in other.layers]
        assert [weight.path for weight in one.weights] == [weight.path for weight in other.weights]
        assert [weight.trainable for weight in one.weights] == [weight.trainable for weight in other.weights]
        other.set_weights(one.get_weights())
    else:
        assert_same_layers(architecture, one, other)
    assert_same_answers(one, other)
    return one
