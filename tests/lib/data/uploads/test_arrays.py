"""An .npz of images and labels becomes a data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lib.data.uploads import Upload, read
from lib.errors import UserError
from tests.lib.data.uploads.files import saved


def pixels(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def uploaded(side: int | None = None, **arrays: Any) -> Upload:
    return read(saved(**arrays), "mine.npz", side)


LABELS = np.arange(40) % 4


def test_images_and_labels_are_enough() -> None:
    images = pixels(40, 8, 6)
    found = uploaded(images=images, labels=LABELS)
    assert found.labels == ("0", "1", "2", "3")
    assert found.arrays.x_train.shape == (33, 8, 6, 1)
    assert found.arrays.x_test.shape == (7, 8, 6, 1)
    together = np.concatenate([found.arrays.x_train, found.arrays.x_test])[..., 0]
    assert sorted(image.tobytes() for image in together) == sorted(image.tobytes() for image in images)


def test_parts_stay_as_they_are_given() -> None:
    x_train, x_test = pixels(40, 8, 8, 3), pixels(8, 8, 8, 3)
    found = uploaded(x_train=x_train, y_train=LABELS[:, np.newaxis], x_test=x_test, y_test=LABELS[:8])
    assert (found.arrays.x_train == x_train).all()
    assert (found.arrays.x_test == x_test).all()
    assert (found.arrays.y_test == LABELS[:8]).all()


def test_labels_may_be_words_or_have_words_beside_them() -> None:
    words = np.array(["oak", "ash", "elm", "고로쇠"])
    assert uploaded(images=pixels(40, 8, 8), labels=words[LABELS]).labels == ("ash", "elm", "oak", "고로쇠")
    assert uploaded(images=pixels(40, 8, 8), labels=LABELS, class_names=words).labels == tuple(words)


def test_labels_need_not_begin_at_nothing() -> None:
    found = uploaded(images=pixels(40, 8, 8), labels=LABELS * 10 - 5)
    assert found.labels == ("-5", "5", "15", "25")
    assert set(found.arrays.y_train) == {0, 1, 2, 3}


@pytest.mark.parametrize("array", [
    pixels(40, 8, 8), pixels(40, 8, 8).astype(np.int32), pixels(40, 8, 8).astype(np.float64),
    pixels(40, 8, 8).astype(np.float32) / np.float32(255), np.asfortranarray(pixels(40, 8, 8)),
    pixels(40, 8, 8).astype(">i4"),
], ids=["uint8", "int32", "float64", "from 0 to 1", "by columns", "big endian"])
def test_however_the_numbers_are_written_the_pixels_are_the_same(array: NDArray[Any]) -> None:
    plain = uploaded(x_train=pixels(40, 8, 8), y_train=LABELS, x_test=pixels(40, 8, 8), y_test=LABELS)
    found = uploaded(x_train=array, y_train=LABELS, x_test=array, y_test=LABELS)
    assert (found.arrays.x_train == plain.arrays.x_train).all()


def test_another_size_can_be_chosen() -> None:
    assert uploaded(16, images=pixels(40, 8, 6, 3), labels=LABELS).arrays.x_train.shape[1:] == (16, 16, 3)
    assert uploaded(images=pixels(40, 192, 96, 1), labels=LABELS).arrays.x_train.shape[1:] == (96, 48, 1)


@pytest.mark.parametrize(("arrays", "sentence"), [
    ({"x": pixels(4, 8, 8)}, "expected the arrays x_train and y_train, or images and labels"),
    ({"images": pixels(40, 3, 8, 8), "labels": LABELS}, "use numpy.moveaxis(images, 1, -1)"),
    ({"images": pixels(40, 64), "labels": LABELS}, "expected images of shape (N, height, width)"),
    ({"images": pixels(40, 8, 8), "labels": LABELS[:30]}, "expected one label for each of the 40 images"),
    ({"images": pixels(40, 8, 8), "labels": LABELS / 2}, "expected one whole number or word"),
    ({"images": pixels(40, 8, 8), "labels": LABELS * 0}, "expected from 2 to 100 classes"),
    ({"images": pixels(40, 8, 8), "labels": np.arange(40)}, "expected at least 3 images of each class"),
    ({"images": pixels(40, 8, 8) * 3.0, "labels": LABELS}, "expected numbers from 0 to 255"),
    ({"images": pixels(40, 8, 8), "labels": LABELS, "class_names": np.array(["a"])}, "one word for each class"),
    ({"images": pixels(0, 8, 8), "labels": LABELS[:0]}, "expected images of shape"),
    ({"x_train": pixels(40, 8, 8), "y_train": LABELS, "x_test": pixels(4, 8, 8)}, "expected both x_test and y_test"),
    ({"x_train": pixels(40, 8, 8), "y_train": LABELS, "x_test": pixels(4, 9, 8), "y_test": LABELS[:4]}, "same size"),
    ({"x_train": pixels(40, 8, 8), "y_train": LABELS, "x_test": pixels(4, 8, 8), "y_test": LABELS[:4] + 2},
     "expected only classes that y_train has too"),
])
def test_what_does_not_fit_is_one_sentence(arrays: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as raised:
        uploaded(**arrays)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("mine.npz")
    assert "\n" not in str(raised.value)
