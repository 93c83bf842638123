"""Checkpoints that a kill at any moment leaves usable.

`ckpt-N.tmp/` is filled, every file is hashed into MANIFEST and flushed to the disk, and only then the folder gets
its name `ckpt-N`. Whoever loads takes the newest whose hashes are right, so what was cut short is never used.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lib.i18n import N_
from lib.training.run import not_written

FOLDER: Final = "checkpoints"
"""That of all checkpoints of a run, in the folder of the run."""
MANIFEST: Final = "MANIFEST"
STATE: Final = "state.json"
KEPT: Final = 2
LARGEST_TEXT: Final = 64 << 20
NOT_SAVED: Final = N_("the checkpoint could not be written ({problem})")
_NAME: Final = re.compile(r"ckpt-(\d+)(\.tmp)?")


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint: its folder with the files that were written, the global step, and the state kept."""

    path: Path
    step: int
    state: dict[str, Any]


def save(folder: Path, step: int, write: Callable[[Path], None], state: dict[str, Any]) -> Path:
    """Make a checkpoint in `folder` and return its path; the newest two are kept.

    Args:
        folder: where the checkpoints of one run are; made when it is missing.
        step: global steps (batches) done, from 1.
        write: is given an empty folder and puts the files in it, in subfolders too.
        state: whatever else is needed to go on, as a JSON object.

    Raises:
        NoRoomError: there is no room for it.
        UserError: a file cannot be written. The checkpoints from before stay as they were, whatever happened.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = max(_numbered(folder), default=0) + 1
        draft = folder / f"ckpt-{number}.tmp"
        try:
            return _write(draft, step, write, state)
        except Exception:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise not_written(str(folder), NOT_SAVED, error) from error


def load(folder: Path) -> Checkpoint | None:
    """The newest checkpoint in `folder` that is complete and whose hashes are right; None when there is none."""
    return _newest(folder, _numbered(folder))


def before(found: Checkpoint) -> Checkpoint | None:
    """The newest complete and right checkpoint that is older than `found`; None when there is none."""
    name = _NAME.fullmatch(found.path.name)
    last = int(name[1]) if name else 0
    return _newest(found.path.parent, [number for number in _numbered(found.path.parent) if number < last])


def unfinished(folder: Path) -> list[Path]:
    """What in `folder` was to become a checkpoint; once nobody writes there, it never will."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if (name := _NAME.fullmatch(path.name)) and name[2]]


def _newest(folder: Path, numbers: list[int]) -> Checkpoint | None:
    for number in sorted(numbers, reverse=True):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _checked(folder / f"ckpt-{number}")
    return None


def _numbered(folder: Path) -> list[int]:
    """The numbers of the complete checkpoints."""
    if not folder.is_dir():
        return []
    names = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return [int(name[1]) for name in names if name and not name[2]]


def _write(draft: Path, step: int, write: Callable[[Path], None], state: dict[str, Any]) -> Path:
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    write(draft)
    (draft / STATE).write_text(json.dumps({"step": step, "state": state}), encoding="utf-8")
    files = _files(draft)
    manifest = {name: _sha256(draft / name) for name in files}
    (draft / MANIFEST).write_text(json.dumps({"files": manifest}), encoding="utf-8")
    folders = {(draft / name).parent for name in files}
    for path in (*(draft / name for name in files), draft / MANIFEST, *folders, draft):
        _flush(path)
    done = draft.with_suffix("")
    draft.rename(done)
    _flush(done.parent)
    _forget_old(done.parent)
    return done


def _checked(path: Path) -> Checkpoint:
    listed: dict[str, str] = json.loads(_text(path / MANIFEST))["files"]
    # Whoever wrote the list may have had other files in mind than those of the checkpoint.
    if {*listed, MANIFEST} != set(_files(path)):
        raise ValueError(MANIFEST)
    for name, expected in listed.items():
        if _sha256(path / name) != expected:
            raise ValueError(name)
    if STATE not in listed:
        raise ValueError(STATE)
    kept = json.loads(_text(path / STATE))
    return Checkpoint(path, kept["step"], kept["state"])


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_TEXT:
        raise ValueError(path.name)
    return path.read_text(encoding="utf-8")


def _forget_old(folder: Path) -> None:
    """Remove all but the newest, and what a kill left unfinished. What cannot be removed is tried next time."""
    kept = {f"ckpt-{number}" for number in sorted(_numbered(folder))[-KEPT:]}
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Bring a file or a folder from the caches to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
