"""Reading and writing architectures: round trips, and everything that is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from lib.arch import Architecture, presets
from lib.errors import UserError
from tests.lib.arch.strategies import architectures

ATTACKS = Path(__file__).parents[4] / "shared" / "security" / "attacks.jsonl"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(architectures())
def test_json_round_trip(architecture: Architecture) -> None:
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.digest == architecture.digest
    assert Architecture.from_json(architecture.to_json(indent=1)) == architecture


def test_the_digest_is_that_of_the_network_not_of_its_name() -> None:
    one = presets.load("lenet5")
    other = Architecture(one.inputs, one.nodes, one.outputs, "another name")
    assert one.digest == other.digest
    assert one.digest != presets.load("lenet5", (32, 32, 3)).digest


def lenet(**changes: Any) -> str:
    return json.dumps({**json.loads(presets.load("lenet5").to_json()), **changes})


def one_node(**changes: Any) -> str:
    node = {"id": "dense", "block": "Dense", "config": {"units": 3}, "inputs": ["in"], **changes}
    return json.dumps({"format": "blockyard/1", "inputs": {"in": [4]}, "nodes": [node], "outputs": {"out": "dense"}})


def test_what_the_next_test_breaks_is_whole() -> None:
    assert Architecture.from_json(one_node()).nodes[0].id == "dense"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "architecture: expected an object. Received: []."),
        ("{}", 'architecture: expected the key "format".'),
        (lenet(format="blockyard/9"), 'architecture.format: expected "blockyard/1". Received: blockyard/9.'),
        (lenet(extra=1), "expected one of the keys format, inputs, name, nodes, outputs. Received: extra."),
        (lenet(name=7), "architecture.name: expected text. Received: 7."),
        (lenet(name="x" * 101), "name: expected at most 100 characters"),
        (lenet(nodes={}), "architecture.nodes: expected a list of nodes"),
        (lenet(nodes=[1]), "nodes[0]: expected an object. Received: 1."),
        (lenet(nodes=[{}] * 2001), "expected at most 2000 nodes. Received: 2001."),
        (lenet(inputs={}), "inputs: expected 1 to 16 inputs"),
        (lenet(inputs={"input": [28.5, 28, 1]}), "expected a list of whole numbers, as in [28, 28, 1]"),
        (lenet(inputs={"input": [True]}), "expected a list of whole numbers"),
        (lenet(inputs={"input": [0, 28, 1]}), "expected 1 to 4 sizes of at least 1"),
        (lenet(inputs={"input": [100_000, 100_000, 100_000]}), "expected at most 4,194,304 values for one example"),
        (lenet(inputs={"../x": [4]}), "expected a name of letters, digits and _"),
        (lenet(outputs={"predictions": "nowhere"}), "expected the id of a node. Received: nowhere."),
        (lenet(outputs={"predictions": "input"}), "expected the id of a node. Received: input."),
        (lenet(outputs=[]), "architecture.outputs: expected an object of node ids by output name"),
        (one_node(id="in"), "in: expected a name that nothing else has"),
        (one_node(id="a/b"), "expected a name of letters, digits and _"),
        (one_node(id=5), "nodes[0].id: expected text. Received: 5."),
        (one_node(inputs=["dense"]), "dense: expected inputs that stand before it. Received: dense."),
        (one_node(inputs=["nowhere"]), "dense: expected the id of an input or of a node. Received: nowhere."),
        (one_node(inputs="in"), "dense: expected a list of the ids that it reads"),
        (one_node(shares="other"), 'dense: expected either "block" or "shares".'),
        (one_node(block="Dence"), "dense: expected a block of the catalogue (did you mean Dense?). Received: Dence."),
        (one_node(block="TFSMLayer", config={}), "dense: expected a block of the catalogue"),
        (one_node(block=["Dense"]), "dense: expected a block of the catalogue"),
        (one_node(config=[]), "dense: expected an object of fields"),
        (one_node(config={}), "dense.units: expected a value for this field."),
        (one_node(config={"units": 10**9}), "dense.units: expected a number of at most 65536. Received: 1000000000."),
        (one_node(config={"units": 0}), "dense.units: expected a number of at least 1. Received: 0."),
        (one_node(config={"units": True}), "dense.units: expected a whole number. Received: True."),
        (one_node(config={"units": "64"}), "dense.units: expected a whole number. Received: 64."),
        (one_node(config={"units": 2.5}), "dense.units: expected a whole number. Received: 2.5."),
        (one_node(config={"units": 2, "evil": 1}), "dense: expected no field of this name. Received: evil."),
        (one_node(config={"units": 2, "activation": "__import__"}), "dense.activation: expected one of"),
        (one_node(config={"units": 2, "kernel_regularizer": {"name": "L3"}}), "dense.kernel_regularizer"),
        (one_node(config={"units": 2, "kernel_initializer": {"class_name": "x"}}), "dense.kernel_initializer"),
    ],
)
def test_refusals(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        Architecture.from_json(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cycle_cannot_be_written() -> None:
    nodes = [{"id": "a", "block": "Flatten", "inputs": ["b"]}, {"id": "b", "block": "Flatten", "inputs": ["a"]}]
    text = json.dumps({"format": "blockyard/1", "inputs": {"in": [4]}, "nodes": nodes, "outputs": {"out": "b"}})
    with pytest.raises(UserError, match="a: expected inputs that stand before it"):
        Architecture.from_json(text)


def test_a_layer_is_shared_only_from_a_node_that_has_one() -> None:
    shared = [
        {"id": "a", "block": "Flatten", "inputs": ["in"]},
        {"id": "b", "shares": "a", "inputs": ["in"]},
        {"id": "c", "shares": "b", "inputs": ["in"]},
    ]
    head = {"format": "blockyard/1", "inputs": {"in": [4]}, "outputs": {}}
    assert Architecture.from_json(json.dumps({**head, "nodes": shared[:2]})).nodes[1].shares == "a"
    with pytest.raises(UserError, match="c: expected to share the layer of an earlier node that has one"):
        Architecture.from_json(json.dumps({**head, "nodes": shared}))
    with pytest.raises(UserError, match='b: expected no "config" beside "shares"'):
        Architecture.from_json(json.dumps({**head, "nodes": [shared[0], {**shared[1], "config": {}}]}))


@pytest.mark.skipif(not ATTACKS.exists(), reason="the collection of attacks is not part of this repository")
def test_known_attacks_are_refused() -> None:
    tried = 0
    for line in ATTACKS.read_text(encoding="utf-8").splitlines():
        attack = json.loads(line)
        if attack["kind"] != "arch_json" or "payload" not in attack:
            continue
        payload = attack["payload"]
        with pytest.raises(UserError):
            Architecture.from_json(payload if isinstance(payload, str) else json.dumps(payload))
        tried += 1
    assert tried > 20
