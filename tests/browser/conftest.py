"""The real app and a real browser, for every test of this folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import app as house
from tests.browser.app import ROOT, App, drawn, running

KEPT = ROOT / "test-results"
Visit = Callable[..., Page]

# What a page shows in the end, it may show late on a busy machine.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One Blockyard for all tests that do not stop it."""
    with running(tmp_path_factory.mktemp("app")) as one:
        yield one


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[App]:
    """A fresh Blockyard of this test alone."""
    with running(tmp_path) as one:
        yield one


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; every visitor has a context of its own."""
    with house.chromium() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser, app: App, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """`visit(path="/", app=app, **context)`: a new visitor opens a page and waits until it is drawn.

    The keywords of a Playwright context choose the visitor: `locale`, `color_scheme`, `viewport`. When the test
    fails, a picture of every open page and the log of the server stay in test-results/.
    """
    pages: list[Page] = []

    def open_page(path: str = "/", app: App = app, **context: Any) -> Page:
        context.setdefault("viewport", {"width": 1280, "height": 900})
        page = chromium.new_context(**context).new_page()
        page.set_default_timeout(30_000)
        pages.append(page)
        page.goto(app.url + path)
        drawn(page)
        return page

    yield open_page
    if getattr(request.node, "failed", False):
        keep(request.node.nodeid, pages, app)
    for page in pages:
        page.context.close()


def keep(test: str, pages: list[Page], app: App) -> None:
    name = re.sub(r"\W+", "-", test)
    KEPT.mkdir(exist_ok=True)
    for number, page in enumerate(page for first in pages for page in first.context.pages):
        page.screenshot(path=KEPT / f"{name}-{number}.png", full_page=True)
    shutil.copy(app.log, KEPT / f"{name}.log")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.failed = True  # type: ignore[attr-defined]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
