"""A Blockyard on a port and in a home of its own, and how to look at it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil
from playwright.sync_api import Browser, Page, TimeoutError, expect, sync_playwright

from tests.lib.runs.waiting import until

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]
START_SECONDS = 90


class App:
    """One Blockyard: its address, its home, its log and its web process."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = folder / "home"
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = os.environ | {
            "BLOCKYARD_HOME": str(self.home), "BLOCKYARD_DATA": str(folder / "data"), "BLOCKYARD_OFFLINE": "1",
            "BLOCKYARD_PORT": str(self.port), "BLOCKYARD_WORKERS": "1", "KERAS_HOME": str(folder / "keras"),
            "DISPLAY": "", "WAYLAND_DISPLAY": "", "LANG": "C.UTF-8", **settings,
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


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[App]:
    """A Blockyard that keeps everything in `folder` and is gone afterwards, with all its processes; `settings` are put
    into its environment.
    """
    app = App(folder, **settings)
    try:
        app.start()
        yield app
    finally:
        app.end()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "Chromium is missing; `make tools` installs it or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


def drawn(page: Page) -> None:
    """Wait until the script of the page has run and everything of it is on the screen."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)


def choose(page: Page, label: str | re.Pattern[str], option: str) -> None:
    """Choose in a list, which closes again where the page moves while it opens."""
    field, offered = page.get_by_role("combobox", name=label), page.get_by_role("option", name=option)

    def chosen() -> bool:
        if not offered.count():
            field.click()
            field.fill(option)
        with suppress(TimeoutError):
            offered.click(timeout=3000)
            return True
        return False

    until(chosen, 60)


def picture(page: Page) -> bytes:
    """The screen as PNG, once nothing on it moves any more."""
    before = b""
    for _attempt in range(50):
        page.wait_for_function("() => new Promise(done => setTimeout(() => done(true), 200))")
        now = page.screenshot(animations="disabled")
        if now == before:
            return now
        before = now
    raise TimeoutError("the page does not come to rest")
