"""How layers of a Keras config call each other: tensors, and what else a call is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from lib.arch.architecture import MOST_NODES
from lib.arch.import_keras.layers import Given
from lib.errors import UserError
from lib.i18n import N_

_ORDER: Final = {"query": 0, "value": 1, "key": 2}
"""Tensors that are given by name come in the order in which the layer has them."""


class Tensor(NamedTuple):
    """What call number `call` of a layer puts out at `place`."""

    layer: str
    call: int = 0
    place: int = 0


class Call(NamedTuple):
    """One use of a layer, and what it reads."""

    tensor: Tensor
    sources: tuple[Tensor, ...]
    given: Given


def use_of(tensor: Tensor) -> tuple[str, int]:
    """The call that puts out `tensor`."""
    return tensor.layer, tensor.call


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in ["dense", 0, 0], or in a list or an object of such."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        tensor = _tensor(value)
        if tensor:
            yield tensor
        else:
            for item in value:
                yield from tensors_in(item)


def _tensor(value: Any) -> Tensor | None:
    """The tensor in ["dense", 0, 0]."""
    if not isinstance(value, list) or len(value) not in (3, 4) or not isinstance(value[0], str):
        return None
    numbers = [n for n in value[1:3] if type(n) is int and 0 <= n <= MOST_NODES]
    return Tensor(value[0], *numbers) if len(numbers) == 2 else None


def calls_of(name: str, layer: dict[str, Any]) -> Iterator[Call]:
    """The calls of a layer of a functional model, in their order.

    Raises:
        UserError: one of them cannot be read.
    """
    nodes = layer.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise UserError(name, N_("expected a list of calls"), nodes)
    if not nodes and layer["class_name"] == "InputLayer":
        yield Call(Tensor(name), (), Given(0))
    for number, node in enumerate(nodes):
        found = _Arguments.of_keras_3(node) if isinstance(node, dict) else _Arguments.of_keras_2(node)
        if not found.tensors:
            raise UserError(name, N_("expected a call that reads something"), node)
        yield Call(Tensor(name, number), tuple(found.tensors), found.given())


class _Arguments:
    """What a call is given, gathered while its config is read."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.numbers: list[tuple[int, float]] = []
        self.options: list[tuple[str, Any]] = []

    @classmethod
    def of_keras_3(cls, node: dict[str, Any]) -> _Arguments:
        """Of {"args": [...], "kwargs": {...}}, in which a tensor is an object with its history."""
        found = cls()
        arguments, named = node.get("args"), node.get("kwargs")
        for place, value in enumerate(arguments if isinstance(arguments, list) else []):
            found._take(value, place, "")
        pairs = named.items() if isinstance(named, dict) else ()
        for name, value in sorted(pairs, key=lambda pair: _ORDER.get(pair[0], len(_ORDER))):
            found._take(value, None, name)
        return found

    @classmethod
    def of_keras_2(cls, node: Any) -> _Arguments:
        """Of [["dense", 0, 0, {}], ...], or of a single one."""
        found = cls()
        found.tensors.extend(tensors_in(node))
        for item in node if isinstance(node, list) and not _tensor(node) else [node]:
            if isinstance(item, list) and len(item) == 4 and isinstance(item[3], dict):
                for name, value in item[3].items():
                    tensor = _tensor(value)
                    if tensor:
                        found.tensors.append(tensor)
                    else:
                        found._take(value, None, name)
        return found

    def given(self) -> Given:
        """All of it but the tensors themselves."""
        return Given(len(self.tensors), tuple(self.numbers), tuple(self.options))

    def _take(self, value: Any, place: int | None, name: str) -> None:
        if isinstance(value, list):
            for item in value:
                self._take(item, place, name)
        elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            config = value.get("config")
            tensor = _tensor(config.get("keras_history") if isinstance(config, dict) else None)
            if tensor is None:
                raise UserError(name or "inbound_nodes", N_("expected the history of a tensor"), config)
            self.tensors.append(tensor)
        elif place is not None and isinstance(value, int | float) and not isinstance(value, bool):
            self.numbers.append((place, float(value)))
        elif value is not None:
            self.options.append((name or f"argument {(place or 0) + 1}", value))
