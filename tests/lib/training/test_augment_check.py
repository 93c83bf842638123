"""What is wrong with augmentation and class weights: one sentence, and one click that mends it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lib.arch import Architecture, presets
from lib.errors import UserError
from lib.training.augmentation import AUGMENTATIONS, MOST_STEPS
from lib.training.check import check
from lib.training.class_weights import weights_of
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from tests.lib.training.test_tasks import network_for

LENET = presets.load("lenet5")
MIXING = [{"name": "RandomFlip"}, {"name": "MixUp"}]


@pytest.mark.parametrize(("architecture", "recipe", "sentence", "mend"), [
    (network_for("same"), {"task": "same", "augmentation": MIXING},
     ("augmentation: expected no step that mixes images: only classes can be mixed with them, not the answers of this "
     "task. Received: MixUp."), "Leave MixUp out"),
    (LENET, {"loss": {"name": "Hinge"}, "augmentation": MIXING},
     "loss: expected a loss that takes mixed answers, for MixUp gives such. Received: Hinge.",
     "Learn by SparseCategoricalCrossentropy"),
    (network_for("same"), {"task": "same", "class_weight": "balanced"},
     "class_weight: expected none for this task: it does not tell the class alone. Received: balanced.",
     "Let all classes weigh the same"),
    (LENET, {"loss": {"name": "Dice"}, "class_weight": [1.0] * 10},
     ("class_weight: expected none beside the loss Dice, one number of a whole batch. Received: 1, 1, 1, 1, 1, 1, "
      "1, 1, 1, 1."), "Let all classes weigh the same"),
    (LENET, {"class_weight": [1.0, 2.0]},
     "class_weight: expected 10 weights, one for each class of MNIST. Received: 2.",
     "Balance the classes by how often they occur"),
    (LENET, {"class_weight": [0.0] * 10},
     "class_weight: expected a class that weighs more than 0. Received: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.",
     "Balance the classes by how often they occur"),
])
def test_a_mistake_is_one_sentence_and_has_a_repair(
    architecture: Architecture, recipe: dict[str, Any], sentence: str, mend: str
) -> None:
    asked = Recipe.model_validate(recipe)
    assert [str(problem) for problem in check(architecture, asked)] == [sentence]
    repair = next(each for each in repairs(architecture, asked, 60_000) if str(each) == mend)
    assert check(repair.architecture, repair.recipe) == ()


@pytest.mark.parametrize(("value", "sentence"), [
    ([{"name": "RandomFlop"}], "RandomFlop"), ([{"name": "RandomFlip", "mode": "both"}], "both"),
    ([{"name": "RandomRotation", "factor": "0.1"}], "0.1"), ([{"name": "RandomZoom", "zoom": 1}], "zoom"),
    ([{"name": "MixUp", "alpha": 0}], "0"), ([{"name": "CutMix", "factor": 1.5}], "1.5"),
    ([{"name": "RandomErasing", "scale": [0.1]}], "scale"), ([{"name": "RandomFlip"}] * (MOST_STEPS + 1), "12"),
    ({"name": "RandomFlip"}, "augmentation"),
])
def test_a_recipe_with_another_augmentation_is_refused(value: object, sentence: str) -> None:
    with pytest.raises(UserError) as error:
        Recipe.from_json(json.dumps({"augmentation": value}))
    assert sentence in str(error.value)


@pytest.mark.parametrize("value", ["equal", [], [-1.0], ["1"], [1e9], {"0": 1.0}, [True]])
def test_a_recipe_with_other_class_weights_is_refused(value: object) -> None:
    with pytest.raises(UserError, match="class_weight"):
        Recipe.from_json(json.dumps({"class_weight": value}))


def test_recipes_keep_every_step_in_its_order() -> None:
    steps = [*AUGMENTATIONS, *list(AUGMENTATIONS)[:2]]
    recipe = Recipe.from_json(json.dumps({"augmentation": [{"name": name} for name in steps], "class_weight":
                                          [0, 1, 2.5]}))
    assert [step.name for step in recipe.augmentation] == steps
    assert recipe.class_weight == (0.0, 1.0, 2.5)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert not Recipe().mixes
    assert recipe.mixes
    assert recipe.one_hot


@given(arrays(np.int64, st.integers(1, 60), elements=st.integers(0, 6)))
def test_balanced_classes_count_alike_and_an_image_weighs_1_on_average(labels: np.ndarray) -> None:
    weights = weights_of("balanced", labels, 8)
    assert weights is not None
    assert np.mean(weights[labels]) == pytest.approx(1, rel=1e-5)
    sums = [float(weights[label] * np.sum(labels == label)) for label in np.unique(labels)]
    np.testing.assert_allclose(sums, sums[0], rtol=1e-5)
    assert weights_of(None, labels, 8) is None
