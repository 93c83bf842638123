"""Small images side by side, every pixel a square."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from components.image_grid import class_rows, enlargement, strip
from lib.data import Dataset, load


def opened(png: bytes) -> np.ndarray:
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_become_squares_with_transparent_gaps_between_images(channels: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 5, channels), np.uint8)
    row = opened(strip(images, enlarged=3, gap=2))
    assert row.shape == (12, 3 * 15 + 2 * 2, channels + 1)
    for number, image in enumerate(images):
        start = number * 17
        assert np.array_equal(row[1::3, start + 1 : start + 15 : 3, :channels], image)
        assert np.array_equal(row[::3, start : start + 15 : 3, :channels], image)
        assert (row[:, start : start + 15, channels] == 255).all()
    assert (row[:, 15:17, channels] == 0).all()


def test_every_class_has_a_row_that_the_seed_decides() -> None:
    dataset = load("mnist")
    rows = class_rows(dataset, 0)
    assert [row.number for row in rows] == list(range(10))
    assert [row.png for row in rows] == [row.png for row in class_rows(dataset, 0)]
    assert all(row.png != other.png for row, other in zip(rows, class_rows(dataset, 1), strict=True))


def test_rows_show_images_of_their_class() -> None:
    labels = np.repeat(np.arange(10), 3)
    images = np.broadcast_to((labels * 20).astype(np.uint8)[:, None, None, None], (30, 28, 28, 1)).copy()
    dataset = Dataset("mnist", "folder", images, labels, images[:1].copy(), labels[:1].copy())
    for number, row in enumerate(class_rows(dataset, 0)):
        pixels = opened(row.png)
        assert set(pixels[pixels[..., 1] > 0][:, 0]) == {number * 20}


def test_a_class_without_images_has_no_row() -> None:
    images, labels = np.zeros((4, 28, 28, 1), np.uint8), np.array([0, 0, 3, 3])
    dataset = Dataset("mnist", "folder", images, labels, images[:1].copy(), labels[:1].copy())
    assert [row.number for row in class_rows(dataset, 0)] == [0, 3]


def test_rows_are_kept_no_longer_than_their_images() -> None:
    dataset = load("mnist")
    rows = class_rows(dataset, 0)
    assert class_rows(dataset, 0) is rows
    for seed in range(1, 20):
        class_rows(dataset, seed, each=1)
    assert class_rows(dataset, 0) is not rows


@pytest.mark.parametrize(("side", "times"), [(28, 4), (32, 4), (48, 2), (96, 1), (8, 4), (200, 1)])
def test_large_images_are_not_made_larger(side: int, times: int) -> None:
    assert enlargement((side, side, 3)) == times
