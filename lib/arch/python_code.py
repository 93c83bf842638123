"""Values and calls as Python spells them."""

from __future__ import annotations

import builtins
import json
import keyword
from typing import Any, Final

from lib.arch.block import Call

TAKEN: Final = frozenset({"keras", "layers", "ops", "np", *keyword.kwlist, *dir(builtins)})
"""What nothing in the code may be called: words of Python, and what the code around it reads."""


class Symbol(str):
    """A name of the code that is written: it stands there without quotes."""

    __slots__ = ()


def call_code(call: Call) -> str:
    """`call` as Python spells it: "keras.regularizers.L2(l2=0.01)", "layers.LSTM(units=32)"."""
    arguments = ", ".join(f"{key}={value_code(value)}" for key, value in call.arguments.items())
    name = call.name if call.name.startswith("layers.") else f"keras.{call.name}"
    return f"{name}({arguments})"


def value_code(value: Any) -> str:
    """A value of a field as Python spells it, with double quotes."""
    if isinstance(value, Call):
        return call_code(value)
    if isinstance(value, Symbol):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def free_name(name: str, used: set[str]) -> str:
    """`name` as a variable that nothing else is called; it is added to `used`."""
    base = name.replace(".", "_")
    numbered = (f"{base}_{n}" for n in range(2, len(used) + 3))
    free = base if base not in used else next(name for name in numbered if name not in used)
    used.add(free)
    return free
