"""Schedules: their formulas, Keras's own, what is drawn and what is trained with are one thing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.keras_bridge.formula_schedule import FormulaSchedule
from lib.training.rates import MOST_STEPS, planned, schedule_problem, scheduled
from lib.training.recipe import Recipe
from lib.training.schedules import (
    CosineDecay,
    ExponentialDecay,
    OneCycle,
    OwnSchedule,
    Plan,
    Schedule,
    StepDecay,
)
from lib.training.scheduling import make_schedule
from tests.lib.training.attempts import DROPOUT, Attempts, at

SHARE = st.floats(0, 1).map(lambda share: round(share, 3))
PLANS = st.builds(Plan, st.sampled_from([0.5, 0.01, 3e-4]), st.integers(1, 40), st.integers(1, 12))
KNOWN = st.one_of(
    st.builds(StepDecay, epochs=st.sets(st.integers(2, 14), min_size=1, max_size=6).map(
        lambda epochs: tuple(sorted(epochs))), factor=st.floats(0.05, 2)),
    st.builds(ExponentialDecay, decay_rate=st.floats(0.1, 2), decay_epochs=st.floats(0.1, 5), staircase=st.booleans()),
    st.builds(CosineDecay, warmup_epochs=st.floats(0, 0.9), initial=SHARE, alpha=SHARE),
)


def rates(schedule: Schedule, plan: Plan) -> np.ndarray:
    return scheduled(schedule, plan, np.arange(plan.steps))


@settings(max_examples=25)
@given(KNOWN, PLANS)
def test_what_is_drawn_is_what_keras_computes(schedule: Schedule, plan: Plan) -> None:
    of_keras = make_schedule(schedule, plan)
    assert type(of_keras).__module__.startswith("keras.")
    steps = np.unique(np.linspace(0, plan.steps - 1, 12).astype(int))
    np.testing.assert_allclose(rates(schedule, plan)[steps], [float(of_keras(step)) for step in steps.tolist()],
                               rtol=1e-5, atol=1e-7)


def test_keras_gets_its_own_fields() -> None:
    plan = Plan(0.1, 10, 5)
    steps = make_schedule(StepDecay(epochs=(2, 4), factor=0.5), plan)
    assert (steps.boundaries, steps.values) == ([9, 29], [0.1, 0.05, 0.025])
    assert [float(steps(step)) for step in (0, 9, 10, 29, 30)] == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025])
    warm = make_schedule(CosineDecay(warmup_epochs=0.5, initial=0.2, alpha=0.1), plan)
    assert (warm.warmup_steps, warm.decay_steps, warm.initial_learning_rate, warm.warmup_target, warm.alpha) == (
        5, 45, pytest.approx(0.02), 0.1, 0.1)


@given(st.builds(OneCycle, initial=st.floats(0.01, 1), rise=st.floats(0.05, 0.5), final=st.floats(0, 1)), PLANS)
def test_one_cycle_rises_falls_and_ends_low(schedule: OneCycle, plan: Plan) -> None:
    found = rates(schedule, plan)
    whole = plan.steps
    assert found[0] == pytest.approx(plan.learning_rate * schedule.initial, rel=1e-4)
    assert found.max() <= plan.learning_rate * (1 + 1e-5)
    assert found.min() >= plan.learning_rate * min(schedule.initial, schedule.final) * (1 - 1e-4) - 1e-9
    rising = found[: int(schedule.rise * whole)]
    assert (np.diff(rising) >= -1e-7).all()


@pytest.mark.parametrize("schedule", [OneCycle(), OneCycle(rise=0.5), OwnSchedule(),
                                      OwnSchedule(formula="0.25"), OwnSchedule(formula="learning_rate / epoch"),
                                      OwnSchedule(formula="a = 2\nlearning_rate * where(step < 7, 1, epochs / a**3)")])
def test_a_formula_in_keras_is_the_formula_that_is_drawn(schedule: Schedule) -> None:
    plan = Plan(0.3, 7, 4)
    of_keras = make_schedule(schedule, plan)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(of_keras))
    assert isinstance(again, FormulaSchedule)
    np.testing.assert_allclose(rates(schedule, plan), [float(again(step)) for step in range(28)], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("formula", "sentence"), [
    ("learning_rate * (0.5 - progress)", "at every step; at step 11 it is not. Received: -0.005."),
    ("learning_rate / step", "at step 0 it is not. Received: inf."),
    ("learning_rat * 2", "line 1, column 1: expected one of step, steps, epoch, epochs, progress, learning_"),
    ("y = 2\nmean(step)", "line 2, column 1: expected a function of single numbers. Received: mean."),
    ("step > 3", "expected a number as the learning rate"), ("None", "expected a number as the learning rate"),
    ("step[0]", "expected single numbers, which have no parts and stand in no list"),
    ("step @ step", "expected * between single numbers"), ("", "expected"),
])
def test_what_cannot_be_followed_is_one_sentence(formula: str, sentence: str) -> None:
    problem = schedule_problem(OwnSchedule(formula=formula), Plan(0.1, 5, 4))
    assert problem is not None
    assert sentence in str(problem)
    assert str(problem).startswith("schedule.formula")


def test_a_warm_up_ends_before_the_training() -> None:
    assert schedule_problem(CosineDecay(warmup_epochs=2), Plan(0.1, 5, 3)) is None
    assert "schedule.warmup_epochs: expected a warm-up that is shorter" in str(
        schedule_problem(CosineDecay(warmup_epochs=3), Plan(0.1, 5, 3)))


def test_planned_changes_are_drawn_and_the_rest_is_named() -> None:
    recipe = Recipe.model_validate({"epochs": 4, "optimizer": {"name": "SGD", "learning_rate": 0.5}, "callbacks": [
        {"name": "LearningRateStep", "epochs": [2], "factor": 0.5}, {"name": "ReduceLROnPlateau"}], "rules": [
        {"name": "third", "when": "on_epoch_begin", "epochs": [3], "action": {"name": "SetLearningRate", "rate": "1"}},
        {"name": "last", "when": "on_train_batch_end", "every": 7, "once": True, "condition": "step > epoch"},
        {"name": "unsure", "when": "on_epoch_end", "condition": "loss > 3"}]})
    found = planned(recipe, 2)
    assert found.rates.tolist() == pytest.approx([0.5, 0.5, 0.25, 0.25, 1, 1, 1, 0.1])
    assert found.open == ("ReduceLROnPlateau", "unsure")


@pytest.mark.parametrize("schedule", [
    {"name": "OneCycle"}, pytest.param({"name": "CosineDecay"}, marks=pytest.mark.slow),
    pytest.param({"name": "StepDecay", "epochs": [2]}, marks=pytest.mark.slow)])
def test_every_batch_has_its_rate_and_a_pause_changes_nothing(
    attempts: Callable[..., Attempts], schedule: dict[str, Any]
) -> None:
    given = {"schedule": schedule, "epochs": 3, "optimizer": {"name": "RAdam", "learning_rate": 0.02}}
    whole, parted = attempts("whole", DROPOUT, **given), attempts("parted", DROPOUT, **given)
    whole()
    chance = random.Random(str(schedule))
    while parted(at(chance.randrange(3, 16), "pause")).ended == "paused":
        assert parted.attempt < 50
    assert parted.story == whole.story
    assert parted.weights == whole.weights
    expected = planned(Recipe.model_validate(given), 6).rates
    np.testing.assert_allclose([rate for _loss, _accuracy, rate in whole.batches.values()], expected, rtol=1e-5)
    assert [epoch["learning_rate"] for epoch in whole.epochs] == pytest.approx(expected[5::6].tolist(), rel=1e-5)
    model = keras.models.load_model(whole.folder / "model.keras")
    assert float(model.optimizer.learning_rate) == pytest.approx(float(make_schedule(
        Recipe.model_validate(given).schedule, Plan(0.02, 6, 3))(18)), rel=1e-5)


@pytest.mark.parametrize("given", [
    {"schedule": {"name": "CosineDecay"}}, {"rules": [{"name": "tenfold", "epochs": [2], "action": {
        "name": "MultiplyLearningRate", "factor": 10}}]}])
def test_of_very_long_trainings_some_batches_are_looked_at(given: dict[str, Any]) -> None:
    recipe = Recipe.model_validate({"epochs": 1000, "optimizer": {"name": "SGD", "learning_rate": 0.5}, **given})
    found = planned(recipe, 900_000)
    assert len(found.steps) == len(found.rates) == MOST_STEPS
    assert (found.steps[0], found.steps[-1]) == (0, 900_000_000 - 1)
    if recipe.rules:
        assert set(found.rates[found.steps < 900_000]) == {0.5}
        assert set(found.rates[found.steps >= 900_000]) == {5.0}


def test_long_rules_are_not_followed_through_all_batches() -> None:
    asked = "\n".join(f"a{line} = tanh(step * {line})" for line in range(35)) + "\na1 > 2"
    recipe = Recipe.model_validate({"epochs": 1000, "rules": [
        {"name": "slow", "when": "on_train_batch_end", "condition": asked},
        {"name": "once", "epochs": [2]}]})
    found = planned(recipe, 50)
    assert found.open == ("slow",)
    assert len(set(found.rates)) == 2
