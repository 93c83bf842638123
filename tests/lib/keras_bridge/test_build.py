"""Our arithmetic against Keras: shapes, weights, counts, and what is refused."""

from functools import partial
from math import prod
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lib.arch import CATALOGUE, Architecture, Block, CompositeBlock, Node, analyse, palette, presets
from lib.arch.block import Entry
from lib.arch.blocks.size import Resizing
from lib.arch.blocks.wrappers import TimeDistributed
from lib.arch.fields import pair
from lib.arch.override import with_hidden_activation
from lib.errors import UserError
from lib.keras_bridge import build
from lib.keras_bridge.build import called, make
from tests.lib.arch.strategies import PLAIN, architectures, blocks, films, images, sequences, shapes

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")

BATCH = 11
"""A number of examples that no field of a random block has by chance."""
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def counts(model: keras.Model) -> tuple[int, int]:
    """Trainable and non-trainable parameters by Keras's own weights."""
    return (
        sum(prod(w.shape) for w in model.trainable_weights),
        sum(prod(w.shape) for w in model.non_trainable_weights),
    )


def assert_equal_to_keras(architecture: Architecture) -> None:
    analysis = analyse(architecture)
    model = build(architecture)
    assert counts(model) == (analysis.total.trainable, analysis.total.non_trainable)
    outputs = model.outputs
    assert [tuple(o.shape[1:]) for o in outputs] == list(analysis.outputs.values())
    for layer in analysis.layers:
        made = model.get_layer(layer.shares or layer.id)
        assert [(w.name, tuple(w.shape), w.trainable) for w in made.weights] == [
            tuple(weight) for weight in layer.weights
        ], layer.id
        if layer.shares is None:
            assert tuple(made._inbound_nodes[0].output_tensors[0].shape[1:]) == layer.output_shape, layer.id


@pytest.mark.slow
@pytest.mark.parametrize("quarter", range(4))
@settings(max_examples=250, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(architecture=architectures())
def test_a_thousand_random_architectures_are_what_keras_builds(quarter: int, architecture: Architecture) -> None:
    assert_equal_to_keras(architecture)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(architectures(most_nodes=5), st.data())
def test_with_free_sizes_parameters_are_exact_and_unknowns_are_said(
    architecture: Architecture, data: st.DataObject
) -> None:
    freed = {
        name: tuple(None if data.draw(st.booleans()) else size for size in shape[:-1]) + shape[-1:]
        for name, shape in architecture.inputs.items()
    }
    free = Architecture(freed, architecture.nodes, architecture.outputs)
    analysis = analyse(free)
    assume(analysis.complete)
    model = build(free)
    assert counts(model) == (analysis.total.trainable, analysis.total.non_trainable)
    known = analyse(architecture)
    assert known.total.parameters == analysis.total.parameters
    for name, shape in analysis.outputs.items():
        # Whatever comes in, a size that we call known is that size.
        assert all(size in (None, real) for size, real in zip(shape, known.outputs[name], strict=True))
    if not analysis.total.at_least:
        assert known.total == analysis.total


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_presets_are_what_keras_builds(name: str, shape: tuple[int, ...]) -> None:
    assert_equal_to_keras(presets.load(name, shape))


@pytest.mark.parametrize("entry", [e for family in palette().values() for e in family], ids=lambda e: e.title)
def test_what_the_palette_inserts_is_what_keras_builds(entry: Entry) -> None:
    built = 0
    for shape in [(16, 16, 32), (8, 16), (64,), (4, 8, 8, 3)]:
        inputs = {f"in{number}": shape for number in range(entry.block.fewest_inputs)}
        architecture = Architecture(inputs, (Node("n", entry.block, tuple(inputs)),), {"out": "n"})
        if analyse(architecture).complete:
            assert_equal_to_keras(architecture)
            built += 1
    assert built


@pytest.mark.slow
@pytest.mark.parametrize("kind", [b for b in CATALOGUE.values() if issubclass(b, CompositeBlock)])
@settings(max_examples=8, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(data=st.data())
def test_composites_of_any_fields_are_what_keras_builds(kind: type[Block], data: st.DataObject) -> None:
    node = Node("n", data.draw(blocks(kind)), ("in",))
    architecture = Architecture({"in": data.draw(shapes)}, (node,), {"out": "n"})
    if analyse(architecture).complete:
        assert_equal_to_keras(architecture)


@pytest.mark.parametrize("entry", palette()["augmentation"], ids=lambda e: e.title)
def test_augmentation_changes_images_only_while_training(entry: Entry) -> None:
    images = np.random.default_rng(0).random((8, 12, 12, 3), "float32")
    keras.utils.set_random_seed(0)
    layer = make(entry.block.keras())
    np.testing.assert_array_equal(layer(images, training=False), images)
    changed = np.asarray([layer(images, training=True) for _time in range(8)])
    assert changed.shape[1:] == images.shape
    assert any(not np.array_equal(some, images) for some in changed)
    assert changed.min() >= -1e-6
    assert changed.max() <= 1 + 1e-6


def shapes_for(kind: type[Block]) -> st.SearchStrategy[list[tuple[int, ...]]]:
    """Inputs for a block of `kind`. Keras's image layers take a sequence for an image without a batch, its adaptive
    poolings take it for one of a dimension less, and its attentions mix the examples of a batch where they are no
    sequences; we refuse all that."""
    only_images = kind.family == "augmentation" or kind is Resizing or "output_size" in kind.model_fields
    shape = images if only_images else shapes
    if kind.family == "sequence" and kind.most_inputs == 3:
        shape = sequences
    if "3D" in kind.__name__:
        shape = st.one_of(films, shapes)
    return st.lists(shape, min_size=kind.fewest_inputs, max_size=kind.most_inputs or 3)


def inputs_for(block: Block) -> st.SearchStrategy[list[tuple[int, ...]]]:
    """The same for a block; one that works on every step reads several of what the block inside reads."""
    if not isinstance(block, TimeDistributed):
        return shapes_for(type(block))
    steps = st.integers(1, 3)
    return st.tuples(steps, shapes_for(type(block.layer))).map(lambda drawn: [(drawn[0], *drawn[1][0])])


def keras_crashes(block: Block, inputs: tuple[tuple[int, ...], ...]) -> bool:
    """Whether Keras would end the process: its adaptive maximum divides by zero where one position comes or goes."""
    shape = inputs[0]
    if isinstance(block, TimeDistributed):
        block, shape = block.layer, shape[1:]
    if not block.name.startswith("AdaptiveMax"):
        return False
    return 1 in pair(block.model_dump()["output_size"]) or 1 in shape[:-1]


def what_keras_makes(block: Block, inputs: tuple[tuple[int, ...], ...]) -> tuple[Any, ...] | None:
    """Output shape and weights of the layer; nothing where Keras cannot make it, call it or run it on a few examples,
    or runs to another shape than it said, or to nothing."""
    if keras_crashes(block, inputs):
        return None
    # The wrapper does not ask the layer inside whether it takes as many axes; by itself it says.
    if isinstance(block, TimeDistributed) and what_keras_makes(block.layer, (inputs[0][1:],)) is None:
        return None
    tensors = [keras.Input(shape) for shape in inputs]
    examples = [np.zeros((BATCH, *shape), "float32") for shape in inputs]
    try:
        layer = make(block.keras())
        said = tuple(called(layer, block, tensors).shape[1:])
        # As training runs it; called by itself, Keras lets windows pass that are larger than the image.
        run = tf.function(lambda mode: called(partial(layer, training=mode), block, examples), autograph=False)
        runs = {tuple(run(mode).shape) for mode in (False, True)}
    except (ValueError, IndexError, tf.errors.InvalidArgumentError, tf.errors.AbortedError):
        return None
    weights = tuple((weight.name, tuple(weight.shape), weight.trainable) for weight in layer.weights)
    return (said, weights) if runs == {(BATCH, *said)} and 0 not in said else None


@pytest.mark.parametrize("kind", PLAIN)
@settings(max_examples=15, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(data=st.data())
def test_what_we_refuse_keras_refuses_and_the_other_way_round(kind: type[Block], data: st.DataObject) -> None:
    block = data.draw(blocks(kind))
    inputs = tuple(data.draw(inputs_for(block)))
    named = {f"in{n}": shape for n, shape in enumerate(inputs)}
    report = analyse(Architecture(named, (Node("n", block, tuple(named)),), {"out": "n"})).nodes["n"]
    made = what_keras_makes(block, inputs)
    assert (report.problem is None) == (made is not None), (block, inputs, str(report.problem))
    if made is not None:
        assert made == (report.output_shape, tuple(tuple(weight) for weight in report.layers[0].weights))


def test_a_shared_layer_has_its_parameters_once() -> None:
    dense = CATALOGUE["Dense"].model_validate({"units": 10})
    nodes = (Node("first", dense, ("a",)), Node("again", None, ("b",), "first"))
    architecture = Architecture({"a": (10,), "b": (10,)}, nodes, {"one": "first", "two": "again"})
    assert build(architecture).count_params() == analyse(architecture).total.parameters == 110
    assert analyse(architecture).total.macs == 200


def test_the_seed_makes_equal_weights() -> None:
    one, two = (build(presets.load("lenet5"), seed=3).get_weights() for _twice in range(2))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_a_mistake_is_said_and_nothing_is_built() -> None:
    flat = Architecture({"in": (5,)}, (Node("pool", CATALOGUE["MaxPooling2D"](), ("in",)),), {"out": "pool"})
    with pytest.raises(UserError, match=r"^pool: expected an image"):
        build(flat)


def test_the_activation_of_hidden_layers_can_be_exchanged() -> None:
    model = build(presets.load("lenet5"), activation="mish")
    used = {layer.name: layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")}
    assert used.pop("output") == "softmax"
    assert set(used.values()) == {"mish"}
    changed = with_hidden_activation(presets.load("mini-xception"), "mish")
    assert changed.by_id["relu1"].block == CATALOGUE["Activation"].model_validate({"activation": "mish"})
