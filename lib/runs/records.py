"""What the store hands out: drafts, runs and their events, all frozen."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lib.errors import UserError
from lib.runs.states import ACTIVE, ENDED, WAITING, State
from lib.training.run import Wish

_ID_BYTES: Final = 16


def new_id() -> str:
    """128 random bits as 32 hexadecimal digits: an id that nobody guesses."""
    return secrets.token_hex(_ID_BYTES)


@dataclass(frozen=True)
class Draft:
    """An architecture and a recipe under construction, as JSON texts; times are seconds since 1970."""

    id: str
    owner: str
    architecture: str
    recipe: str | None
    updated: float


@dataclass(frozen=True)
class Own:
    """Something that its owner has made and named, as a JSON text; the time is in seconds since 1970."""

    owner: str
    kind: str
    name: str
    body: str
    updated: float


@dataclass(frozen=True)
class Event:
    """One thing that happened in a run: `seq` grows by one from 1, `time` is in seconds since 1970.

    `data` is the event as it was emitted, `kind` included; a loss that was NaN is NaN again.
    """

    seq: int
    time: float
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One training as the store knows it; times are seconds since 1970, accuracies fractions of 1.

    `architecture` and `recipe` are JSON texts; `data_folder` is where the process that submitted it
    looks for data sets. `epoch` counts completed epochs and `progress` goes from 0 to 1.
    `last_event` is the `seq` of the newest event (0: none), `worker` the process that trains it.
    `stop_seen` says that the worker has noticed the wish to stop or to pause. `place` and `served`
    count the runs that came into the queue and that were given to workers. `secured` is the step of
    the furthest checkpoint, `deaths` the workers lost since. `needs_room` are the bytes that must be
    free before a run goes on that was paused because the disk was full. `trained` are the seconds
    spent in all attempts, `remaining` those that the training will still take, as far as is known.
    `threads` are those that an operation has in every attempt, `beyond` the complete epochs when more
    were wanted (0: never). `rate` is the learning rate that is wanted from the next batch on (None: the
    one that it has). `series` is what the runs have in common that were queued together and differ by
    their seed alone.
    """

    id: str
    owner: str
    name: str
    state: State
    created: float
    started: float | None
    ended: float | None
    architecture: str
    recipe: str
    data_folder: str
    parameters: int
    attempt: int
    epoch: int
    progress: float
    best_val_accuracy: float | None
    test_accuracy: float | None
    images_per_second: float | None
    reason: UserError | None
    stop_seen: bool
    worker: str | None
    heartbeat: float | None
    last_event: int
    wish: Wish
    priority: int
    place: int
    served: int
    secured: int
    deaths: int
    needs_room: int | None
    trained: float
    remaining: float | None
    threads: int | None
    beyond: int
    rate: float | None
    series: str | None
    folder: Path

    @property
    def stop_requested(self) -> bool:
        """Whether it was asked to stop at once."""
        return self.wish == "stop"

    @property
    def waiting(self) -> bool:
        """Whether it stands in the queue."""
        return self.state in WAITING

    @property
    def active(self) -> bool:
        """Whether a worker has it in hand."""
        return self.state in ACTIVE

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it unless its owner wants it to go on."""
        return self.state in ENDED
