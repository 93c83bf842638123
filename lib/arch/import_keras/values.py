"""Values of a Keras config as the fields of our blocks have them."""

from __future__ import annotations

from typing import Any, Final, get_args

from lib.arch.fields import InitializerName

_WINDOWS: Final = frozenset({
    "kernel_size", "strides", "pool_size", "padding", "cropping", "size", "dilation_rate", "output_padding",
    "output_size", "axis",
})  # fmt: skip
"""Fields that Keras spells out for every side, where one number for all of them says the same."""

_PLAIN_INITIALIZERS: Final = {"".join(w.title() for w in n.split("_")): n for n in get_args(InitializerName)} | {
    "OrthogonalInitializer": "orthogonal"
}
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "Orthogonal": {"gain": 1.0},
    "OrthogonalInitializer": {"gain": 1.0},
    "RandomNormal": {"mean": 0.0, "stddev": 0.05},
    "TruncatedNormal": {"mean": 0.0, "stddev": 0.05},
    "RandomUniform": {"minval": -0.05, "maxval": 0.05},
}
"""What an initializer that is written as a name alone is made with."""

_WITH_FIELDS: Final = frozenset({"VarianceScaling", "Constant", "RandomNormal", "TruncatedNormal", "RandomUniform"})
_FROM_ZERO: Final = frozenset({"RandomContrast", "RandomErasing"})
_REGULARIZERS: Final = frozenset({"L1", "L2", "L1L2"})
_UNREAD: Final = frozenset({"seed", "input_axes", "output_axes"})


class UnsaidError(Exception):
    """No field of ours can say a setting; the text shows which, as "activation = swoosh"."""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(f"{name} = {_short(value)}"[:100])


def field_value(name: str, value: Any) -> Any:
    """The value of the field `name` as our JSON has it.

    Raises:
        UnsaidError: there is none that says the same.
    """
    if isinstance(value, dict):
        if name.endswith("_initializer"):
            return _initializer(name, value)
        if name.endswith("_regularizer"):
            return _regularizer(name, value)
        if value.get("registered_name") == "blockyard>FormulaActivation":
            return value.get("config")
        raise UnsaidError(name, value)
    if name == "axis" and value == []:
        return None
    return _one_number(value) if name in _WINDOWS else value


def strength(kind: str, value: Any) -> Any:
    """The factor of an augmentation, which Keras keeps as the smallest and the largest one."""
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(end, int | float) for end in value):
        return value
    low, high = value
    return high if low == (0 if kind in _FROM_ZERO else -high) or low == high == 0 else value


def _initializer(name: str, value: dict[str, Any]) -> Any:
    kind, config = _parts(name, value)
    given = {key: item for key, item in config.items() if key not in _UNREAD}
    if kind in _PLAIN_INITIALIZERS and all(item == _DEFAULTS.get(kind, {}).get(key) for key, item in given.items()):
        return _PLAIN_INITIALIZERS[kind]
    if kind in _WITH_FIELDS:
        return {"name": kind, **given}
    raise UnsaidError(name, value)


def _regularizer(name: str, value: dict[str, Any]) -> Any:
    kind, config = _parts(name, value)
    if kind not in _REGULARIZERS:
        raise UnsaidError(name, value)
    return {"name": kind, **config}


def _parts(name: str, value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Class and config of an object that Keras wrote."""
    kind, config = value.get("class_name"), value.get("config")
    if not isinstance(kind, str) or not isinstance(config, dict) or not of_keras(value):
        raise UnsaidError(name, value)
    return kind, config


def of_keras(data: dict[str, Any]) -> bool:
    """Whether what `data` names stands in Keras; old files name no module."""
    return f"{data.get('module') or 'keras'}.".startswith("keras.")


def _one_number(value: Any) -> Any:
    """One number where all sides of a window have the same; lists in lists likewise."""
    if not isinstance(value, list):
        return value
    items = [_one_number(item) for item in value]
    if not all(isinstance(item, int) for item in items):
        return value
    return items[0] if len(items) in (1, 2) and items[0] == items[-1] else items


def _short(value: Any) -> str:
    if isinstance(value, dict):
        inner = value.get("config")
        name = value.get("class_name")
        return str(inner if name == "function" and isinstance(inner, str) else name)
    return str(value)
