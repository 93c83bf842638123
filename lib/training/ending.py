"""The end of a training: its model, its one look at the test set, and what came out of it."""

from __future__ import annotations

import math
from typing import Final

from lib.training.files import write_json
from lib.training.live import not_finite
from lib.training.prepared import Prepared
from lib.training.run import Ended, Event, Result
from lib.training.saving import save_model
from lib.training.telling import Telling
from lib.training.wishes import Wishes

MODEL: Final = "model.keras"


def end(work: Prepared, telling: Telling, wishes: Wishes) -> Result:
    """Save the model, judge it on the test set where there is time for that, and tell both.

    Raises:
        UserError: a file cannot be written, or the loss on the test set is no number.
    """
    folder = work.run.folder
    save_model(work.model, folder / MODEL)
    found = _evaluated(work, wishes)
    if found is not None:
        write_json(folder / "evaluation.json", found)
        telling.emit({"kind": "evaluation", **found})
    return result(work, wishes.ended, found)


def result(work: Prepared, ended: Ended, evaluated: Event | None = None) -> Result:
    """What came out of the epochs that are complete, and of the test set where the network was judged on it."""
    rows = work.history.rows
    names = [name for name in rows[-1] if name in work.recipe.monitored] if rows else []
    return Result(
        epochs=len(rows),
        ended=ended,
        logs={name: rows[-1][name] for name in names},
        best_val_accuracy=max((row["val_accuracy"] for row in rows), default=None),
        test_loss=evaluated["loss"] if evaluated else None,
        test_accuracy=evaluated["accuracy"] if evaluated else None,
        images_per_second=round(work.live.images_per_second, 1),
    )


def _evaluated(work: Prepared, wishes: Wishes) -> Event | None:
    """The one look at the test set; None if a stop leaves no time for it, or a pause comes meanwhile."""
    if wishes.give_up():
        return None
    found = work.lesson.test(wishes.give_up)
    if found is None:
        return None
    judgement, told = found
    if not math.isfinite(judgement.loss):
        if work.lenient:
            return None
        raise not_finite("test_loss", judgement.loss, work.live.steps, len(work.history.rows))
    return told
