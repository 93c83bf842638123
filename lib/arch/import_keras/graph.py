"""A Keras model's config as a graph of calls, in an order in which everything stands after what it reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from lib.arch.architecture import MOST_NODES
from lib.arch.block import FreeShape
from lib.arch.import_keras.calls import Call, Tensor, calls_of, tensors_in, use_of
from lib.arch.import_keras.layers import Given
from lib.errors import UserError
from lib.i18n import N_

MODELS: Final = frozenset({"Functional", "Model", "Sequential"})


class Graph(NamedTuple):
    """A model: its layers by name as they stand in the config, their calls in order, its inputs and outputs."""

    name: str
    layers: dict[str, dict[str, Any]]
    calls: tuple[Call, ...]
    inputs: dict[Tensor, FreeShape | None]
    outputs: tuple[Tensor, ...]

    @property
    def several(self) -> frozenset[str]:
        """The layers of which more than the first output is read."""
        read = [source for call in self.calls for source in call.sources]
        return frozenset(tensor.layer for tensor in [*read, *self.outputs] if tensor.place)


def is_model(data: dict[str, Any]) -> bool:
    """Whether a layer is a model of its own whose config says of what it is made."""
    return data["class_name"] in MODELS and "layers" in data["config"]


def graph_of(data: dict[str, Any], where: str) -> Graph:
    """The graph of a model; `data` has a class and a config.

    Raises:
        UserError: something is missing or of the wrong type, or a layer waits for itself.
    """
    config = data["config"]
    name = config.get("name", "")
    if not isinstance(name, str):
        raise UserError(f"{where}.name", N_("expected text"), name)
    layers = config.get("layers")
    if not isinstance(layers, list):
        raise UserError(f"{where}.layers", N_("expected a list of layers"), layers)
    if len(layers) > MOST_NODES:
        raise UserError(f"{where}.layers", N_("expected at most {most} layers"), str(len(layers)), most=MOST_NODES)
    by_name: dict[str, dict[str, Any]] = {}
    for number, layer in enumerate(layers):
        found = layer_of(layer, f"{where}.layers[{number}]")
        key = found.get("name", found["config"].get("name"))
        if not isinstance(key, str) or not key or key in by_name:
            what = N_("expected a name that no other layer has")
            raise UserError(f"{where}.layers[{number}].name", what, key)
        by_name[key] = found
    if data["class_name"] == "Sequential":
        return _chain(name, by_name, data, where)
    calls = [call for key, layer in by_name.items() for call in calls_of(key, layer)]
    inputs: dict[Tensor, FreeShape | None] = {
        tensor: _input_shape(by_name, tensor) for tensor in _ends(config, "input_layers", by_name, where)
    }
    outputs = tuple(_ends(config, "output_layers", by_name, where))
    # What is an input of the model reads nothing, whatever its layer once did.
    calls = [call for call in calls if call.tensor not in inputs]
    _check_sources(calls, inputs, outputs)
    return Graph(name, by_name, tuple(_in_order(calls, inputs)), inputs, outputs)


def layer_of(value: Any, where: str) -> dict[str, Any]:
    """The `value` if it is an object with a class and a config.

    Raises:
        UserError: it is none.
    """
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        received = value.get("class_name") if isinstance(value, dict) else value
        raise UserError(where, N_('expected an object with a "class_name"'), received)
    if not isinstance(value.get("config"), dict):
        raise UserError(where, N_('expected an object with a "config"'), value.get("config"))
    return value


def _chain(name: str, layers: dict[str, dict[str, Any]], data: dict[str, Any], where: str) -> Graph:
    """A Sequential model: every layer reads the one before."""
    names = list(layers)
    shape: FreeShape | None
    if names and layers[names[0]]["class_name"] == "InputLayer":
        first, shape = Tensor(names[0]), _shape_of(layers[names[0]]["config"], where)
        names = names[1:]
    else:
        first, shape = Tensor("input"), _stated_shape(data, layers[names[0]] if names else None, where)
        while first.layer in layers:
            first = Tensor(f"{first.layer}_")
    calls = []
    last = first
    for key in names:
        calls.append(Call(Tensor(key), (last,), Given(1)))
        last = Tensor(key)
    return Graph(name, layers, tuple(calls), {first: shape}, (last,))


def _stated_shape(data: dict[str, Any], first: dict[str, Any] | None, where: str) -> FreeShape | None:
    """The shape that a Sequential without an input layer says somewhere; None where it does not."""
    build = data.get("build_config")
    for holder, key in (
        (data["config"], "build_input_shape"),
        (build if isinstance(build, dict) else {}, "input_shape"),
        (first["config"] if first else {}, "batch_input_shape"),
        (first["config"] if first else {}, "batch_shape"),
    ):
        if holder.get(key) is not None:
            return _shape(holder[key], f"{where}.{key}")
    return None


def _input_shape(layers: dict[str, dict[str, Any]], tensor: Tensor) -> FreeShape:
    layer = layers[tensor.layer]
    if layer["class_name"] != "InputLayer":
        raise UserError(tensor.layer, N_("expected an InputLayer as an input"), layer["class_name"])
    return _shape_of(layer["config"], tensor.layer)


def _shape_of(config: dict[str, Any], where: str) -> FreeShape:
    return _shape(config.get("batch_shape", config.get("batch_input_shape")), where)


def _shape(value: Any, where: str) -> FreeShape:
    """The shape of one example, from one with the batch."""
    if not isinstance(value, list) or not value or not all(n is None or type(n) is int for n in value):
        raise UserError(where, N_("expected a shape, as in [null, 28, 28, 1]"), value)
    return tuple(value[1:])


def _ends(config: dict[str, Any], key: str, layers: dict[str, dict[str, Any]], where: str) -> list[Tensor]:
    """The inputs or the outputs of a functional model: one tensor, a list or an object of them."""
    found = list(tensors_in(config.get(key)))
    if not found:
        raise UserError(f"{where}.{key}", N_("expected at least one layer"), config.get(key))
    for tensor in found:
        if tensor.layer not in layers:
            raise UserError(f"{where}.{key}", N_("expected a layer of the model"), tensor.layer)
    return found


def _check_sources(calls: Iterable[Call], inputs: Iterable[Tensor], outputs: Iterable[Tensor]) -> None:
    """Refuse a graph in which something is read that there is not."""
    there = {use_of(tensor) for tensor in inputs} | {use_of(call.tensor) for call in calls}
    for call in calls:
        for source in call.sources:
            if use_of(source) not in there:
                raise UserError(call.tensor.layer, N_("expected to read a call of a layer of the model"), source.layer)
    for tensor in outputs:
        if use_of(tensor) not in there:
            raise UserError(tensor.layer, N_("expected an output of a call that there is"), tensor.call)


def _in_order(calls: Sequence[Call], inputs: Iterable[Tensor]) -> Iterator[Call]:
    """The calls, each after those that it reads, else as they stand.

    Raises:
        UserError: a layer waits for itself.
    """
    known = {use_of(tensor) for tensor in inputs}
    needed = [{use_of(source) for source in call.sources} - known for call in calls]
    waiting: dict[tuple[str, int], list[int]] = {}
    for number, uses in enumerate(needed):
        for use in uses:
            waiting.setdefault(use, []).append(number)
    missing = [len(uses) for uses in needed]
    ready = [number for number, count in enumerate(missing) if not count]
    done = 0
    while ready:
        call = calls[heapq.heappop(ready)]
        done += 1
        yield call
        for number in waiting.pop(use_of(call.tensor), ()):
            missing[number] -= 1
            if not missing[number]:
                heapq.heappush(ready, number)
    if done < len(calls):
        stuck = next(call for call, count in zip(calls, missing, strict=True) if count)
        raise UserError(stuck.tensor.layer, N_("expected a layer that does not wait for itself"))
