"""Receptive fields against what Keras's layers really see: by changing inputs, and by gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lib.arch import CATALOGUE, Architecture, Block, CompositeBlock, Node, analyse, palette
from lib.arch.block import Entry
from lib.arch.receptive_field import Field, receptive_fields
from lib.keras_bridge import build

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")

SLIDES = {"kernel_size", "pool_size"}
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def positive(model: keras.Model) -> None:
    """Weights that let everything through: positive ones in the kernels, all different."""
    chance = np.random.default_rng(0)
    for weight in model.weights:
        if len(weight.shape) > 1:
            weight.assign(chance.uniform(0.5, 1.5, weight.shape) / np.prod(weight.shape[:-1]))


def example(architecture: Architecture, name: str, chance: np.random.Generator) -> np.ndarray:
    """One random example of the input `name`: whole numbers where they are looked up."""
    reader = next(architecture.readers(name))
    if architecture.block_of(reader).name == "Embedding":
        return chance.integers(1, 4, architecture.inputs[name]).astype("float32")
    return chance.uniform(0.2, 1.0, architecture.inputs[name]).astype("float32")


def influence(architecture: Architecture, model: keras.Model, name: str, axis: int) -> np.ndarray:
    """Which values of the output (positions, channels) change when one position along `axis` of an input changes."""
    chance = np.random.default_rng(1)
    examples = {key: example(architecture, key, chance) for key in architecture.inputs}
    count = architecture.inputs[name][axis]
    assert count is not None
    batches = {key: np.repeat(value[None], count + 1, axis=0) for key, value in examples.items()}
    for position in range(count):
        place = (position, *(slice(None),) * axis, position)
        change = chance.integers(1, 4, batches[name][place].shape)
        batches[name][place] += change if examples[name].min() >= 1 else change / 4
    given = [batches[key] for key in architecture.inputs]
    answers = np.asarray(model(given[0] if len(given) == 1 else given, training=False))
    scale = np.abs(answers).max() or 1.0
    return np.abs(answers[:-1] - answers[-1]) > 1e-6 * scale


def assert_seen(field: Field, changed: np.ndarray) -> None:
    """`changed` is by input position and output value."""
    count = len(changed)
    if field.axis is None:
        first, last = (0, count - 1) if field.everything else field.windows[0]
        by_position = changed.any(axis=-1).reshape(count, -1)
        assert by_position[max(first, 0) : last + 1].all()
        assert not by_position[: max(first, 0)].any()
        assert not by_position[last + 1 :].any()
        return
    along = np.moveaxis(changed, field.axis + 1, 1)
    for position in range(along.shape[1]):
        first, last = field.seen_from(position)
        seen = np.flatnonzero(along[:, position].reshape(count, -1).any(axis=1))
        expected = range(max(first, 0), min(last, count - 1) + 1)
        # A dilated window sees its ends, and not everything between them.
        assert [*seen[:1], *seen[-1:]] == [*expected[:1], *expected[-1:]], position


def check_block(block: Block, shape: tuple[int, ...]) -> bool:
    """Whether the block takes inputs of `shape`; if so, it sees what it says."""
    inputs = {f"in{number}": shape for number in range(block.fewest_inputs)}
    architecture = Architecture(inputs, (Node("n", block, tuple(inputs)),), {"out": "n"})
    if not analyse(architecture).complete:
        return False
    model = build(architecture)
    positive(model)
    for name, fields in receptive_fields(architecture)["n"].items():
        for axis, field in enumerate(fields):
            # One row of numbers is one position, of which all is seen, and of a sequence the last step sees all.
            if not field.reason and (len(shape) > 1 or block.name == "Embedding") and not reads_on(block):
                assert_seen(field, influence(architecture, model, name, axis))
    return True


def reads_on(block: Block) -> bool:
    """Whether it reads a sequence step by step, and so sees more and more."""
    return bool(getattr(block, "return_sequences", False))


@pytest.mark.parametrize("entry", [e for family in palette().values() for e in family], ids=lambda e: e.title)
def test_every_block_of_the_palette_sees_what_it_says(entry: Entry) -> None:
    """A block that forgets to say what it sees is one that works on each position by itself, and is found out here."""
    taken = [check_block(entry.block, shape) for shape in [(16, 16, 32), (6, 16), (64,)]]
    assert any(taken)


@pytest.mark.parametrize("kind", list(CATALOGUE.values()), ids=lambda kind: kind.__name__)
def test_a_block_with_a_window_says_what_it_sees(kind: type[Block]) -> None:
    if SLIDES & set(kind.model_fields) and not issubclass(kind, CompositeBlock):
        assert kind.views is not Block.views


@st.composite
def images(draw: st.DrawFn) -> Architecture:
    """A network of windows, with branches that meet, on a large image of one channel."""
    grown = Architecture({"in": (56, 56, 1)})
    shapes: dict[str, tuple[int, ...]] = {"in": (56, 56, 1)}
    for number in range(draw(st.integers(1, 6))):
        source = draw(st.sampled_from([*shapes][-2:]))
        name = f"n{number}"
        node = Node(name, draw(windows()), (source,))
        alike = [other for other, shape in shapes.items() if shape == shapes[source] and other != source]
        if alike and draw(st.booleans()):
            node = Node(name, CATALOGUE[draw(st.sampled_from(["Add", "Maximum"]))](), (source, alike[-1]))
        longer = Architecture(grown.inputs, (*grown.nodes, node))
        report = analyse(longer).nodes[name]
        if report.problem is None and report.output_shape and max(s or 0 for s in report.output_shape) <= 120:
            grown = longer
            shapes[name] = tuple(size or 0 for size in report.output_shape)
    assume(grown.nodes)
    last = grown.nodes[-1].id
    needed = {last}
    for node in reversed(grown.nodes):
        if node.id in needed:
            needed.update(node.inputs)
    return Architecture(grown.inputs, tuple(node for node in grown.nodes if node.id in needed), {"out": last})


@st.composite
def windows(draw: st.DrawFn) -> Block:
    """A block whose window slides, or that enlarges."""
    pair = st.tuples(st.integers(1, 4), st.integers(1, 4))
    steps = st.tuples(st.integers(1, 2), st.integers(1, 3))
    size, padding = draw(pair), draw(st.sampled_from(["valid", "same"]))
    name = draw(st.sampled_from([
        "Conv2D", "Conv2D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D",
        "Conv2DTranspose", "UpSampling2D", "ZeroPadding2D", "Residual",
    ]))  # fmt: skip
    if name in ("MaxPooling2D", "AveragePooling2D"):
        config: dict[str, Any] = {"pool_size": size, "strides": draw(steps), "padding": padding}
    elif name == "UpSampling2D":
        config = {"size": draw(steps), "interpolation": draw(st.sampled_from(["nearest", "bilinear"]))}
    elif name == "ZeroPadding2D":
        config = {"padding": size}
    elif name == "Residual":
        config = {"filters": 1, "activation": "linear", "batch_normalization": False}
    elif name == "Conv2DTranspose":
        strides = draw(steps)
        config = {"filters": 1, "kernel_size": tuple(map(max, size, strides)), "strides": strides, "padding": padding}
    else:
        config = {"kernel_size": size, "padding": padding} | ({"filters": 1} if name != "DepthwiseConv2D" else {})
        equal = name != "Conv2D"
        if draw(st.booleans()):
            config["strides"] = draw(st.integers(1, 3)) if equal else draw(steps)
        else:
            config["dilation_rate"] = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return CATALOGUE[name].model_validate(config)


def by_gradient(model: keras.Model, place: tuple[int, int]) -> list[tuple[int, int]]:
    """First and last row, first and last column of the input that the output at `place` depends on."""
    image = tf.Variable(np.ones((1, *model.input_shape[1:]), "float32"))
    with tf.GradientTape() as tape:
        answer = tf.reduce_sum(model(image, training=False)[0, place[0], place[1]])
    seen = np.asarray(tape.gradient(answer, image))[0, :, :, 0] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return [(int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))]


def smooth(architecture: Architecture) -> Architecture:
    """The same windows, of which every value has a gradient: means for maxima."""
    exchange = {"MaxPooling2D": "AveragePooling2D", "Maximum": "Add"}
    nodes = [
        replace(node, block=CATALOGUE[exchange[node.block.name]].model_validate(node.block.model_dump()))
        if node.block and node.block.name in exchange else node
        for node in architecture.nodes
    ]  # fmt: skip
    return replace(architecture, nodes=tuple(nodes))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(images())
def test_gradients_of_random_networks_reach_as_far_as_the_field(architecture: Architecture) -> None:
    """From the central position and from its neighbours: size, offset and stride."""
    (output,) = architecture.outputs.values()
    fields = receptive_fields(architecture)[output]["in"]
    assume(not any(field.reason for field in fields))
    shape = analyse(architecture).nodes[output].output_shape or ()
    centre = tuple(size // 2 for size in shape[:2] if size)
    model = build(smooth(architecture))
    positive(model)
    for place in (centre, (centre[0] + 1, centre[1]), (centre[0], centre[1] - 1)):
        expected = [field.seen_from(at) for field, at in zip(fields, place, strict=True)]
        # Near the border of a layer in between, padding takes the place of what the window would see.
        assume(all(first >= 10 and last <= 45 for first, last in expected))
        assert by_gradient(model, place) == expected
