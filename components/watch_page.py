"""The page that a view link leads to: the live curves of one run, to look at and for nothing else.

It is a page of its own, without a session of Streamlit: a class that watches costs the server its polls alone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from html import escape
from string import Template
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from components.assets import joined
from components.headers import policy
from components.live_chart import SCRIPTS, STYLE, base, chart_data
from components.live_routes import VIEW
from components.missing import missing_page, speak
from lib.errors import UserError
from lib.i18n import N_, _, language
from lib.runs.states import TITLES
from lib.runs.store import Store

WATCH: Final = "/watch/{link}"
_WORDS: Final = {
    "epoch": N_("Epoch {epoch} of {epochs}"),
    "speed": N_("{count} images/s"),
    "test": N_("test accuracy {share}"),
    "epochs": N_("Epoch"),
}


async def watch(request: Request) -> Response:
    """The page of a view link, in the language of who opens it."""
    link = request.path_params["link"]
    try:
        run_id = await anyio.to_thread.run_sync(lambda: Store().watched(link))
    except UserError as error:
        return Response(str(error), status_code=503)
    if run_id is None:
        return missing_page(request)
    speak(request)
    nonce = secrets.token_urlsafe(16)
    # Neither the link nor that there is one is told to anybody by the address of the page.
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer",
               "content-security-policy": policy(f"'nonce-{nonce}'")}
    return HTMLResponse(_page(link, nonce), headers=headers)


def _page(link: str, nonce: str) -> str:
    given = {
        "chart": chart_data([f"{base()}{VIEW.format(link=link)}"]),
        "states": {state: _(title) for state, title in TITLES.items()},
        "words": {name: _(words) for name, words in _WORDS.items()},
    }
    return Template(joined("live/watch.html")).substitute(
        language=language(),
        title=escape(_("Live view")),
        progress=escape(_("Progress")),
        numbers=escape(_("Numbers by epoch")),
        sentence=escape(_("Somebody shows you a training in Blockyard. You see its curves as they grow, and can change "
                          "nothing.")),
        nonce=nonce,
        style=joined(STYLE),
        script=joined(*SCRIPTS, "live/watch.js"),
        # Nothing in it may end the script that it stands in.
        given=json.dumps(given, ensure_ascii=False).replace("<", "\\u003c"),
    )


ROUTES: Final[Sequence[BaseRoute]] = (Route(WATCH, watch),)
