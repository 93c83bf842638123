"""The numbers behind the charts of what is inside a network, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from components.probe_pictures import name_of
from lib.i18n import _

_WHOLE: Final = 10_000

Probe = dict[str, Any]


def draw_probe_numbers(probes: Sequence[Probe], names: Sequence[str], layer: str, key: str,
                       outputs: Mapping[str, Sequence[str]] | None = None) -> None:
    """The tables, behind a line that opens them.

    Args:
        probes: one an epoch.
        names: of the classes (message ids).
        layer: whose histograms are listed.
        key: of the widgets.
        outputs: of each output of a task the names of its classes.
    """
    box = st.expander(_("Numbers of what is inside"), icon=":material/table_chart:", key=f"{key}.numbers",
                      on_change="rerun")
    if not box.open:
        return
    with box:
        st.dataframe(layer_table(probes), hide_index=True, key=f"{key}.layers", column_config=_columns(),
                     alt=_("Gradient, change of the weights and dead units of every layer by epoch"))
        st.markdown(_("Histograms of {layer}: shares of the values, zeros apart").format(layer=f"`{layer}`"))
        st.dataframe(histogram_table(probes, layer), hide_index=True, key=f"{key}.histograms", column_config=_columns(),
                     alt=_("Histograms of the layer by epoch"))
        if any(probe["predicted"] for probe in probes):
            st.markdown(_("What each image is taken for"))
            st.dataframe(prediction_table(probes, names), hide_index=True, key=f"{key}.predictions",
                         column_config=_columns(), alt=_("What each image is taken for, by epoch"))
        if any(probe.get("outputs") for probe in probes):
            st.markdown(_("What each example is answered"))
            st.dataframe(answer_table(probes, outputs or {}), hide_index=True, key=f"{key}.answers",
                         column_config=_columns(), alt=_("What each example is answered, by epoch"))


def layer_table(probes: Sequence[Probe]) -> pd.DataFrame:
    """One row a layer and epoch; what is not known is NaN."""
    return pd.DataFrame([
        {"epoch": probe["epoch"], "layer": layer["name"], "gradient": layer["gradient"], "update": layer.get("update"),
         "dead": layer["dead"][0] if layer["dead"] else None, "units": layer["dead"][1] if layer["dead"] else None}
        for probe in probes for layer in probe["layers"]])


def histogram_table(probes: Sequence[Probe], layer: str) -> pd.DataFrame:
    """One row a bin of the weights or answers of `layer`, epoch by epoch, and one for their zeros."""
    rows: list[dict[str, Any]] = []
    for probe in probes:
        found: dict[str, Any] = next((each for each in probe["layers"] if each["name"] == layer), {})
        for what, title in (("weights", _("Weights")), ("answers", _("Activation values"))):
            told = found.get(what)
            if told:
                edges = np.linspace(told["low"], told["high"], len(told["counts"]) + 1)
                rows += [{"epoch": probe["epoch"], "of": title, "from": 0.0, "to": 0.0, "share": told["zeros"]}]
                rows += [{"epoch": probe["epoch"], "of": title, "from": low, "to": high, "share": count / _WHOLE}
                         for low, high, count in zip(edges[:-1], edges[1:], told["counts"], strict=True)]
    return pd.DataFrame(rows)


def prediction_table(probes: Sequence[Probe], names: Sequence[str]) -> pd.DataFrame:
    """One row an image and epoch."""
    return pd.DataFrame([
        {"epoch": probe["epoch"], "image": number, "class": name_of(names, label), "told": name_of(names, told),
         "sure": sure, "own": own}
        for probe in probes for number, (label, told, sure, own) in enumerate(probe["predicted"], 1)])


def answer_table(probes: Sequence[Probe], names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row an example, output and epoch, for a task: what is true, what was told and how sure that was, or how far
    an image is off."""
    rows: list[dict[str, Any]] = []
    for probe in probes:
        for output in probe.get("outputs", ()):
            of, start = names.get(output["name"], ()), {"epoch": probe["epoch"], "of": output["name"]}
            rows += [{**start, "image": number, "class": name_of(of, label), "told": name_of(of, told), "sure": sure}
                     for number, (label, told, sure, _own) in enumerate(output.get("predicted", ()), 1)]
            rows += [{**start, "image": number, "class": str(true), "told": str(told)}
                     for number, (true, told) in enumerate(output.get("told", ()), 1)]
            rows += [{**start, "image": number, "off": off} for number, off in enumerate(output.get("off", ()), 1)]
    return pd.DataFrame(rows)


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "epoch": number(_("Epoch"), format="%d"), "layer": text(_("Layer")),
        "gradient": number(_("Gradient norm"), format="%.3g"),
        "update": number(_("Change of the weights by a batch"), format="%.3g"),
        "dead": number(_("Dead units"), format="%d"), "units": number(_("Units"), format="%d"),
        "of": text(_("Of")), "from": number(_("From"), format="%.3g"), "to": number(_("To"), format="%.3g"),
        "share": number(_("Share"), format="percent"), "image": number(_("Image"), format="%d"),
        "class": text(_("Class")), "told": text(_("Taken for")), "sure": number(_("How sure"), format="percent"),
        "own": number(_("Share of its class"), format="percent"), "off": number(_("Off by"), format="percent"),
    }
