"""An architecture: named inputs, nodes that stand after what they read, named outputs; and its JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, Final

from pydantic import ValidationError

from lib import strict_json
from lib.arch.block import Block, FreeShape, shown
from lib.errors import UserError
from lib.i18n import N_
from lib.names import close_to

FORMAT: Final = "blockyard/1"
MOST_NODES: Final = 2_000
MOST_LEVELS: Final = 7
MOST_INPUTS: Final = 16
LARGEST_INPUT: Final = 4 * 2**20
LONGEST_NAME: Final = 100
ID_PATTERN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")

_ARCHITECTURE_KEYS: Final = {"format", "name", "inputs", "nodes", "outputs"}
_NODE_KEYS: Final = {"id", "block", "config", "inputs", "shares", "trainable"}
_IDENTIFIER = N_("expected a name of letters, digits and _ that starts with a letter, at most 60 characters")
_NOT_BEFORE = N_("expected inputs that stand before it")
_NOWHERE = N_("expected the id of an input or of a node")
UNREAD: Final = N_("expected a block that reads it, or to be an output")
"""What is said of a node that leads to no output."""


@dataclass(frozen=True, slots=True)
class Node:
    """One use of a layer. It has either a `block` of its own or `shares` the layer of an earlier node.

    A layer that is not `trainable` is frozen: training leaves its weights as they are.
    """

    id: str
    block: Block | None
    inputs: tuple[str, ...] = ()
    shares: str | None = None
    trainable: bool = True

    def to_json(self) -> dict[str, Any]:
        """The node as it stands in the JSON of an architecture."""
        if self.block is None:
            return {"id": self.id, "shares": self.shares, "inputs": list(self.inputs)}
        frozen = {} if self.trainable else {"trainable": False}
        config = self.block.config()
        return {"id": self.id, "block": self.block.name, "config": config, "inputs": list(self.inputs), **frozen}


@dataclass(frozen=True)
class Architecture:
    """A network: `inputs` by name with their shapes (without batch), `nodes` in order, `outputs` by name.

    A size of an input may be None: free, known only when data comes in. A node reads inputs and nodes before it, so a
    cycle cannot be written. Whether the shapes fit is not its matter: `analyse` tells, and an architecture with
    mistakes can be edited like any other.

    Raises:
        UserError: names that are missing, doubled, unknown or not identifiers; too many nodes; impossible inputs.
    """

    inputs: Mapping[str, FreeShape]
    nodes: tuple[Node, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_inputs(self.inputs)
        if self.size > MOST_NODES:
            raise UserError("nodes", N_("expected at most {most} nodes"), str(self.size), most=MOST_NODES)
        if self.depth > MOST_LEVELS:
            raise UserError(
                "nodes", N_("expected at most {most} networks inside each other"), str(self.depth), most=MOST_LEVELS
            )
        layers = _check_nodes(self.nodes, self.inputs)
        for output, source in self.outputs.items():
            _check_identifier(f"outputs.{output}", output)
            if source not in layers:
                raise UserError(f"outputs.{output}", N_("expected the id of a node"), source)

    @cached_property
    def size(self) -> int:
        """How many nodes there are, with those of the networks inside it, as often as those are repeated."""
        return sum(1 if node.block is None else node.block.nodes_inside for node in self.nodes)

    @cached_property
    def depth(self) -> int:
        """How many networks stand inside each other, this one included."""
        return 1 + max((node.block.levels_inside for node in self.nodes if node.block is not None), default=0)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the architecture without its name: equal for equal networks, in any process."""
        content = json.dumps({**self.to_data(), "name": ""}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((tuple(self.inputs.items()), self.nodes, tuple(self.outputs.items())))

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    def owner_of(self, node: Node) -> Node:
        """The node itself, or the one whose layer it shares."""
        return node if node.shares is None else self.by_id[node.shares]

    def block_of(self, node: Node) -> Block:
        """The node's own block, or that of the node whose layer it shares."""
        block = self.owner_of(node).block
        assert block is not None
        return block

    def is_trainable(self, node: Node) -> bool:
        """Whether training changes the node's weights, which may be those of another node."""
        return self.owner_of(node).trainable

    @cached_property
    def leading(self) -> frozenset[str]:
        """The inputs and nodes that lead to an output; Keras leaves all others out of a model."""
        found = set(self.outputs.values())
        for node in reversed(self.nodes):
            if node.id in found:
                found.update(node.inputs)
        return frozenset(found)

    def readers(self, node_id: str) -> Iterator[Node]:
        """The nodes that read the input or node `node_id`."""
        return (node for node in self.nodes if node_id in node.inputs)

    def to_data(self) -> dict[str, Any]:
        """The architecture as the values that its JSON is made of."""
        return {
            "format": FORMAT,
            "name": self.name,
            "inputs": {name: list(shape) for name, shape in self.inputs.items()},
            "nodes": [node.to_json() for node in self.nodes],
            "outputs": dict(self.outputs),
        }

    def to_json(self, indent: int | None = None) -> str:
        """The architecture as JSON text, which `from_json` reads back as an equal one."""
        return json.dumps(self.to_data(), indent=indent, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "architecture") -> Architecture:
        """The architecture that the JSON `text` describes.

        Raises:
            UserError: the text is not JSON, or does not describe an architecture; nothing is read half.
        """
        return cls.from_data(strict_json.read(text, where, lines=True), where)

    @classmethod
    def from_data(cls, value: Any, where: str = "architecture") -> Architecture:
        """The architecture that values as they stand in JSON describe.

        Raises:
            UserError: they do not describe an architecture.
        """
        data = _object(value, where, _ARCHITECTURE_KEYS, {"format", "inputs", "nodes"})
        if data["format"] != FORMAT:
            raise UserError(f"{where}.format", N_('expected "{format}"'), data["format"], format=FORMAT)
        nodes = data["nodes"]
        if not isinstance(nodes, list):
            raise UserError(f"{where}.nodes", N_("expected a list of nodes"), nodes)
        if len(nodes) > MOST_NODES:
            raise UserError(f"{where}.nodes", N_("expected at most {most} nodes"), str(len(nodes)), most=MOST_NODES)
        return cls(
            inputs=_shapes(data["inputs"], f"{where}.inputs"),
            nodes=tuple(_node(node, f"nodes[{index}]") for index, node in enumerate(nodes)),
            outputs=_names(data.get("outputs", {}), f"{where}.outputs"),
            name=_text(data.get("name", ""), f"{where}.name"),
        )


def _object(value: Any, where: str, known: set[str], required: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(where, N_("expected an object"), value)
    for key in value:
        if key not in known:
            raise UserError(where, N_("expected one of the keys {known}"), key, known=", ".join(sorted(known)))
    for key in sorted(required):
        if key not in value:
            raise UserError(where, N_('expected the key "{key}"'), key=key)
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UserError(where, N_("expected text"), value)
    return value


def _shapes(value: Any, where: str) -> dict[str, FreeShape]:
    if not isinstance(value, dict):
        raise UserError(where, N_("expected an object of shapes by name"), value)
    for name, shape in value.items():
        if not isinstance(shape, list) or not all(n is None or type(n) is int for n in shape):
            raise UserError(f"{where}.{name}", N_("expected a list of whole numbers, as in [28, 28, 1]"), shape)
    return {name: tuple(shape) for name, shape in value.items()}


def _names(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(source, str) for source in value.values()):
        raise UserError(where, N_("expected an object of node ids by output name"), value)
    return dict(value)


def _node(value: Any, where: str) -> Node:
    data = _object(value, where, _NODE_KEYS, {"id", "inputs"})
    node_id = _text(data["id"], f"{where}.id")
    trainable = data.get("trainable", True)
    _check_identifier(f"{where}.id", node_id)
    sources = data["inputs"]
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise UserError(node_id, N_("expected a list of the ids that it reads"), sources)
    if ("shares" in data) == ("block" in data):
        raise UserError(node_id, N_('expected either "block" or "shares"'))
    if not isinstance(trainable, bool):
        raise UserError(f"{node_id}.trainable", N_("expected true or false"), trainable)
    if "shares" in data:
        for key in ("config", "trainable"):
            if key in data:
                raise UserError(node_id, N_('expected no "{key}" beside "shares"'), data[key], key=key)
        return Node(node_id, None, tuple(sources), _text(data["shares"], node_id))
    block = read_block(data["block"], data.get("config", {}), node_id)
    return Node(node_id, block, tuple(sources), trainable=trainable)


def read_block(name: Any, config: Any, where: str) -> Block:
    """The block `name` of the catalogue with the fields `config`.

    Raises:
        UserError: no such block, or a field that it does not have or cannot take.
    """
    # The block `Model` of the catalogue holds an architecture, so the catalogue can only be loaded after this file.
    from lib.arch.blocks import CATALOGUE

    kind = CATALOGUE.get(name) if isinstance(name, str) else None
    if kind is None:
        near = close_to(name, CATALOGUE) if isinstance(name, str) else None
        if near:
            raise UserError(where, N_("expected a block of the catalogue (did you mean {near}?)"), name, near=near)
        raise UserError(where, N_("expected a block of the catalogue"), name)
    if not isinstance(config, dict):
        raise UserError(where, N_("expected an object of fields"), config)
    try:
        return kind.model_validate(config)
    except ValidationError as error:
        raise UserError.from_validation(where, error) from None


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise UserError("name", N_("expected at most {longest} characters"), name, longest=LONGEST_NAME)
    if strict_json.unprintable(name):
        raise UserError("name", N_("expected text without control characters"), ascii(name))


def _check_identifier(where: str, name: str) -> None:
    if not ID_PATTERN.fullmatch(name):
        raise UserError(where, _IDENTIFIER, name)


def _check_inputs(inputs: Mapping[str, FreeShape]) -> None:
    if not 1 <= len(inputs) <= MOST_INPUTS:
        raise UserError("inputs", N_("expected 1 to {most} inputs"), str(len(inputs)), most=MOST_INPUTS)
    for name, shape in inputs.items():
        _check_identifier("inputs", name)
        known = [size for size in shape if size is not None]
        if not 1 <= len(shape) <= 4 or min(known, default=1) < 1:
            raise UserError(f"inputs.{name}", N_("expected 1 to 4 sizes of at least 1"), str(list(shape)))
        if prod(known) > LARGEST_INPUT:
            raise UserError(
                f"inputs.{name}",
                N_("expected at most {most} values for one example"),
                shown(shape),
                most=f"{LARGEST_INPUT:,}",
            )


def _check_nodes(nodes: tuple[Node, ...], inputs: Iterable[str]) -> set[str]:
    """Check names and references of the nodes in their order; returns their ids."""
    known = set(inputs)
    owners: set[str] = set()
    for node in nodes:
        _check_identifier("nodes", node.id)
        if node.id in known:
            raise UserError(node.id, N_("expected a name that nothing else has"), node.id)
        for source in node.inputs:
            if source not in known:
                later = any(source == other.id for other in nodes)
                raise UserError(node.id, _NOT_BEFORE if later else _NOWHERE, source)
        if node.block is not None:
            owners.add(node.id)
        elif node.shares not in owners:
            raise UserError(node.id, N_("expected to share the layer of an earlier node that has one"), node.shares)
        known.add(node.id)
    return known.difference(inputs)
