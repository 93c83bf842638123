"""More of Keras's callbacks, watched: what ends a training that runs away, what is written, and what judges a mean."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import keras
from numpy.typing import NDArray

from lib.i18n import N_
from lib.training.files import write
from lib.training.run import Emit
from lib.training.watched import Watched, learning_rate, write_note

LOG: Final = "log.csv"
ENDED: Final = N_("the loss became {value} at batch {batch}: training stopped")
PLANNED: Final = N_("learning rate {before} → {after}, by the formula for this epoch")

_Logs = dict[str, Any] | None


class TerminateOnNaN(Watched, keras.callbacks.TerminateOnNaN):  # type: ignore[misc]
    """Says at which batch the numbers ran away."""

    source = "TerminateOnNaN"
    kept = ("_epoch",)
    every_batch = True

    def __init__(self, emit: Emit, raise_error: bool) -> None:
        super().__init__(raise_error)
        self.lenient = not raise_error
        self._emit = emit
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: _Logs = None) -> None:
        """Note which epoch it is."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: _Logs = None) -> None:
        """Keras's decision, and a note where it is to stop; as an error it is told by who has the numbers."""
        if not self.lenient or self.model.stop_training:
            return
        super().on_batch_end(batch, logs)
        if self.model.stop_training:
            loss = float((logs or {})["loss"])
            write_note(self._emit, self._epoch, self.source, ENDED, batch=batch + 1,
                       value="NaN" if loss != loss else "∞")


class LearningRateScheduler(Watched, keras.callbacks.LearningRateScheduler):  # type: ignore[misc]
    """Says when the formula changes the learning rate."""

    source = "LearningRateScheduler"
    said = PLANNED

    def __init__(self, emit: Emit, rate: Callable[[int, float], float]) -> None:
        super().__init__(rate)
        self._emit = emit

    def on_epoch_begin(self, epoch: int, logs: _Logs = None) -> None:
        """Keras's scheduling, and a note where the learning rate changed."""
        before = learning_rate(self.model)
        super().on_epoch_begin(epoch, logs)
        if (after := learning_rate(self.model)) != before:
            write_note(self._emit, epoch, self.source, self.said, before=before, after=after)


class SwapEMAWeights(Watched, keras.callbacks.SwapEMAWeights):  # type: ignore[misc]
    """Has the running mean of the weights judged, and the weights come back bit for bit.

    Keras swaps by sums and differences, which lose the last bits: a training would not be the same after a look.
    """

    source = "SwapEMAWeights"
    kept = ("_ema_weights_in_model",)
    _ema_weights_in_model: bool

    def __init__(self, swap_on_epoch: bool) -> None:
        super().__init__(swap_on_epoch)
        # Keras gives the weights themselves up after the last epoch, of which there may be more here.
        self.set_params({"epochs": 0})

    def _tf_swap_variables(self, optimizer: Any) -> None:
        self._backend_swap_variables(optimizer)

    def before_end(self) -> None:
        """The weights go back into the network: at the end the optimizer puts their mean there by itself."""
        if self._ema_weights_in_model:
            self._swap_variables()
            self._ema_weights_in_model = False


class CSVLogger(Watched, keras.callbacks.CSVLogger):  # type: ignore[misc]
    """Writes what Keras writes, whole after every epoch, and takes up where it was left."""

    source = "CSVLogger"

    def __init__(self, path: Path, separator: str, append: bool) -> None:
        super().__init__(path, separator, append)
        self._path = path
        self.files = (path,)

    def on_train_begin(self, logs: _Logs = None) -> None:
        """Begin with an empty file, or with what is there."""
        text = ""
        if self.append:
            with suppress(FileNotFoundError):
                text = self._path.read_bytes().decode()
        self._begin(text)

    def on_epoch_end(self, epoch: int, logs: _Logs = None) -> None:
        """Keras's row."""
        super().on_epoch_end(epoch, logs)
        write(self._path, self.csv_file.getvalue())

    def remembered(self) -> dict[str, Any]:
        """All that was written, and the columns."""
        return {"text": self.csv_file.getvalue(), "keys": self.keys}

    def remember(self, state: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Take back what was written by then."""
        self._begin(state["text"])
        self.keys = state["keys"]

    def _begin(self, text: str) -> None:
        self.csv_file, self.writer, self.keys = io.StringIO(newline=""), None, None
        self.csv_file.write(text)
        self.append_header = not text
