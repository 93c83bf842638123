"""The activation that computes a formula: equal to Keras's own, trained, saved and loaded without code."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.arch import Architecture, Node, read_block
from lib.arch.export import model_script
from lib.arch.own_activation import ACTIVATIONS, KERAS_OWN, OwnActivation
from lib.errors import UserError
from lib.keras_bridge import build
from lib.keras_bridge.formula_activation import FormulaActivation
from tests.lib.arch.test_own_activation import MISH

ROOT = Path(__file__).resolve().parents[3]


def film(mish: Any, sigmoid: Any) -> Architecture:
    """Activations in convolutions with and without strides, in layers around others, in recurrent layers."""
    conv = {"block": "Conv2D", "config": {"filters": 4, "kernel_size": 1, "strides": 2, "activation": mish}}
    lstm = {"units": 3, "activation": mish, "recurrent_activation": sigmoid, "return_sequences": True}
    blocks = {
        "conv": ("TimeDistributed", {"layer": conv}),
        "flat": ("TimeDistributed", {"layer": {"block": "Flatten"}}),
        "both": ("Bidirectional", {"layer": {"block": "LSTM", "config": lstm}}),
        "gru": ("GRU", {"units": 3, "activation": mish}),
        "act": ("Activation", {"activation": mish}),
        "end": ("Dense", {"units": 2, "activation": sigmoid}),
    }
    sources = ["in", *blocks]
    nodes = tuple(
        Node(name, read_block(kind, config, name), (source,))
        for source, (name, (kind, config)) in zip(sources, blocks.items(), strict=False)
    )
    return Architecture({"in": (3, 4, 4, 2)}, nodes, {"out": "end"})


OWN = film(MISH, {"name": "gate", "formula": "1 / (1 + exp(-x))"})
FILMS = np.random.default_rng(0).normal(size=(5, 3, 4, 4, 2)).astype("float32")


def test_it_gives_and_learns_what_the_one_of_keras_does() -> None:
    losses, answers = [], []
    for architecture in (OWN, film("mish", "sigmoid")):
        model = build(architecture, seed=1)
        answers.append(model(FILMS))
        model.compile("sgd", "mse")
        losses.append([model.train_on_batch(FILMS, np.ones((5, 2))) for _step in range(3)])
    np.testing.assert_allclose(*answers, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert losses[0][2] < losses[0][0]


def test_it_takes_the_place_of_hidden_activations() -> None:
    network = Architecture({"in": (4,)}, (
        Node("a", read_block("Dense", {"units": 3, "activation": "relu"}, "a"), ("in",)),
        Node("b", read_block("Dense", {"units": 3, "activation": "softmax"}, "b"), ("a",)),
    ), {"out": "b"})  # fmt: skip
    model = build(network, OwnActivation.model_validate(MISH))
    assert [layer.activation.__name__ for layer in model.layers[1:]] == ["my_mish", "softmax"]


def test_it_is_saved_as_text_and_loads_in_safe_mode_in_another_process(tmp_path: Path) -> None:
    model = build(OWN)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "given.npz", films=FILMS, expected=np.asarray(model(FILMS)))
    code = """
import keras, numpy as np, sys
import lib.keras_bridge
model = keras.models.load_model(sys.argv[1] + "/model.keras", safe_mode=True)
given = np.load(sys.argv[1] + "/given.npz")
np.testing.assert_allclose(model(given["films"]), given["expected"], rtol=1e-6, atol=1e-6)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True, timeout=300)


@pytest.mark.parametrize("formula", ["__import__('os').system('true')", "x.__class__", "open(x)", "x +"])
def test_a_saved_model_with_another_formula_is_refused(tmp_path: Path, formula: str) -> None:
    path, changed = tmp_path / "model.keras", tmp_path / "changed.keras"
    own = read_block("Activation", {"activation": MISH}, "n")
    build(Architecture({"in": (4,)}, (Node("n", own, ("in",)),), {"out": "n"})).save(path)
    with zipfile.ZipFile(path) as saved, zipfile.ZipFile(changed, "w") as other:
        for name in saved.namelist():
            other.writestr(name, saved.read(name).replace(MISH["formula"].encode(), formula.encode()))
    with pytest.raises((UserError, TypeError, ValueError), match=r"line 1|FormulaActivation"):
        # Keras does not call an Activation to know what it gives: of what can be read the call says that it is none.
        keras.models.load_model(changed)(np.zeros((2, 4), "float32"))


@pytest.mark.parametrize("config", [{"name": "relu", "formula": "x"}, {"name": "a b", "formula": "x"},
                                    {"name": "mine", "formula": 3}])
def test_other_names_and_texts_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"^FormulaActivation\."):
        FormulaActivation.from_config(config)


def test_shapes_that_are_not_kept_are_an_error_of_python() -> None:
    with pytest.raises(ValueError, match="line 1, column 1: expected the shape that comes in"):
        FormulaActivation("mine", "mean(x, axis=-1)")(np.zeros((2, 3, 4), "float32"))


def test_the_script_runs_without_us_and_its_functions_are_found_by_name(tmp_path: Path) -> None:
    model = build(OWN)
    model.save_weights(tmp_path / "own.weights.h5")
    np.savez(tmp_path / "given.npz", films=FILMS, expected=np.asarray(model(FILMS)))
    use = """
    import numpy as np
    model = build_model()
    model.load_weights("own.weights.h5")
    given = np.load("given.npz")
    np.testing.assert_allclose(model(given["films"]), given["expected"], rtol=1e-6, atol=1e-6)
    model.save("model.keras")
    again = keras.models.load_model("model.keras")
    np.testing.assert_array_equal(again(given["films"]), model(given["films"]))
    assert keras.activations.deserialize("formulas>my_mish") is my_mish
    assert keras.saving.get_registered_object("formulas>gate") is gate
    assert again.get_layer("act").activation is my_mish
    assert "lib" not in __import__("sys").modules
"""
    (tmp_path / "script.py").write_text(model_script(OWN) + use, encoding="utf-8")
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, timeout=300, capture_output=True)


def test_names_that_keras_would_take_for_its_own_are_refused() -> None:
    # What stands in the module of Keras's activations is written to a file by its bare name.
    assert {name for name in vars(keras.src.activations) if name[0].islower()} <= KERAS_OWN
    assert set(ACTIVATIONS) <= {*keras.src.activations.ALL_OBJECTS_DICT}
