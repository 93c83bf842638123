"""The curves of runs, drawn in the browser, which asks for new points by itself: no rerun of a page is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components import live_routes
from components.assets import joined
from lib.i18n import N_, _

MOST_RUNS: Final = 6
"""So many runs can be told apart on one chart, by colour and by stroke."""
SCRIPTS: Final = tuple(f"{name}.js" for name in (
    "elements", "live/poll", "live/scale", "live/series", "live/mean", "live/panel", "live/chart"))
STYLE: Final = "live/live.css"
_CHART: Final = st.components.v2.component(
    "blockyard_live_chart",
    html=joined("live/live.html"),
    css=joined(STYLE),
    js=joined(*SCRIPTS, "live/component.js"),
)
_TEXTS: Final = {
    "batches": N_("Batch by batch"),
    "epochs": N_("By epoch"),
    "smoothing": N_("Smoothing"),
    "smoothing_help": N_("How much of each point comes from those before it; the raw values stay behind, pale"),
    "log": N_("Log scale"),
    "log_help": N_("Equal factors take equal room: small losses can be told apart"),
    "gap": N_("Gap"),
    "gap_help": N_("Shade what lies between training and validation: a gap that grows means learning by heart"),
    "band": N_("Mean of the seeds"),
    "band_help": N_("The mean of all trainings that differ by their seed alone, and a band from the least to the "
                    "greatest of them; else the one that was opened"),
    "mean_of": N_("{name}, mean of {count} seeds"),
    "with_band": N_("band: from the least to the greatest"),
    "training": N_("Training"),
    "validation": N_("Validation"),
    "with_points": N_("with points: validation"),
    "chart": N_("{name}: the arrow keys go from point to point"),
    "at_batch": N_("Epoch {epoch}, batch {batch}"),
    "at_epoch": N_("Epoch {epoch}"),
    "lost": N_("No connection at the moment; the curves go on by themselves when it is back."),
    "gone": N_("These curves can no longer be had here."),
}
_NAMES: Final = {"loss": N_("Loss"), "accuracy": N_("Accuracy"), "learning_rate": N_("Learning rate")}


def live_chart(run_ids: Sequence[str | Sequence[str]], key: str, over: bool, metrics: Sequence[str] = ()) -> None:
    """Draw the curves of these runs of this browser, of the first one foremost.

    Args:
        run_ids: at most `MOST_RUNS`; those of others are left out. Where several stand in the place of one, they
            differ by their seed alone, and their mean can be drawn in place of the first.
        key: where the browser keeps the chart from update to update.
        over: whether the first run has ended; when one goes on that had, the browser asks anew.
        metrics: what the first run measures besides loss and accuracy, by its names.
    """
    listed = [[one] if isinstance(one, str) else one for one in run_ids[:MOST_RUNS]]
    addresses = [[_address(each) for each in one] if len(one) > 1 else _address(one[0]) for one in listed]
    _CHART(key=key, data={**chart_data(addresses, metrics), "over": over})


def chart_data(addresses: Sequence[str | list[str]], metrics: Sequence[str] = ()) -> dict[str, Any]:
    """What the program in the browser draws: runs by their addresses, and the words for it."""
    texts: dict[str, Any] = {name: _(words) for name, words in _TEXTS.items()}
    texts["names"] = {name: _(words) for name, words in _NAMES.items()}
    return {"runs": list(addresses), "metrics": list(metrics), "texts": texts}


def _address(run_id: str) -> str:
    return f"{base()}{live_routes.RUN.format(run=run_id)}"


def base() -> str:
    """What stands before every address of this app: empty, or a folder as /base."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""
