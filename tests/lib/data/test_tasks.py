"""Every task makes the examples that it promises: the same ones again, and those of one part from its images alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lib import data
from lib.data import DATASETS, Dataset, Split
from lib.data.examples import NOISE, Examples, Part, View, examples, noisy, same_or_different
from lib.data.tasks import TASKS
from lib.errors import UserError

PARTS: tuple[Part, ...] = ("train", "validation", "test")
FITTING = [(task, name) for task in TASKS for name in ("mnist", "shapes") if TASKS[task].fits(DATASETS[name])]


@cache
def dataset(name: str) -> Dataset:
    return data.load(name)


def parts(name: str = "mnist", train_images: int | None = 200) -> Split:
    return data.split(dataset(name), 0.05, 7, train_images)


def same(one: Examples, other: Examples) -> bool:
    everything = slice(None)
    return all(np.array_equal(view.take(everything), other.inputs[name].take(everything))
               for name, view in one.inputs.items()) and all(
        np.array_equal(*(each.take(everything) if isinstance(each, View) else each
                         for each in (target, other.targets[name])))
        for name, target in one.targets.items())


@pytest.mark.parametrize(("task", "name"), FITTING)
@pytest.mark.parametrize("part", PARTS)
def test_examples_are_as_the_task_says(task: str, name: str, part: Part) -> None:
    info, made = DATASETS[name], examples(task, parts(name), part, 3)
    assert {key: view.shape for key, view in made.inputs.items()} == TASKS[task].inputs(info)
    targets = TASKS[task].targets(info)
    assert made.targets.keys() == targets.keys()
    for key, target in targets.items():
        answers = made.targets[key]
        assert len(answers) == len(made)
        if target.kind == "image":
            assert isinstance(answers, View)
            assert answers.shape == target.shape
        elif target.labels:
            assert not isinstance(answers, View)
            assert 0 <= answers.min() <= answers.max() < len(target.labels)
            assert target.shape == ((len(target.labels),) if target.kind == "classes" else (1,))


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_gives_the_same_examples(task: str) -> None:
    split = parts()
    if not TASKS[task].fits(DATASETS["mnist"]):
        return
    for part in PARTS:
        assert same(examples(task, split, part, 3), examples(task, split, part, 3))
    assert same(examples(task, split, "test", 3), examples(task, split, "test", 4)), "comparable between seeds"


@pytest.mark.parametrize("task", ["same", "sum", "denoise"])
def test_another_seed_gives_other_examples(task: str) -> None:
    assert not same(examples(task, parts(), "train", 3), examples(task, parts(), "train", 4))


@pytest.mark.parametrize(("task", "name"), FITTING)
def test_no_image_of_one_part_is_in_another(task: str, name: str) -> None:
    split = parts(name)
    seen = [{int(row) for view in examples(task, split, part, 3).inputs.values() for row in view.rows}
            for part in ("train", "validation")]
    if task != "denoise":  # whose images are copies with noise
        assert seen[0] <= set(split.train.tolist())
        assert seen[1] <= set(split.validation.tolist())
        assert all(view.images is split.dataset.x_test for view in examples(task, split, "test", 3).inputs.values())


def test_half_of_the_pairs_are_the_same() -> None:
    split = parts(train_images=None)
    for part in PARTS:
        pairs = examples("same", split, part, 3)
        labels = split.dataset.y_test if part == "test" else split.dataset.y_train
        left, right, answers = pairs.inputs["left"].rows, pairs.inputs["right"].rows, pairs.targets["same"]
        assert not isinstance(answers, View)
        assert ((labels[left] == labels[right]) == (answers == 1)).all()
        assert (left != right).all()
        assert abs(2 * answers.sum() - len(answers)) <= 1
        assert len(np.unique(left)) == len(left), "every image is used"


def test_the_answers_are_those_of_the_images() -> None:
    split = parts()
    labels = split.dataset.y_train
    pairs = examples("sum", split, "train", 3)
    assert (pairs.targets["sum"] == labels[pairs.inputs["left"].rows] + labels[pairs.inputs["right"].rows]).all()
    numbers = examples("sum-number", split, "train", 3).targets["sum"]
    assert not isinstance(numbers, View)
    assert numbers.dtype == np.float32
    parity = examples("parity", split, "train", 3)
    assert (parity.targets["digit"] == labels[parity.inputs["image"].rows]).all()
    assert (parity.targets["parity"] == labels[parity.inputs["image"].rows] % 2).all()


def test_halves_are_the_halves() -> None:
    made = examples("halves", parts(), "train", 3)
    left, right = made.inputs["left"].take(slice(0, 5)), made.inputs["right"].take(slice(0, 5))
    whole = made.inputs["left"].images[made.inputs["left"].rows[:5]]
    assert (np.concatenate([left, right], axis=2) == whole).all()


def test_noise_lies_on_what_is_to_be_told_and_is_as_strong_as_said() -> None:
    grey = np.full((50, 20, 20, 1), 128, np.uint8)
    found = noisy(grey, np.arange(50, dtype=np.int32), np.random.default_rng(0)).astype(float) - 128
    assert abs(found.mean()) < 2
    assert abs(found.std() / 255 - NOISE) < 0.02
    made = examples("denoise", parts(), "train", 3)
    target = made.targets["image"]
    assert isinstance(target, View)
    assert (target.take(slice(0, 3)) != made.inputs["image"].take(slice(0, 3))).mean() > 0.3


def test_what_a_task_needs_is_one_sentence() -> None:
    assert str(TASKS["sum"].problem(DATASETS["shapes"])) == (
        "task: expected a data set of the digits from 0 to 9 for this task. Received: Shapes (synthetic).")
    assert TASKS["sum"].problem(DATASETS["mnist"]) is None
    assert [name for name in TASKS if TASKS[name].fits(DATASETS["cifar10"])] == [
        "classify", "same", "animal", "halves", "reconstruct", "denoise"]


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(0, 1000))
def test_pairs_of_any_labels(given_labels: list[int], seed: int) -> None:
    labels = np.array(given_labels, np.int64)
    rows = np.flatnonzero(np.arange(len(labels)) % 3 > 0).astype(np.int32)
    assume(not len(rows) or len(set(labels[rows].tolist())) > 1)
    left, right, answers = same_or_different(labels, rows, np.random.default_rng(seed))
    assert sorted(left.tolist()) == sorted(rows.tolist())
    assert set(right.tolist()) <= set(rows.tolist())
    assert ((labels[left] == labels[right]) == (answers == 1)).all()
    assert (left != right).all()
    paired = sum(count for count in np.unique(labels[rows], return_counts=True)[1] if count > 1)
    assert answers.sum() == min(len(rows) // 2, paired)


def test_there_are_no_pairs_of_one_class_alone() -> None:
    images, labels = np.zeros((9, 28, 28, 1), np.uint8), np.zeros(9, np.int64)
    alone = Split(Dataset("mnist", "folder", images, labels, images, labels), np.arange(6), np.arange(6, 9))
    with pytest.raises(UserError, match="at least two classes"):
        examples("same", alone, "train", 0)
