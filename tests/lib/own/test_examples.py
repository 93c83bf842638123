"""Every example can be used; its Python runs without Blockyard and gives the same numbers, and Keras's where it can."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.own import kinds
from lib.own.check import checked
from lib.own.curves import computed
from lib.own.dual import dual
from lib.own.examples import EXAMPLES, Example
from lib.own.export import exported
from lib.own.sample import batches, metric_sample
from lib.own.verdict import judged, plan
from lib.training.rates import scheduled

CLASSES = 4
TWINS = {
    "mish": "keras.activations.mish", "my_mish": "keras.activations.mish", "my_swish": "keras.activations.silu",
    "leaky": "lambda x: keras.activations.leaky_relu(x, 0.01)",
    "my_gelu": "lambda x: keras.activations.gelu(x, approximate=True)",
    "mse": "keras.losses.MeanSquaredError()", "cross_entropy": "keras.losses.CategoricalCrossentropy()",
    "binary_cross_entropy": "keras.losses.BinaryCrossentropy()",
    "focal": "keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=2.0)",
    "smoothed": "keras.losses.CategoricalCrossentropy(label_smoothing=0.1)",
    "MyDense": "keras.layers.Dense(32, activation='relu')",
    "my_recall": "keras.metrics.Recall()", "my_precision": "keras.metrics.Precision()",
}  # fmt: skip
COMPUTED = [example for example in EXAMPLES if example.kind != "python"]
"""Those that are known without the sandbox."""
FORMULAS = [example for example in COMPUTED if example.kind != "rule"]
EPOCHS = 3
STEPS = [0, 1, 7, 30, 100, 150, 299]


def shape(example: Example) -> tuple[int, ...]:
    return {"loss": (CLASSES,), "metric": (CLASSES,), "schedule": (EPOCHS,)}.get(example.kind, example.shape)


def given(example: Example, thing: Any) -> Any:
    """Numbers that go in: batches of truths and answers, or inputs."""
    if example.kind == "metric":
        return [[part.tolist() for part in batch] for batch in batches(CLASSES)]
    if example.kind == "loss":
        return [part.tolist() for part in batches(CLASSES)[0]]
    chance = np.random.default_rng(1)
    if example.kind == "layer":
        shapes = {"x": (2, *example.shape), **thing.shapes(example.shape)}
        return {name: chance.normal(size=shape).tolist() for name, shape in shapes.items()}
    if example.kind == "schedule":
        return {"plan": plan((EPOCHS,))._asdict(), "steps": STEPS}
    names = [name for name in checked(thing.formula, example.shape, kind=example.kind).names if name != "x"] or ["x"]
    return [chance.normal(size=(2, *example.shape)).tolist() for _name in names]


def numbers(example: Example, thing: Any, inputs: Any) -> Any:
    """What Blockyard itself computes."""
    if example.kind == "metric":
        sample = metric_sample(thing.formula, CLASSES)
        return sample.together if thing.over == "epoch" else sample.mean
    if example.kind == "layer":
        values = {name: dual(np.array(value)) for name, value in inputs.items()}
        return computed(thing.checked(example.shape), values).value
    if example.kind == "schedule":
        return scheduled(thing, plan((EPOCHS,)), np.array(STEPS))
    found = checked(thing.formula, shape(example), kind=example.kind)
    names = ["y_true", "y_pred"] if example.kind == "loss" else ["x1", "x2"] if len(inputs) > 1 else ["x"]
    value = computed(found, {name: dual(np.array(one)) for name, one in zip(names, inputs, strict=True)}).value
    return np.mean(value) if example.kind == "loss" else value


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the Python of every example gives, all in one process."""
    jobs = []
    for example in COMPUTED:
        thing: Any = kinds.read(example.kind, json.dumps(example.fields))
        code = exported(example.kind, thing, shape(example))
        name = re.findall(r"^(?:class|def) (\w+)", code, re.MULTILINE)[-1]
        jobs.append({"kind": example.kind, "code": code, "name": name, "twin": TWINS.get(thing.name),
                     "given": None if example.kind == "rule" else given(example, thing)})
    ran = subprocess.run([sys.executable, "-P", str(Path(__file__).with_name("exported.py"))], input=json.dumps(jobs),
                         cwd=tmp_path_factory.mktemp("away"), check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    return {f"{one.kind} {one.fields['name']}": result for one, result in zip(COMPUTED, found, strict=True)}


@pytest.mark.parametrize("example", COMPUTED, ids=[f"{one.kind}-{one.fields['name']}" for one in COMPUTED])
def test_every_example_is_accepted_and_exported(example: Example) -> None:
    thing = kinds.read(example.kind, json.dumps(example.fields))
    assert judged(example.kind, thing, shape(example)).error is None
    compile(exported(example.kind, thing, shape(example)), "exported", "exec")


@pytest.mark.parametrize("example", FORMULAS, ids=[f"{one.kind}-{one.fields['name']}" for one in FORMULAS])
def test_the_python_of_an_example_gives_the_same_numbers_elsewhere(example: Example, results: dict[str, Any]) -> None:
    thing = kinds.read(example.kind, json.dumps(example.fields))
    found = results[f"{example.kind} {example.fields['name']}"]
    wanted = numbers(example, thing, given(example, thing))
    np.testing.assert_allclose(found["out"], wanted, rtol=1e-5, atol=1e-5)
    if "twin" in found:
        np.testing.assert_allclose(found["out"], found["twin"], rtol=1e-5, atol=1e-6)


def test_the_python_of_a_rule_does_what_the_rule_says(results: dict[str, Any]) -> None:
    dropped = [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    np.testing.assert_allclose(results["rule drops"]["out"], dropped, rtol=1e-5)
    by_root = [1.0, *(0.003 / epoch**0.5 for epoch in range(2, 11))]
    np.testing.assert_allclose(results["rule by_root"]["out"], by_root, rtol=1e-5)


def test_names_of_examples_are_names_of_one_thing() -> None:
    names = [(example.kind, example.fields["name"]) for example in EXAMPLES]
    assert len(set(names)) == len(names)
