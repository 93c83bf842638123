"""What in a Keras config names code or files. Nothing of it would be run or opened here; it is refused all the same, so
that nobody takes the file on to where it would."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from lib.errors import UserError
from lib.i18n import N_

_NO_CODE: Final = N_("expected no code in the file; write the function of this Lambda as a formula instead")
_NO_HARM: Final = N_("expected layers that are described by numbers alone; this file names code to be run")
_NO_FILES: Final = N_("expected layers that are described by numbers alone; this file names other files or addresses")
_LAMBDAS: Final = frozenset({"Lambda", "__lambda__"})
_FOREIGN: Final = frozenset({"TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer"})
"""Layers of Keras that load the programs of others."""
_TOOLS: Final = tuple(f"{above}{name}" for above in ("", "src.") for name in (
    "utils", "config", "saving", "backend", "datasets", "applications", "export", "preprocessing", "legacy.saving",
    "legacy.preprocessing", "legacy.backend", "visualization"))
"""Modules of Keras whose functions do something to the machine."""
_MODELS: Final = ("models", "src.models")
"""Their classes compute; their functions read files."""
_LAYERS: Final = frozenset({("applications.convnext", "LayerScale"),
                            ("applications.inception_resnet_v2", "CustomScaleLayer")})
"""The classes among the tools that are layers, by the module below `keras` or `keras.src`."""
_LIBRARIES: Final = frozenset({
    "absl", "h5py", "jax", "numpy", "pandas", "PIL", "pip", "pkg_resources", "scipy", "setuptools", "sklearn",
    "streamlit", "tensorflow", "torch"})
"""What stands beside Keras and has functions that read, write or run; nobody's layers are there."""
_NAMES_FILES: Final = ("vocabulary", "filepath")


def refuse_harm(data: dict[str, Any], where: str) -> None:
    """Look through the config of one layer, and of all layers in it.

    Raises:
        UserError: it names code that would be run, or a file or address that would be read, when Keras loads it.
    """
    for each in _objects(data):
        named, module = each.get("class_name"), each.get("module")
        kind = named if isinstance(named, str) else ""
        if kind in _LAMBDAS:
            raise UserError(where, _NO_CODE, kind)
        if kind in _FOREIGN or (isinstance(module, str) and _acts(module, kind, each.get("config"))):
            raise UserError(where, _NO_HARM, f"{module}.{kind}" if isinstance(module, str) else kind)
        for name in _NAMES_FILES:
            if isinstance(each.get(name), str):
                raise UserError(where, _NO_FILES, each[name])


def _acts(module: str, kind: str, config: Any) -> bool:
    """Whether Keras would find something in `module` that does more than compute. As "builtins" it also files functions
    that only their author has; of those, `config` is the name."""
    first, _dot, rest = module.partition(".")
    if first == "tensorflow" and ".keras." in f".{rest}.":
        first, rest = "keras", f".{rest}".partition(".keras")[2].lstrip(".")
    if first == "keras":
        if (rest.removeprefix("src."), kind) in _LAYERS:
            return False
        return _below(rest, _TOOLS) or (_below(rest, _MODELS) and not kind[:1].isupper())
    if first == "builtins" and isinstance(config, str):
        return hasattr(builtins, config)
    return first in sys.stdlib_module_names or first in _LIBRARIES


def _below(module: str, above: Sequence[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in above)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in `value`, which is not deep, for its text was read so."""
    ahead = [value]
    while ahead:
        here = ahead.pop()
        if isinstance(here, dict):
            yield here
            ahead += here.values()
        elif isinstance(here, list):
            ahead += here
