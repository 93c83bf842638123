"""The logs for TensorBoard: what is in them, read with TensorFlow's own reader, also after pauses and kills."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from lib.errors import UserError
from lib.training.pace import Pace
from lib.training.recipe import Recipe
from lib.training.tensorboard import FOLDER, sorting
from lib.training.tensorboard_files import PROJECTOR, sprite, write_embedding
from lib.training.tensorboard_weights import pictures
from tests.lib.training.attempts import Attempts, Killed, at, killed_at, network

Start = Callable[..., tuple[list[dict[str, Any]], Any]]
LOGS = {"callbacks": [{"name": "TensorBoard", "update_freq": "batch"}]}
NODES = ('"Flatten"', '"Dense", "config": {"units": 6, "activation": "relu"}', '"Dropout", "config": {"rate": 0.3}')


def written(folder: Path) -> dict[tuple[str, str, int], Any]:
    """The content of every value in the logs by its folder, tag and step; each is there once."""
    found: dict[tuple[str, str, int], Any] = {}
    for path in sorted((folder / FOLDER).rglob("events.out.tfevents.*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            if event.HasField("graph_def"):
                assert ("", "graph", 0) not in found
                found["", "graph", 0] = tf.compat.v1.GraphDef.FromString(event.graph_def)
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name
                place = (path.parent.name, value.tag, event.step)
                assert place not in found
                found[place] = value.tensor.SerializeToString()
    return found


def scalars(found: dict[tuple[str, str, int], Any], folder: str, tag: str) -> list[float]:
    chosen = [(step, value) for (of, name, step), value in found.items() if (of, name) == (folder, tag)]
    return [float(array(value)) for _step, value in sorted(chosen)]


def array(value: bytes) -> np.ndarray:
    return tf.make_ndarray(type(tf.make_tensor_proto(0)).FromString(value))


def test_curves_histograms_and_the_graph_are_written(start: Start, tmp_path: Path) -> None:
    events, _result = start(epochs=2, **LOGS)
    found = written(tmp_path / "run")
    epochs = [event for event in events if event["kind"] == "epoch"]
    for folder, tag, name in (("train", "epoch_loss", "loss"), ("validation", "epoch_accuracy", "val_accuracy")):
        np.testing.assert_allclose(scalars(found, folder, tag), [epoch["logs"][name] for epoch in epochs], rtol=1e-6)
    batches = [loss for event in events if event["kind"] == "batches" for loss in event["loss"]]
    np.testing.assert_allclose(scalars(found, "train", "batch_loss"), batches, rtol=1e-6)
    tags = {tag for _folder, tag, _step in found}
    assert {"keras", "epoch_learning_rate", "gradient_norm/answer", "update_ratio/answer"} <= tags
    buckets = array(found["train", "answer/kernel/histogram", 1])
    assert (buckets[:, 2].sum(), buckets.shape) == (7840, (30, 3))
    assert any(node.op == "MatMul" for node in found["", "graph", 0].node)


def test_every_field_of_keras_writes_what_it_says(start: Start, tmp_path: Path) -> None:
    events, _result = start(epochs=2, callbacks=[{
        "name": "TensorBoard", "update_freq": 3, "write_images": True, "write_steps_per_second": True,
        "embeddings_metadata": "words.tsv"}])
    found = written(tmp_path / "run")
    batches = [loss for event in events if event["kind"] == "batches" for loss in event["loss"]]
    np.testing.assert_allclose(scalars(found, "train", "batch_loss"), batches[2::3], rtol=1e-6)
    assert {step % 3 for _folder, tag, step in found if tag.startswith("batch_")} == {0}
    for tag in ("epoch_steps_per_second", "batch_steps_per_second"):
        assert len(scalars(found, "train", tag)) == 2
        assert min(scalars(found, "train", tag)) > 0
    width, height, *images = array(found["train", "answer/kernel/image", 1]).tolist()
    assert (width, height, len(images)) == (b"784", b"10", 1)
    weights = np.asarray(keras.models.load_model(tmp_path / "run" / "model.keras").get_layer("answer").kernel).T
    seen = tf.io.decode_png(images[0]).numpy()[..., 0].astype(float)
    np.testing.assert_allclose(seen / 127.5 - 1, weights / np.abs(weights).max(), atol=0.005)
    folder = tmp_path / "run" / FOLDER
    assert (folder / "words.tsv").is_file()
    assert 'metadata_path: "words.tsv"' in (folder / PROJECTOR).read_text(encoding="utf-8")
    write_embedding(tmp_path, "n", np.zeros((1, 2)), ["0"], np.zeros((1, 2, 2, 1), np.uint8), None)
    assert "metadata_path" not in (tmp_path / PROJECTOR).read_text(encoding="utf-8")
    assert not list(tmp_path.glob("c*.tsv"))


@pytest.mark.parametrize(("shape", "seen"), [
    ((), None), ((5,), (1, 5, 1, 1)), ((7, 4), (1, 4, 7, 1)), ((3, 3, 1, 8), (3, 3, 3, 1)),
    ((5, 4, 3, 8), (3, 5, 4, 3)), ((3, 3, 16, 8), None), ((2, 3, 4, 5, 6), None)])
def test_weights_of_a_shape_are_images_of_this_one(shape: tuple[int, ...], seen: tuple[int, ...] | None) -> None:
    found = pictures(np.full(shape, -0.5, np.float32))
    assert (None if found is None else found.shape) == seen
    assert found is None or set(found.ravel().tolist()) == {0}


def test_a_pace_counts_from_the_begin_of_an_epoch_or_from_where_it_goes_on() -> None:
    clock = iter(range(10, 100, 10))
    pace = Pace(lambda: float(next(clock)))
    assert pace.bundle(5) is None
    assert pace.bundle(25) == 2
    assert pace.epoch(65) == 2
    pace.begin(65)
    assert pace.bundle(75) == 1


@pytest.mark.parametrize(("field", "value", "said"), [
    *(("update_freq", value, "epoch, batch, or a whole number") for value in (
        0, -1, 1_000_001, True, 2.0, "3", "", None)),
    *(("embeddings_metadata", value, "a name such as labels.tsv") for value in (
        "../up.tsv", "/root.tsv", ".tsv", "a b.tsv", "a.png", "vectors.tsv", "Vectors.tsv", 'a".tsv', "a.tsv\n"))])
def test_a_field_that_makes_no_sense_is_refused_in_one_sentence(field: str, value: object, said: str) -> None:
    with pytest.raises(UserError, match=said):
        Recipe.from_json(json.dumps({"callbacks": [{"name": "TensorBoard", field: value}]}))


def test_images_are_sorted_by_the_layer_before_the_last(start: Start, tmp_path: Path) -> None:
    start(network(*NODES), epochs=1, **LOGS)
    folder = tmp_path / "run" / FOLDER
    vectors = np.loadtxt(folder / "vectors.tsv", delimiter="\t")
    model = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert sorting(model)[0] == "n3"  # type: ignore[index]
    assert vectors.shape == (10, 6)
    assert (folder / "classes.tsv").read_text(encoding="utf-8").split() == list("0123456789")
    config = (folder / PROJECTOR).read_text(encoding="utf-8")
    files = re.findall(r'_path: "(.*)"', config)
    assert all((folder / name).is_file() for name in files)
    assert re.findall(r"single_image_dim: (\d+)", config) == ["28", "28"]
    assert tf.io.decode_png((folder / "sprite.png").read_bytes()).shape == (4 * 28, 4 * 28, 1)
    with np.load(tmp_path / "run" / "inside.npz") as kept:
        images = kept["images"][:10]
    hidden = keras.Model(model.input, sorting(model)[1])  # type: ignore[index]
    np.testing.assert_allclose(vectors, hidden(images / np.float32(255)), rtol=1e-3, atol=1e-4)


def test_a_sprite_holds_the_images_row_by_row() -> None:
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
    assert sprite(images)[..., 0].tolist() == [[0, 1, 2], [3, 4, 0], [0, 0, 0]]


def test_logs_are_those_of_an_uninterrupted_training(attempts: Callable[..., Attempts],
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parted = (attempts(folder, NODES, epochs=3, **LOGS) for folder in ("whole", "parted"))
    whole()
    assert parted(at(9, "pause")).ended == "paused"
    # Later than the checkpoint: it comes again.
    with pytest.raises(Killed):
        parted(killed_at(12))
    # A process that is killed leaves no writer behind.
    gc.collect()
    parted()
    one, other = written(whole.folder), written(parted.folder)
    # The model in words counts how many models the process has made.
    for place in (("", "graph", 0), ("train", "keras", 0)):
        assert place in one
        one.pop(place)
        other.pop(place)
    assert one == other
    assert whole.weights == parted.weights


def test_the_training_is_the_same_with_logs_and_without(attempts: Callable[..., Attempts]) -> None:
    logged, silent = attempts("logged", NODES, epochs=2, **LOGS), attempts("silent", NODES, epochs=2)
    logged()
    silent()
    assert logged.story == silent.story
    assert [weights for name, weights in logged.weights.items() if name.startswith("model")] == [
        weights for name, weights in silent.weights.items() if name.startswith("model")]


def test_what_a_kill_cut_is_left_out(attempts: Callable[..., Attempts]) -> None:
    parted = attempts("parted", NODES, epochs=2, **LOGS)
    parted(at(9, "pause"))
    for path in (parted.folder / FOLDER).rglob("events.out.tfevents.*"):
        with path.open("ab") as file:
            file.write(b"\x20\x00\x00")
    parted()
    assert len(scalars(written(parted.folder), "train", "epoch_loss")) == 2


def test_a_full_disk_is_one_sentence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr("lib.training.tensorboard.write_embedding", full)
    with pytest.raises(UserError, match=r"^tensorboard: could not be written \(No space left on device\)\.$"):
        start(epochs=1, inside=False, callbacks=[{"name": "TensorBoard"}])
