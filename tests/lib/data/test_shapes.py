"""The synthetic set is repeatable, balanced and can be told apart."""

from __future__ import annotations

import numpy as np
import pytest

from lib.data import DATASETS, shapes
from lib.data.npz import Arrays


@pytest.fixture(scope="module")
def drawn() -> Arrays:
    return Arrays(*shapes.generate())


def test_the_same_seed_draws_the_same_images(drawn: Arrays) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(drawn, shapes.generate(), strict=True))
    assert not np.array_equal(drawn.x_train, Arrays(*shapes.generate(3)).x_train)


def test_sizes_and_balance_are_those_of_the_catalogue(drawn: Arrays) -> None:
    info = DATASETS["shapes"]
    for images, labels, count in ((drawn.x_train, drawn.y_train, info.train_images),
                                  (drawn.x_test, drawn.y_test, info.test_images)):
        assert images.shape == (count, *info.input_shape)
        assert images.dtype == np.uint8
        assert np.bincount(labels).tolist() == [count // info.classes] * info.classes
        assert len(np.unique(labels[:100])) == info.classes


def test_every_class_has_a_drawing() -> None:
    assert tuple(shapes.DISTANCES) == DATASETS["shapes"].labels


def test_every_image_shows_something(drawn: Arrays) -> None:
    images = drawn.x_test.astype(float)
    contrast = np.abs(images - np.median(images, axis=(1, 2), keepdims=True)).max(axis=(1, 2, 3))
    assert contrast.min() > 60


def test_drawings_differ_in_area_as_their_shapes_do() -> None:
    rows, columns = np.mgrid[-1:1:200j, -1:1:200j]
    area = {kind: float((distance(columns, rows) < 0).mean()) for kind, distance in shapes.DISTANCES.items()}
    assert abs(area["circle"] - np.pi * 0.95**2 / 4) < 0.01
    assert abs(area["square"] - 0.78**2) < 0.02
    assert area["stripes"] < area["square"]
    assert area["moon"] < area["circle"]
    assert area["star"] < area["circle"]
    assert 0.35 < area["checkerboard"] < 0.48
