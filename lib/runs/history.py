"""What the events of a run tell, gathered as they come in: curves, notes, progress, evaluation."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from lib.runs.records import Event

MOST_POINTS: Final = 1200
"""At this many points of the batch curves (an even number), neighbours are averaged in pairs."""

MOST_PROBES: Final = 60
"""With more looks inside than these, every second one is forgotten, but for the first and the last."""

BATCH_COLUMNS: Final = ("step", "loss", "accuracy", "learning_rate")
TOLD: Final = ("state", "resume", "note")
EPOCH_COLUMNS: Final = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


@dataclass
class History:
    """The story of one run so far. Made of plain values only, so `vars()` of it can be kept and given back.

    Attributes:
        last: `seq` of the newest event that was added; the next ones to add come after it.
        rewritten: `seq` of the event that last changed rows which had been there before it.
        began: the data of the event "begin": epochs, steps_per_epoch, train_images, validation_images, source.
        batches: columns `BATCH_COLUMNS` of equal length; each row is the mean over `stride` steps.
        waiting: steps that do not fill a row of `batches` yet, as rows of the same columns.
        epochs: one row an epoch with the keys `EPOCH_COLUMNS`, as far as they are known, and the further metrics of the
            recipe, with "val_" for the validation.
        notes: what callbacks did: epoch, source, message (id) and its values.
        told: the timeline: the data of every change of state, of every going on and of the notes, each with its time
            in seconds since 1970.
        speed: images a second; None before the first batch.
        remaining: seconds that the training will still take; None when unknown.
        progress: from 0 to 1.
        probes: the data of the events "probe", one an epoch, from 0: how the network was inside then.
        evaluation: the data of the event "evaluation": loss, accuracy, per_class, confusion, labels.
    """

    last: int = 0
    rewritten: int = 0
    began: dict[str, Any] | None = None
    stride: int = 1
    batches: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in BATCH_COLUMNS})
    waiting: list[list[float]] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    epoch: int = 0
    speed: float | None = None
    remaining: float | None = None
    progress: float = 0.0
    probes: list[dict[str, Any]] = field(default_factory=list)
    evaluation: dict[str, Any] | None = None

    def add(self, events: Iterable[Event]) -> None:
        """Take in `events`, which follow those added before."""
        for event in events:
            self.last = event.seq
            match event.kind:
                case "begin":
                    self.began = event.data
                case "resume":
                    self._go_back(event.data["step"], event.data["epoch"], event.data["notes"])
                case "batches":
                    self._add_batches(event.data)
                case "epoch":
                    self._add_epoch(event.data)
                case "note":
                    self.notes.append(event.data)
                case "probe":
                    self._add_probe(event.data)
                case "evaluation":
                    self.evaluation = event.data
            if event.kind in TOLD:
                self.told.append({**event.data, "time": event.time})

    def _add_batches(self, data: Mapping[str, Any]) -> None:
        self.epoch = data["epoch"]
        self.speed = data.get("images_per_second")
        self.remaining = data.get("remaining")
        self.progress = data.get("progress", self.progress)
        for row in zip(data["steps"], data["loss"], data["accuracy"], data["learning_rate"], strict=True):
            self.waiting.append(list(row))
            if len(self.waiting) == self.stride:
                self._append(_mean(self.waiting))
                self.waiting = []

    def _go_back(self, step: int, epoch: int, notes: int) -> None:
        """Forget what came after batch `step`, epoch `epoch` and so many notes: it comes again.

        Where neighbours are averaged, the row that `step` lies in is taken apart again, each step with the mean.
        """
        self.rewritten = self.last
        half = (self.stride - 1) / 2
        rows = list(zip(*(self.batches[name] for name in BATCH_COLUMNS), strict=True))
        whole = [row for row in rows if row[0] + half <= step]
        self.batches = {name: [row[place] for row in whole] for place, name in enumerate(BATCH_COLUMNS)}
        cut = [[first, *row[1:]] for row in rows[len(whole):len(whole) + 1]
               for first in range(int(row[0] - half), step + 1)]
        self.waiting = cut or [row for row in self.waiting if row[0] <= step]
        self.epochs = [row for row in self.epochs if row["epoch"] <= epoch]
        self.probes = [probe for probe in self.probes if probe["epoch"] <= epoch]
        self.notes = self.notes[:notes]
        number = count(1)
        self.told = [entry for entry in self.told if entry["kind"] != "note" or next(number) <= notes]
        self.epoch, self.evaluation, self.remaining = epoch, None, None

    def _add_epoch(self, data: Mapping[str, Any]) -> None:
        self.epoch = data["epoch"]
        earlier = [row for row in self.epochs if row["epoch"] < self.epoch]
        if len(earlier) < len(self.epochs):
            self.rewritten, self.epochs = self.last, earlier
        self.epochs.append({"epoch": self.epoch, **data["logs"], "learning_rate": data.get("learning_rate"),
                            "seconds": data.get("seconds")})

    def _add_probe(self, data: dict[str, Any]) -> None:
        self.probes = [*(probe for probe in self.probes if probe["epoch"] < data["epoch"]), data]
        if len(self.probes) > MOST_PROBES:
            self.probes = [*self.probes[:-1:2], data]

    def _append(self, row: list[float]) -> None:
        for name, value in zip(BATCH_COLUMNS, row, strict=True):
            self.batches[name].append(value)
        if len(self.batches["step"]) == MOST_POINTS:
            self.stride, self.rewritten = self.stride * 2, self.last
            self.batches = {name: [sum(values[i:i + 2]) / 2 for i in range(0, MOST_POINTS, 2)]
                            for name, values in self.batches.items()}


def _mean(rows: list[list[float]]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def epoch_columns(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """`EPOCH_COLUMNS`, with the further metrics that `rows` tell before the learning rate."""
    told = dict.fromkeys(name for row in rows for name in row)
    *numbers, rate, seconds = EPOCH_COLUMNS
    return (*numbers, *(name for name in told if name not in EPOCH_COLUMNS), rate, seconds)


def history_csv(epochs: Iterable[Mapping[str, Any]]) -> str:
    """Rows of `History.epochs` as CSV with a header line, for a spreadsheet or for pandas."""
    text = io.StringIO(newline="")
    rows = list(epochs)
    writer = csv.DictWriter(text, epoch_columns(rows))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def safe_cell(text: str) -> str:
    """`text` for a cell of a CSV file, where a spreadsheet takes it for text and never for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
