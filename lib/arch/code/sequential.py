"""A network as a list of layers: `keras.Sequential`, where it is one chain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lib.arch.analyse import Layer, analyse
from lib.arch.architecture import Architecture
from lib.arch.block import shown
from lib.arch.code.lines import INDENT, Line, call, marked
from lib.arch.export_formula import Definitions
from lib.arch.python_code import TAKEN, value_code
from lib.errors import UserError
from lib.i18n import N_

_TAKEN: Final = {*TAKEN, "build_model", "model"}


def sequential(architecture: Architecture, taken: Iterable[str] = ()) -> list[Line]:
    """The lines of a function `build_model()` that puts the layers into a `keras.Sequential`.

    Raises:
        UserError: the network is no chain, at the first block where it is none; or has a mistake.
    """
    analysis = analyse(architecture)
    analysis.expect_complete()
    _check_chain(architecture, analysis.layers)
    own = Definitions(analysis.layers, {*_TAKEN, *taken})
    [(name, shape)] = architecture.inputs.items()
    lines = [*own.lines(), Line("def build_model():")]
    frozen = [layer for layer in analysis.layers if layer.weights and not layer.trainable]
    lines.append(Line(f"{INDENT}{'model =' if frozen else 'return'} keras.Sequential(["))
    lines.append(Line(f'{INDENT * 2}keras.Input({shape}, name="{name}"),', frozenset({name})))
    for layer in analysis.layers:
        arguments = [*own.spelled_arguments(layer, own.settings(layer)), f"name={value_code(layer.id)}"]
        note = f",  # {shown(layer.output_shape)}"
        lines += marked(call(own.kind(layer), arguments, note, INDENT * 2), {layer.path[0]})
    lines.append(Line(f"{INDENT}])"))
    for layer in frozen:
        text = f"{INDENT}model.get_layer({value_code(layer.id)}).trainable = False"
        lines.append(Line(text, frozenset({layer.path[0]})))
    return [*lines, *marked([f"{INDENT}return model"] if frozen else [])]


def _check_chain(architecture: Architecture, layers: Iterable[Layer]) -> None:
    """Refuse what is no chain of layers.

    Raises:
        UserError: where the chain is left, and why.
    """
    if len(architecture.inputs) > 1:
        raise UserError("inputs", N_("expected one input for a Sequential model"), str(len(architecture.inputs)))
    if len(architecture.outputs) > 1:
        raise UserError("outputs", N_("expected one output for a Sequential model"), str(len(architecture.outputs)))
    before = next(iter(architecture.inputs))
    for layer in layers:
        _check_link(layer, before)
        before = layer.id
    last = next(iter(architecture.outputs.values()))
    if before != last:
        raise UserError(last, N_("expected the last layer of the chain as the output of a Sequential model"))


def _check_link(layer: Layer, before: str) -> None:
    place = ".".join(layer.path)
    if layer.shares:
        what = N_("expected a layer of its own, for a Sequential model has each layer once ({shared} is called again)")
        raise UserError(place, what, shared=layer.shares)
    if len(layer.inputs) > 1:
        what = N_("expected one input at every layer of a Sequential model, which is one chain")
        raise UserError(place, what, ", ".join(layer.inputs))
    if layer.inputs != (before,):
        what = N_("expected to read {before}, the layer before it, for a Sequential model is one chain")
        raise UserError(place, what, layer.inputs[0], before=before)
