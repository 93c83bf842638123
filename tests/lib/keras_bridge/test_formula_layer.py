"""The layer that computes a formula: equal to Keras where Keras has the function, saved and loaded without code."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.arch import Architecture, Node, analyse, read_block
from lib.arch.block import Block
from lib.arch.export import model_script
from lib.errors import UserError
from lib.keras_bridge import build
from lib.keras_bridge.build import make
from lib.keras_bridge.formula_layer import FormulaLayer
from tests.lib.arch.strategies import blocks, shapes
from tests.lib.arch.test_own_formula import MISH, network

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")

ROOT = Path(__file__).resolve().parents[3]


def block(name: str, **config: Any) -> Block:
    return read_block(name, config, name)


def two_inputs() -> Architecture:
    """Formulas of one input and of two, one of them used twice, and a layer with weights."""
    nodes = (
        Node("mish", block("Lambda", formula=MISH), ("a",)),
        Node("again", None, ("b",), "mish"),
        Node("mix", block("Lambda", formula="d = x - x2\nconcat([d, x1[..., ::-1]], axis=-1)"), ("mish", "again")),
        Node("positive", block("Lambda", formula="x > 0"), ("mix",)),
        Node("both", block("Add"), ("mix", "positive")),
        Node("head", block("Dense", units=3), ("both",)),
    )
    return Architecture({"a": (6, 4), "b": (6, 4)}, nodes, {"out": "head"})


def examples(architecture: Architecture, count: int = 5) -> Any:
    chance = np.random.default_rng(0)
    found = [chance.normal(size=(count, *shape)).astype("float32") for shape in architecture.inputs.values()]
    return found if len(found) > 1 else found[0]


def test_mish_by_formula_is_mish() -> None:
    x = np.linspace(-20, 20, 4_001, dtype="float32").reshape(1, -1)
    ours = build(network(MISH, (4_001,)))(x)
    np.testing.assert_allclose(ours, keras.activations.mish(x), rtol=1e-6, atol=1e-6)


def test_a_network_learns_through_formulas() -> None:
    model = build(two_inputs(), seed=0)
    model.compile("adam", "mse")
    given = examples(two_inputs())
    losses = [model.train_on_batch(given, np.ones((5, 6, 3), "float32")) for _step in range(3)]
    assert losses[2] < losses[0]


def test_it_is_never_a_layer_that_holds_code() -> None:
    kinds = {type(layer) for layer in build(two_inputs()).layers}
    assert FormulaLayer in kinds
    assert keras.layers.Lambda not in kinds


def test_it_reports_the_shape_that_was_foretold_for_free_sizes() -> None:
    architecture = network("concat([x, x[..., :1]], axis=-1)", (None, 4))
    assert analyse(architecture).outputs == {"out": (None, 5)}
    assert build(architecture).output_shape == (None, None, 5)
    assert build(architecture)(np.zeros((2, 7, 4), "float32")).shape == (2, 7, 5)
    images = build(network("x[:, ::2] * 2", (None, None, 3)))
    assert images(np.zeros((2, 8, 6, 3), "float32")).shape == (2, 4, 6, 3)


def test_it_is_saved_as_text_and_loads_in_safe_mode_in_another_process(tmp_path: Path) -> None:
    architecture = two_inputs()
    model, given = build(architecture), examples(architecture)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "given.npz", a=given[0], b=given[1], expected=np.asarray(model(given)))
    code = """
import keras, numpy as np, sys
import lib.keras_bridge
model = keras.models.load_model(sys.argv[1] + "/model.keras")
given = np.load(sys.argv[1] + "/given.npz")
np.testing.assert_allclose(model([given["a"], given["b"]]), given["expected"], rtol=1e-6, atol=1e-6)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True, timeout=300)


@pytest.mark.parametrize("formula", ["__import__('os').system('true')", "x.__class__", "x * é", "open(x)", 3, "x +"])
def test_a_saved_model_with_another_formula_is_refused(tmp_path: Path, formula: Any) -> None:
    path, changed = tmp_path / "model.keras", tmp_path / "changed.keras"
    build(network(MISH, (4,))).save(path)
    with zipfile.ZipFile(path) as saved, zipfile.ZipFile(changed, "w") as other:
        for name in saved.namelist():
            content = saved.read(name)
            if name == "config.json":
                content = content.replace(json.dumps(MISH).encode(), json.dumps(formula).encode())
            other.writestr(name, content)
    with pytest.raises((UserError, TypeError, ValueError), match=r"line 1|FormulaLayer"):
        keras.models.load_model(changed)


def test_shapes_that_do_not_fit_are_an_error_of_python() -> None:
    with pytest.raises(ValueError, match="line 1, column 1: expected shapes that fit"):
        FormulaLayer("x1 + x2")(np.zeros((2, 3)), np.zeros((2, 4)))


def test_a_layer_is_made_again_from_its_config() -> None:
    layer = make(block("Lambda", formula=MISH).keras())
    again = FormulaLayer.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_the_script_runs_without_us_and_its_own_model_saves_and_loads(tmp_path: Path) -> None:
    architecture = two_inputs()
    model, given = build(architecture), examples(architecture)
    script = model_script(architecture)
    assert "lib" not in script.replace("Lib", "").split()
    assert "Lambda" not in script
    assert script.count("keras.layers.Layer") == 3
    model.save_weights(tmp_path / "own.weights.h5")
    np.savez(tmp_path / "given.npz", a=given[0], b=given[1], expected=np.asarray(model(given)))
    use = """
    import numpy as np
    model = build_model()
    model.load_weights("own.weights.h5")
    given = np.load("given.npz")
    inputs = [given["a"], given["b"]]
    np.testing.assert_allclose(model(inputs), given["expected"], rtol=1e-6, atol=1e-6)
    model.save("model.keras")
    np.testing.assert_array_equal(keras.models.load_model("model.keras")(inputs), model(inputs))
    assert "lib" not in __import__("sys").modules
"""
    (tmp_path / "script.py").write_text(script + use, encoding="utf-8")
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, timeout=300, capture_output=True)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_exported_formulas_give_what_ours_give(data: st.DataObject) -> None:
    own = data.draw(blocks(type(block("Lambda", formula="x"))))
    given = data.draw(st.lists(shapes, min_size=1, max_size=1)) * data.draw(st.integers(1, 4))
    architecture = network(own.model_dump()["formula"], *given)
    if not analyse(architecture).complete:
        return
    names: dict[str, Any] = {}
    exec(model_script(architecture).partition("\nif __name__")[0], names)
    ours, theirs = build(architecture), names["build_model"]()
    values = examples(architecture)
    np.testing.assert_allclose(ours(values), theirs(values), rtol=1e-6, atol=1e-6)
