"""A scan of the running server over plain sockets, as somebody does who looks for a way in."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Final, NamedTuple

import pytest

from components.headers import HEADERS
from tests.browser.app import App

HOST: Final = "Host: localhost\r\n"
UPGRADE: Final = ("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
# What stands in files that an address might lead to.
CONTENTS: Final = re.compile(rb"root:|import streamlit|BLOCKYARD_HOME|SQLite format|# TYPE|openapi")
WAYS_OUT: Final = (
    "/media/../../etc/passwd", "/app/static/../../app.py", "/component/../../etc/passwd", "//127.0.0.1/share",
    "/../../../../etc/passwd", "/static/../../app.py", "/static/%2e%2e/%2e%2e/app.py", "/static/..%2f..%2fapp.py",
    "/static/..%5c..%5capp.py", "/static/%252e%252e/app.py", "/static/....//....//app.py", "/./app.py", "/static//etc",
    "/static/%00", "/static/index.html%00.png", "/\\\\127.0.0.1\\share", "/c:/windows/win.ini", "/etc/passwd",
    "/media/..", "/_stcore/bidi-components/blockyard_cards/../../app.py", "/_stcore/bidi-components/x/%2fetc/passwd",
    "/watch/../app.py", "/api/runs/..%2f..%2fowner.key/points", "/.git/config", "/.blockyard/owner.key", "/app.py",
    "/.streamlit/config.toml", "/.env", "/lib/settings.py",
)
CLOSED: Final = ("/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/interact", "/_stcore/agent/mcp",
                 "/_stcore/script-health-check", "/_stcore/allowed-message-origins", "/component/x/y", "/app/static/x",
                 "/auth/login", "/oauth2callback", "/media/0.png", "/healthz", "/docs", "/_stcore")
QUERIES: Final = (
    "run=1", "run=%2e%2e%2fsecret", "run=../../secret", "run=00000000-0000-0000-0000-000000000000", "run=%00",
    "run=' OR 1=1 --", "run=" + "a" * 5000, "formula=__import__('os').system('id')", "next=https://example.invalid",
    "next=//example.invalid", "url=javascript:alert(1)", "draft=<script>alert(1)</script>", "draft[]=1", "run=%ff",
    "&".join(["run=" + "0" * 32] * 21), "with=" + "0" * 31, "kind=../../x", "embed=<img>",
)


class Reply(NamedTuple):
    """The first answer on a connection: its status, its head in lower case, and all that came after."""

    status: int
    head: str
    body: bytes


def said(app: App, request: bytes) -> Reply:
    """What the server says to `request` until it ends the connection or waits for more."""
    with socket.create_connection(("localhost", app.port), timeout=60) as line:
        line.sendall(request)
        got = b""
        # A request that is complete asks for the end of the connection; the server ends what is none.
        with suppress(ConnectionResetError):
            while piece := line.recv(1 << 16):
                got += piece
    head, _gap, body = got.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d{3})", head)
    return Reply(int(found[1]) if found else 0, head.decode("latin-1").lower(), body)


def ask(app: App, target: str, method: str = "GET", head: str = HOST, body: bytes = b"") -> Reply:
    """The answer to a request that is written as it is given, without any mending."""
    end = "" if "Connection:" in head else "Connection: close\r\n"
    return said(app, f"{method} {target} HTTP/1.1\r\n{head}{end}\r\n".encode() + body)


def refused(reply: Reply, *statuses: int) -> bool:
    """Whether an answer is one of `statuses`, with our headers, and holds no file and no detail of the server."""
    return (reply.status in statuses and not CONTENTS.search(reply.body) and b"Traceback" not in reply.body
            and len(reply.body) < 10_000 and headed(reply))


def headed(reply: Reply) -> bool:
    return all(f"\r\n{name}:" in reply.head for name in (*HEADERS, "content-security-policy"))


@pytest.fixture(scope="module")
def silent(app: App) -> Iterator[list[socket.socket]]:
    """Connections that say nothing, or not all, from before the other tests on."""
    with ExitStack() as stack:
        lines = []
        for beginning in (b"", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
                          b"PUT /_stcore/upload_file/x/y HTTP/1.1\r\nHost: localhost\r\n"):
            line = stack.enter_context(socket.create_connection(("localhost", app.port), timeout=120))
            line.sendall(beginning)
            lines.append(line)
        yield lines


def test_every_kind_of_answer_has_the_headers(app: App, silent: list[socket.socket]) -> None:
    assert len(silent) == 3
    script = re.search(rb'src="\./(static/js/[^"]+)"', ask(app, "/").body)
    assert script
    for target, status in {"/": 200, "/data": 200, "/move": 200, "/build": 307, f"/{script[1].decode()}": 200,
                           "/favicon.png": 200, "/_stcore/health": 200, "/_stcore/host-config": 200, "/nowhere": 404,
                           "/static/nowhere.js": 200, "/watch/0": 404, "/api/runs/0/points": 404,
                           "/api/views/0/points": 404}.items():
        reply = ask(app, target)
        assert (reply.status, headed(reply)) == (status, True), target
    for request in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        assert refused(said(app, request), 400), request


def test_no_address_leads_out(app: App) -> None:
    for target in WAYS_OUT:
        assert refused(ask(app, target), 400, 404), target
        assert refused(ask(app, target, head=f"{HOST}Accept: text/html\r\n"), 400, 404), target
    for target in CLOSED:
        assert refused(ask(app, target), 404), target


def test_nothing_is_put_behind_a_question_mark(app: App) -> None:
    for page in ("/", "/train", "/runs"):
        for query in QUERIES:
            reply = ask(app, f"{page}?{query}".replace(" ", "%20"))
            assert refused(reply, 400), query
            assert "\r\nlocation:" not in reply.head
            assert b"<script>alert" not in reply.body
    for target in ("/?run=" + "a" * 100_000, "/" + "a" * 20_000):
        assert refused(ask(app, target), 400, 404, 414)


def test_strangers_names_and_pages_reach_nothing(app: App) -> None:
    for host in ("evil.example", "localhost.evil.example", "localhost@evil.example", "", "localhost:x"):
        for target in ("/", "/_stcore/health", "/move"):
            assert refused(ask(app, target, head=f"Host: {host}\r\n"), 400), host
    assert refused(ask(app, "/", head=f"{HOST}Host: evil.example\r\n"), 400)
    assert refused(ask(app, "http://evil.example/", head="Host: evil.example\r\n"), 400)
    # What a proxy may say about where a request comes from changes nothing of that.
    assert refused(ask(app, "/", head="Host: evil.example\r\nX-Forwarded-Host: localhost\r\n"), 400)
    for origin in ("http://evil.invalid", "null", "http://localhost:1", f"http://127.0.0.1:{app.port}"):
        assert refused(ask(app, "/_stcore/health", head=f"{HOST}Origin: {origin}\r\n"), 403), origin
        assert refused(ask(app, "/_stcore/stream", head=f"{HOST}{UPGRADE}Origin: {origin}\r\n"), 403), origin
    assert refused(ask(app, "/_stcore/stream", head=f"Host: evil.example\r\n{UPGRADE}"), 400)
    assert refused(ask(app, "/other", head=f"{HOST}{UPGRADE}"), 404)


def test_only_the_methods_that_are_needed(app: App) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"):
        for target in ("/", "/data", "/_stcore/health", "/favicon.png", "/api/runs/0/points", "/watch/0"):
            assert refused(ask(app, target, method, f"{HOST}Content-Length: 0\r\n"), 405), (method, target)
    for method in ("GET", "POST", "PATCH", "OPTIONS"):
        assert refused(ask(app, "/_stcore/upload_file/x/y", method, f"{HOST}Content-Length: 0\r\n"), 405), method
    for method in ("PUT", "DELETE"):
        assert refused(ask(app, "/_stcore/upload_file/x/y", method, f"{HOST}Content-Length: 0\r\n"), 404), method
    assert refused(ask(app, "localhost:80", "CONNECT"), 400, 404, 405)


def test_too_much_is_refused(app: App) -> None:
    for length in ("70000", "99999999999999", "-1", "x", "1, 2"):
        assert refused(ask(app, "/move", "POST", f"{HOST}Content-Length: {length}\r\n"), 400, 413), length
    assert refused(ask(app, "/_stcore/upload_file/x/y", "PUT", f"{HOST}Content-Length: 999999999999\r\n"), 404, 413)
    pieces = b"".join(b"4000\r\n" + os.urandom(0x4000) + b"\r\n" for _piece in range(8)) + b"0\r\n\r\n"
    assert refused(ask(app, "/move", "POST", f"{HOST}Transfer-Encoding: chunked\r\n", pieces), 413)
    both = f"{HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    assert ask(app, "/move", "POST", both, b"0\r\n\r\nGET /_stcore/metrics HTTP/1.1\r\n\r\n").body.count(b"# TYPE") == 0
    for head in ("X: " + "a" * 100_000, "\r\n".join(f"X{number}: {'a' * 100}" for number in range(1000))):
        assert refused(ask(app, "/", head=f"{HOST}{head}\r\n"), 400, 431)


def test_who_says_nothing_is_not_waited_for(app: App, silent: list[socket.socket]) -> None:
    for line in silent:
        # Blocks until the server ends the connection.
        with suppress(ConnectionResetError):
            assert line.recv(100) == b""
    assert ask(app, "/_stcore/health").status == 200
