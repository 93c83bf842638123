"""How images become numbers, and in what numbers a network computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lib import machine
from lib.arch import Architecture, presets
from lib.data import DATASETS, Dataset, split
from lib.errors import UserError
from lib.keras_bridge import build
from lib.training.check import check
from lib.training.estimate import estimate
from lib.training.normalizing import channel_statistics, normalized
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from lib.training.script import training_script
from tests.lib.training.attempts import Attempts, at, network

NODES = ('"Conv2D", "config": {"filters": 2, "kernel_size": 3, "strides": 4}', '"BatchNormalization"', '"ReLU"',
         '"Dropout", "config": {"rate": 0.2}')
Start = Callable[..., tuple[list[dict[str, Any]], Any]]


def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine computes in everything, however slowly."""
    monkeypatch.setattr("lib.training.plan_check.precisions", lambda: (
        "float32", "mixed_bfloat16", "mixed_float16"))


@settings(max_examples=50)
@given(arrays.arrays(np.uint8, st.tuples(*[st.integers(1, 5)] * 3, st.sampled_from([1, 3]))))
def test_mean_and_variance_are_those_of_each_channel(images: np.ndarray) -> None:
    mean, variance = channel_statistics(images)
    values = images.astype(np.float64) / 255
    np.testing.assert_allclose(mean, values.mean(axis=(0, 1, 2)), rtol=1e-6, atol=1e-12)
    expected = values.var(axis=(0, 1, 2))
    np.testing.assert_allclose(variance, np.where(expected > 1e-15, expected, 1), rtol=1e-6)


def test_normalized_by_the_images_that_are_learned_from_alone(
        start: Start, linear: Architecture, tiny: Dataset, tmp_path: Path) -> None:
    """The curve is that of a plain fit on images which were normalized beforehand; the saved model does it itself."""
    plain = Architecture.from_json(linear.to_json().replace('"rate": 0.2', '"rate": 0.0'))
    events, result = start(plain, epochs=3, batch_size=90, normalization="standardize")
    parts = split(tiny, 0.1, 0)
    learned = parts.x_train / np.float64(255)
    mean, deviation = learned.mean(), learned.std()

    def made(images: np.ndarray) -> np.ndarray:
        return ((images / np.float64(255) - mean) / deviation).astype(np.float32)

    model = build(plain, seed=0)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted = model.fit(made(parts.x_train), parts.y_train, batch_size=90, epochs=3, verbose=0,
                       validation_data=(made(parts.x_val), parts.y_val))
    for name, values in fitted.history.items():
        told = [event["logs"][name] for event in events if event["kind"] == "epoch"]
        np.testing.assert_allclose(told, values, rtol=1e-4)
    saved = keras.models.load_model(tmp_path / "run/model.keras")
    predicted = saved.predict(tiny.x_test / np.float32(255), verbose=0).argmax(axis=1)
    assert (predicted == tiny.y_test).mean() == result.test_accuracy
    assert [event["kind"] for event in events].count("probe") == 4


def test_every_input_is_normalized_and_the_rest_stays(tiny: Dataset) -> None:
    twin = presets.load("same-or-different")
    recipe = Recipe(task="same", normalization="standardize")
    found = normalized(twin, recipe, split(tiny, 0.1, 0))
    assert [node.block.name for node in found.nodes[:2] if node.block] == ["Normalization"] * 2
    assert found.nodes[2:] != twin.nodes
    assert [node.id for node in found.nodes[2:]] == [node.id for node in twin.nodes]
    assert (found.inputs, found.outputs) == (twin.inputs, twin.outputs)
    assert normalized(twin, Recipe(task="same")) is twin


def test_half_precision_trains_and_goes_on_exactly(
        attempts: Callable[..., Attempts], monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere(monkeypatch)
    given: dict[str, Any] = {"precision": "mixed_float16", "epochs": 2, "schedule": {"name": "CosineDecay"},
                             "normalization": "standardize"}
    whole, parted = (attempts(folder, **given) for folder in ("whole", "parted"))
    assert whole().ended == "finished"
    assert parted(at(7, "pause")).ended == "paused"
    parted()
    assert parted.story == whole.story
    # The optimizer of such a file Keras cannot read back: it has its variables twice.
    model, other = (keras.models.load_model(run.folder / "model.keras", compile=False) for run in (whole, parted))
    for one, same in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
    check_precision(model, "mixed_float16")


def test_bfloat16_trains(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere(monkeypatch)
    events, _result = start(network(*NODES), epochs=2, precision="mixed_bfloat16", metrics=[{"name": "F1Score"}])
    losses = [event["logs"]["loss"] for event in events if event["kind"] == "epoch"]
    assert losses[-1] < losses[0]
    check_precision(keras.models.load_model(tmp_path / "run/model.keras"), "mixed_bfloat16")


def check_precision(model: keras.Model, precision: str) -> None:
    """Hidden layers compute in `precision`, the last one and all weights are float32; nothing of it stays behind."""
    policies = [layer.dtype_policy.name for layer in model.layers]
    assert (policies[-1], set(policies[1:-1])) == ("float32", {precision})
    assert {weight.dtype for weight in model.weights} <= {"float32", "uint32"}
    assert keras.config.dtype_policy().name == "float32"


def test_it_is_offered_where_it_makes_sense(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    for words, expected in (("fpu avx2", set()), ("avx512f avx512_bf16", {"avx512_bf16"})):
        info.write_text(f"processor\t: 0\nflags\t\t: {words}\n")
        assert machine._processor(info) & machine._BFLOAT16 == expected
    assert machine._processor(tmp_path / "none") == set()
    monkeypatch.setattr(machine, "_GPUS", (tmp_path,))
    assert machine.precisions.__wrapped__() == ("float32", "mixed_bfloat16", "mixed_float16")
    monkeypatch.setattr(machine, "_GPUS", ())
    monkeypatch.setattr(machine, "_processor", lambda: set())
    assert machine.precisions.__wrapped__() == ("float32",)


def test_what_this_machine_cannot_do_well_is_said_and_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.training.plan_check.precisions", lambda: ("float32",))
    mlp, recipe = presets.load("mlp"), Recipe(precision="mixed_float16")
    assert [problem.where for problem in check(mlp, recipe)] == ["precision"]
    [repair] = repairs(mlp, recipe, 60_000)
    assert repair.recipe == Recipe()
    everywhere(monkeypatch)
    assert estimate(mlp, recipe, 1000).memory < estimate(mlp, Recipe(), 1000).memory


def test_a_script_computes_in_the_same_numbers() -> None:
    script = training_script(presets.load("mlp", DATASETS["mnist"].input_shape), Recipe(precision="mixed_bfloat16"))
    assert 'keras.config.set_dtype_policy("mixed_bfloat16")' in script
    compile(script, "script", "exec")


def test_a_recipe_of_nonsense_is_refused() -> None:
    with pytest.raises(UserError, match="precision"):
        Recipe.from_json('{"precision": "float8"}')
