"""The numbers of each epoch, kept as a CSV file that grows with the training."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from lib.i18n import N_
from lib.training.run import not_written

NOT_WRITTEN: Final = N_("could not be written ({problem})")


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


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Put `value` into `path`, whole or not at all."""
    write(path, json.dumps(value, ensure_ascii=False, allow_nan=False))


def write(path: Path, text: str) -> None:
    """Put `text` into `path`, whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise not_written(path.name, NOT_WRITTEN, error) from error
