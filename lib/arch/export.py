"""An architecture as Keras code that a student can read: one line a layer, with the shape after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lib.arch.analyse import Analysis, Layer, analyse
from lib.arch.architecture import Architecture
from lib.arch.block import shown
from lib.arch.export_formula import Definitions
from lib.arch.own_activation import own_activations
from lib.arch.python_code import TAKEN, call_lines, free_name, value_code

_INDENT: Final = "    "
_TAKEN: Final = {*TAKEN, "x", "inputs", "outputs", "build_model"}


def model_function(architecture: Architecture, taken: Iterable[str] = ()) -> str:
    """The source of a function `build_model()` that returns the Keras model of `architecture`.

    It needs `keras`, `from keras import layers`, and `from keras import ops` where there are formulas, whose functions
    and layers stand before it, called by none of the names in `taken`. It makes the same layers under the same names in
    the same order as Blockyard itself.

    Raises:
        UserError: the first mistake of the architecture.
    """
    analysis = analyse(architecture)
    if analysis.problems:
        raise analysis.problems[0]
    own = Definitions(analysis.layers, {*_TAKEN, *taken})
    return own.code() + "\n".join(_Writer(architecture, analysis, own).lines()) + "\n"


def model_script(architecture: Architecture) -> str:
    """A script of the model alone, which prints its summary when run.

    Raises:
        UserError: the first mistake of the architecture.
    """
    return (
        f"import keras\nfrom keras import layers{', ops' if has_formulas(architecture) else ''}\n\n\n"
        + model_function(architecture)
        + '\n\nif __name__ == "__main__":\n    build_model().summary()\n'
    )


def has_formulas(architecture: Architecture) -> bool:
    """Whether the function of the model needs `from keras import ops`."""
    return any(
        layer.block.family == "custom" or any(own_activations(layer.block)) for layer in analyse(architecture).layers
    )


class _Writer:
    """Writes one model; it knows which variable holds which tensor."""

    def __init__(self, architecture: Architecture, analysis: Analysis, own: Definitions) -> None:
        self.architecture = architecture
        self.analysis = analysis
        self.layers = analysis.layers
        self.own = own
        used = _TAKEN | own.names
        self.variables = _variables(architecture, self.layers, used)
        # The layers that the code has to name.
        kept = {layer.id: "frozen" for layer in self.layers if _is_frozen(layer) and not layer.shares}
        kept.update({layer.shares: "shared" for layer in self.layers if layer.shares})
        self.kept = {name: free_name(f"{why}_{name}", used) for name, why in kept.items()}

    def lines(self) -> list[str]:
        """The function, line by line."""
        lines = ["def build_model():"]
        for name, shape in self.architecture.inputs.items():
            lines.append(f'{_INDENT}{self.variables[name]} = keras.Input({shape}, name="{name}")')
        for report in self.analysis.nodes.values():
            if len(report.layers) > 1:
                lines += ["", f"{_INDENT}# {report.id}: {report.block.name}, {shown(report.output_shape)}"]
            for layer in report.layers:
                lines += self._layer(layer)
        given = [self.variables[name] for name in self.architecture.inputs]
        answers = [self.variables[source] for source in self.architecture.outputs.values()]
        return [*lines, f"{_INDENT}return keras.Model({_alone(given)}, {_alone(answers)})"]

    def _layer(self, layer: Layer) -> list[str]:
        read = ", ".join(self.variables[source] for source in layer.inputs)
        tensor = f"[{read}]" if layer.block.most_inputs != 1 and not layer.block.separate_inputs else read
        target = self.variables[layer.id]
        note = f"  # {shown(layer.output_shape)}"
        if layer.shares:
            return [f"{_INDENT}{target} = {self.kept[layer.shares]}({tensor}){note}"]
        maker = self.kept.get(layer.id)
        arguments = [*self.own.arguments(layer), f"name={value_code(layer.id)}"]
        made = call_lines(f"{maker or target} = {self.own.kind(layer)}", arguments, _INDENT)
        if maker is None:
            return [*made[:-1], f"{made[-1]}({tensor}){note}"]
        # Frozen after its first call, when all of its weights are there.
        frozen = [f"{_INDENT}{maker}.trainable = False"] if _is_frozen(layer) else []
        return [*made, f"{_INDENT}{target} = {maker}({tensor}){note}", *frozen]


def _is_frozen(layer: Layer) -> bool:
    return bool(layer.weights) and not layer.trainable


def _variables(architecture: Architecture, layers: tuple[Layer, ...], used: set[str]) -> dict[str, str]:
    """The variable for every tensor: `x` along a chain, a name of its own where a tensor is read elsewhere.

    Those names are added to `used`.
    """
    readers: dict[str, list[int]] = {}
    for index, layer in enumerate(layers):
        for source in layer.inputs:
            readers.setdefault(source, []).append(index)
    answers = list(architecture.outputs.values())
    names = {name: free_name(name, used) for name in architecture.inputs}
    if len(names) == 1:
        names = dict.fromkeys(names, "inputs")
    for index, layer in enumerate(layers):
        next_only = readers.get(layer.id) == [index + 1] and layer.id not in answers
        is_end = index == len(layers) - 1 and set(answers) == {layer.id}
        names[layer.id] = "x" if next_only or is_end else free_name(layer.id, used)
    return names


def _alone(names: Iterable[str]) -> str:
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
