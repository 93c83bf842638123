"""The live side of a training: every batch's numbers, bundled a few times a second."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from lib.errors import UserError
from lib.i18n import N_
from lib.training.run import Emit

INTERVAL: Final = 0.25
_WINDOW: Final = 12
NOT_FINITE: Final = N_("became {value} at step {step} of epoch {epoch}, and cannot recover: try a smaller learning "
                       "rate or clip the gradients")


def plain(number: Any) -> float:
    """A float32 scalar as the shortest float of the same value to seven digits."""
    return float(f"{float(number):.7g}")


class Live:
    """Collects the batches of a training and emits them in bundles; the first batch goes out at once.

    Reading a loss waits for its batch, so the scalars stay tensors until their bundle is due.

    Args:
        lenient: whether a loss that is not finite is no error; it and what follows it in its bundle are not emitted.
    """

    def __init__(self, emit: Emit, images: int, steps_per_epoch: int, epochs: int,
                 now: Callable[[], float] = time.monotonic, lenient: bool = False) -> None:
        self.seconds = 0.0
        self.images_seen = 0
        self._emit = emit
        self._images = images
        self._steps_per_epoch = steps_per_epoch
        self._epochs = epochs
        self._now = now
        self._lenient = lenient
        self._lost = False
        self._judging = 0.0
        self._loss = self._accuracy = 0.0
        self._count = 0
        self._step = 0
        self._warm = False
        self._pending: list[tuple[Any, Any, int, float]] = []
        self.learning_rate = 0.0
        """That of the batches which come next."""
        self._recent: deque[tuple[int, float]] = deque(maxlen=_WINDOW)

    def begin(self, epoch: int, learning_rate: float) -> None:
        """Start epoch `epoch` (from 1)."""
        self._epoch = epoch
        self.learning_rate = learning_rate
        self._loss = self._accuracy = 0.0
        self._count = 0
        self._lost = False
        self._last = self._now()

    def add(self, loss: Any, accuracy: Any, images: int) -> None:
        """Take the scalars of one batch of `images` images.

        Raises:
            UserError: a loss of the bundle that was due is not finite.
        """
        self._pending.append((loss, accuracy, images, self.learning_rate))
        if not self._warm or self._now() - self._last >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Emit what is pending.

        Raises:
            UserError: a loss is not finite; the batches before it have been emitted.
        """
        if not self._pending:
            return
        losses, accuracies, sizes, rates = [], [], [], []
        for loss, accuracy, size, learning_rate in self._pending:
            if not math.isfinite(loss := float(loss)):
                break
            losses.append(plain(loss))
            accuracies.append(plain(accuracy))
            sizes.append(size)
            rates.append(learning_rate)
            self._loss += loss * size
            self._accuracy += float(accuracy) * size
            self._count += size
        complete = len(sizes) == len(self._pending)
        self._pending.clear()
        self._clock(sum(sizes))
        if sizes:
            self._send(losses, accuracies, rates)
        if not complete and self._lenient:
            self._lost = True
        elif not complete:
            raise not_finite("loss", loss, self._step + 1 - (self._epoch - 1) * self._steps_per_epoch, self._epoch)

    def state(self) -> dict[str, float]:
        """The sums of the epoch and the counts of the training, as numbers that JSON keeps exactly."""
        lost = {"lost": 1.0} if self._lost else {}
        return {**lost, "step": self._step, "loss": self._loss, "accuracy": self._accuracy, "count": self._count,
                "images_seen": self.images_seen, "seconds": self.seconds, "learning_rate": self.learning_rate}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from `state`, in the epoch that has begun."""
        self._step, self._count = int(state["step"]), int(state["count"])
        self._loss, self._accuracy = state["loss"], state["accuracy"]
        self._lost = "lost" in state
        self.images_seen, self.seconds = int(state["images_seen"]), state["seconds"]
        self.learning_rate = state.get("learning_rate", self.learning_rate)

    def means_so_far(self) -> dict[str, float]:
        """`means` with the batches that are still to be emitted; waits for the last of them, and may be NaN."""
        self._pending = [(float(loss), float(right), size, rate) for loss, right, size, rate in self._pending]
        loss, accuracy, count = self._loss, self._accuracy, self._count
        for of_loss, of_accuracy, size, _rate in self._pending:
            loss, accuracy, count = loss + of_loss * size, accuracy + of_accuracy * size, count + size
        mean = math.nan if self._lost or not count else plain(loss / count)
        return {"loss": mean, "accuracy": plain(accuracy / count) if count else math.nan}

    def means(self) -> dict[str, float]:
        """Loss and accuracy of the epoch so far: the means over its images, each in its own batch."""
        accuracy = self._accuracy / self._count if self._count else math.nan
        return {"loss": math.nan if self._lost else self._loss / self._count, "accuracy": accuracy}

    def rested(self) -> None:
        """Leave out the time since the last bundle: it was spent on something else."""
        self._last = self._now()

    def judged(self, seconds: float) -> None:
        """Note how long the validation took, for the time that remains."""
        self._judging = seconds

    @property
    def steps(self) -> int:
        """Batches that were emitted."""
        return self._step

    @property
    def learned(self) -> int:
        """Batches that were taken, emitted or not."""
        return self._step + len(self._pending)

    @property
    def images_per_second(self) -> float:
        """Over the whole training; the first batch of each attempt, which waits for the compiler, is left out."""
        return self.images_seen / self.seconds if self.seconds > 0 else 0.0

    def _clock(self, images: int) -> None:
        now = self._now()
        if self._warm:
            self._recent.append((images, now - self._last))
            self.images_seen += images
            self.seconds += now - self._last
        self._last = now
        self._warm = True

    def _send(self, losses: list[float], accuracies: list[float], rates: list[float]) -> None:
        steps = [self._step + number for number in range(1, len(losses) + 1)]
        self._step = steps[-1]
        seconds = sum(spent for _images, spent in self._recent)
        rate = sum(images for images, _spent in self._recent) / seconds if seconds else 0.0
        left = self._images * (self._epochs - self._epoch + 1) - self._count
        judgings = (self._epochs - self._epoch + 1) * self._judging
        self._emit({
            "kind": "batches", "epoch": self._epoch, "steps": steps, "loss": losses, "accuracy": accuracies,
            "learning_rate": rates, "images_per_second": round(rate, 1),
            "average": round(self.images_per_second, 1),
            "remaining": round(left / rate + judgings, 1) if rate else None,
            "progress": self._step / (self._steps_per_epoch * self._epochs),
        })


def not_finite(where: str, value: float, step: int, epoch: int) -> UserError:
    """The error of a training whose numbers ran away."""
    return UserError(where, NOT_FINITE, value="NaN" if math.isnan(value) else "∞", step=step, epoch=epoch)
