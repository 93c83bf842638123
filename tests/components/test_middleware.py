"""What a browser gets before Streamlit sees its request."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.headers import HEADERS
from components.middleware import House
from components.owner import COOKIE
from lib.owner import new_owner, signed, verified

DRAFT = "0" * 32
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


class Answer(NamedTuple):
    """An HTTP response: its status, its headers by lower-case name (the last of each) and its text."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def token(self) -> str:
        return SimpleCookie(self.headers["set-cookie"])[COOKIE].value


INNER = PlainTextResponse("inner")


def ask(path: str, method: str = "GET", scheme: str = "http", query: str = f"draft={DRAFT}", body: bytes = b"",
        app: ASGIApp = INNER, **headers: str) -> Answer:
    """The answer of an app that says "inner" to everything, behind the middleware."""
    sent: list[dict[str, Any]] = []
    headers = {"host": "localhost", "accept": HTML} | {name.replace("_", "-"): text for name, text in headers.items()}
    scope = {"type": "http", "method": method, "scheme": scheme, "path": path, "raw_path": path.encode(),
             "query_string": query.encode(), "root_path": "", "server": ("localhost", 80),
             "headers": [(name.encode(), text.encode()) for name, text in headers.items()]}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(House(app), scope, receive, send)
    given = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return Answer(sent[0]["status"], given, b"".join(part["body"] for part in sent[1:]).decode())


def test_a_page_comes_with_an_owner_that_no_script_reads(home: Path) -> None:
    answer = ask("/")
    assert answer.text == "inner"
    assert verified(answer.token, home) is not None
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="):
        assert part in answer.headers["set-cookie"]
    assert "Secure" not in answer.headers["set-cookie"]


def test_an_encrypted_connection_keeps_its_owner_encrypted() -> None:
    assert ask("/", scheme="https").headers["set-cookie"].endswith("; Secure")


def test_an_owner_is_kept_and_a_forged_one_replaced(home: Path) -> None:
    owner = new_owner()
    assert verified(ask("/", cookie=f"{COOKIE}={signed(owner, home)}").token, home) == owner
    assert verified(ask("/", cookie=f"{COOKIE}={owner}.forged").token, home) not in {owner, None}


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/js/index.js", "/favicon.png", "/api/x"])
def test_what_is_no_page_gets_no_owner_and_is_left_alone(path: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.text) == (200, "inner")
    assert "set-cookie" not in answer.headers


def test_every_answer_says_what_our_pages_never_do() -> None:
    for path in ("/", "/_stcore/health", "/nowhere", "/../etc/passwd"):
        headers = ask(path).headers
        assert HEADERS.items() <= headers.items()
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["cache-control"] == "private, no-cache"


def test_an_error_nobody_has_foreseen_is_a_number_on_the_screen_and_the_rest_in_the_log(
        caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("secret place")

    answer = ask("/api/x", app=broken)
    assert answer.status == 500
    assert "secret" not in answer.text
    number = answer.text.rsplit(" ", 1)[-1].rstrip(".")
    assert re.fullmatch("[0-9a-f]{8}", number)
    assert number in caplog.text
    assert "secret place" in caplog.text
    assert HEADERS.items() <= answer.headers.items()


@pytest.mark.parametrize("path", ["/data", "/train/", "/runs"])
def test_pages_open_by_their_address(path: str) -> None:
    assert ask(path).text == "inner"


def test_the_landing_page_has_one_address_and_keeps_its_query() -> None:
    answer = ask("/build")
    assert answer.status == 307
    assert answer.headers["location"] == f"http://localhost/?draft={DRAFT}"


def test_an_unknown_address_is_a_plain_page() -> None:
    answer = ask("/<script>alert(1)</script>")
    assert answer.status == 404
    assert "There is no such page" in answer.text
    assert "<script" not in answer.text


def test_under_a_base_path_an_unknown_address_leads_home(monkeypatch: pytest.MonkeyPatch) -> None:
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "/lab/" if name == "server.baseUrlPath" else option(name))
    answer = ask("/lab/nowhere")
    assert (answer.status, '<a href="/lab/">' in answer.text) == (404, True)
    assert ask("/lab/train").text == "inner"


@pytest.mark.parametrize("accepted", ["ko-KR,ko;q=0.9,en;q=0.8", "ko"])
def test_an_unknown_address_is_explained_in_the_browsers_language(accepted: str) -> None:
    answer = ask("/nowhere", accept_language=accepted)
    assert "없는 페이지입니다" in answer.text
    assert '<html lang="ko">' in answer.text
