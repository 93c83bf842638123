"""The published batches are read; a pickle that is anything else runs nothing."""

from __future__ import annotations

import io
import os
import pickle
import struct
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from lib.data import available, cifar_batches, load
from lib.errors import UserError


class Touch:
    """Unpickled by pickle itself, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def batch(images: int, seed: int) -> dict[bytes, Any]:
    planes = np.random.default_rng(seed).integers(0, 256, (images, 3072), np.uint8)
    return {b"batch_label": b"a batch", b"labels": [seed % 10] * images, b"data": planes, b"filenames": [b"x"] * images}


class Python2(pickle._Pickler):  # type: ignore[name-defined]
    """Pickles as Python 2 did in 2009: text is bytes, and numpy's flags are numbers."""

    def _save_text(self, text: bytes | str) -> None:
        content = text.encode("latin-1") if isinstance(text, str) else text
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)

    def _save_flag(self, flag: bool) -> None:
        self.write(pickle.BININT1 + bytes([flag]))

    dispatch: ClassVar = {**pickle._Pickler.dispatch, bytes: _save_text, str: _save_text, bool: _save_flag}


def as_published(content: dict[bytes, Any]) -> bytes:
    """`content` as the authors of the set pickled it, when numpy's modules still had their old names."""
    file = io.BytesIO()
    Python2(file, 2).dump(content)
    return file.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


@pytest.fixture
def batches(tmp_path: Path) -> Path:
    """A folder of six small batches where Keras unpacks them."""
    target = f"{cifar_batches.FOLDER}-target/{cifar_batches.FOLDER}"
    folder = Path(os.environ["KERAS_HOME"]) / "datasets" / target
    folder.mkdir(parents=True)
    for seed, name in enumerate((*cifar_batches.TRAIN_BATCHES, cifar_batches.TEST_BATCH)):
        (folder / name).write_bytes(as_published(batch(4, seed)))
    return folder


def test_batches_are_read_as_images_with_channels_last(batches: Path) -> None:
    assert available("cifar10") == "keras cache"
    dataset = load("cifar10")
    assert dataset.x_train.shape == (20, 32, 32, 3)
    assert dataset.y_train.tolist() == [number for number in range(5) for _ in range(4)]
    planes = batch(4, 5)[b"data"]
    assert dataset.x_test[2, 3, 4].tolist() == [planes[2, colour * 1024 + 3 * 32 + 4] for colour in range(3)]


def test_an_archive_gives_the_same(batches: Path, tmp_path: Path) -> None:
    archive = tmp_path / "cifar.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(batches, cifar_batches.FOLDER)
    there, here = cifar_batches.read_archive(archive), cifar_batches.read_folder(batches)
    assert all(np.array_equal(there[key], here[key]) for key in here)


def test_code_in_a_pickle_does_not_run(batches: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    (batches / "data_batch_3").write_bytes(pickle.dumps({b"data": Touch(marker), b"labels": []}, protocol=2))
    with pytest.raises(UserError, match="data_batch_3: expected an unchanged CIFAR-10 batch") as caught:
        load("cifar10")
    assert not marker.exists()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [
    b"", b"not a pickle", pickle.dumps(7), pickle.dumps({}), pickle.dumps(np.float64), pickle.dumps(print),
    as_published({b"data": np.zeros((2, 7), np.uint8), b"labels": [0, 0]}), as_published(batch(4, 0))[:-500],
], ids=["empty", "text", "number", "dictionary", "another type", "function", "other images", "truncated"])
def test_a_broken_batch_is_named(batches: Path, content: bytes) -> None:
    (batches / "test_batch").write_bytes(content)
    with pytest.raises(UserError, match=r"cifar-10-batches-py/test_batch: expected an unchanged CIFAR-10 batch"):
        load("cifar10")


def test_a_missing_batch_is_named(batches: Path) -> None:
    (batches / "data_batch_2").unlink()
    with pytest.raises(UserError, match=r"data_batch_2: expected all six CIFAR-10 batches. Received: no such file"):
        load("cifar10")


def test_numbers_that_are_no_images_are_named(batches: Path) -> None:
    (batches / "test_batch").write_bytes(as_published({b"data": np.zeros((2, 3072)), b"labels": [0, 0]}))
    with pytest.raises(UserError, match=r"cifar-10-batches-py \(x_test\): expected whole numbers from 0 to 255"):
        load("cifar10")
