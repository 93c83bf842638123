"""The graph of a Keras model as an architecture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from lib.arch.architecture import MOST_LEVELS, MOST_NODES, Architecture, Node
from lib.arch.block import Block
from lib.arch.blocks.composites.model import Model
from lib.arch.import_keras.calls import Call, Tensor
from lib.arch.import_keras.graph import Graph, graph_of, is_model
from lib.arch.import_keras.layers import Step, opaque, steps
from lib.errors import UserError
from lib.i18n import N_

_LONGEST_ID: Final = 56
_NO_LETTER: Final = re.compile(r"[^A-Za-z0-9_]+")
_MOST_STEPS: Final = 4 * MOST_NODES

Path = tuple[str, ...]


def id_of(name: str) -> str:
    """The id of a layer that Keras calls `name`, where no other layer has it already."""
    plain = _NO_LETTER.sub("_", name).strip("_")[:_LONGEST_ID]
    return plain if plain[:1].isalpha() else f"n{plain}"


class Budget:
    """How much of a model may still be read: one that calls models of models could be endless."""

    def __init__(self) -> None:
        self.left = _MOST_STEPS
        self.level = 0

    def spend(self) -> None:
        """Count one call.

        Raises:
            UserError: there were too many.
        """
        self.left -= 1
        if self.left < 0:
            raise UserError("layers", N_("expected at most {most} calls of layers"), most=_MOST_STEPS)


def architecture_of(graph: Graph, budget: Budget) -> Architecture:
    """The network of `graph`; a model in it that has one output is a block, any other is opened.

    Raises:
        UserError: a layer cannot be read, or an input has no shape.
    """
    builder = _Builder(budget)
    shapes = {}
    names = []
    for tensor, shape in graph.inputs.items():
        if shape is None:
            raise UserError(tensor.layer, N_("expected an InputLayer, or the shape of what comes in"))
        names.append(builder.named(tensor.layer))
        shapes[names[-1]] = shape
    outputs = builder.place(graph, names, ())
    whole = Architecture(shapes, tuple(builder.nodes), _by_name(outputs), graph.name[:100])
    return replace(whole, nodes=tuple(_without_dead_ends(whole)))


def _without_dead_ends(whole: Architecture) -> Iterator[Node]:
    """The nodes that lead to an output: of a model that was opened, not every answer need be read.

    A layer whose first call is left out belongs to the next one.
    """
    owners: dict[str, str] = {}
    for node in whole.nodes:
        if node.id in whole.leading:
            first = whole.owner_of(node)
            owner = owners.setdefault(first.id, node.id)
            if owner == node.id:
                yield Node(node.id, first.block, node.inputs, trainable=first.trainable)
            else:
                yield replace(node, shares=owner)


def _by_name(outputs: Sequence[str]) -> dict[str, str]:
    """Every output under the name of its node; one that is given twice has two names."""
    found: dict[str, str] = {}
    for node in outputs:
        name, number = node, 2
        while name in found:
            name, number = f"{node[:_LONGEST_ID]}_{number}", number + 1
        found[name] = node
    return found


class _Builder:
    """Nodes in the making."""

    def __init__(self, budget: Budget) -> None:
        self.nodes: list[Node] = []
        self._budget = budget
        self._names: set[str] = set()
        self._owners: dict[Path, str] = {}
        self._models: dict[Path, Graph] = {}
        self._blocks: dict[Path, Block] = {}

    def named(self, name: str) -> str:
        """An id that is near to `name` and that nothing has yet."""
        plain = id_of(name)
        found, number = plain, 2
        while found in self._names:
            found, number = f"{plain[: _LONGEST_ID - 4]}_{number}", number + 1
        self._names.add(found)
        return found

    def place(self, graph: Graph, given: Sequence[str], path: Path) -> list[str]:
        """Put the layers of `graph`, whose inputs are `given`; returns the ids of what its outputs are.

        Raises:
            UserError: a layer cannot be read.
        """
        tensors = dict(zip(graph.inputs, given, strict=False))
        if len(given) != len(graph.inputs):
            what = N_("expected {count} inputs")
            raise UserError(path[-1] if path else "inputs", what, str(len(given)), count=len(graph.inputs))
        for call in graph.calls:
            self._budget.spend()
            here = (*path, call.tensor.layer)
            sources = [self._source(tensors, source) for source in call.sources]
            for place, name in enumerate(self._called(graph, call, sources, here)):
                tensors[call.tensor._replace(place=place)] = name
        return [self._source(tensors, tensor) for tensor in graph.outputs]

    def _source(self, tensors: dict[Tensor, str], source: Tensor) -> str:
        # Of an opaque layer every output is the one that it has.
        found = tensors.get(source, tensors.get(source._replace(place=0)))
        if found is None:
            raise UserError(source.layer, N_("expected an output that the layer has"), source.place)
        return found

    def _called(self, graph: Graph, call: Call, sources: list[str], path: Path) -> list[str]:
        """The ids of the outputs of one call of a layer."""
        data = graph.layers[call.tensor.layer]
        if data["class_name"] == "InputLayer":
            raise UserError(call.tensor.layer, N_("expected every InputLayer among the inputs"))
        if is_model(data):
            inner = self._inner(data, path)
            if not _is_block(inner):
                return self.place(inner, sources, path)
            return [self._put(path, self._model(inner, path), data, sources)]
        if call.tensor.layer in graph.several:
            found: Sequence[Step] = (Step(opaque(data["class_name"], "several outputs"), tuple(range(len(sources)))),)
        else:
            found = steps(data, call.tensor.layer, call.given)
        last = ""
        for step in found:
            read = [last if number is None else sources[number] for number in step.reads]
            place = path if step is found[-1] else (*path, f"{path[-1]}_{step.block.name.lower()}")
            last = self._put(place, step.block, data, read)
        return [last]

    def _inner(self, data: dict[str, Any], path: Path) -> Graph:
        if len(path) > MOST_LEVELS + 1:
            raise UserError(path[-1], N_("expected at most {most} models inside each other"), most=MOST_LEVELS)
        if path not in self._models:
            self._models[path] = graph_of(data, path[-1])
        return self._models[path]

    def _model(self, inner: Graph, path: Path) -> Block:
        if path not in self._blocks:
            self._budget.level += 1
            if self._budget.level >= MOST_LEVELS:
                raise UserError(path[-1], N_("expected at most {most} models inside each other"), most=MOST_LEVELS)
            self._blocks[path] = Model(architecture=architecture_of(inner, self._budget))
            self._budget.level -= 1
        return self._blocks[path]

    def _put(self, path: Path, block: Block, data: dict[str, Any], sources: Sequence[str]) -> str:
        """Append a node; the layer of an earlier one, where it has been called before."""
        name = self.named(path[-1])
        if len(self.nodes) >= MOST_NODES:
            raise UserError("layers", N_("expected at most {most} nodes"), most=MOST_NODES)
        owner = self._owners.setdefault(path, name)
        if owner != name:
            self.nodes.append(Node(name, None, tuple(sources), owner))
        else:
            trainable = data["config"].get("trainable", True) is not False
            self.nodes.append(Node(name, block, tuple(sources), trainable=trainable))
        return name


def _is_block(graph: Graph) -> bool:
    """Whether a model can be a block: one output that a layer of it gives, and inputs that are read."""
    read = {source for call in graph.calls for source in call.sources}
    known = all(shape is not None and 1 <= len(shape) <= 4 for shape in graph.inputs.values())
    return known and len(graph.outputs) == 1 and graph.outputs[0] not in graph.inputs and read >= set(graph.inputs)
