"""Random blocks and architectures. Blocks are drawn from the catalogue by their fields, so a new one is covered."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lib.arch import CATALOGUE, Architecture, Block, Node, analyse
from lib.arch.blocks.attention import Embedding

WIDEST = 5


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
    if annotation is NoneType:
        return st.none()
    if annotation is bool:
        return st.booleans()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)
    low, high, open_low, open_high = _bounds(metadata)
    if annotation is int:
        return st.integers(int(low), int(min(high, max(low, 0) + WIDEST)))
    assert annotation is float, annotation
    return st.floats(low, min(high, 1e3), exclude_min=open_low, exclude_max=open_high and high <= 1e3, width=32)


def models(kind: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a model with fields, every field drawn."""
    fields = {name: values(field.annotation, field.metadata) for name, field in kind.model_fields.items()}
    return st.fixed_dictionaries(fields).map(kind.model_validate)


def blocks(kind: type[Block] | None = None) -> st.SearchStrategy[Block]:
    """A block of the catalogue, or of one `kind`, with any fields."""
    kinds = st.sampled_from(list(CATALOGUE.values())) if kind is None else st.just(kind)
    return kinds.flatmap(models)


images = st.tuples(st.integers(3, 12), st.integers(3, 12), st.integers(1, 6))
sequences = st.tuples(st.integers(1, 6), st.integers(1, 6))
shapes = st.one_of(images, st.tuples(st.integers(1, 12)), sequences)


@st.composite
def candidates(draw: st.DrawFn, architecture: Architecture) -> Node:
    """A node that could stand next: any block or a shared layer, reading anything before it."""
    name = f"n{len(architecture.nodes) + 1}"
    known = [*architecture.inputs, *architecture.by_id]
    # Recent tensors are drawn more often, so that networks grow deep as well as wide.
    anything = st.sampled_from(known[-2:]) | st.sampled_from(known)
    owners = [node for node in architecture.nodes if node.block is not None]
    if owners and draw(st.integers(0, 4)) == 0:
        owner = draw(st.sampled_from(owners))
        source = _source(owner.block, anything, architecture)
        return Node(name, None, tuple(draw(source) for _input in owner.inputs), owner.id)
    block = draw(blocks())
    source = _source(block, anything, architecture)
    count = draw(st.integers(block.fewest_inputs, block.most_inputs or 3))
    return Node(name, block, tuple(draw(source) for _input in range(count)))


def _source(
    block: Block | None, anything: st.SearchStrategy[str], architecture: Architecture
) -> st.SearchStrategy[str]:
    """What `block` may read: a look-up takes whole numbers, and so only inputs."""
    return st.sampled_from(list(architecture.inputs)) if isinstance(block, Embedding) else anything


@st.composite
def architectures(draw: st.DrawFn, most_nodes: int = 10) -> Architecture:
    """An architecture without mistakes; refused candidates are left out."""
    grown = Architecture({f"in{n}": draw(shapes) for n in range(draw(st.integers(1, 2)))})
    for _step in range(draw(st.integers(1, most_nodes))):
        longer = Architecture(grown.inputs, (*grown.nodes, draw(candidates(grown))))
        if analyse(longer).nodes[longer.nodes[-1].id].problem is None:
            grown = longer
    if not grown.nodes:
        grown = Architecture(grown.inputs, (Node("n1", CATALOGUE["Flatten"](), (next(iter(grown.inputs)),)),))
    read = {source for node in grown.nodes for source in node.inputs}
    ends = [node.id for node in grown.nodes if node.id not in read]
    return Architecture(grown.inputs, grown.nodes, {f"out_{end}": end for end in ends})
