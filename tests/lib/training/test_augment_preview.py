"""The preview of an augmentation is what the network gets: pixel by pixel, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from lib.data import Dataset
from lib.training import prepared
from lib.training.augment_preview import preview
from lib.training.augmentation import AUGMENTATIONS
from lib.training.recipe import Recipe
from tests.lib.training.attempts import network
from tests.lib.training.test_tasks import network_for

EVERY: list[dict[str, Any]] = [{"name": name} for name in AUGMENTATIONS]
ALONE = [step for step in EVERY if step["name"] not in ("MixUp", "CutMix")]


@keras.saving.register_keras_serializable(package="tests")
class Watching(keras.layers.Layer):
    """Keeps what comes in while the model learns."""

    seen: list[np.ndarray] = []  # noqa: RUF012 - the test empties it

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        if training:
            tf.py_function(lambda given: self.seen.append(given.numpy()), [images], [])
        return images


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What the networks of the test learned from, input by input and batch by batch."""
    real = prepared.compiled

    def watched(*given: Any) -> keras.Model:
        inner = real(*given)
        inputs = [keras.Input(tensor.shape[1:], name=tensor.name) for tensor in inner.inputs]
        watched = [Watching()(each) for each in inputs]
        one = len(inputs) == 1
        model = keras.Model(inputs[0] if one else inputs, inner(watched[0] if one else watched))
        model.compile(inner.optimizer, inner.loss)
        return model

    monkeypatch.setattr(prepared, "compiled", watched)
    monkeypatch.setattr(Watching, "seen", [])
    return Watching.seen


def test_its_pixels_are_those_that_the_network_learns_from(
    start: Callable[..., Any], seen: list[np.ndarray], tiny: Dataset
) -> None:
    for task, steps, inputs in (("classify", EVERY, 1), ("same", ALONE, 2), ("parity", EVERY[:2], 1)):
        seen.clear()
        fields: dict[str, Any] = {"task": task, "augmentation": steps, "batch_size": 40, "epochs": 2, "seed": 5}
        start(network() if task == "classify" else network_for(task), inside=False, **fields)  # type: ignore[arg-type]
        assert len(seen) == 2 * 3 * inputs
        for number in range(6):
            found = preview(Recipe.model_validate(fields), tiny, number, 8)
            assert (found.epoch, found.batch) == (number // 3 + 1, number % 3 + 1)
            for which in range(inputs):
                learned = np.rint(seen[number * inputs + which][:8] * 255).astype(np.uint8)
                shown = np.stack([images[which] for images in found.changed])
                np.testing.assert_array_equal(shown, learned, err_msg=f"{task} {number}")
                assert not np.array_equal(shown, np.stack([images[which] for images in found.plain]))


def test_it_tells_the_shares_of_the_classes(tiny: Dataset) -> None:
    for name in ("RandomFlip", "MixUp", "CutMix"):
        found = preview(Recipe.model_validate({"augmentation": [{"name": name}]}), tiny, 0, 8)
        assert len(found.answers) == 8
        for answer in found.answers:
            assert sum(share for _label, share in answer) == pytest.approx(1, abs=1e-6)
            assert answer == sorted(answer, key=lambda each: -each[1])
        assert any(len(answer) > 1 for answer in found.answers) == (name != "RandomFlip")
