"""The Formulas page: what to make, the thing in work, what is known of it, and what there is to take up."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components import session
from components.assets import joined
from components.own_editor import draw_editor, present
from components.own_findings import draw_findings, draw_python
from components.own_keep import draw_keep
from components.own_kinds import LOOKS, offered
from components.own_measure import draw_measure
from components.own_plot import PICTURES, draw_plot
from components.own_shelf import draw_shelf
from components.own_use import draw_use
from components.text import plain
from lib.i18n import _
from lib.own import kinds

PARAMETER: Final = "kind"
_KIND: Final = "formulas.kind"
_DRAWN: Final = "formulas.drawn"
_PAUSE: Final = st.components.v2.component(
    "blockyard_pause", html="<span></span>\n", js=joined("pause.js"), isolate_styles=False,
)


def draw_formulas() -> None:
    """Everything below the title."""
    kind = _choose()
    st.caption(_(LOOKS[kind].help))
    left, right = st.columns([11, 9], gap="large")
    with left:
        keep = st.container()
        size = draw_editor(kind)
        thing = present(kind)
        with keep:
            draw_keep(kind, thing)
    # Beside its fields where there is room, for those may be many.
    with left if kind in PICTURES else right:
        verdict = draw_findings(kind, thing, size)
        if kind == "python":
            draw_measure(thing, size, verdict.error is None)
        draw_use(kind, thing, verdict.error is None)
        if verdict.error is None:
            draw_python(kind, thing, size)
    with right:
        _picture(kind, thing, size, verdict.error is None)
        draw_shelf(kind)
    _PAUSE(key="formulas.pause", data={})
    for notice in session.take_notices():
        st.toast(plain(notice))


def _picture(kind: str, thing: Any, size: tuple[int, ...], accepted: bool) -> None:
    """The picture of the thing; while it has a mistake, that of what it was before, so that nothing jumps."""
    key = f"{_DRAWN}.{kind}"
    if accepted:
        st.session_state[key] = (thing.model_dump_json(), size)
    if key in st.session_state:
        text, drawn = st.session_state[key]
        draw_plot(kind, kinds.read(kind, text), drawn)
        if not accepted and kind in PICTURES:
            st.caption(_("As it was before the mistake."))


def _choose() -> str:
    """The kind that is made: the one chosen, else the one that the address names."""
    kinds_here = offered()
    if _KIND not in st.session_state:
        asked = st.query_params.get(PARAMETER)
        last = st.session_state.get(f"{_KIND}.last")
        st.session_state[_KIND] = next((one for one in (asked, last) if one in kinds_here), kinds_here[0])
    kind: str = st.segmented_control(
        _("What to make"), list(kinds_here), key=_KIND, required=True, label_visibility="collapsed",
        format_func=lambda kind: f"{LOOKS[kind].icon} {_(LOOKS[kind].title)}",
    ) or kinds_here[0]
    st.session_state[f"{_KIND}.last"] = kind
    if st.query_params.get(PARAMETER) != kind:
        st.query_params[PARAMETER] = kind
    return kind
