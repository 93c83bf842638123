"""The split is exact, stratified, repeatable and never mixes its parts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data import Dataset, Split, load, split, split_sizes
from lib.data.split import apportion
from lib.errors import UserError


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Sets of up to 400 tiny images with classes of any sizes, some of them empty."""
    counts = draw(st.lists(st.integers(0, 40), min_size=10, max_size=10).filter(any))
    labels = np.random.default_rng(draw(st.integers(0, 99))).permutation(np.repeat(np.arange(10), counts))
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset("mnist", "folder", images, labels, images[:1].copy(), labels[:1].copy())


fractions = st.floats(0, 0.9)
seeds = st.integers(0, 2**32 - 1)


def proportional(labels: np.ndarray, parent: np.ndarray) -> bool:
    """Whether each class of `labels` is within one of its share in `parent`."""
    have, of = np.bincount(labels, minlength=10), np.bincount(parent, minlength=10)
    return all(abs(int(count) - Fraction(int(size) * len(labels), len(parent))) < 1
               for count, size in zip(have, of, strict=True))


@given(datasets(), fractions, seeds, st.data())
def test_parts_are_exact_apart_and_in_proportion(
    dataset: Dataset, fraction: float, seed: int, data: st.DataObject
) -> None:
    images = len(dataset.y_train)
    held_out = round(images * fraction)
    if held_out == images:
        return
    wanted = data.draw(st.none() | st.integers(1, images - held_out))
    parts = split(dataset, fraction, seed, wanted)
    assert len(parts.validation) == held_out
    assert len(parts.train) == (images - held_out if wanted is None else wanted)
    rows = np.concatenate([parts.train, parts.validation])
    assert len(np.unique(rows)) == len(rows)
    assert proportional(parts.y_val, dataset.y_train)
    learnable = np.delete(dataset.y_train, parts.validation)
    assert proportional(parts.y_train, learnable)


@given(datasets(), st.floats(0, 0.5), seeds)
def test_the_same_seed_gives_the_same_split_whatever_is_learned_from(
    dataset: Dataset, fraction: float, seed: int
) -> None:
    whole, again, one = (split(dataset, fraction, seed, images) for images in (None, None, 1))
    assert np.array_equal(whole.train, again.train)
    assert np.array_equal(whole.validation, again.validation)
    assert np.array_equal(whole.validation, one.validation)
    assert one.train[0] in whole.train


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12), st.floats(0, 1))
def test_seats_are_all_given_and_nobody_gets_more_than_there_are(sizes: list[int], share: float) -> None:
    wanted = round(sum(sizes) * share)
    quotas = apportion(sizes, wanted)
    assert sum(quotas) == wanted
    assert all(0 <= quota <= size for quota, size in zip(quotas, sizes, strict=True))


def test_seeds_differ() -> None:
    dataset = load("mnist")
    assert not np.array_equal(split(dataset, 0.1, 0).validation, split(dataset, 0.1, 1).validation)


def test_arrays_are_those_of_the_rows() -> None:
    dataset = load("mnist")
    parts: Split = split(dataset, 0.25, 7, 100)
    assert parts.x_train.shape == (100, 28, 28, 1)
    assert parts.x_val.shape == (1000, 28, 28, 1)
    assert np.array_equal(parts.x_train[5], dataset.x_train[parts.train[5]])
    assert np.array_equal(parts.y_val, dataset.y_train[parts.validation])
    assert np.bincount(parts.y_train).tolist() == [10] * 10


@pytest.mark.parametrize(("fraction", "images", "said"), [
    (-0.1, None, "validation_fraction: expected at least 0 and less than 1. Received: -0.1."),
    (1.0, None, "validation_fraction: expected at least 0 and less than 1. Received: 1.0."),
    (float("nan"), None, "validation_fraction: expected at least 0 and less than 1. Received: nan."),
    (0.999, None, "validation_fraction: expected at least one of the 100 images left to learn from. Received: 0.999."),
    (0.1, 0, "train_images: expected from 1 to 90 images. Received: 0."),
    (0.1, 91, "train_images: expected from 1 to 90 images. Received: 91."),
])
def test_what_cannot_be_split_is_said(fraction: float, images: int | None, said: str) -> None:
    with pytest.raises(UserError) as caught:
        split_sizes(100, fraction, images)
    assert str(caught.value) == said
