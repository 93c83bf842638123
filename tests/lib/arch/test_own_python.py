"""A layer in Python outside of the sandbox: a text with what was measured of it."""

import json
import subprocess
import sys

import pytest

from lib.arch import CATALOGUE, Architecture, Node, analyse
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.export import model_script
from lib.arch.own_python import OwnPython
from lib.errors import UserError
from lib.own import kinds
from lib.training.check import check
from lib.training.recipe import Recipe
from tests.lib.arch.python_layers import CODE, python_layer

SHAPE = (28, 28, 1)


def network(layer):
    return Architecture({"image": SHAPE}, (
        Node("own", PythonLayer(layer=layer), ("image",)),
        Node("pool", CATALOGUE["GlobalAveragePooling2D"](), ("own",)),
        Node("out", CATALOGUE["Dense"](units=10, activation="softmax"), ("pool",))), {"out": "out"})


def test_what_is_not_measured_is_unknown_and_keeps_the_network_from_training():
    analysis = analyse(network(python_layer()))
    assert analysis.nodes["own"].output_shape is None
    assert "expected a measurement for an input of 28 × 28 × 1" in str(analysis.problems[0])
    assert check(network(python_layer()), Recipe())


def test_what_is_measured_is_counted_and_its_multiplications_stay_unknown():
    own = analyse(network(python_layer(SHAPE))).nodes["own"]
    assert (own.output_shape, own.trainable, own.non_trainable) == ((28, 28, 7), 7, 7)
    assert own.cost.at_least == {"macs"}


def test_a_measurement_of_another_text_counts_for_nothing():
    old = python_layer(SHAPE)
    changed = OwnPython(name=old.name, code=old.code.replace("7", "8"), measured=old.measured)
    assert analyse(network(changed)).nodes["own"].output_shape is None


def test_a_server_that_does_not_let_it_run_says_so(monkeypatch):
    (problem,) = check(network(python_layer(SHAPE)), Recipe())
    assert "BLOCKYARD_TRUSTED_PYTHON=1" in str(problem)
    monkeypatch.setenv("BLOCKYARD_TRUSTED_PYTHON", "1")
    assert not check(network(python_layer(SHAPE)), Recipe())


def test_nothing_of_it_runs_outside_of_the_sandbox(tmp_path):
    marker = tmp_path / "marker"
    code = f"open({str(marker)!r}, 'w').close()\n{CODE}"
    built = ("import sys\nfrom lib.keras_bridge.python_layer import python_layer\n"
             "try:\n    python_layer('Scale', sys.argv[1])\nexcept Exception as error:\n    print(error)\n")
    ended = subprocess.run([sys.executable, "-c", built, code], capture_output=True, text=True, check=True)
    assert "Python of a layer runs nowhere else" in ended.stdout
    assert not marker.exists()


def test_its_json_reads_back():
    own = python_layer(SHAPE, (14, 14, 2))
    assert kinds.read("python", kinds.written(own)) == own
    again = Architecture.from_json(network(own).to_json())
    assert analyse(again).complete


def test_the_script_has_the_class_once_as_it_was_written():
    script = model_script(network(python_layer(SHAPE)))
    assert script.count("class Scale(layers.Layer):") == 1
    assert 'Scale(name="own")' in script
    compile(script, "script", "exec")


@pytest.mark.parametrize(("code", "sentence"), [
    ("", "expected a class Scale"), ("def f(:", "line 1 is none"), ("x" * 300, "at most 200 characters"),
    ("class Scale: pass", "with a method `call`"), ("class Other(layers.Layer):\n def call(self): pass", "class Scale"),
    ("(" * 199, "line 1 is none"), ("(\n" * 4_000, "too many nested"), ("x = " + "-\\\n" * 3_000 + "1", "expected"),
    ("a" + "\n.a" * 3_000, "expected"), ("(a" + "\n.a" * 3_000 + ")", "expected"), ("\0", "without control characters"),
    ("(" + "not\n" * 2_000 + "1)", "expected"), ("lambda:\\\n" * 1_000 + "1", "expected"), ("x" * 20_000, "at most"),
    ("(" + "1+\n" * 3_000 + "1)", "expected"), ("if 1:\n" + " if 1:\n" * 150, "expected"), ("\ud800", "expected"),
])
def test_what_is_no_layer_is_refused_in_one_sentence(code, sentence):
    with pytest.raises(UserError) as refused:
        kinds.read("python", json.dumps({"name": "Scale", "code": code}))
    assert sentence in str(refused.value)
