"""What happens to every HTTP request before Streamlit sees it: owner, unknown addresses, security headers."""

from __future__ import annotations

from typing import Final

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.missing import missing_page
from components.navigation import LANDING, pages
from components.owner import COOKIE, owner_in
from lib.owner import new_owner, signed
from lib.settings import settings

# 400 days, the longest that browsers keep a cookie; every visit starts them anew.
_COOKIE_SECONDS: Final = 400 * 24 * 3600
_HEADERS: Final = {
    # No picture comes from elsewhere, whatever a text on the screen asks for; Streamlit would fetch icons of tabs.
    "content-security-policy": "frame-ancestors 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_OUR_PATHS: Final = ("/_stcore/", "/media/", "/component/", "/static/", "/app/", "/api/", "/watch/")


class House:
    """ASGI middleware around the whole app.

    A request for a page gets the owner cookie (signed, out of reach of scripts, same site only); an address that is
    no page gets a plain answer with status 404; everything gets headers that keep strangers' sites from framing us.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        headers = dict(_HEADERS)
        if _asks_for_page(request):
            headers["set-cookie"] = _owner_cookie(request)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in headers.items():
                    answer.append(name, value)
            await send(message)

        answer = _own_answer(request) or self.app
        await answer(scope, receive, send_with_headers)


def _asks_for_page(request: Request) -> bool:
    """Whether a person opened this address, rather than a script or an image fetching something."""
    wants_html = "text/html" in request.headers.get("accept", "")
    return request.method == "GET" and wants_html and not f"{_path(request)}/".startswith(_OUR_PATHS)


def _page_paths() -> set[str]:
    return {"/", *(f"/{page.name}" for page in pages() if page.name != LANDING)}


def _own_answer(request: Request) -> Response | None:
    """The answer to an address that Streamlit has no page for; None for every other request."""
    if not _asks_for_page(request) or _path(request) in _page_paths():
        return None
    if _path(request) == f"/{LANDING}":
        return RedirectResponse(request.url.replace(path=request.url.path.removesuffix(LANDING)))
    return missing_page(request)


def _path(request: Request) -> str:
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    path = request.url.path.rstrip("/") or "/"
    return path.removeprefix(f"/{base}") or "/" if base else path


def _owner_cookie(request: Request) -> str:
    home = settings().home
    token = signed(owner_in(request.cookies) or new_owner(), home)
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{COOKIE}={token}; Path=/; Max-Age={_COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
