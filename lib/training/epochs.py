"""The loop of a training over its epochs, and over the batches of each."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from lib.training.evaluate import Judgement
from lib.training.keeping import Keeper
from lib.training.live import not_finite, plain
from lib.training.order import order_of
from lib.training.patience import unless_stopped
from lib.training.prepared import Prepared
from lib.training.rules import Moment
from lib.training.ruling import Where
from lib.training.steering import Hand
from lib.training.steps import Rows, Step
from lib.training.telling import Telling
from lib.training.watched import learning_rate
from lib.training.wishes import Wishes


class Epochs:
    """Trains from the place where `keeper` is; `hand` sets the learning rate on the way."""

    def __init__(self, work: Prepared, telling: Telling, wishes: Wishes, keeper: Keeper, hand: Hand) -> None:
        self._work, self._telling, self._wishes, self._keeper, self._hand = work, telling, wishes, keeper, hand
        self._place, self._live, self._rules = keeper.place, work.live, work.rules
        self._every_batch = [callback for callback in work.callbacks if callback.every_batch]
        self._batch_steps: dict[frozenset[str], Step] = {}
        self._frozen = work.rules.frozen

    def run(self) -> None:
        """Train epoch by epoch to the last one, or until it is to end before."""
        while self._more and self._wishes.ended == "finished":
            if self._one() and self._more and self._wishes.asked() == "stop_after_epoch":
                self._wishes.ended = "stopped"

    def consult(self, when: Moment, where: Where, logs: Callable[[], Mapping[str, float | None]] = dict) -> None:
        """Let the rules decide whose moment it is."""
        if when in self._rules.listening and self._rules.at(when, where, logs):
            self._frozen = self._rules.frozen
            self._live.learning_rate = learning_rate(self._work.model)

    @property
    def _more(self) -> bool:
        """Whether another epoch is to come, or the rest of one."""
        at, work = self._place, self._work
        return at.begun or (at.epoch < work.recipe.epochs and not work.model.stop_training)

    def _one(self) -> bool:
        """Train and validate one epoch, or the rest of it; False if it was left before its end."""
        if not self._place.begun:
            self._begin()
        if not self._learn():
            return False
        rate = self._live.learning_rate
        judging = time.monotonic()
        judgement = self._validated()
        if judgement is None:
            return False
        seconds = round(self._place.seconds, 3)
        self._live.judged(time.monotonic() - judging)
        self._work.inside.epoch(self._place.epoch + 1)
        self._complete(self._logs(judgement), rate, seconds)
        self._keeper.between_epochs()
        return True

    def _begin(self) -> None:
        self._place.begin()
        for callback in self._work.callbacks:
            callback.on_epoch_begin(self._place.epoch)
        self.consult("on_epoch_begin", self._where())
        self._live.begin(self._place.epoch + 1, learning_rate(self._work.model))
        self._work.lesson.measures.reset()
        self._place.begun = True

    def _learn(self) -> bool:
        """Go once through the training images, in an order that the seed and the epoch decide; False if left."""
        work, at = self._work, self._place
        # What an earlier attempt had frozen may have been put back.
        self._frozen = self._rules.frozen
        order = order_of(work.recipe.seed, at.epoch, work.images)
        size = work.recipe.batch_size
        first, planned = at.batch, work.ahead(work.steps - at.batch) if work.ahead else []
        # As in Keras a batch is over before a wish of a rule to stop counts.
        while at.batch < work.steps and not (at.batch and work.model.stop_training) and not self._wishes.leave():
            self._hand.steer()
            self.consult("on_train_batch_begin", self._where(at.batch + 1))
            if planned:
                self._live.learning_rate = planned[at.batch - first]
            self._batch(order[at.batch * size : (at.batch + 1) * size])
        self._live.flush()
        return self._wishes.ended == "finished"

    def _batch(self, rows: Rows) -> None:
        """Learn from one batch."""
        work, at = self._work, self._place
        step: Step = self._batch_steps.get(self._frozen, self._first_step)
        work.inside.before(at.epoch, at.batch)
        drawn = work.lesson.augmenter.drawn(at.epoch, at.batch, len(rows))
        self._live.add(*step(rows, *drawn), len(rows))
        if work.inside.after():
            self._live.rested()
        at.batch += 1
        if self._every_batch:
            means = self._live.means_so_far()
            for callback in self._every_batch:
                callback.on_train_batch_end(at.batch - 1, means)
        self.consult("on_train_batch_end", self._where(at.batch), self._live.means_so_far)
        self._keeper.within_epoch()

    def _first_step(self, *given: Rows) -> tuple[Any, Any]:
        """The first batch in which just these layers learn waits for the compiler, and must not be deaf meanwhile."""
        def work() -> tuple[Any, Any]:
            step = self._batch_steps[self._frozen] = self._work.lesson.step()
            return step(*given)

        return unless_stopped(work, self._wishes.asked)

    def _validated(self) -> Judgement | None:
        """The judgement on the images that are held out; None if it was left."""
        for callback in self._work.callbacks:
            callback.on_test_begin()
        try:
            return self._work.lesson.validate(self._wishes.leave)
        finally:
            for callback in self._work.callbacks:
                callback.on_test_end()

    def _logs(self, judgement: Judgement) -> dict[str, float | None]:
        if not math.isfinite(judgement.loss) and not self._work.lenient:
            raise not_finite("val_loss", judgement.loss, self._work.steps, self._place.epoch + 1)
        told = {name: _number(value) for name, value in self._live.means().items()}
        judged = {"val_loss": _number(judgement.loss), "val_accuracy": _number(judgement.accuracy)}
        return {**told, **self._work.lesson.measures.results(), **judged,
                **{f"val_{name}": value for name, value in judgement.metrics.items()}}

    def _complete(self, logs: dict[str, float | None], rate: float, seconds: float) -> None:
        """Keep and tell the numbers of the epoch, and let the callbacks decide by them."""
        at = self._place
        epoch, at.epoch, at.begun, at.batch = at.epoch, at.epoch + 1, False, 0
        self._work.history.add(epoch + 1, logs, rate, seconds)
        self._telling.emit({"kind": "epoch", "epoch": epoch + 1, "logs": logs, "learning_rate": rate,
                            "seconds": seconds})
        known = {name: value for name, value in logs.items() if value is not None}
        shared: dict[str, Any] = dict(known)
        with warnings.catch_warnings():
            # What a number that is none means to a callback, its notes tell.
            warnings.filterwarnings("ignore", message=".*which is not available|.*available, skipping")
            for callback in self._work.callbacks:
                callback.on_epoch_end(epoch, shared)
        where = Where(epoch + 1, 0, self._live.learned)
        self.consult("on_epoch_end", where, lambda: known)
        self._rules.tell_rest(where)
        self._rules.compare(known)

    def _where(self, batch: int = 0) -> Where:
        return Where(self._place.epoch + 1, batch, self._live.learned)


def _number(value: float) -> float | None:
    """`value` to seven digits; None where it is none."""
    return plain(value) if math.isfinite(value) else None
