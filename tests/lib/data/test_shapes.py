"""The synthetic set is repeatable, balanced and can be told apart."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lib.data import DATASETS, shapes


def test_the_same_seed_draws_the_same_images(monkeypatch: pytest.MonkeyPatch) -> None:
    info = dataclasses.replace(DATASETS["shapes"], train_images=100, test_images=20)
    monkeypatch.setattr(shapes, "DATASETS", {"shapes": info})
    first, again, other = shapes.generate(3), shapes.generate(3), shapes.generate(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.x_train, other.x_train)


def test_sizes_and_balance_are_those_of_the_catalogue() -> None:
    info, arrays = DATASETS["shapes"], shapes.generate()
    for images, labels, count in ((arrays.x_train, arrays.y_train, info.train_images),
                                  (arrays.x_test, arrays.y_test, info.test_images)):
        assert images.shape == (count, *info.input_shape)
        assert images.dtype == np.uint8
        assert np.bincount(labels).tolist() == [count // info.classes] * info.classes
        assert len(np.unique(labels[:100])) == info.classes


def test_every_class_has_a_drawing() -> None:
    assert set(shapes.DISTANCES) == set(DATASETS["shapes"].labels)


def test_every_image_shows_something() -> None:
    images = shapes.generate().x_test.astype(float)
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
