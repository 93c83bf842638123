"""What a callback would have done equals what Keras's own does on the same numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.training.callbacks import EarlyStopping, ReduceLROnPlateau
from lib.training.recipe import Recipe
from lib.training.replay import Reduction, Stop, early_stop, reductions

MONITORED = list(Recipe().monitored)
# Few values, so that equal ones and steps of exactly the smallest change come often.
NUMBERS = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 3, width=32), st.just(float("nan")))
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(MONITORED, NUMBERS)), max_size=14)
SHARED: dict[str, Any] = {
    "monitor": st.sampled_from(MONITORED), "mode": st.sampled_from(["min", "max"]),
    "min_delta": st.sampled_from([0.0, 1e-4, 0.25, 0.3]), "patience": st.integers(0, 4)}
STOPPING = st.builds(EarlyStopping, **SHARED, baseline=st.none() | st.sampled_from([0.25, 0.6]),
                     start_from_epoch=st.integers(0, 3))
REDUCING = st.builds(ReduceLROnPlateau, **SHARED, factor=st.sampled_from([0.1, 0.5, 0.9]), cooldown=st.integers(0, 3),
                     min_lr=st.sampled_from([0.0, 1e-3, 0.02]))


def given_to_keras(config: Any) -> dict[str, Any]:
    """The fields of `config` as Keras takes them, without weights to restore."""
    return dict(config.model_dump(exclude={"name", "restore_best_weights"}))


@given(STOPPING, ROWS)
def test_it_stops_where_keras_stops(config: EarlyStopping, rows: list[dict[str, float]]) -> None:
    import keras

    callback = keras.callbacks.EarlyStopping(**given_to_keras(config))
    model = SimpleNamespace(stop_training=False)
    callback.set_model(model)
    callback.on_train_begin()
    expected = None
    for epoch, row in enumerate(rows):
        callback.on_epoch_end(epoch, dict(row))
        if model.stop_training:
            expected = (epoch + 1, callback.best_epoch + 1)
            break
    found = early_stop(config, rows)
    assert (found and found[:2]) == expected


@given(REDUCING, ROWS, st.sampled_from([0.1, 0.003, 1e-3]))
def test_it_lowers_the_rate_where_keras_does(config: ReduceLROnPlateau, rows: list[dict[str, float]],
                                             rate: float) -> None:
    import keras

    callback = keras.callbacks.ReduceLROnPlateau(**given_to_keras(config))
    optimizer = keras.optimizers.SGD(rate)
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    expected = []
    for epoch, row in enumerate(rows):
        before = float(optimizer.learning_rate.numpy())
        callback.on_epoch_end(epoch, dict(row))
        if (after := float(optimizer.learning_rate.numpy())) != before:
            expected.append(Reduction(epoch + 1, before, after))
    assert reductions(config, rows, rate) == expected


def test_it_names_the_best_epoch_and_its_value() -> None:
    rows = [{"val_accuracy": value} for value in (0.9, 0.95, 0.982, 0.98, 0.97, 0.99)]
    assert early_stop(EarlyStopping(monitor="val_accuracy", mode="max", patience=2), rows) == Stop(5, 3, 0.982)
    assert early_stop(EarlyStopping(monitor="val_accuracy", mode="max", patience=3), rows) is None


@pytest.mark.parametrize("rows", [[], [{"loss": 1.0}], [{"val_loss": None}] * 9])
def test_what_is_not_known_decides_nothing(rows: list[dict[str, float]]) -> None:
    assert early_stop(EarlyStopping(patience=0), rows) is None
    assert reductions(ReduceLROnPlateau(patience=0), rows, 0.1) == []
