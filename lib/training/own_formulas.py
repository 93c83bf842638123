"""Losses and metrics of one's own, checked against what the network gives; plain arithmetic without Keras."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from lib.arch.own_formula import reads
from lib.formula import Checked, FormulaError, Place, check, parse, per_example
from lib.formula.streaming import Streamed, averaged, streamed
from lib.formula.tensor import Batch
from lib.i18n import N_

_READ = N_("expected a formula that reads {name} too")


@lru_cache(maxsize=256)
def checked_loss(formula: str, classes: int) -> Checked:
    """The loss `formula` of y_true and y_pred, (batch, classes): a number, or some for each example.

    Raises:
        FormulaError: it cannot be computed, is no such result, or no gradient flows through it to y_pred.
    """
    found = checked_formula(formula, classes)
    if "y_pred" in found.why_not:
        raise found.why_not["y_pred"]
    _reads(found, "y_true")
    return found


@lru_cache(maxsize=256)
def checked_metric(formula: str, classes: int, over: Literal["epoch", "batches"]) -> Streamed:
    """The metric `formula` of y_true and y_pred, (batch, classes): a number, or some for each example.

    Args:
        over: "epoch": of all examples as if they were one batch; "batches": the mean of what it gives for each batch.

    Raises:
        FormulaError: it cannot be computed, is no such result, or cannot be added up batch by batch.
    """
    found = checked_formula(formula, classes)
    _reads(found, "y_pred")
    return streamed(found) if over == "epoch" else averaged(found)


def checked_formula(formula: str, classes: int) -> Checked:
    """`formula` of y_true and y_pred, (batch, classes): a number, or some for each example.

    Raises:
        FormulaError: it cannot be computed, or is no such result.
    """
    row = per_example((classes,))
    found = check(parse(formula), {"y_true": row, "y_pred": row}, batch="free")
    shape = found.result.shape
    if shape and not any(isinstance(size, Batch) for size in shape):
        raise FormulaError(_end(found), N_("expected a number, or one for each image of the batch: sum or mean makes "
                                           "one of several"), str(found.result))
    return found


def _reads(found: Checked, name: str) -> None:
    if name not in reads(found):
        raise FormulaError(_end(found), _READ, name=name)


def _end(found: Checked) -> Place:
    return found.formula.lines[-1].place
