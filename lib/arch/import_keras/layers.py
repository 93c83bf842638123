"""One layer of a Keras config as a block of the catalogue, or as an opaque one that says what is in the way."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from lib import strict_json
from lib.arch.block import Block, CompositeBlock
from lib.arch.blocks import CATALOGUE
from lib.arch.blocks.opaque import Opaque
from lib.arch.import_keras.harm import refuse_harm
from lib.arch.import_keras.values import UnsaidError, field_value, of_keras, strength
from lib.errors import UserError
from lib.i18n import N_

_NOT_SAID: Final = frozenset({
    "name", "trainable", "dtype", "seed", "autocast", "build_config", "batch_input_shape", "batch_shape", "input_shape",
    "implementation", "renorm_momentum", "unroll", "input_length", "quantization_config",
    "zero_output_for_mask",
})  # fmt: skip
"""What changes neither shapes nor arithmetic, or is said elsewhere."""

_AS_ALWAYS: Final[dict[str, Any]] = {
    "data_format": "channels_last", "axis": -1, "groups": 1, "fill_mode": "constant", "fill_value": 0.0,
    "attention_axes": 1,
}  # fmt: skip
"""The one value of settings that our blocks do not have; of others nothing but None, false and an empty value is."""

_STARTS: Final = {"beta": "zeros", "moving_mean": "zeros", "alpha": "zeros", "bias": "zeros", "gamma": "ones",
                  "moving_variance": "ones"}  # fmt: skip
_SUMS: Final = frozenset({"Add", "Multiply", "Subtract", "Maximum", "Minimum"})
_BROKEN: Final = frozenset({"int_type", "int_from_float", "float_type", "bool_type", "string_type"})
"""Complaints about a value that Keras could not have written."""


class Step(NamedTuple):
    """A block, and what it reads: the places of the call's tensors, or None for the step before."""

    block: Block
    reads: tuple[int | None, ...]


class Given(NamedTuple):
    """What a call gives a layer besides tensors: `numbers` by their place among the arguments, options by name."""

    tensors: int
    numbers: tuple[tuple[int, float], ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


def steps(data: dict[str, Any], where: str, given: Given) -> tuple[Step, ...]:
    """The blocks that do what the layer or operation `data` does when it is called so.

    Raises:
        UserError: the config is none that Keras writes, or it holds code.
    """
    kind, config = data["class_name"], data["config"]
    refuse_harm(data, where)
    module = str(data.get("module")) if of_keras(data) else ""
    every = tuple(range(given.tensors))
    if ".ops" in module:
        return _operation(kind, given)
    try:
        _check_options(given.options)
        if module.endswith("applications.convnext") and kind == "LayerScale":
            return (Step(_read("LayerScale", {"init_values": config.get("init_values")}, where), every),)
        if module.endswith("applications.inception_resnet_v2") and kind == "CustomScaleLayer" and given.tensors == 2:
            scaled = Step(_read("Rescaling", {"scale": config.get("scale")}, where), (1,))
            return (scaled, Step(CATALOGUE["Add"](), (0, None)))
        if data.get("registered_name") == "blockyard>FormulaLayer":
            return (Step(_read("Lambda", {"formula": config.get("formula")}, where), every),)
        if data.get("registered_name") == "blockyard>CustomFormulaLayer":
            written = strict_json.read(str(config.get("layer")), where, lines=True)
            return (Step(_read("CustomLayer", {"layer": written}, where), every),)
        return (Step(_plain(data, where), every),)
    except UnsaidError as reason:
        return (Step(opaque(kind, str(reason)), every),)


def opaque(kind: str, setting: str = "") -> Opaque:
    """The block for a layer that cannot be said, for the reason `setting` if it is not the layer itself."""
    return Opaque(class_name=kind[:100] or "?", setting=setting[:100])


def _operation(kind: str, given: Given) -> tuple[Step, ...]:
    """An operation in the middle of a graph, as `x + y` and `x * 2` leave it."""
    places = [place for place, _number in given.numbers]
    numbers = [number for _place, number in given.numbers]
    if not given.options and not numbers and given.tensors == 2 and kind in _SUMS:
        return (Step(CATALOGUE[kind](), (0, 1)),)
    if not given.options and given.tensors == 1 and len(numbers) == 1:
        number = numbers[0]
        first = places == [0]
        factor = {"Add": 1.0, "Multiply": number, "Subtract": -1.0 if first else 1.0}.get(kind)
        offset = {"Add": number, "Multiply": 0.0, "Subtract": number if first else -number}.get(kind)
        if factor is not None:
            try:
                return (Step(CATALOGUE["Rescaling"].model_validate({"scale": factor, "offset": offset}), (0,)),)
            except ValidationError:
                pass
    return (Step(opaque(kind), tuple(range(given.tensors))),)


def _check_options(options: Iterable[tuple[str, Any]]) -> None:
    for name, value in options:
        if value and name != "training":
            raise UnsaidError(name, value)


@lru_cache(maxsize=1)
def _known() -> dict[str, type[Block]]:
    """The blocks that are layers of Keras."""
    return {
        name: block
        for name, block in CATALOGUE.items()
        if block.family != "custom" and not issubclass(block, CompositeBlock)
    }


def _plain(data: dict[str, Any], where: str) -> Block:
    """The block of the catalogue with the fields of a layer of Keras, or an opaque one.

    Raises:
        UnsaidError: it has a setting that the block has not.
        UserError: a value of the wrong type.
    """
    kind = data["class_name"]
    block = _known().get(kind)
    if block is None or not _from_keras(data):
        return opaque(kind)
    fields = block.model_fields
    found: dict[str, Any] = {}
    for name, value in data["config"].items():
        if name == "layer" and name in fields:
            found[name] = _inner(value, where)
        elif name in fields:
            found[name] = _value(block, name, value)
        elif name == "backward_layer":
            _check_backward(data["config"], where)
        elif name not in _NOT_SAID and not _as_always(name, value, kind):
            raise UnsaidError(name, value)
    if "pool_size" in found and found.get("strides") == found["pool_size"]:
        # Windows side by side, as they are unless someone says otherwise.
        del found["strides"]
    return _read(kind, found, where)


def _from_keras(data: dict[str, Any]) -> bool:
    """Whether it is a layer of Keras, and not one of a stranger with the same name."""
    return of_keras(data) and data.get("registered_name") in (None, data["class_name"])


def _value(block: type[Block], name: str, value: Any) -> Any:
    found = strength(block.__name__, value) if name.endswith("factor") else field_value(name, value)
    # No activation at all is what Keras calls "linear".
    return None if found == "linear" and block.model_fields[name].default is None else found


def _as_always(name: str, value: Any, kind: str) -> bool:
    """Whether a setting that our block does not have is as it is in our block."""
    if value is None or value is False or value == _AS_ALWAYS.get(name) or value == [_AS_ALWAYS.get(name)]:
        return True
    if name.endswith("_initializer"):
        if name == "kernel_initializer":
            return kind.startswith(("Depthwise", "Separable"))
        return bool(field_value(name, value) == _STARTS.get(name.removesuffix("_initializer")))
    return False


def _inner(value: Any, where: str) -> dict[str, Any]:
    """The layer inside another one, as our JSON has it."""
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        raise UserError(where, N_("expected a layer inside"), value)
    if not isinstance(value.get("class_name"), str):
        raise UserError(where, N_("expected the name of a class"), value.get("class_name"))
    block = _plain(value, where)
    if isinstance(block, Opaque):
        raise UnsaidError("layer", block.setting or block.class_name)
    return {"block": block.name, "config": block.config()}


def _check_backward(config: dict[str, Any], where: str) -> None:
    """The layer that reads backwards is made from the other one, unless someone gave it."""
    backward = config["backward_layer"]
    if isinstance(backward, dict) and isinstance(backward.get("config"), dict):
        as_forward = {**backward, "config": {**backward["config"], "go_backwards": False}}
        if _inner(as_forward, where) == _inner(config.get("layer"), where):
            return
    raise UnsaidError("backward_layer", backward)


def _read(kind: str, config: dict[str, Any], where: str) -> Block:
    """The block `kind` with these fields.

    Raises:
        UnsaidError: the block does not take such a value.
        UserError: a value of the wrong type, which Keras would not have written.
    """
    try:
        return CATALOGUE[kind].model_validate(config)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        broken = first["type"] in _BROKEN and isinstance(first["input"], str | bool | float)
        if broken or first["type"] == "missing":
            raise UserError.from_validation(where, error) from None
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise UnsaidError(name, config.get(name)) from None
