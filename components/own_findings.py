"""What is known of the thing in work: whether it is accepted, what comes out, gradients, a picture, its Python."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st
from pydantic import BaseModel

from components import bench
from components.text import plain, sentence
from lib.errors import UserError
from lib.formula import FormulaError
from lib.i18n import _
from lib.own.export import exported
from lib.own.verdict import Verdict, judged

Shape = tuple[int, ...]


def draw_findings(kind: str, thing: BaseModel | UserError, size: Shape) -> Verdict:
    """What is known of a thing, which is returned; of what is none (yet), the sentence why."""
    verdict = Verdict(thing) if isinstance(thing, UserError) else judged(kind, thing, size)
    if verdict.error is not None:
        _refused(kind, verdict.error)
        return verdict
    _accepted(verdict)
    return verdict


def _refused(kind: str, error: UserError) -> None:
    st.error(plain(sentence(error)), icon=":material/error:")
    text = bench.work(kind).fields.get("formula")
    if isinstance(error, FormulaError) and isinstance(text, str) and text.strip():
        st.html(f'<pre class="pointed" aria-hidden="true">{escape(pointed(text, error))}</pre>')


def pointed(text: str, error: FormulaError) -> str:
    """The line of a mistake, with a mark under its column."""
    lines = text.split("\n")
    line = lines[min(error.place.line, len(lines)) - 1].replace("\t", " ")
    return f"{line}\n{' ' * (error.place.column - 1)}^"


def _accepted(verdict: Verdict) -> None:
    result = verdict.checked.result if verdict.checked is not None else None
    comes = _("Accepted. What comes out: {shape}").format(shape=plain(str(result))) if result else _("Accepted.")
    st.success(comes, icon=":material/check:")
    if verdict.no_gradient is None or verdict.checked is None:
        return
    reached = ", ".join(f"**{plain(name)}**" for name in sorted(verdict.checked.differentiable))
    if reached:
        st.markdown(f":small[:material/south: {_('A gradient reaches {names}.').format(names=reached)}]")
    for name, why in verdict.no_gradient.items():
        sentence = _("No gradient reaches **{name}**: {why}").format(name=plain(name), why=plain(str(why)))
        st.markdown(f":small[:orange[:material/block:] {sentence}]")


def draw_python(kind: str, thing: Any, size: Shape) -> None:
    """The exported code of an accepted thing, to be read and to be taken home."""
    shown = st.expander(_("As Python for Keras"), icon=":material/code:", key="formulas.python", on_change="rerun")
    code = exported(kind, thing, size)
    st.download_button(_("Download {name}.py").format(name=plain(thing.name)), code, f"{thing.name}.py",
                       "text/x-python", key="formulas.download", icon=":material/download:", on_click="ignore")
    if shown.open:
        with shown:
            st.code(code)
