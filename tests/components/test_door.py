"""What is turned away before anybody reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from components import draft, gallery_view, own_page, run_compare, train_start
from components.addresses import PARAMETERS
from components.belongings import BELONGINGS, Belongings
from components.body import limited
from components.middleware import MOST_TABS, House
from components.own_kinds import SHOWN
from components.owner import COOKIE
from lib.arch.gallery import ENTRIES
from lib.owner import new_owner, signed
from tests.components.test_middleware import ask

SOMEBODY = "0123456789abcdef" * 2


@pytest.mark.parametrize(("status", "request_of"), [
    (400, {"path": "/", "host": "evil.example"}),
    (400, {"path": "/", "host": "localhost@evil.example"}),
    (400, {"path": "/", "host": ""}),
    (403, {"path": "/_stcore/health", "origin": "http://evil.example"}),
    (403, {"path": "/_stcore/health", "origin": "http://localhost:9999"}),
    (403, {"path": "/_stcore/health", "origin": "null"}),
    (400, {"path": "/media/../../etc/passwd"}),
    (400, {"path": "//127.0.0.1/share"}),
    (400, {"path": "/static/..\\..\\app.py"}),
    (400, {"path": "/static/\x00"}),
    (404, {"path": "/_stcore/metrics"}),
    (404, {"path": "/_stcore/agent/openapi.json"}),
    (404, {"path": "/_stcore/script-health-check"}),
    (404, {"path": "/component/a/b"}),
    (404, {"path": "/app/static/x"}),
    (404, {"path": "/auth/login"}),
    (404, {"path": "/nowhere", "accept": "*/*"}),
    (405, {"path": "/", "method": "POST"}),
    (405, {"path": "/api/runs/x/points", "method": "DELETE"}),
    (405, {"path": "/_stcore/health", "method": "OPTIONS"}),
    (405, {"path": "/_stcore/health", "method": "TRACE"}),
    (413, {"path": "/api/x", "content_length": "65537"}),
    (413, {"path": "/api/x", "content_length": "-1"}),
    (414, {"path": "/", "query": "run=" + "a" * 100_000}),
    (400, {"path": "/", "query": "run=1"}),
    (400, {"path": "/runs", "query": "run=%2e%2e%2fsecret", "accept": "*/*"}),
    (400, {"path": "/", "query": "formula=__import__('os').system('id')"}),
    (400, {"path": "/", "query": "next=https://example.invalid"}),
    (400, {"path": "/", "query": "&".join(["draft="] * 30)}),
    (400, {"path": "/", "query": "draft=%ff"}),
    (404, {"path": "/media/nobodys.png"}),
    (404, {"path": "/_stcore/upload_file/nobodys/x", "method": "PUT"}),
])
def test_what_nobody_of_ours_asks_is_turned_away(status: int, request_of: dict[str, str]) -> None:
    answer = ask(**request_of)
    assert answer.status == status
    assert "inner" not in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize("headers", [
    {"host": "127.0.0.1:8501"}, {"host": "[::1]:8501"}, {"host": "LOCALHOST."}, {"origin": "http://localhost"},
])
def test_what_comes_from_us_may_pass(headers: dict[str, str]) -> None:
    assert ask("/", **headers).text == "inner"


def test_the_parameters_are_those_that_the_pages_write() -> None:
    written = {draft.PARAMETER, train_start.RUN, run_compare.WITH, gallery_view.CHOSEN, own_page.PARAMETER}
    assert written == set(PARAMETERS) - {"embed", "embed_options"}
    pages = {"/train": [f"run={SOMEBODY}&with={SOMEBODY},{SOMEBODY}"], "/formulas": [f"kind={kind}" for kind in SHOWN],
             "/gallery": [f"network={name}" for name in ENTRIES]}
    for path, queries in pages.items():
        for query in queries:
            assert ask(path, query=f"{query}&draft={SOMEBODY}").text == "inner", query
            assert ask("/data", query=query).status == 400, query


def test_a_picture_opens_to_whom_it_was_shown(home: Path) -> None:
    mine, other = (f"{COOKIE}={signed(owner, home)}" for owner in (SOMEBODY, new_owner()))
    BELONGINGS.note_session("my-session", SOMEBODY)
    BELONGINGS.note_file("0abc", "my-session")
    assert ask("/media/0abc.png", cookie=mine).text == "inner"
    assert ask("/_stcore/upload_file/my-session/x", method="PUT", cookie=mine, content_length="9").text == "inner"
    for cookie in (other, f"{COOKIE}={SOMEBODY}.forged", ""):
        assert ask("/media/0abc.png", cookie=cookie) == ask("/media/0abd.png", cookie=cookie)
        assert ask("/media/0abc.png", cookie=cookie).status == 404
        assert ask("/_stcore/upload_file/my-session/x", method="PUT", cookie=cookie).status == 404


def test_uploads_lie_in_the_memory_only_so_far(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = f"{COOKIE}={signed(SOMEBODY, home)}"
    manager, uploads = MediaFileManager(MemoryMediaFileStorage("/media")), MemoryUploadedFileManager("/upload")
    belongings = Belongings()
    belongings.watch(manager, uploads)
    monkeypatch.setattr("components.door.BELONGINGS", belongings)

    def put(length: str) -> int:
        return ask("/_stcore/upload_file/a/x", method="PUT", cookie=mine, content_length=length).status

    for session, owner in (("a", SOMEBODY), ("b", SOMEBODY), ("c", new_owner())):
        belongings.note_session(session, owner)
        uploads.add_file(session, UploadedFileRec(session, session, "", b"x" * 1000))
    assert belongings.uploaded(SOMEBODY) == 2000
    assert ask("/_stcore/upload_file/a/x", method="PUT", cookie=mine).status == 411
    assert put("1000") == 200
    monkeypatch.setattr("components.door.MOST_UPLOADS", 0)
    assert put("1000") == 413


def test_what_a_browser_without_a_cookie_sees_opens_by_its_address() -> None:
    belongings = Belongings()
    belongings.note_session("session", None)
    belongings.note_file("file", "session")
    assert belongings.may_open("file.png", None)
    assert belongings.may_use("session", SOMEBODY)
    assert not belongings.may_use("another", None)


def test_a_body_is_counted_and_timed() -> None:
    async def take(pieces: list[bytes], most: int = 10, patience: float = 5.0) -> int:
        async def receive() -> dict[str, Any]:
            if not pieces:
                await anyio.sleep_forever()
            return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

        bounded = limited(receive, most, patience)
        try:
            while True:
                await bounded()
        except HTTPException as error:
            return error.status_code

    assert anyio.run(take, [b"12345678", b"90", b"1"]) == 413
    assert anyio.run(take, [b"1", b"2"], 10, 0.0) == 408


def connect(path: str, app: House, **headers: str) -> tuple[list[dict[str, Any]], list[Scope]]:
    """What a WebSocket is answered, and what reaches the app."""
    sent: list[dict[str, Any]] = []
    given = {"host": "localhost"} | {name.replace("_", "-"): text for name, text in headers.items()}
    scope: Scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
                    "scheme": "ws", "headers": [(name.encode(), text.encode()) for name, text in given.items()],
                    "extensions": {"websocket.http.response": {}}}

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    reached: list[Scope] = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    app.app = inner
    anyio.run(app, scope, receive, send)
    return sent, reached


def test_a_strangers_page_opens_no_websocket() -> None:
    house = House(PlainTextResponse(""))
    for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        sent, reached = connect("/_stcore/stream", house, **headers)
        assert sent[0]["status"] in (400, 403)
        assert b"content-security-policy" in dict(sent[0]["headers"])
        assert not reached
    assert connect("/_stcore/other", house)[0][0]["status"] == 404
    assert connect("/_stcore/stream", house, origin="http://localhost")[1]


def test_a_websocket_goes_on_with_no_foreign_session(home: Path) -> None:
    house, cookie = House(PlainTextResponse("")), f"{COOKIE}={signed(SOMEBODY, home)}"
    BELONGINGS.note_session("mine", SOMEBODY)
    BELONGINGS.note_session("theirs", new_owner())

    def passed(session: str) -> str | None:
        protocols = f"streamlit, token, {session}"
        _sent, reached = connect("/_stcore/stream", house, cookie=cookie, sec_websocket_protocol=protocols)
        return Request({**reached[0], "type": "http"}).headers.get("sec-websocket-protocol")

    assert passed("mine") == "streamlit, token, mine"
    assert passed("theirs") == passed("unknown") == "streamlit, token"


def test_a_proxy_may_name_the_server_otherwise_than_browsers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_HOSTS", "ml.school.example")
    _sent, reached = connect("/_stcore/stream", House(PlainTextResponse("")), origin="https://ml.school.example:8443")
    assert Request({**reached[0], "type": "http"}).headers.getlist("host") == ["ml.school.example:8443"]


def test_one_owner_has_only_so_many_tabs(home: Path) -> None:
    house = House(PlainTextResponse(""))
    house._tabs.counts[SOMEBODY] = MOST_TABS
    sent, reached = connect("/_stcore/stream", house, cookie=f"{COOKIE}={signed(SOMEBODY, home)}")
    assert (sent[0]["status"], reached) == (429, [])
    assert connect("/_stcore/stream", house, cookie=f"{COOKIE}={signed(new_owner(), home)}")[1]
