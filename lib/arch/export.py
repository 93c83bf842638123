"""An architecture as code that a student can read: in the styles of Keras, with the shape after every layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

from lib.arch.analyse import analyse
from lib.arch.architecture import Architecture
from lib.arch.code import Style
from lib.arch.code.functional import functional
from lib.arch.code.keras_json import keras_json
from lib.arch.code.lines import INDENT, Line, marked, text_of
from lib.arch.code.sequential import sequential
from lib.arch.code.subclass import subclassed
from lib.arch.own_activation import own_activations
from lib.names import slug

Writer = Callable[[Architecture, Iterable[str]], list[Line]]

_WRITERS: Final[Mapping[Style, Writer]] = {
    "functional": functional,
    "subclass": subclassed,
    "sequential": sequential,
    "keras-json": keras_json,
}


def model_function(architecture: Architecture, taken: Iterable[str] = (), style: Style = "functional") -> str:
    """The source of a function `build_model()` that returns the Keras model of `architecture`.

    It needs `keras`, `from keras import layers`, and `from keras import ops` where there are formulas. Functions and
    classes stand before it, called by none of the names in `taken`. It makes the same layers in the same order as
    Blockyard itself, and under the same names, but for parts of composites that are classes of their own.

    Raises:
        UserError: the first mistake of the architecture, or why it cannot be written so.
    """
    return text_of(_WRITERS[style](architecture, taken))


def model_script(architecture: Architecture, style: Style = "functional") -> str:
    """A script of the model alone, which prints its summary when run; or the JSON of the model.

    Raises:
        UserError: the first mistake of the architecture, or why it cannot be written so.
    """
    return text_of(code(architecture, style))


@lru_cache(maxsize=32)
def code(architecture: Architecture, style: Style) -> tuple[Line, ...]:
    """The same line by line, each with the nodes that it belongs to.

    Raises:
        UserError: the first mistake of the architecture, or why it cannot be written so.
    """
    lines = _WRITERS[style](architecture, ())
    if style == "keras-json":
        return tuple(lines)
    imports = f"from keras import layers{', ops' if has_formulas(architecture) else ''}"
    end = ["", "", 'if __name__ == "__main__":', f"{INDENT}build_model().summary()"]
    return (*marked(["import keras", imports, "", ""]), *lines, *marked(end))


def file_name(architecture: Architecture, style: Style) -> str:
    """What a file of this code is called: "lenet_5.py", "lenet_5_subclass.py", "lenet_5.keras.json"."""
    name = slug(architecture.name, "network").replace("-", "_")
    if style == "keras-json":
        return f"{name}.keras.json"
    return f"{name}.py" if style == "functional" else f"{name}_{style}.py"


def has_formulas(architecture: Architecture) -> bool:
    """Whether the function of the model needs `from keras import ops`."""
    return any(
        layer.block.family == "custom" or any(own_activations(layer.block)) for layer in analyse(architecture).layers
    )
