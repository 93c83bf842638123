"""Two browsers at one server: nothing of one is reached from the other, and a code is the only bridge."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from components.navigation import PAGES
from lib.data import own
from lib.data.npz import Arrays
from lib.runs.store import Run, Store
from tests import fake_runs
from tests.browser.app import App, drawn
from tests.browser.conftest import Visit
from tests.browser.test_training import owner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MARK: Final = "zebrafish"
"""Stands in every name that Ann gives, and in nothing else."""
VIOLATION: Final = re.compile(r"Content.Security.Policy|Permissions-Policy|Refused to|violates", re.IGNORECASE)


class Things(NamedTuple):
    """What Ann has made."""

    run: Run
    shared: Run
    link: str
    data: str
    draft: str


class Watched:
    """What a browser was sent and what it complained about, from now on."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: set[str] = set()
        self.frames: list[bytes] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.add(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, frame: str | bytes) -> None:
        self.frames.append(frame if isinstance(frame, bytes) else frame.encode())

    @property
    def media(self) -> set[str]:
        """The addresses of the pictures that were shown."""
        return {url for url in self.asked if urlsplit(url).path.startswith("/media/")}

    @property
    def violations(self) -> list[str]:
        """What the browser had to forbid the pages."""
        return [text for text in self.complaints if VIOLATION.search(text)]


@pytest.fixture
def ann(visit: Visit) -> Page:
    return visit("/")


@pytest.fixture
def things(ann: Page, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Things:
    """A run, a shared run, a formula, a data set and a draft of Ann's, each with the mark in its name."""
    monkeypatch.setenv("BLOCKYARD_HOME", str(app.home))
    who, store, apart = owner(ann), Store(home=app.home), Store(home=tmp_path / "apart")
    runs = [fake_runs.moved(fake_runs.ended(apart, name=f"{MARK} {name}", owner=who), apart, store)
            for name in ("private", "shared")]
    store.save_own(who, "activation", f"{MARK}_act", "x")
    pixels = np.random.default_rng(len(who)).integers(0, 256, (12, 8, 8, 3), np.uint8)
    images = Arrays(pixels, np.arange(12) % 2, pixels[::-1].copy(), np.arange(12) % 2)
    info = own.add(who, f"{MARK} images", images, (f"{MARK} cat", "dog"))
    name = ann.get_by_role("textbox", name="Name").first
    name.fill(f"{MARK} net")
    name.press("Enter")
    expect(ann).to_have_url(re.compile("draft=[0-9a-f]{32}"))
    drawn(ann)
    draft = ann.url.rsplit("draft=", 1)[1][:32]
    return Things(runs[0], runs[1], store.share(who, runs[1].id), info.name, draft)


def addresses(things: Things) -> list[str]:
    """Every page with every id of Ann's that it can be asked with."""
    pages = ["/" if info.name == "build" else f"/{info.name}" for info in PAGES]
    return [*(f"{page}?draft={things.draft}" for page in pages), f"/train?run={things.run.id}",
            f"/train?run={things.shared.id}&with={things.run.id}"]


def guessed(address: str, things: Things) -> str:
    """The same address with ids that nobody has."""
    for known in (things.run.id, things.shared.id, things.draft, things.link):
        address = address.replace(known, "f" * 32)
    return address


def main(page: Page) -> str:
    return page.get_by_test_id("stMain").inner_text()


def routes(things: Things) -> list[tuple[str, str]]:
    """What programs can be asked about Ann's things, but for what her link opens to whoever has it."""
    return [("GET", f"/api/runs/{things.run.id}/points"), ("GET", f"/api/runs/{things.shared.id}/points?after="),
            ("GET", f"/api/views/{things.run.id}/points"), ("GET", f"/api/views/{things.draft}/points"),
            ("GET", f"/watch/{things.run.id}"), ("GET", f"/watch/{things.draft}"),
            ("PUT", f"/_stcore/upload_file/{things.run.id}/{things.draft}"),
            ("DELETE", f"/_stcore/upload_file/{things.draft}/{things.run.id}")]


def answer(context: BrowserContext, app: App, method: str, address: str, known: str = "") -> tuple[int, str]:
    """The status and text of an answer, without the part of the address that it repeats."""
    reply = context.request.fetch(app.url + address.removeprefix(app.url), method=method)
    return reply.status, reply.text().replace(known or address.partition("?")[0], "")


def walk(page: Page, app: App, paths: list[str]) -> dict[str, str]:
    """The text of every page, as it stands when all is drawn."""
    seen = {}
    for path in paths:
        page.goto(app.url + path)
        drawn(page)
        seen[path] = main(page)
    return seen


def told(page: Page, app: App, path: str) -> list[str]:
    """What a page says about what it was asked for."""
    page.goto(app.url + path)
    drawn(page)
    return page.get_by_test_id("stAlert").all_inner_texts()


def see_pictures(page: Page) -> None:
    """Ann looks at her images on the Data page, and at the canvas on the Build page."""
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_text(f"{MARK} images", exact=True).first.click()
    expect(page.get_by_text(f"{MARK} cat").first).to_be_visible()
    drawn(page)
    page.get_by_role("link", name="Build", exact=True).click()
    page.get_by_text("Canvas", exact=True).click()
    drawn(page)


def take_the_table(page: Page, app: App) -> str:
    """The address from which Ann's browser gets her runs as a table."""
    page.goto(f"{app.url}/runs")
    drawn(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    assert MARK in download.value.path().read_text()
    return download.value.url


def test_nothing_of_one_is_reached_from_the_other(ann: Page, things: Things, visit: Visit, app: App) -> None:
    hers = Watched(ann)
    shown = walk(ann, app, [f"/train?run={things.run.id}"])
    assert MARK in shown[f"/train?run={things.run.id}"]
    see_pictures(ann)
    table = take_the_table(ann, app)
    assert not hers.violations
    bob_meets_nothing(visit, app, things, hers, table)


def bob_meets_nothing(visit: Visit, app: App, things: Things, hers: Watched, table: str) -> None:
    bob = visit("/")
    his = Watched(bob)
    seen = walk(bob, app, addresses(things))
    assert not any(MARK in text for text in seen.values())
    for path in (f"/?draft={things.draft}", f"/train?run={things.run.id}"):
        assert told(bob, app, path) == told(bob, app, guessed(path, things)) != [], path
    secret = [MARK, things.data, things.link, owner(hers.page)]
    assert not [word for word in secret if any(word.encode() in frame for frame in his.frames)]
    assert his.frames
    assert not his.violations

    for method, address in routes(things):
        foreign = answer(bob.context, app, method, address)
        assert foreign[0] == 404, address
        assert foreign == answer(bob.context, app, method, guessed(address, things)), address
    pictures = hers.media - his.media
    assert pictures
    for url in (*pictures, table):
        name = urlsplit(url).path
        assert answer(bob.context, app, "GET", name) == answer(bob.context, app, "GET", "/media/" + "f" * 56 + ".png")
    watched_by_link(bob, app, things)


def watched_by_link(bob: Page, app: App, things: Things) -> None:
    """Bob has the link of one run: he sees its curves and name, and nothing once it is taken back."""
    bob.goto(f"{app.url}/watch/{things.link}")
    expect(bob.locator(".state")).to_have_text("Finished")
    status, points = answer(bob.context, app, "GET", f"/api/views/{things.link}/points")
    assert status == 200
    for text in (bob.content(), points):
        assert not [word for word in ("private", things.run.id, things.shared.id, things.data) if word in text]
    Store(home=app.home).stop_sharing(None, things.shared.id)
    bob.goto(f"{app.url}/watch/{things.link}")
    expect(bob.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_a_code_brings_everything_to_another_browser(ann: Page, things: Things, visit: Visit, app: App) -> None:
    ann.goto(f"{app.url}/runs")
    drawn(ann)
    with ann.context.expect_page() as opened:
        ann.get_by_role("link", name="Go on in another browser").click()
    leaving = opened.value
    leaving.get_by_role("button", name="Show a code").click()
    code = leaving.locator("output").inner_text()
    leaving.goto(f"{app.url}/move")
    assert code not in leaving.content()

    other = visit("/")
    before = owner(other)
    other.goto(f"{app.url}/move")
    for given, there in (("WRONG-WRONG", False), (code.lower().replace("-", " "), True)):
        other.get_by_role("textbox", name="Code").fill(given)
        other.get_by_role("button", name="Go on here").click()
        if not there:
            expect(other.get_by_role("alert")).to_contain_text("not a code that can be used")
    other.wait_for_url(re.compile(rf"{app.url}/(\?.*)?$"))
    drawn(other)
    assert owner(other) == owner(ann) != before
    assert MARK in walk(other, app, [f"/train?run={things.run.id}"]).popitem()[1]
    other.goto(f"{app.url}/move")
    other.get_by_role("textbox", name="Code").fill(code)
    other.get_by_role("button", name="Go on here").click()
    expect(other.get_by_role("alert")).to_contain_text("not a code that can be used")
