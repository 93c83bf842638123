"""The real job, once, from the text in the store to the files in the folder."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from lib.arch import presets
from lib.executors.inline import InlineExecutor
from lib.keras_bridge import build
from lib.runs.keeper import Keeper
from lib.runs.store import Store
from lib.training import checkpoint, job
from lib.training.compiled import compiled
from lib.training.recipe import Recipe
from lib.training.run import RunSpec
from lib.weights import start
from lib.weights.fitting import fitted
from lib.weights.reading import opened_weights
from tests.lib.training.attempts import at


@pytest.fixture
def trained():
    def train(architecture, recipe):
        store = Store()
        run_id = store.submit("ann", "name", architecture, recipe, 0)
        Keeper(store, InlineExecutor(store, job)).look()
        return store.run("ann", run_id)

    return train


@pytest.mark.slow
def test_a_run_is_trained_from_its_texts(trained):
    job.warm_up()
    architecture = presets.load("mlp", input_shape=(28, 28, 1))
    run = trained(architecture.to_json(), Recipe(data="mnist", train_images=200, batch_size=50, epochs=2).to_json())
    assert (run.state, run.reason, run.epoch) == ("finished", None, 2)
    assert 0 < run.best_val_accuracy <= 1
    assert 0 < run.test_accuracy <= 1
    assert (run.folder / "model.keras").exists()


@pytest.mark.slow
def test_a_run_that_was_paused_and_then_stopped_leaves_the_model_that_it_has_learned():
    store = Store()
    recipe = Recipe(data="mnist", train_images=200, batch_size=50, epochs=4)
    run_id = store.submit("ann", "name", presets.load("mlp", input_shape=(28, 28, 1)).to_json(), recipe.to_json(), 0)
    asked = at(6, "pause")
    pausing = SimpleNamespace(train=lambda run, emit, load, save, _asked, rate: job.train(
        run, emit, load, save, asked, rate))
    Keeper(store, InlineExecutor(store, pausing)).look()
    run = store.run("ann", run_id)
    assert (run.state, (run.folder / "model.keras").exists()) == ("paused", False)
    kept = np.load(checkpoint.load(run.folder / "checkpoints").path / "variables.npz")
    told = store.events("ann", run_id, kinds=["batches", "epoch"])
    store.request_stop("ann", run_id)
    Keeper(store, InlineExecutor(store, job)).look()
    run = store.run("ann", run_id)
    assert (run.state, run.reason, run.attempt) == ("stopped", None, 2)
    assert store.events("ann", run_id, kinds=["batches", "epoch"]) == told
    weights = keras.models.load_model(run.folder / "model.keras").get_weights()
    for index, weight in enumerate(weights):
        assert np.array_equal(weight, kept[f"variable.{index}"])
    store.resume("ann", run_id)
    Keeper(store, InlineExecutor(store, job)).look()
    assert (store.run("ann", run_id).state, store.run("ann", run_id).epoch) == ("finished", 4)


@pytest.mark.slow
def test_more_epochs_come_though_their_first_worker_is_lost_and_their_number_is_the_old_one(trained):
    recipe = Recipe.model_validate({"train_images": 200, "batch_size": 50, "epochs": 3, "callbacks": [
        {"name": "EarlyStopping", "patience": 1, "min_delta": 100.0}]})
    run = trained(presets.load("mlp", input_shape=(28, 28, 1)).to_json(), recipe.to_json())
    assert (run.state, run.epoch) == ("finished", 2)
    store = Store()
    store.continue_for("ann", run.id, 1)
    assert Recipe.from_json(store.run("ann", run.id).recipe) == recipe
    lost = store.claim("1:x")
    store.begin(run.id, 2)
    store.append_events(run.id, 2, [{"kind": "resume", "step": 8, "epoch": 2, "notes": 1, "attempt": 2}])
    store.lost(lost, None)
    Keeper(store, InlineExecutor(store, job)).look()
    run = store.run("ann", run.id)
    assert (run.state, run.epoch, run.attempt) == ("finished", 3, 3)


def test_a_text_that_is_no_architecture_fails_with_its_sentence(trained):
    run = trained("{", Recipe().to_json())
    assert run.state == "failed"
    assert "log" not in run.reason.values


def test_a_text_that_is_no_recipe_fails_with_its_sentence(trained):
    run = trained(presets.load("mlp").to_json(), '{"epochs": 0}')
    assert run.state == "failed"
    assert "log" not in run.reason.values


def test_the_data_folder_is_that_of_who_submitted(home, tmp_path, monkeypatch):
    monkeypatch.setenv("BLOCKYARD_DATA", str(tmp_path / "theirs"))
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "mnist.npz").write_bytes(b"no archive")
    store = Store()
    run_id = store.submit("ann", "name", presets.load("mlp").to_json(), Recipe().to_json(), 0)
    monkeypatch.setenv("BLOCKYARD_DATA", str(tmp_path / "of the supervisor"))
    Keeper(store, InlineExecutor(store, job)).look()
    run = store.run("ann", run_id)
    assert run.state == "failed"
    assert str(run.reason).startswith("mnist.npz: expected a readable .npz file")


def test_a_run_begins_with_the_weights_in_its_folder(tmp_path):
    architecture = presets.load("mlp")
    model = build(architecture, seed=7)
    np.savez(tmp_path / "w.npz", **{weight.path: weight.numpy() for weight in model.weights})
    with (tmp_path / "w.npz").open("rb") as file, opened_weights(file, "w.npz") as weights:
        start.write(tmp_path, fitted(weights, architecture))
    begun = compiled(RunSpec("a" * 32, "name", architecture, Recipe(), tmp_path), 1)
    assert all(map(np.array_equal, begun.get_weights(), model.get_weights()))
