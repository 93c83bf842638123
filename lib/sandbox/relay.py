"""A training in the sandbox as the worker sees it, which hands on what it tells and what is wished of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, cast

from lib import data
from lib.data.dataset import Dataset
from lib.errors import UserError
from lib.i18n import N_
from lib.runs.records import Run
from lib.sandbox import events, mistakes
from lib.sandbox.fields import MOST, UNTRUE
from lib.sandbox.launch import Box
from lib.sandbox.measure import OFF
from lib.sandbox.parcel import packed
from lib.settings import settings
from lib.training.recipe import Recipe
from lib.training.run import Ended, LeftBehindError, NoRoomError, Wish

JOB: Final = "lib.training.sandboxed"
_HEAR_SECONDS: Final = 0.1
_SPARE_SECONDS: Final = 600
_MOST_EVENTS: Final = 200_000
_MEGABYTE: Final = 1_000_000
NO_MEMORY: Final = N_("could not be handed to the sandbox ({problem})")


def needed(run: Run) -> bool:
    """Whether something of a student's own Python is in the network of `run`."""
    return '"PythonLayer"' in run.architecture


def train(run: Run, emit: Callable[[dict[str, Any]], None], keep: Callable[[], None],
          asked: Callable[[], Wish], rate: Callable[[], float | None], threads: int | None) -> Ended:
    """Train `run` in a process of its own that can touch nothing but its folder, and tell how it ended.

    What it tells is believed as far as it has the form of what a training tells. Nothing in its folder is read here.

    Args:
        run: the run.
        emit: takes each event.
        keep: brings all that was emitted to the disk.
        asked: gives what is wished.
        rate: gives the learning rate that is wished.
        threads: how many an operation has.

    Raises:
        NoRoomError: the disk is full.
        LeftBehindError: it stopped as asked while something took its time.
        UserError: why it has failed, or took more than it may.
    """
    chosen = settings()
    if not chosen.trusted_python:
        raise UserError("", OFF)
    # The supervisor that started this process may have had another data folder than who submitted the run.
    os.environ["BLOCKYARD_DATA"] = run.data_folder
    found = data.load(Recipe.from_json(run.recipe).data)
    descriptor, listed = _handed(found)
    try:
        box = Box(JOB, run.folder, _order(run, found, descriptor, listed), 60 * chosen.run_minutes + _SPARE_SECONDS,
                  chosen.owner_disk * _MEGABYTE, threads, descriptor)
    finally:
        os.close(descriptor)
    try:
        return _Conversation(box, emit, keep, asked, rate).run()
    finally:
        box.close()


class _Conversation:
    """What is said between the worker and the process in the sandbox."""

    def __init__(self, box: Box, emit: Callable[[dict[str, Any]], None], keep: Callable[[], None],
                 asked: Callable[[], Wish], rate: Callable[[], float | None]) -> None:
        self._box, self._emit, self._keep, self._asked, self._rate = box, emit, keep, asked, rate
        self._wished: tuple[Wish, float | None] = ("", None)
        self._events = self._step = 0

    def run(self) -> Ended:
        """Listen until it has ended."""
        while True:
            self._pass_on()
            for words in self._box.hear(_HEAR_SECONDS):
                ended = self._understand(words)
                if ended is not None:
                    return ended

    def _pass_on(self) -> None:
        """Tell what is wished, where that is news."""
        wished = (self._asked(), self._rate())
        if wished != self._wished:
            self._wished = wished
            self._box.tell({"asked": wished[0], "rate": wished[1]})

    def _understand(self, words: dict[str, Any]) -> Ended | None:
        match words:
            case {"event": told}:
                self._events += 1
                if self._events > _MOST_EVENTS:
                    raise UserError("", UNTRUE)
                self._emit(events.event(told))
            case {"keep": True}:
                self._keep()
                # That may have taken a minute: what was wished meanwhile comes before the next batch.
                self._pass_on()
                self._box.tell({"kept": True})
            case {"checkpoint": int(step)} if self._step <= step <= MOST:
                self._step = step
                self._emit({"kind": "checkpoint", "step": step})
            case {"ended": "finished" | "stopped" | "paused" as ended}:
                return cast(Ended, ended)
            case {"left": True}:
                raise LeftBehindError
            case {"no_room": told}:
                error = mistakes.error(told)
                raise NoRoomError(error.where, error.expected, **error.values)
            case {"failed": told}:
                raise mistakes.error(told)
            case _:
                raise UserError("", UNTRUE)
        return None


def _order(run: Run, found: Dataset, descriptor: int, listed: list[Any]) -> dict[str, Any]:
    """What the process is told of its run: of nothing and nobody else."""
    return {"id": run.id, "name": run.name, "architecture": run.architecture, "recipe": run.recipe,
            "attempt": run.attempt, "beyond": run.beyond, "info": asdict(found.info), "source": found.source,
            "arrays": listed, "data": descriptor}


def _handed(found: Dataset) -> tuple[int, list[Any]]:
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        return packed({name: getattr(found, name) for name in names})
    except OSError as error:
        raise UserError(found.info.title, NO_MEMORY, problem=error.strerror or str(error)) from error
