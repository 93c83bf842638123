"""The Train page lets a training begin with weights of a file or of an earlier run, and says what does not fit."""

from __future__ import annotations

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

from components.downloads import script
from lib.arch import Architecture, analyse, presets
from lib.runs.store import Run, Store
from lib.weights import start
from tests import fake_runs
from tests.fake_runs import OWNER
from tests.pages.test_train import opened, texts


def keras_file(architecture: Architecture) -> bytes:
    """A .keras file as a run leaves it, with ones for weights."""
    weights, file = io.BytesIO(), io.BytesIO()
    with h5py.File(weights, "w") as held:
        for layer in analyse(architecture).layers:
            group = held.create_group(f"layers/{layer.id}/vars")
            group.attrs["name"] = layer.id
            for number, weight in enumerate(layer.weights):
                group[str(number)] = np.ones(weight.shape, "f4")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": {}}))
        archive.writestr("model.weights.h5", weights.getvalue())
    return file.getvalue()


@pytest.fixture
def earlier() -> Run:
    run = fake_runs.ended(Store(), name="**First**")
    (run.folder / "model.keras").write_bytes(keras_file(presets.load("lenet5")))
    return run


def test_a_run_begins_with_what_an_earlier_one_has_learned(earlier: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.runs.supervisor.ensure_running", lambda: None)
    page = opened()
    choice = page.selectbox(key="train.weights")
    assert choice.options == ["Drawn by chance", "From a file", "Those of **First**"]
    choice.set_value(earlier.id).run()
    assert "They fit: 61,706 weights of 5 layers." in texts(page).replace("\u202f", ",").replace("\u2009", ",")
    page.button(key="train.start").click().run()
    assert not page.exception
    run = next(run for run in Store().runs(OWNER) if run.id != earlier.id)
    assert "began with weights that had been learned before" in texts(opened(run.id))
    assert {name: len(arrays) for name, arrays in start.read(run.folder).items()} == {
        layer.id: 2 for layer in analyse(presets.load("lenet5")).layers if layer.weights}
    assert "The run began with weights" in script(Store(), run)
    assert "The run began with weights" not in script(Store(), earlier)
    again = Store().duplicate(OWNER, run.id)
    assert start.read(Store().run(OWNER, again).folder)  # type: ignore[union-attr]


def test_weights_that_do_not_fit_are_said_and_keep_the_training_back(earlier: Run) -> None:
    (earlier.folder / "model.keras").write_bytes(keras_file(presets.load("lenet5", input_shape=(32, 32, 3))))
    page = opened()
    page.selectbox(key="train.weights").set_value(earlier.id).run()
    assert "expected weights of shape" in texts(page)
    assert page.button(key="train.start").disabled
    page.selectbox(key="train.weights").set_value("file").run()
    assert page.button(key="train.start").disabled
    page.selectbox(key="train.weights").set_value("").run()
    assert not page.button(key="train.start").disabled


def test_a_file_is_read_as_numbers_alone() -> None:
    page = opened()
    page.selectbox(key="train.weights").set_value("file").run()
    page.file_uploader[0].upload("m.keras", keras_file(presets.load("lenet5"))).run()
    assert "They fit" in texts(page)
    page.file_uploader[0].upload("m.h5", b"\x89HDF\r\n\x1a\n" + bytes(100)).run()
    assert "m.h5: expected" in texts(page)
    assert page.button(key="train.start").disabled


def test_a_model_that_is_none_is_said(earlier: Run) -> None:
    (earlier.folder / "model.keras").write_bytes(b"half of it")
    page = opened()
    page.selectbox(key="train.weights").set_value(earlier.id).run()
    assert "expected a whole .zip or .npz archive" in texts(page)
    assert not page.exception
