"""Random blocks and architectures. Blocks are drawn from the catalogue by their fields, so a new one is covered."""

from __future__ import annotations

from math import prod
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lib.arch import CATALOGUE, Architecture, Block, CompositeBlock, Node, analyse
from lib.arch.architecture import LARGEST_INPUT
from lib.arch.blocks.attention import Embedding
from lib.arch.blocks.custom_layer import CustomLayer
from lib.arch.blocks.opaque import Opaque
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.inner import Inner
from lib.arch.own_activation import OwnActivation
from tests.lib.arch.custom_layers import custom_layers
from tests.lib.arch.python_layers import python_layer

WIDEST = 5
UNKNOWN = (Opaque, PythonLayer)
"""Those that nothing can be built of here: a layer without a meaning, and one of the sandbox alone."""
PLAIN = [block for block in CATALOGUE.values() if not issubclass(block, CompositeBlock) and block not in UNKNOWN]
"""The blocks that are one layer of Keras."""


def _bounds(metadata: list[Any]) -> tuple[float, float, bool, bool]:
    low, high, open_low, open_high = 0.0, float(WIDEST), False, False
    for mark in metadata:
        if isinstance(mark, Ge):
            low = mark.ge
        elif isinstance(mark, Gt):
            low, open_low = mark.gt, True
        elif isinstance(mark, Le):
            high = mark.le
        elif isinstance(mark, Lt):
            high, open_high = mark.lt, True
    return low, high, open_low, open_high


@st.composite
def formulas(draw: st.DrawFn) -> str:
    """A formula of one input or several; some fit only certain shapes, some none."""
    inputs = draw(st.sampled_from([("x",), ("x",), ("x1", "x2"), ("x", "x2", "x3"), ("x1", "x2", "x3", "x4")]))
    # Most of them fit any shape.
    term = st.one_of(st.sampled_from(_TERMS[:_EVERYWHERE]), st.sampled_from(_TERMS))
    terms = [draw(term).format(name) for name in inputs]
    lines = [f"y{number} = {term}" for number, term in enumerate(terms)]
    names = [f"y{number}" for number in range(len(terms))]
    joined = draw(st.sampled_from([" + ".join(names), " * ".join(names), f"concat([{', '.join(names)}], axis=-1)",
                                   f"stack([{', '.join(names)}], axis=1)", f"{names[0]} @ {names[-1]}"]))  # fmt: skip
    return "\n".join([*lines, draw(term).format(f"({joined})")])


_EVERYWHERE = 11
_TERMS = (
    "{0}", "-{0}", "2 * {0} - 1", "{0} * ops.tanh(ops.softplus({0}))", "tf.nn.relu({0})", "K.clip({0}, -1, 1)",
    "{0} ** 2", "{0} > 0", "where({0} > 0, {0}, 0.1 * {0})", "softmax({0}, axis=-1)",
    "{0} - mean({0}, axis=-1, keepdims=True)", "max({0}, axis=1)", "mean({0}, axis=(1, 2))", "argmax({0}, axis=-1)",
    "{0}[..., ::-1]", "{0}[:, 0]", "{0}[..., None]", "{0}[:, 1:]", "transpose({0}, (0, 2, 1))",
    "reshape({0}, (-1, 6))", "flip({0}, axis=1)", "cumsum({0}, axis=1)", "exp({0}", "import {0}", "mean({0})",
    "{0}[0]",
)  # fmt: skip
_OF_ACTIVATIONS = (
    "x * K.tanh(K.softplus(x))", "relu(x)", "x > 0", "m = mean(x, axis=-1, keepdims=True)\nx - m", "softmax(x)",
    "where(x > 0, x, 0.1 * x)", "0 * x", "x[..., ::-1]", "1 / (1 + exp(-x))",
    # None of these is one, or not for every shape.
    "mean(x, axis=1)", "x[:, ::-1]", "softmax(x, axis=1)", "x[..., :1]", "x * (", "y",
)  # fmt: skip
_GOOD = 9
own_activations = st.builds(
    OwnActivation,
    name=st.sampled_from(["my_mish", "mine", "x", "ops", "Keras_2"]),
    formula=st.one_of(*[st.sampled_from(_OF_ACTIVATIONS[:_GOOD])] * 3, st.sampled_from(_OF_ACTIVATIONS)),
)
"""Activations of one's own; most of them fit any shape."""
_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: formulas(),
    OwnActivation: own_activations,
    NoneType: st.none(),
    bool: st.booleans(),
    Architecture: st.deferred(lambda: shapes.flatmap(lambda shape: insides({"input": shape}, 0))),
}


def values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    """Values that a field of type `annotation` with the bounds in `metadata` takes, small ones."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        found = [m for mark in marks for m in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]
        return values(inner, [*found, *metadata])
    if origin in (Union, UnionType):
        return st.one_of(*(values(option, metadata) for option in get_args(annotation)))
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if origin is tuple and get_args(annotation)[-1] is Ellipsis:
        least = next((mark.min_length for mark in metadata if isinstance(mark, MinLen)), 0)
        return st.lists(values(get_args(annotation)[0], []), min_size=least, max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(item, []) for item in get_args(annotation)))
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    inner = next((mark for mark in metadata if isinstance(mark, Inner)), None)
    if inner is not None:
        return st.sampled_from(sorted(inner.choices())).flatmap(lambda name: models(inner.choices()[name]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)
    low, high, open_low, open_high = _bounds(metadata)
    if annotation is int:
        return st.integers(int(low), int(min(high, max(low, 0) + WIDEST)))
    assert annotation is float, annotation
    return st.floats(low, min(high, 1e3), exclude_min=open_low, exclude_max=open_high and high <= 1e3, width=32)


def models(kind: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a model with fields, every field drawn."""
    if kind is CustomLayer:
        return custom_layers()
    if kind is Opaque:
        return st.builds(Opaque, class_name=st.text(max_size=WIDEST), setting=st.text(max_size=WIDEST))
    if kind is PythonLayer:
        return st.sampled_from([PythonLayer(layer=python_layer()), PythonLayer(layer=python_layer((3, 3, 2)))])
    fields = {name: values(field.annotation, field.metadata) for name, field in kind.model_fields.items()}
    return st.fixed_dictionaries(fields).map(kind.model_validate)


def blocks(kind: type[Block] | None = None) -> st.SearchStrategy[Block]:
    """A block of the catalogue, or of one `kind`, with any fields."""
    kinds = st.sampled_from([block for block in CATALOGUE.values() if block not in UNKNOWN])
    kinds = kinds if kind is None else st.just(kind)
    return kinds.flatmap(models)


images = st.tuples(st.integers(3, 12), st.integers(3, 12), st.integers(1, 6))
sequences = st.tuples(st.integers(1, 6), st.integers(1, 6))
films = st.tuples(st.integers(1, 4), st.integers(3, 8), st.integers(3, 8), st.integers(1, 3))
shapes = st.one_of(images, st.tuples(st.integers(1, 12)), sequences)


@st.composite
def candidates(draw: st.DrawFn, architecture: Architecture, levels: int = 2) -> Node:
    """A node that could stand next: any block, a network as a block or a shared layer, reading anything before it."""
    name = f"n{len(architecture.nodes) + 1}"
    known = [*architecture.inputs, *architecture.by_id]
    # Recent tensors are drawn more often, so that networks grow deep as well as wide.
    anything = st.sampled_from(known[-2:]) | st.sampled_from(known)
    owners = [node for node in architecture.nodes if node.block is not None]
    choice = draw(st.integers(0, 9))
    if owners and choice < 2:
        owner = draw(st.sampled_from(owners))
        source = _source(owner.block, anything, architecture)
        return Node(name, None, tuple(draw(source) for _input in owner.inputs), owner.id)
    trainable = draw(st.integers(0, 7)) > 0
    if levels and choice == 2:
        # What cannot come into a network cannot come into one that is a block.
        given = {node: report.output_shape or () for node, report in analyse(architecture).nodes.items()}
        fits = anything.filter(lambda name: prod(given.get(name, ())) <= LARGEST_INPUT and len(given.get(name, ())) < 5)
        small = fits | st.sampled_from([*architecture.inputs])
        sources = tuple(draw(small) for _input in range(draw(st.integers(1, 2))))
        block, sources = draw(networks_as_blocks(architecture, sources, levels - 1))
        return Node(name, block, sources, trainable=trainable)
    block = draw(blocks())
    source = _source(block, anything, architecture)
    count = draw(st.integers(block.fewest_inputs, block.most_inputs or 3))
    return Node(name, block, tuple(draw(source) for _input in range(count)), trainable=trainable)


@st.composite
def networks_as_blocks(
    draw: st.DrawFn, outer: Architecture, sources: tuple[str, ...], levels: int
) -> tuple[Block, tuple[str, ...]]:
    """A network that takes what some of `sources` of `outer` give, as a block, perhaps repeated; and which of them."""
    reports = analyse(outer).nodes
    shapes = [outer.inputs[source] if source in outer.inputs else reports[source].output_shape for source in sources]
    shapes_by_name = {f"x{number}": shape for number, shape in enumerate(shapes)}
    inside = draw(insides(shapes_by_name, levels))
    read = {source for node in inside.nodes for source in node.inputs}
    kept = {name: shape for name, shape in inside.inputs.items() if name in read}
    inside = Architecture(kept, inside.nodes, inside.outputs)
    block = CATALOGUE["Model"].model_validate(
        {"architecture": inside, "repeat": draw(st.integers(1, 3)), "share_weights": draw(st.booleans())}
    )
    return block, tuple(source for source, name in zip(sources, shapes_by_name, strict=True) if name in read)


@st.composite
def insides(draw: st.DrawFn, inputs: dict[str, tuple[int, ...]], levels: int) -> Architecture:
    """A network with one output, to which all of its nodes lead."""
    whole = draw(grown(inputs, 4, levels))
    output = whole.nodes[-1].id
    wanted = {output}
    for node in reversed(whole.nodes):
        if node.id in wanted:
            wanted.update((*node.inputs, *([node.shares] if node.shares else [])))
    nodes = tuple(node for node in whole.nodes if node.id in wanted)
    inside = Architecture(whole.inputs, nodes, {"out": output})
    # The owner of a layer that is shared may lead nowhere itself.
    return inside if analyse(inside).complete else _flat(inputs)


def _flat(inputs: dict[str, tuple[int, ...]]) -> Architecture:
    nodes = (Node("n1", CATALOGUE["Flatten"](), (next(iter(inputs)),)),)
    return Architecture(inputs, nodes, {"out": "n1"})


def _source(
    block: Block | None, anything: st.SearchStrategy[str], architecture: Architecture
) -> st.SearchStrategy[str]:
    """What `block` may read: a look-up takes whole numbers, and so only inputs."""
    return st.sampled_from(list(architecture.inputs)) if isinstance(block, Embedding) else anything


@st.composite
def grown(draw: st.DrawFn, inputs: dict[str, tuple[int, ...]], most_nodes: int, levels: int) -> Architecture:
    """Nodes without mistakes over `inputs`, without outputs as yet; refused candidates are left out."""
    network = Architecture(inputs)
    for _step in range(draw(st.integers(1, most_nodes))):
        longer = Architecture(network.inputs, (*network.nodes, draw(candidates(network, levels))))
        if analyse(longer).nodes[longer.nodes[-1].id].problem is None:
            network = longer
    return network if network.nodes else _flat(inputs)


@st.composite
def architectures(draw: st.DrawFn, most_nodes: int = 10) -> Architecture:
    """An architecture without mistakes: branches, shared and frozen layers, networks in networks, several outputs."""
    inputs = {f"in{n}": draw(shapes) for n in range(draw(st.integers(1, 2)))}
    network = draw(grown(inputs, most_nodes, 2))
    read = {source for node in network.nodes for source in node.inputs}
    ends = [node.id for node in network.nodes if node.id not in read]
    return Architecture(network.inputs, network.nodes, {f"out_{end}": end for end in ends})
