"""The page on which somebody goes on in another browser: one shows a code, the other takes it.

It is a page of its own, because only an answer to a request can give a browser its cookie.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import parse_qs

import anyio.to_thread
import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from components.addresses import MOVE
from components.admin_gate import Gate
from components.headers import policy
from components.live_chart import base
from components.login import login_is_configured
from components.missing import page_text, speak
from components.numbers import duration
from components.owner import owner_cookie, owner_in
from lib.errors import UserError
from lib.i18n import _
from lib.runs.store import Store

_MOST_GATES: Final = 1000


class Gates:
    """A gate for each place on the network that guesses, so that nobody's wrong codes let another wait."""

    def __init__(self) -> None:
        self._gates: OrderedDict[str, Gate] = OrderedDict()

    def of(self, request: Request) -> Gate:
        """The gate for who asks; of the places that asked longest ago none is kept beyond a number."""
        place = request.client.host if request.client else ""
        gate = self._gates.setdefault(place, Gate())
        self._gates.move_to_end(place)
        if len(self._gates) > _MOST_GATES:
            self._gates.popitem(last=False)
        return gate


GATES: Final = Gates()


async def move(request: Request) -> Response:
    """The page; what was asked on it; or the way to Blockyard, for a browser that has become another owner."""
    speak(request)
    if request.method != "POST":
        return _page()
    given = parse_qs((await request.body()).decode("ascii", "replace"))
    try:
        if "code" in given:
            return await anyio.to_thread.run_sync(lambda: _take(request, given["code"][0]))
        return await anyio.to_thread.run_sync(lambda: _show(owner_in(request.cookies)))
    except UserError as error:
        return _page(alert=str(error), status=503)


def draw_link() -> None:
    """A link to the page, on a page of Streamlit."""
    if not login_is_configured():
        st.link_button(_("Go on in another browser"), f"{base()}{MOVE}", icon=":material/devices:", type="tertiary")


def _show(owner: str | None) -> Response:
    if owner is None:
        return _page(alert=_("This browser keeps no cookies, so that nothing here is known to be yours."), status=403)
    return _page(code=Store().new_recovery(owner))


def _take(request: Request, code: str) -> Response:
    gate, found = GATES.of(request), []

    def is_right() -> bool:
        owner = Store().recover(code)
        found.extend([owner] if owner else [])
        return owner is not None

    if gate.attempt(is_right, "recovery code") is None:
        wait = duration(math.ceil(gate.wait()))
        return _page(alert=_("There have been too many wrong ones: the next is looked at in {time}.").format(time=wait),
                     status=429)
    if not found:
        return _page(alert=_("This is not a code that can be used. Each is good for one time, and a new one ends the "
                             "one before."), status=403)
    answer = RedirectResponse(f"{base()}/", status_code=303)
    answer.headers["set-cookie"] = owner_cookie(found[0], request.url.scheme == "https")
    return answer


def _page(code: str = "", alert: str = "", status: int = 200) -> Response:
    once = _("Write it down now: it is not shown again. Whoever has it has all that is yours here. It is good for one "
             "time.")
    text = page_text(
        "move.html",
        alert=f'<p role="alert">{escape(alert)}</p>' if alert else "",
        shown=f"<output>{escape(code)}</output><p>{escape(once)}</p>" if code else "",
        **{name: escape(words) for name, words in {
            "title": _("Go on in another browser"),
            "here": _("What is in this browser"),
            "here_text": _("A code brings your networks, formulas, data sets and runs to another browser, or back when "
                           "this one forgets its cookies."),
            "show": _("Show another code") if code else _("Show a code"),
            "there": _("What is in another browser"),
            "there_text": _("Enter the code that it shows. What has been made in this browser without it stays behind: "
                            "keep a code of that as well if you want it."),
            "code": _("Code"), "enter": _("Go on here"), "open": _("Open Blockyard"),
        }.items()})
    headers = {"cache-control": "no-store", "content-security-policy": policy("'none'")}
    return HTMLResponse(text, status_code=status, headers=headers)


ROUTES: Final[Sequence[BaseRoute]] = (Route(MOVE, move, methods=["GET", "HEAD", "POST"]),)
