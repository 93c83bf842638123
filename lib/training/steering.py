"""The learning rate that somebody sets while a training runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lib.i18n import N_
from lib.training.keeping import Keeper
from lib.training.prepared import Prepared
from lib.training.run import BY_HAND, STEERED
from lib.training.telling import Telling
from lib.training.watched import learning_rate

NOT_STEERED: Final = N_("learning rate not changed: it follows its schedule")


class Hand:
    """Follows the wishes of `rate`: the learning rate from the next batch on, or None for the one that it has."""

    def __init__(self, work: Prepared, telling: Telling, keeper: Keeper, rate: Callable[[], float | None]) -> None:
        self._work, self._telling, self._keeper, self._rate = work, telling, keeper, rate
        self._followed: float | None = None

    def steer(self) -> None:
        """Set the learning rate that is wished for, tell it, and keep that: an attempt after this one has it too."""
        wished = self._rate()
        if wished == self._followed:
            return
        self._followed = wished
        if wished is None:
            return
        if self._work.recipe.schedule is not None:
            self._note(NOT_STEERED)
        else:
            self._set(wished)
        self._telling.emit({"kind": "rate", "value": wished})

    def _set(self, wished: float) -> None:
        model, live = self._work.model, self._work.live
        before = learning_rate(model)
        model.optimizer.learning_rate = wished
        if (after := learning_rate(model)) != before:
            live.flush()
            live.learning_rate = after
            self._note(STEERED, before=before, after=after, step=live.steps + 1)
            self._keeper.keep(again=True)

    def _note(self, message: str, **values: float) -> None:
        self._telling.note({"kind": "note", "epoch": self._keeper.place.epoch + 1, "source": BY_HAND,
                            "message": message, "values": values})
