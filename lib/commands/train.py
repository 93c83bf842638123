"""Training from the command line, by way of the same store and supervisor as the pages."""

from __future__ import annotations

import signal
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lib import data
from lib.arch import analyse
from lib.commands import given as read
from lib.commands.output import print_json, print_table, tell
from lib.i18n import _
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
    store = Store()
    ensure_running()
    name = given.name if given.name is not None else architecture.name or Path(given.architecture).stem
    parameters = analyse(architecture).total.parameters
    run_id = store.submit(OWNER, name, architecture.to_json(), recipe.to_json(), parameters)
    tell(_("Run {run}: waiting for a worker").format(run=run_id))
    with _stop_on_interrupt(store, run_id):
        logs = _follow(store, run_id)
    run = store.run(OWNER, run_id)
    if run is None:
        tell(_("The run was deleted meanwhile"))
        return 1
    result = {"run_id": run.id, "state": run.state, "epochs": run.epoch, "val_accuracy": logs.get("val_accuracy"),
              "test_accuracy": run.test_accuracy, "images_per_second": run.images_per_second}
    if given.json:
        print_json(result)
    else:
        print_table(list(result), [[_cell(value) for value in result.values()]])
    if run.reason is not None:
        tell(str(run.reason))
    return {"finished": 0, "stopped": 0, "failed": 2}.get(run.state, 1)


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
        numbers = "  ".join(f"{name} {value:.4f}" for name, value in found["logs"].items())
        tell(_("epoch {epoch}: {numbers}  {seconds:.1f} s").format(
            epoch=found["epoch"], numbers=numbers, seconds=found["seconds"]))
    else:
        tell(f"{found['source']}: {_(found['message']).format(**found['values'])}")


@contextmanager
def _stop_on_interrupt(store: Store, run_id: str) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        tell(_("Stopping; what was learned is kept"))
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
