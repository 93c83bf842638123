"""What is seen inside a training, and that it is none the different for being looked into."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from lib.data import Dataset, split
from lib.training.inside import EVERY, PICTURES_FILE, looked_into
from lib.training.looks import Classes, picked
from lib.training.probe import BINS, MOST_LAYERS, WHOLE, Probe, histogram, ratios
from tests.lib.training.attempts import Attempts, at, network

Start = Callable[..., tuple[list[dict[str, Any]], Any]]

NORMALIZED = ('"Conv2D", "config": {"filters": 3, "kernel_size": 3, "strides": 4}', '"BatchNormalization"',
              '"ReLU"', '"Flatten"',
              '"Dropout", "config": {"rate": 0.3}', '"Dense", "config": {"units": 6, "activation": "relu"}')


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == kind]


def by_name(seen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {layer["name"]: layer for layer in seen["layers"]}


def test_it_is_looked_into_before_the_first_batch_and_after_every_epoch(start: Start) -> None:
    events, _result = start(epochs=3)
    seen = of(events, "probe")
    assert [event["epoch"] for event in seen] == [0, 1, 2, 3]
    assert [event["kind"] for event in events][1:3] == ["batches", "probe"]
    answer = seen[-1]["layers"][-1]
    assert answer["name"] == "answer"
    assert sum(answer["weights"]["counts"]) == pytest.approx(WHOLE, abs=BINS)
    assert 0 < answer["update"] < 1
    assert answer["gradient"] > 0
    assert seen[0]["layers"][-1]["update"] is None
    assert json.loads(json.dumps(events, allow_nan=False)) == events


def test_off_it_is_not_looked_into(start: Start, tmp_path: Path) -> None:
    events, _result = start(inside=False)
    assert not of(events, "probe")
    assert not (tmp_path / "run" / PICTURES_FILE).exists()


def test_a_training_is_the_same_bit_for_bit_whether_it_is_looked_into(attempts: Callable[..., Attempts]) -> None:
    seen, unseen = (attempts(folder, NORMALIZED, inside=inside) for folder, inside in (("a", True), ("b", False)))
    seen()
    unseen()
    assert seen.story == unseen.story
    assert seen.weights == unseen.weights


def test_what_was_seen_comes_again_after_a_pause(attempts: Callable[..., Attempts]) -> None:
    whole, parted = (attempts(folder, NORMALIZED, epochs=2) for folder in ("whole", "parted"))
    whole()
    expected = {event["epoch"]: event for event in whole.told("probe")}
    found = {}
    for asking in (1, 4, 5, 6, 7):
        parted(at(asking, "pause"))
        found |= {event["epoch"]: event for event in parted.told("probe")}
    parted()
    found |= {event["epoch"]: event for event in parted.told("probe")}
    assert found == expected


def test_predictions_are_those_of_the_model(start: Start, tmp_path: Path, tiny: Dataset) -> None:
    events, _result = start(epochs=2, validation_fraction=0.3)
    with np.load(tmp_path / "run" / PICTURES_FILE) as kept:
        images, names = kept["images"], kept["names"]
    labels = [*range(10), *range(6)]
    held_out = {image.tobytes() for image in split(tiny, 0.3, 0).x_val}
    assert {image.tobytes() for image in images} <= held_out
    assert names.tolist() == list("0123456789")
    shares = keras.models.load_model(tmp_path / "run" / "model.keras").predict(images / np.float32(255), verbose=0)
    told = of(events, "probe")[-1]["predicted"]
    assert [row[:2] for row in told] == [[label, row.argmax()] for label, row in zip(labels, shares, strict=True)]
    np.testing.assert_allclose([row[2:] for row in told], [[row.max(), row[label]] for label, row in
                                                           zip(labels, shares, strict=True)], rtol=1e-3)


def small() -> keras.Model:
    inputs = keras.Input((4, 4, 1))
    hidden = keras.layers.Dense(3, name="hidden", activation="relu")
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(hidden(keras.layers.Flatten()(inputs))))
    kernel = np.ones((16, 3), np.float32)
    kernel[:, 0] = -1
    hidden.set_weights([kernel, np.zeros(3, np.float32)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_dead_units_zeros_and_gradients_are_counted() -> None:
    model = small()
    images, labels = np.full((5, 4, 4, 1), 255, np.uint8), np.array([0, 1, 0, 1, 1])
    seen = by_name(Probe(model, Classes(model, images, labels, logits=True))().told)
    assert seen["hidden"]["dead"] == [1, 3]
    assert seen["out"]["dead"] is None
    answers = seen["hidden"]["answers"]
    assert answers["zeros"] == pytest.approx(1 / 3, rel=1e-3)
    assert (answers["low"], answers["high"]) == (16, 16)
    with tf.GradientTape() as tape:
        loss = model.loss(labels, model(images / np.float32(255)))
    expected = tf.linalg.global_norm(tape.gradient(loss, model.layers[-1].trainable_weights))
    assert seen["out"]["gradient"] == pytest.approx(float(expected), rel=1e-3)


def test_of_many_layers_some_are_shown_and_the_rest_is_told() -> None:
    inputs = outputs = keras.Input((4,))
    for _layer in range(MOST_LAYERS + 5):
        outputs = keras.layers.Dense(4)(outputs)
    model = keras.Model(inputs, outputs)
    probe = Probe(model, Classes(model, np.zeros((2, 4), np.uint8), np.zeros(2, int), logits=True))
    assert (len(probe.layers), probe.left_out) == (MOST_LAYERS, 5)
    assert probe.layers[0] is model.layers[1]
    assert probe.layers[-1] is model.layers[-1]


def test_what_is_told_of_the_largest_network_is_small(start: Start) -> None:
    deep = network(*['"Dense", "config": {"units": 12, "activation": "relu"}'] * (MOST_LAYERS + 2))
    events, _result = start(deep, epochs=1)
    assert all(len(json.dumps(event)) < 30_000 for event in of(events, "probe"))


def test_histograms_leave_out_zeros_and_what_is_no_number() -> None:
    found = histogram(np.array([0, 0, 1, 2, np.nan, np.inf, 3, 3]))
    assert found is not None
    assert (found["low"], found["high"], found["zeros"]) == (1, 3, pytest.approx(1 / 3, rel=1e-3))
    assert (found["counts"][0], found["counts"][-1]) == (1667, 3333)
    assert histogram(np.array([np.nan])) is None
    everything_zero = histogram(np.zeros(4))
    assert everything_zero is not None
    assert (everything_zero["zeros"], sum(everything_zero["counts"])) == (1, 0)


def test_ratios_are_of_the_change_to_the_size() -> None:
    old, new = [np.array([3.0, 0.0]), np.array([0.0])], [np.array([3.0, 0.4]), np.array([0.3])]
    assert ratios([old, [], [np.zeros(2)]], [new, [], [np.zeros(2)]]) == [
        pytest.approx(0.5 / np.sqrt(9 + 0.16 + 0.09), rel=1e-3), None, None]


def test_images_are_picked_from_each_class_in_turn() -> None:
    labels = np.array([2, 2, 2, 0, 1, 0])
    assert labels[picked(labels, 5)].tolist() == [0, 1, 2, 0, 2]
    assert picked(labels, 99).tolist() == [3, 4, 0, 5, 1, 2]


def test_late_epochs_are_looked_into_now_and_then() -> None:
    assert sum(looked_into(epoch) for epoch in range(1001)) == EVERY + 1 + (1000 - EVERY) // 10


def test_a_layer_that_is_frozen_has_no_gradient_and_the_others_keep_theirs() -> None:
    model = small()
    images = np.full((5, 4, 4, 1), 255, np.uint8)
    probe = Probe(model, Classes(model, images, np.array([0, 1, 0, 1, 1]), logits=True))
    before = by_name(probe().told)
    hidden, out = model.get_layer("hidden"), model.get_layer("out")
    hidden.trainable = False
    frozen = by_name(probe().told)
    assert (frozen["hidden"]["gradient"], frozen["out"]["gradient"]) == (None, before["out"]["gradient"])
    hidden.trainable, out.trainable = True, False
    thawed = by_name(probe().told)
    assert (thawed["hidden"]["gradient"], thawed["out"]["gradient"]) == (before["hidden"]["gradient"], None)


@pytest.mark.parametrize("loss", [{"name": "CategoricalCrossentropy", "label_smoothing": 0.1},
                                  {"name": "MeanSquaredError"}])
def test_the_gradients_are_those_of_the_loss_of_the_recipe(start: Start, loss: dict[str, Any]) -> None:
    plain, _result = start(epochs=1, folder="plain")
    events, _result = start(epochs=1, loss=loss)
    one, other = (of(told, "probe")[0]["layers"][-1]["gradient"] for told in (plain, events))
    assert 0 < other != one > 0
