"""A formula over many batches is what it is over all their examples at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from lib.formula import Batch, Checked, FormulaError, check, evaluate, parse, per_example
from lib.formula.streaming import Streamed, averaged, streamed
from tests.lib.formula.random_formulas import FIELDS, LOSS, accepted

CLASSES = 6
GROWN = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
START = {"sum": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}
RECALL = """
hits = K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0)))
there = K.sum(K.round(K.clip(y_true, 0.0, 1.0)))
hits / (there + K.epsilon())"""


def read(text: str) -> Checked:
    row = per_example((CLASSES,))
    return check(parse(text), {"y_true": row, "y_pred": row}, batch="free")


def examples(count: int, seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    scores = chance.normal(size=(count, CLASSES))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = chance.integers(0, CLASSES, count)
    return {"y_true": np.eye(CLASSES, dtype="float32")[labels], "y_pred": shares.astype("float32"),
            "label": labels.astype("int32")}


def over(cut: Streamed, batches: list[dict[str, Any]]) -> np.ndarray:
    states = {state.name: np.full(state.shape, START[state.kind], "float32") for state in cut.states}
    for batch in batches:
        for state in cut.states:
            added = np.asarray(evaluate(state.added, batch, ops), "float32")
            assert added.shape == state.shape
            states[state.name] = GROWN[state.kind](states[state.name], added)
    return np.asarray(evaluate(cut.result, states, ops), "float32")


def at_once(checked: Checked, batch: dict[str, Any]) -> np.ndarray:
    return np.asarray(evaluate(checked, batch, ops), "float32")


def parts(sizes: list[int], seed: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    batches = [examples(size, seed + number) for number, size in enumerate(sizes)]
    return batches, {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


@pytest.mark.parametrize("text", [
    RECALL,
    "mean(square(y_true - y_pred))",
    "equal(argmax(y_true, axis=-1), argmax(y_pred, axis=-1))",
    "square(y_true - y_pred)",
    "ravel(y_pred)",
    "sum(y_true * y_pred, axis=0)[2] / sum(y_true, axis=0)[2]",
    "var(y_pred, axis=0)[1]",
    "mean(std(y_pred, axis=0, keepdims=True))",
    "max(y_pred) - min(y_pred)",
    "prod(1 + 0.01 * y_pred)",
    "counts = transpose(y_true) @ y_pred\nsum(counts[:, 0]) / sum(counts)",
    "dot(y_true[:, 0], y_pred[:, 0])",
    "where(any(y_pred > 0.9), 1, mean(y_pred[:, 0]))",
    "where(all(y_pred < 0.9), 1, mean(y_pred[:, 0]))",
    "concatenate([sum(y_true, axis=0), mean(y_pred, axis=0)], axis=0)[3]",
    "half = 1 / 2\nright = y_pred > half\nunused = y_pred - mean(y_pred)\nmean(right * y_true)",
])  # fmt: skip
def test_many_batches_are_one(text: str) -> None:
    checked = read(text)
    batches, whole = parts([7, 32, 5, 1], 3)
    expected = at_once(checked, whole).mean()
    assert over(streamed(checked), batches) == pytest.approx(expected, rel=2e-5, abs=1e-6)


def test_a_ratio_of_sums_is_no_mean_of_ratios() -> None:
    """The numbers of the documentation: 8 of 10 in one batch and 1 of 2 in another."""
    ratio = read("sum(y_true * y_pred) / sum(y_true)")

    def batch(right: int, count: int) -> dict[str, Any]:
        rows = np.zeros((count, CLASSES), "float32")
        rows[:, 0] = 1
        return {"y_true": rows, "y_pred": rows * (np.arange(count) < right)[:, None]}

    batches = [batch(8, 10), batch(1, 2)]
    assert over(streamed(ratio), batches) == pytest.approx(0.75)
    assert over(averaged(ratio), batches) == pytest.approx(0.65)


@pytest.mark.parametrize(("text", "same"), [("mean(y_pred[:, 0])", False), ("y_pred[:, 0]", True)])
def test_batches_count_the_same_and_so_do_examples(text: str, same: bool) -> None:
    checked = read(text)
    batches, whole = parts([9, 2], 0)
    values = [at_once(checked, batch).mean() for batch in batches]
    expected = at_once(checked, whole).mean() if same else np.mean(values)
    assert over(averaged(checked), batches) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("text", "place", "sentence"), [
    ("sum(y_pred - mean(y_pred))", (1, 1), "needs every image a second time, after all of them"),
    ("y_pred - mean(y_pred)", (1, 1), "needs every image a second time"),
    ("m = mean(y_pred, axis=0)\nx = y_pred * m\nsum(x) + 1", (3, 1), "needs every image a second time"),
    ("dot(y_pred, sum(y_pred, axis=0))", (1, 1), "needs every image a second time"),
    ("1 + logsumexp(y_pred, axis=0)[0]", (1, 5), "which logsumexp over the batch cannot be: choose \"batches\""),
    ("sum(argmax(y_pred, axis=0))", (1, 5), "which argmax over the batch cannot be"),
    ("sum(categorical_crossentropy(transpose(y_true), transpose(y_pred)))", (1, 5), "which categorical_crossentropy"),
])  # fmt: skip
def test_what_cannot_be_added_up_is_refused(text: str, place: tuple[int, int], sentence: str) -> None:
    checked = read(text)
    with pytest.raises(FormulaError, match=sentence) as caught:
        streamed(checked)
    assert caught.value.place == place
    batches, _whole = parts([4, 3], 1)
    if not checked.result.shape:
        values = [at_once(checked, batch) for batch in batches]
        assert over(averaged(checked), batches) == pytest.approx(np.mean(values), rel=1e-5, abs=1e-6)


def test_the_same_sum_is_kept_once() -> None:
    cut = streamed(read("sum(y_true) / (sum(y_true) + sum(y_pred))"))
    assert [state.name for state in cut.states] == ["sum_1", "sum_2"]


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_random_formulas(seed: int, sizes: list[int]) -> None:
    """Whatever can be cut gives the same for many batches as for one."""
    checked = accepted(seed, batch="free", smooth=True)
    assert checked.statics == FIELDS
    assert set(checked.names) == set(LOSS)
    try:
        cut = streamed(checked)
    except FormulaError:
        return
    batches, whole = parts(sizes, seed % 1000)
    expected = at_once(checked, whole)
    if any(isinstance(size, Batch) for size in checked.result.shape):
        expected = expected.mean()
    assert over(cut, batches) == pytest.approx(expected, rel=1e-3, abs=1e-4, nan_ok=True)
