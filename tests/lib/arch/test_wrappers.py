"""Layers around another layer: their JSON, their counts, their code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lib.arch import Architecture, Node, analyse, read_block
from lib.arch.export import model_function
from lib.arch.override import with_hidden_activation
from lib.errors import UserError

CONV = {"block": "Conv2D", "config": {"filters": 4, "kernel_size": 3, "activation": "relu"}}
FILM = (6, 28, 28, 1)


def film(layer: dict[str, Any] = CONV) -> Architecture:
    """A block for every image of a film, then a block that tells what it is."""
    nodes = (
        Node("each", read_block("TimeDistributed", {"layer": layer}, "each"), ("film",)),
        Node("row", read_block("Flatten", {}, "row"), ("each",)),
    )
    return Architecture({"film": FILM}, nodes, {"what": "row"})


def test_the_block_inside_is_counted_once_and_multiplied_for_every_step() -> None:
    report = analyse(film()).nodes["each"]
    assert report.output_shape == (6, 26, 26, 4)
    assert report.parameters == 3 * 3 * 4 + 4
    assert report.macs == 6 * 26 * 26 * 3 * 3 * 4


def test_the_json_holds_the_block_inside() -> None:
    text = film().to_json()
    assert json.loads(text)["nodes"][0]["config"] == {"layer": CONV}
    assert Architecture.from_json(text) == film()


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"block": "Conv2"}, "each.layer: expected a block that can stand inside (did you mean Conv2D?)"),
        ({"block": "Add"}, "each.layer: expected a block that can stand inside"),
        ({"block": "TimeDistributed", "config": {"layer": CONV}}, "each.layer: expected a block that can stand inside"),
        ({"block": "Residual", "config": {"filters": 4}}, "each.layer: expected a block that can stand inside"),
        ({"block": "Dense", "config": {"units": 0}}, "each.layer: expected a number of at least 1. Received: 0."),
        ({"block": "Dense", "config": []}, "each.layer: expected an object of fields. Received: []."),
        ({"block": "Dense", "name": "x"}, "each.layer: expected an object with a block and its config"),
        (3, "each.layer: expected an object with a block and its config. Received: 3."),
    ],
)
def test_what_cannot_stand_inside_is_said(layer: Any, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_block("TimeDistributed", {"layer": layer}, "each")
    assert str(error.value).startswith(message)


def test_the_code_names_the_layer_inside() -> None:
    inside = 'layers.Conv2D(filters=4, kernel_size=3, activation="relu", name="conv2d"), name="each"'
    assert f"layers.TimeDistributed( {inside} )" in " ".join(model_function(film()).split())


def test_the_activation_inside_is_exchanged_with_the_others() -> None:
    changed = with_hidden_activation(film(), "mish")
    assert changed == film({**CONV, "config": {**CONV["config"], "activation": "mish"}})


def test_both_directions_have_all_fields_of_their_layer() -> None:
    lstm = {"block": "LSTM", "config": {"units": 3, "return_sequences": True, "recurrent_dropout": 0.1}}
    both = read_block("Bidirectional", {"layer": lstm, "merge_mode": "sum"}, "both")
    report = analyse(Architecture({"in": (5, 2)}, (Node("both", both, ("in",)),), {"out": "both"})).nodes["both"]
    assert report.output_shape == (5, 3)
    assert report.parameters == 2 * 4 * ((2 + 3) * 3 + 3)
