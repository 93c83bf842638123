"""In a script, the learning rates that somebody set by hand while the run trained: the batches at which they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lib.arch.python_code import free_name
from lib.training.run import BY_HAND, STEERED
from lib.training.script_callbacks import CallbackCode

_CLASS: Final = '''
class {name}(keras.callbacks.Callback):
    """The learning rate as somebody changed it by hand while the run trained."""

    RATES = {{
{rates}
    }}

    def on_epoch_begin(self, epoch, logs=None):
        self.before = epoch * self.params["steps"]

    def on_train_batch_begin(self, batch, logs=None):
        rate = self.RATES.get(self.before + batch + 1)
        if rate is not None:
            self.model.optimizer.learning_rate = rate
'''


def rates_by_hand(notes: Iterable[Mapping[str, Any]]) -> dict[int, float]:
    """The learning rates that the notes of a run tell of as set by hand, each by the batch from which on it held,
    counted from 1 through all epochs."""
    return {int(note["values"]["step"]): float(note["values"]["after"]) for note in notes
            if note["source"] == BY_HAND and note["message"] == STEERED}


def by_hand_code(rates: Mapping[int, float], batches: int, used: set[str]) -> CallbackCode:
    """A callback that sets `rates` at their batches; nothing where there are none.

    Args:
        rates: as `rates_by_hand` gives them.
        batches: how many an epoch has.
        used: names that nothing else may have; that of the class is added.
    """
    if not rates:
        return CallbackCode((), "")
    name = free_name("RatesByHand", used)
    lines = (f"        {step}: {rate!r},  # epoch {(step - 1) // batches + 1}, batch {(step - 1) % batches + 1}"
             for step, rate in sorted(rates.items()))
    return CallbackCode((f"{name}()",), _CLASS.strip("\n").format(name=name, rates="\n".join(lines)) + "\n")
