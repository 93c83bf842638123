"""The curves over HTTP: for their owner, for who has the link, and for nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import anyio
import pytest
from starlette.applications import Starlette

from components import live_routes, watch_page
from components.owner import COOKIE
from lib.errors import UserError
from lib.owner import signed
from lib.runs.feed import Feed, Feeds
from lib.runs.store import Store
from tests import fake_runs
from tests.fake_runs import OWNER


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(live_routes, "FEEDS", Feeds())
    return Store()


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.content)


class Browser:
    """Asks with the cookie that it has."""

    def __init__(self, token: str | None, language: str = "en") -> None:
        self._headers = [(b"accept-language", language.encode())]
        if token:
            self._headers.append((b"cookie", f"{COOKIE}={token}".encode()))

    def get(self, path: str, **query: str) -> Answer:
        sent: list[dict[str, Any]] = []
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
                 "query_string": urlencode(query).encode(), "root_path": "", "headers": self._headers,
                 "server": ("localhost", 80)}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        anyio.run(Starlette(routes=[*live_routes.ROUTES, *watch_page.ROUTES]), scope, receive, send)
        headers = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(part["body"] for part in sent[1:]))


def browser(home: Path, owner: str | None = OWNER) -> Browser:
    return Browser(signed(owner, home) if owner else None)


def test_the_owner_gets_what_is_new(store: Store, home: Path) -> None:
    run = fake_runs.started(store)
    client = browser(home)
    first = client.get(f"/api/runs/{run.id}/points")
    assert (first.status, first.headers["cache-control"]) == (200, "no-store")
    told = first.told
    assert (told["name"], told["state"], len(told["rows"])) == ("LeNet-5", "running", 2)
    again = client.get(f"/api/runs/{run.id}/points", after=told["cursor"])
    assert (again.status, again.content) == (204, b"")


def test_missing_and_foreign_look_the_same(store: Store, home: Path) -> None:
    run = fake_runs.started(store)
    link = store.share(OWNER, run.id)
    answers = [
        browser(home).get(f"/api/runs/{'0' * 32}/points"),
        browser(home, "1" * 32).get(f"/api/runs/{run.id}/points"),
        browser(home, None).get(f"/api/runs/{run.id}/points"),
        browser(home).get(f"/api/runs/{link}/points"),
        browser(home).get(f"/api/views/{run.id}/points"),
        browser(home).get(f"/api/views/{'0' * 32}/points"),
    ]
    answers.append(Browser(f"{OWNER}.{'0' * 64}").get(f"/api/runs/{run.id}/points"))
    assert {(answer.status, answer.content) for answer in answers} == {(404, b"")}
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_who_has_the_link_watches_without_a_cookie(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = fake_runs.started(store)
    link = store.share(OWNER, run.id)
    client = browser(home, None)
    told = client.get(f"/api/views/{link}/points").told
    assert told["name"] == "LeNet-5"
    assert run.id not in str(told)
    assert OWNER not in str(told)
    assert client.get(f"/api/views/{link}/points", after=told["cursor"]).status == 204
    store.stop_sharing(OWNER, run.id)
    monkeypatch.setattr(live_routes, "FEEDS", Feeds())
    assert client.get(f"/api/views/{link}/points").status == 404


def test_a_store_that_does_not_answer_is_no_traceback(store: Store, home: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    run = fake_runs.started(store)

    def busy(_feed: Feed, _store: Store) -> bool:
        raise UserError("", "the store is busy")

    monkeypatch.setattr(Feed, "refresh", busy)
    assert browser(home).get(f"/api/runs/{run.id}/points").status == 503


def test_a_link_opens_a_page_that_tells_nothing_but_the_curves(store: Store, home: Path) -> None:
    run = fake_runs.started(store, "</script><b>")
    link = store.share(OWNER, run.id)
    page = browser(home, None).get(f"/watch/{link}")
    text = page.content.decode()
    assert (page.status, page.headers["cache-control"]) == (200, "no-store")
    assert "Somebody shows you a training" in text
    assert f"/api/views/{link}/points" in text
    assert run.id not in text
    assert OWNER not in text
    assert text.count("</script>") == 2
    assert '<html lang="ko">' in Browser(None, "ko,en;q=0.5").get(f"/watch/{link}").content.decode()


def test_a_link_that_leads_nowhere_is_a_page_that_says_so(store: Store, home: Path) -> None:
    run = fake_runs.started(store)
    for link in ("0" * 32, run.id, "x"):
        page = browser(home).get(f"/watch/{link}")
        assert page.status == 404
        assert "There is no such page" in page.content.decode()
