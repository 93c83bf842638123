"""Names that mean something to Python or Keras are kept apart from it in the exported code."""

from __future__ import annotations

import ast
import json

import pytest

from lib.arch.python_code import TAKEN
from lib.own import kinds
from lib.own.export import exported
from lib.own.verdict import judged

MADE = {
    "lambda": ({"formula": "relu(x)"}, (4,)),
    "activation": ({"formula": "relu(x) * 2"}, (4,)),
    "layer": ({"call": "relu(x) * n", "numbers": [{"name": "n", "value": 2}]}, (4,)),
    "loss": ({"formula": "mean(square(y_true - y_pred))"}, (10,)),
    "metric": ({"formula": "mean(square(y_true - y_pred))"}, (10,)),
    "rule": ({"condition": "learning_rate / 2 > 0.1"}, (3,)),
    "schedule": ({"formula": "learning_rate * exp(-progress)"}, (5,)),
}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("name", ["none", "true", "ops", "keras", "np", "super", "float", "print"])
def test_a_name_takes_none_that_the_code_needs(kind: str, name: str) -> None:
    fields, shape = MADE[kind]
    thing = kinds.read(kind, json.dumps({"name": name, **fields}))
    assert judged(kind, thing, shape).error is None
    defined = [node.name for node in ast.parse(exported(kind, thing, shape)).body
               if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert any(each.lower().startswith(name) for each in defined)
    assert not {*defined} & TAKEN
