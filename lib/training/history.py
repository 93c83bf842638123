"""The numbers of each epoch, kept as a CSV file that grows with the training."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lib.training.files import write


class History:
    """One row for each complete epoch, by Keras's names; `path` is whole after each.

    Args:
        path: of the file.
        metrics: the names of what is measured beside loss and accuracy.
    """

    def __init__(self, path: Path, metrics: Sequence[str] = ()) -> None:
        self.rows: list[dict[str, Any]] = []
        self._path = path
        told = ("loss", "accuracy", *metrics)
        self._columns = ("epoch", *told, *(f"val_{name}" for name in told), "learning_rate", "seconds")

    def add(self, epoch: int, logs: Mapping[str, float | None], learning_rate: float, seconds: float) -> None:
        """Keep epoch `epoch` (from 1).

        Raises:
            UserError: the file cannot be written.
        """
        self.rows.append({"epoch": epoch, **logs, "learning_rate": learning_rate, "seconds": seconds})
        self._write()

    def restore(self, rows: list[dict[str, Any]]) -> None:
        """Go back to `rows`: what came after them is to come again.

        Raises:
            UserError: the file cannot be written.
        """
        self.rows = list(rows)
        self._write()

    def _write(self) -> None:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self._columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write(self._path, text.getvalue())
