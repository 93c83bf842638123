"""The real app on a port and in a home of its own, and a real browser to open it with."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "test-results"
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]
START_SECONDS = 90
Visit = Callable[..., Page]


class App:
    """One Blockyard: its address, its home, its log and its web process."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = os.environ | {
            "BLOCKYARD_HOME": str(self.home), "BLOCKYARD_DATA": str(folder / "data"), "BLOCKYARD_OFFLINE": "1",
            "BLOCKYARD_PORT": str(self.port), "BLOCKYARD_WORKERS": "1", "KERAS_HOME": str(folder / "keras"),
            "DISPLAY": "", "WAYLAND_DISPLAY": "", "LANG": "C.UTF-8",
        }
        self.process: subprocess.Popen[str]

    def start(self) -> None:
        """Start the web process and wait until it says where it is and answers there."""
        self.process = subprocess.Popen([sys.executable, "-m", "lib.launch"], cwd=ROOT, env=self.environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        ready = threading.Event()
        assert self.process.stdout is not None
        threading.Thread(target=self._copy_log, args=(self.process.stdout, ready), daemon=True).start()
        assert ready.wait(START_SECONDS), f"Blockyard does not start:\n{self.log.read_text()}"
        assert self.url in self.log.read_text(), f"Blockyard did not start:\n{self.log.read_text()}"

    def _copy_log(self, output: IO[str], ready: threading.Event) -> None:
        with self.log.open("a", encoding="utf-8") as log, output:
            for line in output:
                log.write(line)
                log.flush()
                if self.url in line:
                    ready.set()
        ready.set()

    def end_page(self) -> None:
        """End the web process alone, as Ctrl+C does; the supervisor and its trainings go on."""
        self.process.terminate()
        self.process.wait(30)

    def restart(self) -> None:
        """End the web process and start another one on the same port and home."""
        self.end_page()
        self.start()

    def end(self) -> None:
        """End the web process, the supervisor and every worker."""
        self.end_page()
        subprocess.run([sys.executable, "-c", "from lib.runs.supervisor import stop; stop()"], cwd=ROOT,
                       env=self.environment, check=True, timeout=60)
        left = self.processes()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=10)

    def processes(self) -> list[psutil.Process]:
        """Every process that works for this home."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("BLOCKYARD_HOME") == str(self.home):
                    found.append(process)
        return found


def free_port() -> int:
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One Blockyard for all tests that do not stop it."""
    yield from running(App(tmp_path_factory.mktemp("app")))


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[App]:
    """A fresh Blockyard of this test alone."""
    yield from running(App(tmp_path))


def running(app: App) -> Iterator[App]:
    try:
        app.start()
        yield app
    finally:
        app.end()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "the browser tests need Chromium; `make tools` installs it or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


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


def drawn(page: Page) -> None:
    """Wait until the script of the page has run and everything of it is on the screen."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.get_by_role("heading", level=1).first.wait_for()


def keep(test: str, pages: list[Page], app: App) -> None:
    name = re.sub(r"\W+", "-", test)
    KEPT.mkdir(exist_ok=True)
    for number, page in enumerate(pages):
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
