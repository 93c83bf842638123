"""What is known of the thing in work: whether it is accepted, what comes out, gradients, a picture, its Python."""

from __future__ import annotations

from html import escape
from math import prod
from typing import Any

import streamlit as st
from pydantic import BaseModel

from components import bench, session
from components.numbers import TIMES, grouped
from components.own_editor import FORMULAS
from components.summary import shown_shape
from components.text import plain, sentence
from lib.arch.block import Weight
from lib.errors import UserError
from lib.formula import FormulaError
from lib.formula.tensor import shown
from lib.i18n import _
from lib.own.export import exported
from lib.own.verdict import Verdict, judged

Shape = tuple[int, ...]


def draw_findings(kind: str, thing: BaseModel | UserError, size: Shape) -> Verdict:
    """What is known of a thing, which is returned; of what is none (yet), the sentence why."""
    verdict = Verdict(thing) if isinstance(thing, UserError) else judged(kind, thing, size, session.network())
    if verdict.error is not None:
        _refused(kind, verdict.error)
        return verdict
    _accepted(verdict)
    return verdict


def _refused(kind: str, error: UserError) -> None:
    st.error(plain(sentence(error)), icon=":material/error:")
    text = bench.work(kind).fields.get(FORMULAS.get(kind, "formula") or "")
    # A mistake in the shape of a weight is not in the text of the formula.
    here = isinstance(error, FormulaError) and error.where in ("", FORMULAS.get(kind))
    if here and isinstance(error, FormulaError) and isinstance(text, str) and text.strip():
        st.html(f'<pre class="pointed" aria-hidden="true">{escape(pointed(text, error))}</pre>')


def pointed(text: str, error: FormulaError) -> str:
    """The line of a mistake, with a mark under its column."""
    lines = text.split("\n")
    line = lines[min(error.place.line, len(lines)) - 1].replace("\t", " ")
    return f"{line}\n{' ' * (error.place.column - 1)}^"


def _accepted(verdict: Verdict) -> None:
    st.success(_comes_out(verdict), icon=":material/check:")
    if verdict.words:
        st.markdown(plain(verdict.words))
    if verdict.weights:
        _weights(verdict)
    reached = ", ".join(f"**{plain(name)}**" for name in verdict.learns)
    if reached:
        st.markdown(f":small[:material/south: {_('A gradient reaches {names}.').format(names=reached)}]")
    for name, why in verdict.no_gradient.items():
        sentence = _("No gradient reaches **{name}**: {why}").format(name=plain(name), why=plain(str(why)))
        st.markdown(f":small[:orange[:material/block:] {sentence}]")


def _comes_out(verdict: Verdict) -> str:
    if verdict.output is not None:
        return _("Measured in the sandbox. What comes out: {shape}").format(shape=plain(shown_shape(verdict.output)))
    shape = None if verdict.checked is None else verdict.checked.result.shape
    if shape is None:
        return _("Accepted.")
    if len(shape) < 2:
        return _("Accepted. One number for each image comes out.") if shape else _("Accepted. One number comes out.")
    return _("Accepted. What comes out: {shape}").format(shape=plain(shown(shape)))


def _weights(verdict: Verdict) -> None:
    """The weights of a layer, each with its shape and how many numbers it has."""
    counts = [prod(weight.shape) for weight in verdict.weights]
    rows = [_weight(weight) for weight in verdict.weights]
    counted = _("{count} parameters").format(count=grouped(sum(counts)))
    st.markdown(f":small[{', '.join(rows)}: {counted}]")


def _weight(weight: Weight) -> str:
    shape = plain(TIMES.join(map(str, weight.shape)) or "1")
    return f"**{plain(weight.name)}** {shape}" + ("" if weight.trainable else f" ({_('not trained')})")


def draw_python(kind: str, thing: Any, size: Shape) -> None:
    """The exported code of an accepted thing, to be read and to be taken home."""
    shown = st.expander(_("As Python for Keras"), icon=":material/code:", key="formulas.python", on_change="rerun")
    code = exported(kind, thing, size, session.network())
    st.download_button(_("Download {name}.py").format(name=plain(thing.name)), code, f"{thing.name}.py",
                       "text/x-python", key="formulas.download", icon=":material/download:", on_click="ignore")
    if shown.open:
        with shown:
            st.code(code)
