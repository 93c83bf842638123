"""Fields that hold a block of their own, as a wrapper has its layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from lib.arch.architecture import read_block
from lib.arch.block import Block, Call
from lib.errors import UserError
from lib.i18n import N_
from lib.names import close_to

Choices = Callable[[], Mapping[str, type[Block]]]


@dataclass(frozen=True, slots=True)
class Inner:
    """Marks a field that holds one of `choices`, by name: in JSON {"block": name, "config": its fields}.

    The choices are asked for when a value is read, because the catalogue is complete only then.
    """

    choices: Choices

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(_written)
        return core_schema.no_info_plain_validator_function(self.read, serialization=written)

    def read(self, value: Any) -> Block:
        """The block that `value` is or describes."""
        choices = self.choices()
        block = value if isinstance(value, Block) else _read(value, choices)
        if block.name not in choices:
            raise _stranger(block.name, choices)
        return block


def inner_call(block: Block) -> Call:
    """The Keras layer inside another, with the fields that differ from their defaults.

    It gets a name, because Keras would number the layers inside others through all models that were ever made.
    """
    call, fields = block.keras(), type(block).model_fields
    arguments = {
        name: value
        for name, value in call.arguments.items()
        if fields[name].is_required() or getattr(block, name) != fields[name].default
    }
    return Call(call.name, {**arguments, "name": block.name.lower()})


def _written(block: Block) -> dict[str, Any]:
    return {"block": block.name, "config": block.config()}


def _read(value: Any, choices: Mapping[str, type[Block]]) -> Block:
    if not isinstance(value, dict) or not {"block"} <= value.keys() <= {"block", "config"}:
        raise UserError("", N_("expected an object with a block and its config"), value)
    name, config = value["block"], value.get("config", {})
    if not isinstance(name, str) or name not in choices:
        raise _stranger(name, choices)
    try:
        return read_block(name, config, "")
    except UserError as error:
        raise UserError("", error.expected, error.received, **error.values) from None


def _stranger(name: Any, choices: Mapping[str, type[Block]]) -> UserError:
    near = close_to(name, choices) if isinstance(name, str) else None
    if near:
        return UserError("", N_("expected a block that can stand inside (did you mean {near}?)"), name, near=near)
    return UserError("", N_("expected a block that can stand inside"), name)
