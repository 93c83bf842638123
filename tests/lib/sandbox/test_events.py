import math

import pytest

from lib.errors import UserError
from lib.sandbox import events, mistakes
from lib.training.run import STEERED

NOTE = {"kind": "note", "epoch": 1, "source": "by hand", "message": STEERED,
        "values": {"before": 0.1, "after": 0.01, "step": 3}}
BATCHES = {"kind": "batches", "epoch": 1, "steps": [1, 2], "loss": [1.0, math.inf], "accuracy": [0.1, 0.2],
           "learning_rate": [0.1, 0.1], "images_per_second": 10.0, "remaining": None, "progress": 0.5}
EVALUATION = {"kind": "evaluation", "loss": 1.0, "accuracy": 0.5, "confusion": [[1, 0], [1, 0]], "per_class": [1.0, 0],
              "labels": ["a", "b"], "own": False}


@pytest.mark.parametrize("told", [NOTE, BATCHES, EVALUATION, {"kind": "rate", "value": 0.1}])
def test_what_trainings_tell_is_passed_on(told):
    assert events.event(told) == told


@pytest.mark.parametrize("told", [
    None, [], "text", {}, {"kind": "state", "state": "finished", "reason": None}, {"kind": "checkpoint", "step": 1},
    {**NOTE, "message": "{before.__class__.__mro__}"}, {**NOTE, "message": "{before!r}"}, {**NOTE, "message": "{0}"},
    {**NOTE, "message": "{before:>999999999}"}, {**NOTE, "message": "{before:{after}}"},
    {**NOTE, "message": "{missing}"},
    {**NOTE, "message": "{", "values": {}}, {**NOTE, "message": "{before:d}", "values": {"before": "text"}},
    {**NOTE, "message": "{before:e}", "values": {"before": None}},
    {**NOTE, "message": "{before:e}", "values": {"before": 10**400}},
    {**NOTE, "message": "x" * 2000}, {**NOTE, "values": {"before": []}}, {**NOTE, "epoch": "1"}, {**NOTE, "more": 1},
    {**NOTE, "epoch": -1}, {**NOTE, "epoch": 10**30}, {**BATCHES, "loss": [1.0]}, {**BATCHES, "loss": ["<b>", "x"]},
    {**EVALUATION, "confusion": [[1]]}, {**EVALUATION, "confusion": "text"}, {**EVALUATION, "labels": ["a"]},
    {**EVALUATION, "labels": ["a", "b" * 200]}, {"kind": "rate", "value": {}},
])
def test_what_no_training_tells_is_refused(told):
    with pytest.raises(UserError, match="something that no training tells"):
        events.event(told)


def test_pictures_that_were_drawn_inside_are_not_opened_outside():
    told = {"kind": "evaluation", "loss": 1.0, "accuracy": 0.5, "task": "denoise",
            "outputs": [{"name": "out", "kind": "image", "pictures": [{"inputs": ["AAAA"], "told": "AAAA"}]}]}
    assert events.event(told)["outputs"] == [{"name": "out", "kind": "image", "pictures": []}]


@pytest.mark.parametrize("told", [
    None, 12, {}, {"where": "a", "expected": "{x.__class__}", "received": None, "values": {"x": 1}},
    {"where": "a", "expected": "{x}", "received": None, "values": {}},
    {"where": "a", "expected": "b", "received": {"words": 1}, "values": {}},
    {"where": "a", "expected": "b", "received": None, "values": {"x": {"y": 1}}},
])
def test_a_mistake_that_is_none_is_one_all_the_same(told):
    assert "something that no training tells" in str(mistakes.error(told))


def test_a_mistake_is_told_as_it_is():
    error = UserError("loss", "expected a finite number at step {step}", "NaN", step=3)
    assert str(mistakes.error(error.to_json())) == str(error)
