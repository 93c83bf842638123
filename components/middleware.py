"""What happens to every request before Streamlit sees it: the door, the owner, security headers, and mishaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.addresses import MOVE, path_of
from components.belongings import BELONGINGS
from components.body import limited
from components.door import asks_for_page, most_body, refusal
from components.headers import HEADERS, page_policy
from components.login import login_is_configured
from components.mishap import told
from components.missing import speak
from components.owner import owner_cookie, owner_in
from lib.owner import new_owner

MOST_TABS: Final = 60
"""Pages that one owner may have open at once."""
MOST_AT_ONCE: Final = 3
"""Uploads of one owner at the same time."""
_PROTOCOLS: Final = b"sec-websocket-protocol"


class Seats:
    """How many connections of a kind each owner has open; of who keeps no cookies none is counted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.counts: Counter[str] = Counter()

    def taken(self, owner: str | None) -> bool:
        """Whether `owner` has as many as there may be."""
        return owner is not None and self.counts[owner] >= self.most

    @contextmanager
    def one(self, owner: str | None) -> Iterator[None]:
        """One of the connections of `owner`, as long as it lasts."""
        if owner is None:
            yield
            return
        self.counts[owner] += 1
        try:
            yield
        finally:
            self.counts[owner] -= 1
            if not self.counts[owner]:
                del self.counts[owner]


class House:
    """ASGI middleware around the whole app.

    What comes from nobody of ours is turned away; a request for a page gets the owner cookie (signed, out of reach of
    scripts, same site only); an error that nobody has foreseen becomes a number in the log; and every answer gets the
    headers that keep strangers' pages and strangers' texts from doing anything with ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._tabs = Seats(MOST_TABS)
        self._uploads = Seats(MOST_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "http":
            await self._answer(Request(scope), receive, send)
        elif scope["type"] == "websocket":
            await self._connect(HTTPConnection(scope), receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        started = False
        refused = refusal(request)
        # Of nothing but an upload is asked here whose it is: that would cost a poll more than all the rest.
        owner = owner_in(request.cookies) if request.method == "PUT" and refused is None else None
        if self._uploads.taken(owner):
            refused = Response(status_code=429)
        cookie = None if refused and refused.status_code != 307 else _owner_cookie(request)

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                add_headers(MutableHeaders(scope=message), cookie)
            await send(message)

        try:
            with self._uploads.one(None if refused else owner):
                await (refused or self.app)(request.scope, limited(receive, most_body(request)), send_with_headers)
        except Exception as error:
            if started:
                raise
            speak(request)
            await PlainTextResponse(told(error), 500)(request.scope, receive, send_with_headers)

    async def _connect(self, request: HTTPConnection, receive: Receive, send: Send) -> None:
        owner = owner_in(request.cookies)
        refused = refusal(request)
        if self._tabs.taken(owner):
            refused = refused or Response(status_code=429)
        if refused is not None:
            await _refuse_socket(refused, request.scope, receive, send)
            return
        headers = _with_one_name(_without_foreign_session(request.headers, owner))
        scope = {**request.scope, "headers": headers}
        with self._tabs.one(owner):
            await self.app(scope, receive, send)


def add_headers(answer: MutableHeaders, cookie: str | None = None) -> None:
    """Add what every answer says, and the cookie of the owner where one is given."""
    for name, value in HEADERS.items():
        answer.setdefault(name, value)
    answer.setdefault("content-security-policy", page_policy())
    if cookie:
        answer.append("set-cookie", cookie)
        answer["cache-control"] = "private, no-cache"
    # What is somebody's stays out of the memory of a proxy that many share.
    answer.setdefault("cache-control", "private, no-cache")


def _owner_cookie(request: Request) -> str | None:
    opens = asks_for_page(request) or (request.method == "GET" and path_of(request) == MOVE)
    if not opens or login_is_configured():
        return None
    return owner_cookie(owner_in(request.cookies) or new_owner(), request.url.scheme == "https")


def _without_foreign_session(headers: Headers, owner: str | None) -> list[tuple[bytes, bytes]]:
    """The headers of a WebSocket that goes on with no session but one of `owner`: its id stands third in one."""
    kept = []
    for name, value in headers.raw:
        parts = value.split(b",")
        if name == _PROTOCOLS and len(parts) > 2 and not BELONGINGS.may_use(parts[2].strip().decode("latin-1"), owner):
            value = b",".join(parts[:2])
        kept.append((name, value))
    return kept


def _with_one_name(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a WebSocket whose page may make it: a proxy may have put a name of its own into the Host header,
    and Streamlit compares the two."""
    place = next((value.partition(b"://")[2] for name, value in headers if name == b"origin"), b"")
    return [(name, place if name == b"host" and place else value) for name, value in headers]


async def _refuse_socket(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a WebSocket as HTTP does where the server can, else close it."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "websocket.http.response.start":
            add_headers(MutableHeaders(scope=message))
        await send(message)

    if "websocket.http.response" in scope.get("extensions", {}):
        await answer(scope, receive, send_with_headers)
    else:
        await send({"type": "websocket.close", "code": 1008})
