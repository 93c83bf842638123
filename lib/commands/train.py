"""Training from the command line, by way of the same store and supervisor as the pages."""

from __future__ import annotations

import signal
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from lib import data
from lib.arch import analyse
from lib.commands import given as read
from lib.commands.output import print_json, print_table, tell
from lib.errors import UserError
from lib.i18n import N_, _
from lib.runs.series import MOST_SEEDS, spread, with_seeds
from lib.runs.store import Event, Run, Store
from lib.runs.supervisor import ensure_running
from lib.training.check import check

OWNER: Final = "command line"
_LOOK_EVERY: Final = 0.1


def train(given: Namespace) -> int:
    """Queue a run, follow it to its end and say how it went. Ctrl-C stops it and keeps what it learned."""
    recipe = read.recipe(given)
    architecture = read.fitted(given.architecture, recipe)
    for problem in check(architecture, recipe, len(data.load(recipe.data).y_train)):
        raise problem
    if not 1 <= given.seeds <= MOST_SEEDS:
        raise UserError("--seeds", N_("expected a number from 1 to {most}"), given.seeds, most=MOST_SEEDS)
    store = Store()
    ensure_running()
    name = given.name if given.name is not None else architecture.name or Path(given.architecture).stem
    run_ids = store.submit_series(OWNER, architecture.to_json(), with_seeds(name, recipe, given.seeds),
                                  analyse(architecture).total.parameters)
    with _stop_on_interrupt(store, run_ids):
        results = [_result(store, run_id) for run_id in run_ids]
    if any(run is None for run, _told in results):
        tell(_("The run was deleted meanwhile"))
        return 1
    _print([told for _run, told in results], given.json)
    runs = [run for run, _told in results if run is not None]
    for run in runs:
        if run.reason is not None:
            tell(str(run.reason))
    return max({"finished": 0, "stopped": 0, "failed": 2}.get(run.state, 1) for run in runs)


def _result(store: Store, run_id: str) -> tuple[Run | None, dict[str, Any]]:
    """The run at its end, and what is printed of it."""
    tell(_("Run {run}: waiting for a worker").format(run=run_id))
    logs = _follow(store, run_id)
    run = store.run(OWNER, run_id)
    if run is None:
        return None, {}
    return run, {"run_id": run.id, "state": run.state, "epochs": run.epoch, "val_accuracy": logs.get("val_accuracy"),
                 "test_accuracy": run.test_accuracy, "images_per_second": run.images_per_second}


def _print(results: list[dict[str, Any]], as_json: bool) -> None:
    """One run as it is; several with the mean and the standard deviation of what they came to."""
    rows = [[_cell(value) for value in result.values()] for result in results]
    together = {name: spread(result[name] for result in results) for name in ("val_accuracy", "test_accuracy")}
    if as_json and len(results) == 1:
        print_json(results[0])
    elif as_json:
        print_json({"runs": results, **{name: found and asdict(found) for name, found in together.items()}})
    else:
        print_table(list(results[0]), rows)
        for name, found in together.items() if len(results) > 1 else ():
            if found is not None:
                print(_("{name}: mean {mean:.4f}, standard deviation {deviation} ({count} seeds)").format(
                    name=name, mean=found.mean, deviation=_cell(found.deviation), count=found.count))


def list_runs(given: Namespace) -> int:
    """Every run of this home, whoever owns it: who can use the command line is the administrator."""
    runs = Store().runs(None)
    if given.json:
        print_json([_run(run) for run in runs])
        return 0
    if not runs:
        print(_("No run yet: python -m lib train lenet5 starts one"))
        return 0
    head = (_("run"), _("name"), _("state"), _("epochs"), _("parameters"), _("validation"), _("test"))
    rows = [(run.id, run.name, run.state, str(run.epoch), f"{run.parameters:,}", _cell(run.best_val_accuracy),
             _cell(run.test_accuracy)) for run in runs]
    print_table(head, rows, frozenset({3, 4, 5, 6}))
    return 0


def _follow(store: Store, run_id: str) -> dict[str, Any]:
    """Tell each epoch and each note of a run until it is over; returns the numbers of the last epoch."""
    logs: dict[str, Any] = {}
    seen = 0
    while True:
        run = store.run(OWNER, run_id)
        for event in store.events(OWNER, run_id, after=seen, kinds=("epoch", "note", "begin")):
            seen = event.seq
            _report(event)
            if event.kind == "epoch":
                logs = event.data["logs"]
        if run is None or run.over:
            return logs
        ensure_running()
        time.sleep(_LOOK_EVERY)


def _report(event: Event) -> None:
    found = event.data
    if event.kind == "begin":
        tell(_("{images} images to learn from ({source}), {held_out} held out").format(
            images=f"{found['train_images']:,}", source=found["source"], held_out=f"{found['validation_images']:,}"))
    elif event.kind == "epoch":
        numbers = "  ".join(f"{name} {'-' if value is None else format(value, '.4f')}"
                            for name, value in found["logs"].items())
        tell(_("epoch {epoch}: {numbers}  {seconds:.1f} s").format(
            epoch=found["epoch"], numbers=numbers, seconds=found["seconds"]))
    else:
        tell(f"{found['source']}: {_(found['message']).format(**found['values'])}")


@contextmanager
def _stop_on_interrupt(store: Store, run_ids: list[str]) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        tell(_("Stopping; what was learned is kept"))
        for run_id in run_ids:
            with suppress(UserError):
                store.request_stop(OWNER, run_id)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _run(run: Run) -> dict[str, Any]:
    return {"run_id": run.id, "name": run.name, "state": run.state, "epochs": run.epoch, "parameters": run.parameters,
            "best_val_accuracy": run.best_val_accuracy, "test_accuracy": run.test_accuracy,
            "images_per_second": run.images_per_second, "created": run.created,
            "reason": str(run.reason) if run.reason else None}


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) and value < 2 else str(value)
