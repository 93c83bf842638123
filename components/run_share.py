"""A link by which others see the live curves of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from components.live_chart import base
from components.text import plain
from components.watch_page import WATCH
from components.whole import whole
from lib.errors import UserError
from lib.i18n import _
from lib.runs.store import Run, Store

_PROBLEM: Final = "run.share.problem"


def draw_share(run: Run) -> None:
    """Where the owner of `run` makes a view link, copies it, and takes it back."""
    with st.popover(_("Share the live view"), icon=":material/share:", type="tertiary", key=f"run.share.{run.id}",
                    on_change="rerun") as room:
        if not room.open:
            return
        link = Store().shared(run.owner, run.id)
        st.markdown(_("Whoever has the link sees the name, the state and the curves of this run as they grow, and can "
                      "change nothing."))
        if link is None:
            st.button(_("Make a link"), type="primary", icon=":material/link:", key="run.share.make", on_click=_act,
                      args=(Store.share, run))
        else:
            st.code(address(link), language=None, wrap_lines=True)
            st.button(_("Stop sharing"), icon=":material/link_off:", key="run.share.stop", on_click=_act,
                      args=(Store.stop_sharing, run), help=_("The link leads nowhere from then on"))
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain(str(problem)), icon=":material/error:")


def address(link: str) -> str:
    """The whole address of a view link, as this browser reaches the server."""
    here = urlsplit(str(st.context.url or ""))
    origin = f"{here.scheme}://{here.netloc}" if here.netloc else ""
    return f"{origin}{base()}{WATCH.format(link=link)}"


@whole()
def _act(wish: Callable[[Store, str, str], object], run: Run) -> None:
    try:
        wish(Store(), run.owner, run.id)
    except UserError as error:
        st.session_state[_PROBLEM] = error
