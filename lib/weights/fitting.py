"""Weights of a file for the layers of a network: which array is which weight, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lib.arch import Architecture, analyse
from lib.arch.analyse import Layer
from lib.arch.block import Block, Weight, shown
from lib.arch.blocks.attention import MultiHeadAttention
from lib.arch.blocks.recurrent import Recurrent
from lib.arch.blocks.wrappers import Bidirectional, TimeDistributed
from lib.arch.import_keras.network import id_of
from lib.errors import UserError, Words, shortened
from lib.i18n import N_
from lib.weights.reading import Array, Weights

_COUNT: Final = "count"
_PROJECTIONS: Final = ("query_dense", "key_dense", "value_dense", "output_dense")
_VARS: Final = "vars"
_NOTHING: Final = Words(N_("nothing"))


def fitted(weights: Weights, architecture: Architecture) -> dict[str, tuple[Array, ...]]:
    """The arrays of every layer of `architecture` that has weights, by its name, in Keras's order.

    Raises:
        UserError: the architecture has a mistake; a layer has no weights in the file, or others than the network has;
            the file has those of a layer that the network has not.
    """
    analysis = analyse(architecture)
    analysis.expect_complete()
    layers = [layer for layer in analysis.layers if layer.weights and not layer.shares]
    if not layers:
        raise UserError("", N_("expected a network that has weights"))
    weights = _by_id(weights, {layer.id for layer in layers})
    found = {layer.id: _of_layer(layer, weights) for layer in layers}
    foreign = next((name for name in weights.layers if name not in found), None)
    if foreign is not None:
        raise UserError(shortened(foreign, 60), N_("expected weights of the layers of this network alone, which has "
                                                   "none of this name"))
    return found


def _by_id(weights: Weights, ids: set[str]) -> Weights:
    """`weights` by the ids that layers have here, where Keras gives names with other characters."""
    named = {name: name if name in ids else id_of(name) for name in weights.layers}
    if len(set(named.values())) < len(named):
        return weights
    return weights._replace(layers={named[name]: arrays for name, arrays in weights.layers.items()})


def _of_layer(layer: Layer, weights: Weights) -> tuple[Array, ...]:
    held = weights.layers.get(layer.id)
    if held is None:
        known = ", ".join(weights.layers)
        raise UserError(layer.id, N_("expected weights of this layer in the file"), known or _NOTHING)
    arrays = _by_name(layer, held) if weights.named else _by_place(layer, held)
    for weight, array in zip(layer.weights, arrays, strict=True):
        if array.shape != weight.shape:
            raise UserError(f"{layer.id} ({weight.name})", N_("expected weights of shape {shape}"),
                            shown(array.shape), shape=shown(weight.shape))
        if (array.dtype == "<f4") == (weight.name == _COUNT):
            raise UserError(f"{layer.id} ({weight.name})", N_("expected weights as float32"), array.dtype)
    return arrays


def _by_place(layer: Layer, held: Mapping[tuple[str, ...], Array]) -> tuple[Array, ...]:
    wanted = places(layer.block, layer.weights)
    if set(wanted) != set(held):
        raise UserError(layer.id, N_("expected {count} arrays: {names}"), ", ".join(map("/".join, held)),
                        count=len(wanted), names=", ".join(weight.name for weight in layer.weights))
    return tuple(held[place] for place in wanted)


def _by_name(layer: Layer, held: Mapping[tuple[str, ...], Array]) -> tuple[Array, ...]:
    names = [weight.name for weight in layer.weights]
    if names != [place[-1] for place in held]:
        raise UserError(layer.id, N_("expected {count} arrays: {names}"), ", ".join(map("/".join, held)),
                        count=len(names), names=", ".join(names))
    return tuple(held.values())


def places(block: Block, weights: tuple[Weight, ...]) -> list[tuple[str, ...]]:
    """Where Keras keeps the weights of a layer in a file, below the layer itself, in the order of `weights`."""
    if isinstance(block, TimeDistributed):
        return [("layer", *place) for place in places(block.layer, weights)]
    if isinstance(block, Bidirectional):
        one = places(block.layer, weights[:len(weights) // 2])
        return [(direction, *place) for direction in ("forward_layer", "backward_layer") for place in one]
    if isinstance(block, MultiHeadAttention):
        each = len(weights) // len(_PROJECTIONS)
        return [(part, _VARS, str(number)) for part in _PROJECTIONS for number in range(each)]
    inside = ("cell",) if isinstance(block, Recurrent) else ()
    return [(*inside, _VARS, str(number)) for number in range(len(weights))]
