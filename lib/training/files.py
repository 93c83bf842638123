"""Files of a training: each is there whole or not at all. Imports no Keras."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from lib.i18n import N_
from lib.training.run import not_written

NOT_SAVED: Final = N_("could not be written ({problem})")


def write(path: Path, text: str) -> None:
    """Put `text` into `path`.

    Raises:
        UserError: it cannot be written.
    """
    with writing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Put `value` into `path`.

    Raises:
        UserError: it cannot be written.
    """
    write(path, json.dumps(value, ensure_ascii=False, allow_nan=False))


def draft_of(path: Path) -> Path:
    """Where a file is made before it takes the name `path`."""
    return path.with_name(f".{path.name}")


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Make a file under the name that is given, and it takes the name `path` then; none need be made.

    Raises:
        UserError: it cannot be written; nothing is left behind.
    """
    draft = draft_of(path)
    try:
        # What a killed attempt may have left is no file.
        draft.unlink(missing_ok=True)
        yield draft
        if draft.exists():
            draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise not_written(path.name, NOT_SAVED, error) from error
