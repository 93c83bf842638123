"""Images that somebody has brought are learned from like those of any data set."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib import data
from lib.data import own, sources
from lib.data.catalogue import DatasetInfo
from lib.data.npz import Arrays
from lib.training.check import check
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from lib.training.script import training_script
from tests.lib.training.attempts import network

LABELS = ("dark", "밝음", "Data")


@pytest.fixture
def shades() -> DatasetInfo:
    """Three classes of grey images that anything can tell apart."""
    def part(images: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(images) % 3
        noise = np.random.default_rng(0).integers(0, 20, (images, 8, 12, 1))
        return (labels[:, None, None, None] * 100 + noise).astype(np.uint8), labels

    return own.add("1" * 32, "Shades", Arrays(*part(120), *part(30)), LABELS)


def test_a_network_learns_them_to_the_confusion_matrix(
    shades: DatasetInfo, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "load", sources.load)  # the runs of other tests learn from a few made-up digits
    architecture = network(size="[8, 12, 1]")
    recipe = Recipe(data=shades.name, batch_size=16)
    assert ["expected 3 numbers at the end" in str(problem) for problem in check(architecture, recipe)] == [True]
    mended = repairs(architecture, recipe, 120)[0].architecture
    events, result = start(mended, data=shades.name, batch_size=8, epochs=25,
                           optimizer={"name": "Adam", "learning_rate": 0.05})
    told = next(event for event in events if event["kind"] == "evaluation")
    assert result.test_accuracy == 1.0
    assert (told["labels"], told["own"]) == (list(LABELS), True)
    assert np.asarray(told["confusion"]).tolist() == (np.eye(3, dtype=int) * 10).tolist()
    assert events[0]["source"] == "own"


def test_images_that_are_gone_are_one_sentence(shades: DatasetInfo) -> None:
    recipe = Recipe(data=shades.name)
    own.delete("1" * 32, shades.name)
    assert [str(problem) for problem in check(network(), recipe)] == [
        "data: this data set does not exist (any more); choose another one."]
    assert repairs(network(), recipe, 100) == ()


def test_the_script_reads_the_file_that_the_data_page_gives(shades: DatasetInfo, tmp_path: Path) -> None:
    architecture = repairs(network(size="[8, 12, 1]"), Recipe(data=shades.name), 120)[0].architecture
    script = training_script(architecture, Recipe(data=shades.name))
    assert 'with_name("shades.npz")' in script
    names: dict[str, Any] = {"np": np, "Path": Path, "__file__": str(tmp_path / "train.py")}
    loading = next(node for node in ast.parse(script).body if getattr(node, "name", "") == "load_data")
    exec(compile(ast.Module([loading], []), "train.py", "exec"), names)
    content = own.file(shades.name)
    assert content is not None
    (tmp_path / "shades.npz").write_bytes(content.read_bytes())
    assert [array.shape for array in names["load_data"]()] == [(120, 8, 12, 1), (120,), (30, 8, 12, 1), (30,)]
