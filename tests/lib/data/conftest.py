"""Small files that look like the published ones, and the published ones where this machine has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.data import DATASETS, sources
from lib.settings import settings

FULL = Path(__file__).resolve().parents[4] / "shared/data"


def arrays(name: str, train: int = 30, test: int = 10) -> dict[str, np.ndarray]:
    """Random images and every label, in the layout of the full file of data set `name`."""
    generator, info = np.random.default_rng(0), DATASETS[name]
    shape = info.input_shape if info.input_shape[2] > 1 else info.input_shape[:2]
    result = {}
    for part, images in (("train", train), ("test", test)):
        result[f"x_{part}"] = generator.integers(0, 256, (images, *shape), np.uint8)
        result[f"y_{part}"] = (np.arange(images) % info.classes).astype(np.uint8)
    return result


@pytest.fixture
def data() -> Path:
    """The data folder of this test."""
    folder = settings().data
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def write(data: Path) -> Callable[..., Path]:
    """Writes a file of the data folder: `write("mnist", y_train=...)` with arrays replaced, or left out by `None`."""

    def write(name: str, **changed: Any) -> Path:
        path = data / f"{name}.npz"
        kept = {key: array for key, array in {**arrays(name), **changed}.items() if array is not None}
        np.savez(path, **kept)
        return path

    return write


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test reads its own files."""
    monkeypatch.setattr(sources, "_loaded", {})
