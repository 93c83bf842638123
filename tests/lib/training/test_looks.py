"""What is seen inside a training for a task: every layer, what each output says of a few examples, and the logs."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from lib.data import Dataset, split
from lib.data.examples import examples
from lib.data.tasks import TaskName
from lib.training.inside import MADE, PICTURES_FILE
from lib.training.looks import PICTURES
from lib.training.tensorboard import FOLDER, sorting
from lib.training.tensorboard_files import PROJECTOR
from tests.lib.training.attempts import Attempts, at
from tests.lib.training.test_tasks import network_for
from tests.lib.training.test_tensorboard import written

Start = Callable[..., tuple[list[dict[str, Any]], Any]]


def outputs_of(seen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {output["name"]: output for output in seen["outputs"]}


@pytest.mark.parametrize("task", ["same", "parity", "sum-number", "denoise"])
def test_every_task_is_looked_into_and_logged(
    task: TaskName, start: Start, tmp_path: Path, tiny: Dataset
) -> None:
    events, _result = start(network_for(task), task=task, epochs=2, validation_fraction=0.3,
                            callbacks=[{"name": "TensorBoard"}])
    folder = tmp_path / "run"
    seen = [event for event in events if event["kind"] == "probe"]
    assert [event["epoch"] for event in seen] == [0, 1, 2]
    hidden = next(layer for layer in seen[-1]["layers"] if layer["name"] == "hidden")
    assert hidden["gradient"] > 0
    assert 0 < hidden["update"] < 1
    model = keras.models.load_model(folder / "model.keras", compile=False)
    with np.load(folder / PICTURES_FILE) as kept:
        found = dict(kept)
    inputs = [found[f"input.{place}"] / np.float32(255) for place in range(len(model.inputs))]
    told = model(inputs if len(inputs) > 1 else inputs[0])
    answers = [np.asarray(each) for each in (told if isinstance(told, list | tuple) else [told])]
    for output, answer in zip(seen[-1]["outputs"], answers, strict=True):
        _agrees(output, answer, found, folder)
    made = examples(task, split(tiny, 0.3, 0), "validation", 0)
    whole = {image.tobytes() for view in made.inputs.values() for image in view.take(slice(None))}
    assert all(image.tobytes() in whole for image in found["input.0"])
    _logged(folder, model)


def _agrees(output: dict[str, Any], answer: np.ndarray, found: dict[str, np.ndarray], folder: Path) -> None:
    """What was told of an output after the last epoch is what the saved model answers."""
    match output["kind"]:
        case "image":
            strip = np.asarray(Image.open(BytesIO((folder / MADE.format(epoch=2)).read_bytes())))
            drawn = strip.reshape(answer.shape)
            np.testing.assert_allclose(drawn / 255, answer, atol=0.51 / 255)
            off = np.abs(drawn.astype(float) - found["wanted"]).mean(axis=(1, 2, 3)) / 255
            np.testing.assert_allclose(output["off"], off, rtol=1e-3)
        case "number":
            np.testing.assert_allclose([told for _true, told in output["told"]], answer[:, 0], rtol=1e-3)
        case "binary":
            assert [row[1] for row in output["predicted"]] == (answer[:, 0] > 0.5).astype(int).tolist()
            own = [row[3] if row[0] else 1 - row[3] for row in output["predicted"]]
            np.testing.assert_allclose(own, answer[:, 0], atol=1e-3)
        case _:
            assert [row[1] for row in output["predicted"]] == answer.argmax(axis=1).tolist()
            assert [row[0] for row in output["predicted"]][:10] == list(range(10))
            assert len(found[f"names.{output['name']}"]) == 10


def _logged(folder: Path, model: keras.Model) -> None:
    """The logs hold curves, histograms, the graph, and points with their pictures."""
    found = written(folder)
    tags = {tag for _folder, tag, _step in found}
    assert {"keras", "graph", "epoch_loss", "hidden/kernel/histogram", "gradient_norm/hidden"} <= tags
    assert any(node.op == "MatMul" for node in found["", "graph", 0].node)
    name, tensor = sorting(model)  # type: ignore[misc]
    assert (name, tensor.shape[-1]) in (("drop", 8), ("hidden", 8))
    logs = folder / FOLDER
    vectors = np.loadtxt(logs / "vectors.tsv", delimiter="\t")
    words = (logs / "classes.tsv").read_text(encoding="utf-8").splitlines()
    assert vectors.shape == (len(words), 8)
    assert (logs / "sprite.png").exists()
    assert "sprite.png" in (logs / PROJECTOR).read_text(encoding="utf-8")


def test_examples_of_two_images_stand_side_by_side_in_the_sprite(start: Start, tmp_path: Path) -> None:
    start(network_for("same"), task="same", epochs=1, inside=False, callbacks=[{"name": "TensorBoard"}])
    logs = tmp_path / "run" / FOLDER
    config = (logs / PROJECTOR).read_text(encoding="utf-8")
    assert config.index("single_image_dim: 56") < config.index("single_image_dim: 28")
    assert set((logs / "classes.tsv").read_text(encoding="utf-8").split()) <= {"same", "different"}


def test_a_task_is_learned_the_same_bit_for_bit_whether_it_is_looked_into(
    attempts: Callable[..., Attempts]
) -> None:
    given: dict[str, Any] = {"architecture": network_for("parity"), "task": "parity", "epochs": 2}
    seen, unseen, left = attempts("a", **given), attempts("b", **given, inside=False), attempts("c", **given)
    seen()
    unseen()
    assert seen.story == unseen.story
    assert seen.weights == unseen.weights
    found = {}
    for asking in (1, 5, 8, 11):
        left(at(asking, "pause"))
        found |= {event["epoch"]: event["outputs"] for event in left.told("probe")}
    left()
    found |= {event["epoch"]: event["outputs"] for event in left.told("probe")}
    assert left.weights == seen.weights
    assert found == {event["epoch"]: event["outputs"] for event in seen.told("probe")}


def test_of_large_images_fewer_are_shown(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.training.looks._MOST_BYTES", 5 * 28 * 28)
    events, _result = start(network_for("reconstruct"), task="reconstruct", epochs=1, validation_fraction=0.3)
    with np.load(tmp_path / "run" / PICTURES_FILE) as kept:
        assert len(kept["input.0"]) == 5 < PICTURES
    assert all(len(event["outputs"][0]["off"]) == 5 for event in events if event["kind"] == "probe")
