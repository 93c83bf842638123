"""Formulas of one's own as Keras code: for each a function, and a layer that calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from lib.arch.analyse import Layer
from lib.arch.blocks.custom import Lambda
from lib.arch.own_formula import checked, input_names, reads
from lib.formula import to_python

_CODE: Final = '''\
def {function}({inputs}):
{first}{body}

@keras.saving.register_keras_serializable(package="formulas")
class {layer}(keras.layers.Layer):
    def call(self, {inputs}):
        return {result}
'''


class FormulaCode(NamedTuple):
    """The name of the class of the layer that computes a formula, and the code that defines it."""

    name: str
    code: str


def formula_layers(layers: Iterable[Layer], used: set[str]) -> dict[str, FormulaCode]:
    """A class for each formula of `layers`, by its text, named after the first layer that has it.

    Their names are added to `used`, what nothing else may be called.
    """
    found: dict[str, FormulaCode] = {}
    for layer in layers:
        if isinstance(layer.block, Lambda) and layer.block.formula not in found:
            found[layer.block.formula] = _written(layer, layer.block.formula, used)
    return found


def free_name(name: str, used: set[str]) -> str:
    """`name` as a variable that nothing else is called; it is added to `used`."""
    base = name.replace(".", "_")
    numbered = (f"{base}_{n}" for n in range(2, len(used) + 3))
    free = base if base not in used else next(name for name in numbered if name not in used)
    used.add(free)
    return free


def _written(layer: Layer, text: str, used: set[str]) -> FormulaCode:
    found = checked(text, layer.input_shapes)
    function = free_name(f"{layer.id}_formula", used)
    words = f"{layer.id}_formula".replace(".", "_").split("_")
    name = free_name("".join(word[:1].upper() + word[1:] for word in words), used)
    inputs = ", ".join(input_names(len(layer.input_shapes)))
    called = f"{function}({inputs})"
    code = _CODE.format(
        function=function,
        layer=name,
        inputs=inputs,
        # The first of several inputs goes by a second name.
        first="    x = x1\n" if "x" in reads(found) and len(layer.input_shapes) > 1 else "",
        body=to_python(found, "    "),
        result=called if found.result.dtype == "float" else f"ops.cast({called}, self.compute_dtype)",
    )
    return FormulaCode(name, code)
