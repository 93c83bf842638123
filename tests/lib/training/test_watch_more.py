"""The callbacks that came later: each decides as Keras's own does on the same numbers, and a training tells it."""

from __future__ import annotations

import csv
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.arch import Architecture
from lib.data import Dataset, split
from lib.errors import UserError
from lib.keras_bridge import build
from lib.training.callbacks import CSVLogger, LearningRateScheduler, ModelCheckpoint, TerminateOnNaN
from lib.training.check import check
from lib.training.live import Live
from lib.training.rates import planned
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from lib.training.watch import watched
from tests.lib.training.attempts import Attempts, at

Start = Callable[..., tuple[list[dict[str, Any]], Any]]
NUMBERS = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 3, width=32), st.just(math.nan), st.just(math.inf))


def model_of(saved: list[str] | None = None) -> Any:
    """Stands for a model: what a callback may set, and what it may save."""

    class Model:
        stop_training = False
        metrics: tuple[Any, ...] = ()
        optimizer = keras.optimizers.SGD(0.5)
        trainable_variables: tuple[Any, ...] = ()

        def save(self, path: str, overwrite: bool = True) -> None:
            Path(path).write_text("model")
            if saved is not None:
                saved.append("model")

        def save_weights(self, path: str, overwrite: bool = True) -> None:
            Path(path).write_text("weights")
            if saved is not None:
                saved.append("weights")

    Model.optimizer.build([])
    return Model()


def made(config: Any, folder: Path, **recipe: Any) -> tuple[Any, list[dict[str, Any]]]:
    notes: list[dict[str, Any]] = []
    [callback] = watched(Recipe(callbacks=(config,), **recipe), notes.append, folder)
    return callback, notes


@settings(max_examples=30)
@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_a_training_ends_at_the_batch_at_which_keras_ends_it(losses: list[float]) -> None:
    ended = []
    for callback in (made(TerminateOnNaN(), Path("unused"))[0], keras.callbacks.TerminateOnNaN()):
        callback.set_model(model_of())
        for batch, loss in enumerate(losses):
            callback.on_train_batch_end(batch, {"loss": loss})
            if callback.model.stop_training:
                ended.append(batch)
                break
        else:
            ended.append(-1)
    assert ended[0] == ended[1]


@settings(max_examples=30)
@given(st.lists(st.fixed_dictionaries({"loss": NUMBERS, "val_loss": NUMBERS}), min_size=1, max_size=5),
       st.sampled_from(",;|\t"), st.booleans(), st.integers(0, 5))
def test_a_log_is_what_keras_writes_however_often_it_was_left(rows: list[dict[str, float]], separator: str,
                                                              append: bool, left: int) -> None:
    with TemporaryDirectory() as room:
        theirs = keras.callbacks.CSVLogger(f"{room}/theirs.csv", separator, append)
        config = CSVLogger(separator=separator, append=append)
        ours, _notes = made(config, Path(room))
        for callback in (theirs, ours):
            callback.on_train_begin()
        for epoch, row in enumerate(rows):
            theirs.on_epoch_end(epoch, dict(row))
            if epoch == left:
                state = ours.remembered()
                ours.on_epoch_end(epoch, {"loss": -1.0, "val_loss": -1.0})
                ours, _notes = made(config, Path(room))
                ours.on_train_begin()
                ours.remember(state, [])
            ours.on_epoch_end(epoch, dict(row))
        theirs.on_train_end()
        ours.on_train_end()
        assert Path(room, "log.csv").read_bytes() == Path(room, "theirs.csv").read_bytes()


@settings(max_examples=30)
@given(st.lists(st.fixed_dictionaries({"loss": NUMBERS, "val_loss": NUMBERS}), min_size=1, max_size=6),
       st.booleans(), st.none() | st.integers(1, 4), st.none() | st.sampled_from([0.4, 1.0]),
       st.sampled_from(["min", "max"]))
def test_a_model_is_saved_where_keras_saves_it(rows: list[dict[str, float]], weights: bool, every: int | None,
                                               threshold: float | None, mode: Any) -> None:
    monitor, best = "val_loss", not every
    config = ModelCheckpoint(monitor=monitor, mode=mode, save_best_only=best, save_weights_only=weights,
                             save_freq=every, initial_value_threshold=threshold)
    with TemporaryDirectory() as room:
        theirs = keras.callbacks.ModelCheckpoint(
            f"{room}/theirs{'.weights.h5' if weights else '.keras'}", monitor, 0, best, weights, mode,
            every or "epoch", threshold)
        told = []
        for callback in (made(config, Path(room))[0], theirs):
            saved: list[str] = []
            callback.set_model(model_of(saved))
            callback.on_train_begin()
            seen = []
            for epoch, row in enumerate(rows):
                callback.on_epoch_begin(epoch)
                for batch in range(3):
                    callback.on_train_batch_end(batch, {"loss": row["loss"]})
                    seen.append(len(saved))
                callback.on_epoch_end(epoch, dict(row))
                seen.append(len(saved))
            told.append((seen, saved))
        assert told[0] == told[1]
        names = {path.name for path in Path(room).iterdir() if not path.name.startswith("theirs")}
        assert names == ({config.file} if told[0][1] else set())


@settings(max_examples=30)
@given(st.sampled_from(["learning_rate * 0.9", "0.5 / epoch", "0.1 * (1 - epoch / epochs)", "0", "learning_rate / 0",
                        "previous = 2\nprevious * 0.01", "where(epoch < 3, 0.2, learning_rate)"]), st.integers(1, 6))
def test_a_formula_gives_the_rate_of_each_epoch_as_it_was_drawn(text: str, epochs: int) -> None:
    config = LearningRateScheduler(schedule=text)
    callback, notes = made(config, Path("unused"), epochs=epochs)
    callback.set_model(model_of())
    callback.model.optimizer.learning_rate = 0.003
    rates = []
    for epoch in range(epochs):
        callback.on_epoch_begin(epoch)
        rates.append(float(callback.model.optimizer.learning_rate))
    drawn = planned(Recipe(callbacks=(config,), epochs=epochs), 4)
    np.testing.assert_array_equal(drawn.rates[::4], np.float32(rates))
    assert len(notes) == sum(one != other for one, other in zip([np.float32(0.003), *rates], rates, strict=False))


RUNS_AWAY: dict[str, Any] = {"optimizer": {"name": "SGD", "learning_rate": 100.0}, "batch_size": 16, "epochs": 60,
                             "loss": {"name": "MeanSquaredError"}}
LINEAR_ANSWER = ('"activation": "softmax"', '"activation": "linear"')


def test_numbers_that_run_away_end_it_or_fail_it(start: Start, linear: Architecture, tmp_path: Path) -> None:
    network = Architecture.from_json(linear.to_json().replace(*LINEAR_ANSWER))
    events, result = start(network, callbacks=[{"name": "TerminateOnNaN"}, {"name": "CSVLogger"}], **RUNS_AWAY)
    [note] = [event for event in events if event["kind"] == "note"]
    last = [event for event in events if event["kind"] == "epoch"][-1]
    assert note["source"] == "TerminateOnNaN"
    assert note["epoch"] == last["epoch"] == result.epochs < 60
    assert (result.ended, result.test_accuracy, last["logs"]["loss"]) == ("finished", None, None)
    batches = [step for event in events if event["kind"] == "batches" for step in event["steps"]]
    assert len(batches) == (last["epoch"] - 1) * 6 + note["values"]["batch"] - 1
    with pytest.raises(UserError, match="cannot recover"):
        start(network, folder="error", callbacks=[{"name": "TerminateOnNaN", "raise_error": True}], **RUNS_AWAY)


def test_a_loss_that_is_no_number_is_known_at_once_even_where_its_bundle_is_told() -> None:
    moments = iter(range(100))
    live = Live(lambda _event: None, 64, 4, 1, now=lambda: float(next(moments)), lenient=True)
    live.begin(1, 0.1)
    live.add(1.0, 0.5, 16)
    assert live.means_so_far() == {"loss": 1.0, "accuracy": 0.5}
    live.add(math.nan, 0.25, 16)
    assert live.steps == 1
    assert math.isnan(live.means_so_far()["loss"])
    live.restore(json.loads(json.dumps(live.state())))
    assert math.isnan(live.means()["loss"])


AVERAGED: dict[str, Any] = {"name": "SGD", "learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.9}


@pytest.mark.parametrize("between", [False, True])
def test_means_are_judged_as_keras_judges_them(start: Start, linear: Architecture, tiny: Dataset,
                                               between: bool) -> None:
    plain = Architecture.from_json(linear.to_json().replace('"rate": 0.2', '"rate": 0.0'))
    events, _result = start(plain, epochs=4, batch_size=90, optimizer=AVERAGED,
                            callbacks=[{"name": "SwapEMAWeights", "swap_on_epoch": between}])
    model = build(plain, seed=0)
    model.compile(keras.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.9), "sparse_categorical_crossentropy")
    parts = split(tiny, 0.1, 0)
    fitted = model.fit(parts.x_train / np.float32(255), parts.y_train, batch_size=90, epochs=4, verbose=0,
                       validation_data=(parts.x_val / np.float32(255), parts.y_val),
                       callbacks=[keras.callbacks.SwapEMAWeights(between)])
    judged = [event["logs"]["val_loss"] for event in events if event["kind"] == "epoch"]
    np.testing.assert_allclose(judged, fitted.history["val_loss"], rtol=1e-4)
    tested = next(event for event in events if event["kind"] == "evaluation")["loss"]
    loss = model.evaluate(tiny.x_test / np.float32(255), tiny.y_test, verbose=0)
    assert tested == pytest.approx(loss, rel=1e-4)


def test_paused_it_is_the_same_training(attempts: Callable[..., Attempts]) -> None:
    given: dict[str, Any] = {"optimizer": AVERAGED, "callbacks": [
        {"name": "SwapEMAWeights", "swap_on_epoch": True}, {"name": "CSVLogger"},
        {"name": "LearningRateScheduler", "schedule": "learning_rate * 0.8 + 0.001 * epoch"},
        {"name": "ModelCheckpoint", "save_best_only": False, "save_freq": 4}, {"name": "TerminateOnNaN"}]}
    whole, parted = attempts("whole", **given), attempts("parted", **given)
    assert whole().ended == "finished"
    for moment in (9, 4, 11, 3):
        assert parted(at(moment, "pause")).ended == "paused"
    while parted(at(13, "pause")).ended == "paused":
        assert parted.attempt < 20
    assert parted.story == whole.story
    assert parted.weights == whole.weights
    assert (parted.folder / "log.csv").read_bytes() == (whole.folder / "log.csv").read_bytes()
    with (whole.folder / "log.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1", "2", "3"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keras.models.load_model(whole.folder / "checkpoint.keras")


WRONG = {
    "expected an optimizer that averages": {"callbacks": [{"name": "SwapEMAWeights"}]},
    "expected none where only the best is saved": {"callbacks": [{"name": "ModelCheckpoint", "save_freq": 5}]},
    "LearningRateScheduler.schedule": {"callbacks": [{"name": "LearningRateScheduler", "schedule": "epoch +"}]},
    "expected nothing else that changes the learning rate": {
        "callbacks": [{"name": "LearningRateScheduler"}], "schedule": {"name": "CosineDecay"}},
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_cannot_be_is_said_before_a_training(linear: Architecture, sentence: str) -> None:
    recipe = Recipe.model_validate(WRONG[sentence])
    assert sentence in "; ".join(map(str, check(linear, recipe)))
    mended = [str(repair) for repair in repairs(linear, recipe, 60_000)]
    assert ("Average the weights" in mended) == ("averages" in sentence)
