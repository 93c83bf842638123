"""Many owners who queue their runs at once, and what has to hold when the last of them is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from lib.runs.history import History
from lib.runs.overview import drain
from lib.runs.records import Run
from lib.runs.states import ACTIVE
from lib.runs.store import Store

EACH = 2
"""Runs of each owner."""


def submit_all(store: Store, owners: Sequence[str], submit: Callable[[str, int], str]) -> dict[str, list[str]]:
    """Have all owners queue their runs at once, while none may begin; returns the ids of each owner's runs."""
    drain(store, True)
    with ThreadPoolExecutor(len(owners)) as threads:
        found = threads.map(lambda owner: [submit(owner, number) for number in range(EACH)], owners)
        return dict(zip(owners, found, strict=True))


def faults(store: Store, line: Sequence[str], most: int) -> list[str]:
    """What is not as it has to be in runs that are over, one line each.

    Args:
        store: where they are.
        line: their ids in the order that was told before the first began.
        most: how many of one owner may be in training at the same time.
    """
    wanted = set(line)
    runs = [run for run in store.runs(None) if run.id in wanted]
    served = sorted(runs, key=lambda run: run.served)
    found = [f"{run.id}: {run.state}, attempt {run.attempt}, {run.reason}"
             for run in runs if (run.state, run.attempt) != ("finished", 1)]
    if len(runs) != len(line):
        found.append(f"{len(line) - len(runs)} runs are gone")
    if [run.id for run in served] != list(line):
        found.append("they were not served in the order that was told")
    for number in range(0, len(served), len(served) // EACH):
        turn = [run.owner for run in served[number:number + len(served) // EACH]]
        if len(set(turn)) != len(turn):
            found.append("an owner was served again before all had had their turn")
    found += [f"{run.id}: batches are missing, or there twice" for run in runs if not whole(store, run)]
    if (together := most_together(store, runs)) > most:
        found.append(f"{together} runs of one owner were in training at the same time")
    return found


def whole(store: Store, run: Run) -> bool:
    """Whether each batch is in the curve once."""
    history = History()
    history.add(store.events(None, run.id))
    steps = history.batches["step"]
    return steps == list(range(1, len(steps) + 1)) and len(history.epochs) == run.epoch


def most_together(store: Store, runs: Sequence[Run]) -> int:
    """The most runs of one owner that were in the hands of workers at the same moment."""
    changes: dict[str, list[tuple[float, int]]] = {}
    for run in runs:
        states = [(event.time, event.data["state"] in ACTIVE) for event in store.events(None, run.id, kinds=["state"])]
        for (_before, was), (at, now) in pairwise(states):
            changes.setdefault(run.owner, []).append((at, now - was))
    return max((int(np.cumsum([change for _at, change in sorted(told)]).max()) for told in changes.values()), default=0)
