"""Augmentation: every step trains, changes images as Keras's layer of its name does, and goes on bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from lib.training.augment_numpy import NUMPY
from lib.training.augmentation import AUGMENTATIONS, CutMix, MixUp, RandomErasing
from lib.training.augmenting import Augmenter
from tests.lib.training.attempts import Attempts, Killed, at, killed_at, network

EVERY: list[dict[str, Any]] = [{"name": name} for name in AUGMENTATIONS]
SHAPE = (12, 9, 3)
FILLS = [dict(zip(("fill_mode", "interpolation", "fill_value"), each, strict=True)) for each in product(
    ("reflect", "wrap", "constant", "nearest"), ("bilinear", "nearest"), (0.3,))]
SAME_IMAGES: list[dict[str, Any]] = [
    *({"name": "RandomFlip", "mode": mode} for mode in ("horizontal", "vertical", "horizontal_and_vertical")),
    *({"name": "RandomRotation", "factor": 0.4, **fill} for fill in FILLS),
    *({"name": "RandomZoom", "height_factor": 0.9, "width_factor": wide, **fill}
      for fill, wide in zip(FILLS, (0.5, None) * 4, strict=True)),
    *({"name": "RandomTranslation", "height_factor": 1.0, "width_factor": 0.8, **fill} for fill in FILLS),
    {"name": "RandomContrast", "factor": 0.9}, {"name": "RandomBrightness", "factor": 0.6},
    {"name": "RandomErasing"}, {"name": "RandomErasing", "factor": 0.5, "scale": (0.3, 0.8), "fill_value": 0.5},
    {"name": "MixUp", "alpha": 0.7}, {"name": "CutMix"}, {"name": "CutMix", "factor": 0.4}]


def given(count: int = 16, shape: tuple[int, int, int] = SHAPE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some images from 0 to 1, and rows of their classes."""
    generator = np.random.default_rng(5)
    return generator.random((count, *shape), np.float32), np.eye(4, dtype=np.float32)[generator.integers(0, 4, count)]


def made(*steps: dict[str, Any], seed: int = 3, shape: tuple[int, int, int] = SHAPE) -> Augmenter:
    return Augmenter([AUGMENTATIONS[step["name"]].model_validate(step) for step in steps], seed, shape)


def of_keras(step: dict[str, Any], drawn: list[NDArray[Any]]) -> dict[str, Any]:
    """What was drawn, as Keras's layer of that name has it."""
    match step["name"]:
        case "RandomFlip":
            return {"flips": drawn[0][:, None, None, None]}
        case "RandomRotation":
            return {"rotation_matrix": drawn[0]}
        case "RandomZoom":
            return {"width_zoom": drawn[0][:, :1], "height_zoom": drawn[0][:, 4:5]}
        case "RandomTranslation":
            return {"translations": -drawn[0][:, [2, 5]]}
        case "RandomContrast":
            return {"contrast_factor": drawn[0][:, None, None, None]}
        case "RandomBrightness":
            return {"rgb_delta": drawn[0][:, None, None, None]}
        case "MixUp":
            return {"permutation_order": drawn[0], "mix_weight": drawn[1]}
    boxes = drawn[step["name"] == "CutMix"]
    y, x = np.mgrid[:SHAPE[0], :SHAPE[1]][:, None, :, :, None]
    left, right, top, bottom = boxes.T[:, :, None, None, None]
    masks = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    if step["name"] == "CutMix":
        return {"permutation_order": drawn[0], "batch_masks": masks, "mix_weight": drawn[2]}
    return {"batch_masks": masks, "apply_erasing": np.ones(len(boxes), bool),
            "fill_value": drawn[1] if len(drawn) > 1 else np.float32(step["fill_value"])}


def test_every_step_changes_images_as_keras_does() -> None:
    """Given the same chance; the pixels are those of NumPy too, where there is no Keras."""
    images, answers = given()
    for step in SAME_IMAGES:
        augmenter = made(step)
        drawn = augmenter.drawn(0, 0, len(images))
        ours, told = augmenter.changed(NUMPY, images, answers, drawn)
        compiled, of_compiled = augmenter.changed(keras.ops, images, answers, drawn)
        fields = {name: value for name, value in step.items() if name != "name"}
        if step["name"] in ("RandomContrast", "RandomBrightness", "RandomErasing"):
            fields["value_range"] = (0.0, 1.0)
        layer = getattr(keras.layers, step["name"])(**{"factor": 1.0, **fields} if "factor" in fields else fields)
        theirs = layer.transform_images(keras.ops.convert_to_tensor(images), of_keras(step, drawn), training=True)
        np.testing.assert_allclose(ours, theirs, atol=1e-6, err_msg=str(step))
        np.testing.assert_allclose(ours, compiled, atol=1e-6, err_msg=str(step))
        assert ours.dtype == np.float32
        assert ours.min() >= 0
        assert ours.max() <= 1
        assert not np.array_equal(ours, images), step
        if augmenter.mixes:
            wanted = layer.transform_labels(answers, of_keras(step, drawn), training=True)
            np.testing.assert_allclose(told, wanted, atol=1e-6)
            np.testing.assert_allclose(told, of_compiled, atol=1e-6)
            np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-6)


def test_what_is_drawn_follows_from_seed_epoch_and_batch_alone() -> None:
    draws = {place: np.concatenate([array.ravel() for array in made(*EVERY, seed=place[0]).drawn(*place[1:], 5)])
             for place in product((0, 1), (0, 1), (0, 1))}
    again = made(*EVERY, seed=1).drawn(1, 0, 5)
    assert np.array_equal(draws[1, 1, 0], np.concatenate([array.ravel() for array in again]))
    assert len({array.tobytes() for array in draws.values()}) == len(draws)
    order = np.random.default_rng((3, 0))
    assert order.random() != np.random.default_rng((3, 0, 0, 1)).random()


def test_a_few_images_of_a_batch_are_those_of_the_whole() -> None:
    images, answers = given(40)
    for steps in (EVERY, [*EVERY, *EVERY[::-1]], EVERY[:2], []):
        augmenter = made(*steps)
        drawn = augmenter.drawn(2, 7, len(images))
        whole, told = augmenter.changed(NUMPY, images, answers, drawn)
        rows, few = augmenter.few(drawn, 6)
        assert list(rows[:6]) == list(range(6))
        part, of_part = augmenter.changed(NUMPY, images[rows], answers[rows], few)
        np.testing.assert_array_equal(part[:6], whole[:6])
        np.testing.assert_array_equal(of_part[:6], told[:6])


def test_shares_are_those_that_the_fields_say() -> None:
    count = 4000
    erased = RandomErasing(factor=1.0, scale=(0.1, 0.3), fill_value=0.0)
    boxes = Augmenter([erased], 0, (28, 28, 1)).drawn(0, 0, count)[0]
    area = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2]) / 28**2
    assert np.mean(area > 0) == pytest.approx(0.5, abs=0.05)
    assert 0.1 <= area[area > 0].min() <= area.max() <= 0.3
    for step in (MixUp(alpha=1.0), CutMix()):
        drawn = Augmenter([step], 0, (28, 28, 1)).drawn(0, 0, count)
        assert sorted(drawn[0]) == list(range(count))
        assert np.mean(drawn[-1]) == pytest.approx(0.5, abs=0.05)


def test_every_step_trains_an_epoch_and_leaves_the_held_out_images_alone(
    start: Callable[..., Any]
) -> None:
    def logs(*steps: dict[str, Any]) -> dict[str, float]:
        events, result = start(network(), augmentation=steps, epochs=1, inside=False,
                               optimizer={"name": "SGD", "learning_rate": 1e-9})
        assert result.ended == "finished", steps
        told: dict[str, float] = next(event for event in events if event["kind"] == "epoch")["logs"]
        return told

    before = logs()
    for steps in [*([step] for step in EVERY), EVERY]:
        after = logs(*steps)
        assert after["val_loss"] == pytest.approx(before["val_loss"], rel=1e-6), steps
        assert after["loss"] != pytest.approx(before["loss"], rel=1e-6), steps


def test_it_goes_on_bit_for_bit(attempts: Callable[..., Attempts]) -> None:
    """Paused in the middle of an epoch; and paused, killed before it was kept again, and gone on with."""
    fields: dict[str, Any] = {"augmentation": EVERY, "epochs": 2, "inside": False, "class_weight": "balanced"}
    whole, parted = attempts("whole", **fields), attempts("parted", **fields)
    assert whole().ended == "finished"
    parted(at(4, "pause"))
    with pytest.raises(Killed):
        parted(killed_at(6))
    assert parted().ended == "finished"
    assert len(parted.resumed) == 2
    assert parted.story == whole.story
    assert parted.weights == whole.weights
