"""A network as the JSON that `model.to_json()` of Keras gives, and `keras.models.model_from_json` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lib.arch.analyse import Layer, analyse
from lib.arch.architecture import Architecture
from lib.arch.block import Call, FreeShape
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.code.lines import LONGEST, Line, marked
from lib.arch.own_activation import own_activations
from lib.errors import UserError
from lib.i18n import N_

_MODULES: Final = {"layers": "keras.layers", "initializers": "keras.initializers", "regularizers": "keras.regularizers"}
_OWN: Final = "own."


def keras_json(architecture: Architecture, _taken: Iterable[str] = ()) -> list[Line]:
    """The lines of the JSON of a functional model, whose layers are called as in Blockyard.

    Settings that no block has are left to Keras. Formulas stand there as the layers of Blockyard, which `strangers`
    names.

    Raises:
        UserError: the first mistake of the architecture, or a layer in Python.
    """
    analysis = analyse(architecture)
    analysis.expect_complete()
    for layer in analysis.layers:
        if isinstance(layer.block, PythonLayer):
            raise UserError(layer.id, N_("expected no layer in Python, for the JSON of Keras holds no code"))
    name = "_".join(architecture.name.split()).replace("/", "_") or "functional"
    lines = marked([
        "{",
        '  "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",',
        '  "config": {',
        f'    "name": {json.dumps(name, ensure_ascii=False)}, "trainable": true,',
        '    "layers": [',
    ])  # fmt: skip
    tensors = _Tensors(architecture, analysis.layers)
    written = [*_inputs(architecture), *_layers(analysis.layers, tensors)]
    for number, (owners, value) in enumerate(written):
        texts = _laid_out(value, "      ")
        texts[-1] += "," if number < len(written) - 1 else ""
        lines += marked(texts, owners)
    inputs = json.dumps(_alone([[key, 0, 0] for key in architecture.inputs]))
    outputs = json.dumps(_alone([list(tensors.history(node)) for node in architecture.outputs.values()]))
    ends = ["    ],", f'    "input_layers": {inputs},', f'    "output_layers": {outputs}', "  }", "}"]
    return [*lines, *marked(ends)]


def strangers(architecture: Architecture) -> tuple[str, ...]:
    """The nodes with formulas: Keras alone cannot load them, for what computes them is Blockyard's."""
    layers = analyse(architecture).layers
    own = [layer for layer in layers if layer.block.keras().name.startswith(_OWN) or any(own_activations(layer.block))]
    return tuple(dict.fromkeys(layer.path[0] for layer in own))


class _Tensors:
    """Which call of which layer gives a tensor."""

    def __init__(self, architecture: Architecture, layers: Iterable[Layer]) -> None:
        self._histories: dict[str, tuple[str, int, int]] = {name: (name, 0, 0) for name in architecture.inputs}
        self._shapes: dict[str, FreeShape] = dict(architecture.inputs)
        calls: dict[str, int] = {}
        for layer in layers:
            owner = layer.shares or layer.id
            self._histories[layer.id] = (owner, calls.get(owner, 0), 0)
            self._shapes[layer.id] = layer.output_shape
            calls[owner] = calls.get(owner, 0) + 1

    def history(self, tensor: str) -> tuple[str, int, int]:
        """The layer, its call and its output."""
        return self._histories[tensor]

    def written(self, tensor: str) -> dict[str, Any]:
        """The tensor as Keras writes it."""
        config = {"shape": [None, *self._shapes[tensor]], "dtype": "float32",
                  "keras_history": list(self.history(tensor))}  # fmt: skip
        return {"class_name": "__keras_tensor__", "config": config}


def _inputs(architecture: Architecture) -> Iterator[tuple[set[str], dict[str, Any]]]:
    for name, shape in architecture.inputs.items():
        config = {"batch_shape": [None, *shape], "dtype": "float32", "sparse": False, "name": name}
        yield {name}, {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None,
                       "name": name, "inbound_nodes": []}  # fmt: skip


def _layers(layers: tuple[Layer, ...], tensors: _Tensors) -> Iterator[tuple[set[str], dict[str, Any]]]:
    """Every layer with all of its calls, and the nodes that it belongs to."""
    uses: dict[str, list[Layer]] = {}
    for layer in layers:
        uses.setdefault(layer.shares or layer.id, []).append(layer)
    for name, calls in uses.items():
        first = calls[0]
        call = first.block.keras()
        # Not every layer takes `trainable` (SpatialDropout1D does not); without weights it says nothing.
        frozen = {"trainable": first.trainable} if first.weights else {}
        general = {"name": name, **frozen, "dtype": "float32"}
        found = _object(Call(call.name, {**general, **call.arguments}))
        nodes = [{"args": _read(layer, tensors), "kwargs": {}} for layer in calls]
        yield {layer.path[0] for layer in calls}, {**found, "name": name, "inbound_nodes": nodes}


def _read(layer: Layer, tensors: _Tensors) -> list[Any]:
    read = [tensors.written(source) for source in layer.inputs]
    return read if layer.block.separate_inputs or layer.block.most_inputs == 1 else [read]


def _object(call: Call) -> dict[str, Any]:
    """An object of Keras as it writes one; of Blockyard's own, under the name by which those are registered."""
    module, _dot, name = call.name.rpartition(".")
    config = {key: _value(value) for key, value in call.arguments.items()}
    if f"{module}." == _OWN:
        return {"module": None, "class_name": name, "config": config, "registered_name": f"blockyard>{name}"}
    return {"module": _MODULES[module], "class_name": name, "config": config, "registered_name": None}


def _value(value: Any) -> Any:
    if isinstance(value, Call):
        return _object(value)
    return [_value(item) for item in value] if isinstance(value, list | tuple) else value


def _alone(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _laid_out(value: Any, indent: str) -> list[str]:
    """JSON on one line where it fits, else what is in it line by line."""
    line = indent + json.dumps(value, ensure_ascii=False)
    if len(line) <= LONGEST or not value or not isinstance(value, dict | list):
        return [line]
    pairs: list[tuple[str, Any]] = [("", item) for item in value]
    if isinstance(value, Mapping):
        pairs = [(f"{json.dumps(key, ensure_ascii=False)}: ", item) for key, item in value.items()]
    inner = f"{indent}  "
    lines = [f"{indent}{'{' if isinstance(value, dict) else '['}"]
    for number, (key, item) in enumerate(pairs):
        texts = _laid_out(item, inner)
        texts[0] = f"{inner}{key}{texts[0].removeprefix(inner)}"
        texts[-1] += "," if number < len(pairs) - 1 else ""
        lines += texts
    return [*lines, f"{indent}{'}' if isinstance(value, dict) else ']'}"]
