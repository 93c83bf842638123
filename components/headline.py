"""The four numbers above the network: parameters, multiply-adds, memory to train and to predict."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import streamlit as st

from components.cost_rows import known
from components.cost_table import MACS_HELP, PARAMETERS_HELP
from components.numbers import at_least, grouped
from components.units import compact
from lib.arch import Architecture, analyse
from lib.arch.footprint import prediction_memory
from lib.i18n import N_, _
from lib.training.memory import training_memory
from lib.training.optimizer import Optimizer
from lib.training.recipe import Recipe

_TRAINING_HELP: Final = N_(
    "What one step of training keeps with the recipe's optimizer, {optimizer}, and batches of {batch} images: weights, "
    "gradients, the optimizer's slots, the batch and every layer's output, 4 bytes each (float32). A framework needs "
    "more on top."
)
_PREDICTION_HELP: Final = N_(
    "What the prediction for one image keeps: weights, and the layers' outputs that are still to be read, 4 bytes each "
    "(float32). A framework needs more on top."
)
_UNKNOWN: Final = "?"


class _Bill(NamedTuple):
    """Counts, and memory in bytes. What is not in `exact` is a lower bound; None is not known at all."""

    parameters: int
    macs: int
    training: int
    prediction: int | None
    exact: frozenset[str]


def headline(architecture: Architecture, before: Architecture | None, recipe: Recipe) -> None:
    """The bill of the whole, each number with what the last step changed."""
    now = _bill(architecture, recipe.optimizer, recipe.batch_size)
    then = _bill(before, recipe.optimizer, recipe.batch_size) if before else now
    training = _(_TRAINING_HELP).format(optimizer=recipe.optimizer.name, batch=grouped(recipe.batch_size))
    with st.container(horizontal=True, gap="small", key="headline"):
        _metric(_("Parameters"), "parameters", now, then, grouped, _(PARAMETERS_HELP))
        _metric(_("MACs per image"), "macs", now, then, compact, _(MACS_HELP))
        _metric(_("Memory to train"), "training", now, then, _memory, training)
        _metric(_("Memory to predict"), "prediction", now, then, _memory, _(_PREDICTION_HELP))


@lru_cache(maxsize=256)
def _bill(architecture: Architecture, optimizer: Optimizer, batch_size: int) -> _Bill:
    analysis = analyse(architecture)
    total = analysis.total
    exact = {"parameters", "macs", "training", "prediction"} if known(analysis) else {"prediction"}
    if total.at_least:
        exact -= {"training", *total.at_least}
    training = training_memory(architecture, analysis, optimizer, batch_size)
    return _Bill(total.parameters, total.macs, training, prediction_memory(analysis), frozenset(exact))


def _metric(label: str, name: str, now: _Bill, then: _Bill, write: Callable[[int], str], help_text: str) -> None:
    value, former = getattr(now, name), getattr(then, name)
    shown = _UNKNOWN if value is None else write(value)
    if name not in now.exact:
        shown = at_least(shown)
    change = 0 if value is None or former is None else value - former
    delta = f"{'+' if change > 0 else '−'}{write(abs(change))}" if change else None
    st.metric(label, shown, delta=delta, delta_color="off", delta_arrow="off", help=help_text, border=True)


def _memory(count: int) -> str:
    return compact(count, "B")
