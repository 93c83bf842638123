"""How quickly the Gallery page opens a network: `python -m benchmarks.gallery`.

Chromium against a server of its own. Every network is found by its title and chosen in the table; measured is the time
from the click until its title stands over its story and its picture is that of this network. Printed are the median,
the slowest and each that took more than a second.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from components.gallery_view import found
from lib.arch.gallery import ENTRIES, Entry
from tests.browser.app import CHROMIUM, App

ROW = 35
"""Pixels of a row of the table, and of its head."""


def opening(page: Page, entry: Entry) -> float:
    """Seconds from the click on the row of `entry` to its story and its picture."""
    search = page.get_by_placeholder("Name, author or year")
    search.fill(entry.title)
    search.press("Enter")
    rows = found(entry.title)
    canvas = page.locator('[data-testid="stDataFrame"] canvas').first
    expect(canvas).to_be_visible()
    # What the canvas shows stands in it as a table for screen readers.
    expect(canvas.locator("tbody tr")).to_have_count(len(rows))
    expect(canvas.locator("tbody tr").first).to_contain_text(rows[0].title)
    place = canvas.bounding_box()
    assert place is not None
    row = [other.name for other in rows].index(entry.name) + 1
    last = entry.architecture.nodes[-1].id
    began = time.perf_counter()
    page.mouse.click(place["x"] + ROW / 2, place["y"] + ROW * row + ROW / 2)
    expect(page.get_by_role("heading", name=entry.title, exact=True)).to_be_visible()
    page.locator(f'.st-key-picture [data-node="{last}"]').wait_for(state="attached")
    return time.perf_counter() - began


def main() -> None:
    """Open them all, one more before: what is done once for all is no part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=len(ENTRIES), help="so many networks at most")
    most = parser.parse_args().most
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder))
        app.start()
        try:
            page = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM).new_page()
            page.goto(f"{app.url}/gallery?network=lenet5")
            expect(page.get_by_role("heading", name="LeNet-5", exact=True)).to_be_visible(timeout=60_000)
            first, *others = (entry for entry in ENTRIES.values() if entry.name != "lenet5")
            opening(page, first)
            took = {entry.title: opening(page, entry) for entry in others[:most]}
        finally:
            app.end()
    slowest = max(took, key=took.__getitem__)
    median = statistics.median(took.values())
    print(f"{len(took)} networks: median {median:.2f} s, slowest {slowest} {took[slowest]:.2f} s")
    for title, seconds in took.items():
        if seconds > 1:
            print(f"{title:30}{seconds:8.2f} s")


if __name__ == "__main__":
    main()
