"""A training that is paused, left alone and killed, as its owner sees it: its curve has every batch once."""

from __future__ import annotations

import re
from signal import SIGKILL

import pytest
from playwright.sync_api import Page, expect

from lib.runs.history import History
from lib.runs.processes import ProcessId
from lib.runs.store import Run, Store
from tests.browser.app import App, drawn
from tests.browser.conftest import Visit
from tests.browser.test_training import LONG, NUMBER, figure, latest, state, train
from tests.lib.runs.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EPOCHS = 20


def test_paused_closed_killed_resumed_and_killed_again_the_curve_has_no_gap_and_no_double_point(own_app: App,
                                                                                               visit: Visit) -> None:
    page = visit("/train", app=own_app)
    train(page, epochs=EPOCHS)
    expect(figure(page, "Validation accuracy")).to_have_text(NUMBER, timeout=LONG)
    page.get_by_role("button", name="Pause", exact=True).click()
    state(page, "Paused")
    address, browser = page.url, page.context
    paused = latest(page, own_app)
    page.close()
    kill_worker(paused)

    page = browser.new_page()
    page.goto(address)
    state(page, "Paused")
    expect(page.get_by_text("Paused by hand; everything is kept")).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).click()
    state(page, "Training", seconds=120)
    kill_worker(beyond(own_app, paused))
    state(page, "Interrupted")
    expect(page.get_by_text("It goes on from where it was last kept")).to_be_visible()
    state(page, "Training", seconds=120)
    state(page, "Finished", seconds=300)

    history = told(own_app, latest(page, own_app))
    check(history, 2)
    once(page, history)
    page.reload()
    drawn(page)
    once(page, history)


def kill_worker(run: Run) -> None:
    worker = ProcessId.parse(run.worker or "")
    assert worker.alive
    worker.signal_group(SIGKILL)
    until(lambda: not worker.alive)


def beyond(app: App, paused: Run) -> Run:
    """The run, once it has trained further than when it was paused."""
    def further() -> Run | None:
        run = Store(home=app.home).run(paused.owner, paused.id)
        assert run is not None
        assert not run.over, "too short a training to be killed"
        return run if run.state == "running" and run.progress > paused.progress else None

    return until(further, 120)


def told(app: App, run: Run) -> History:
    history = History()
    history.add(Store(home=app.home).events(run.owner, run.id))
    return history


def check(history: History, times: int) -> None:
    """Every step is there once, and the timeline has all that happened."""
    assert history.began is not None
    steps = history.batches["step"]
    assert steps == list(range(1, EPOCHS * history.began["steps_per_epoch"] + 1))
    assert [row["epoch"] for row in history.epochs] == list(range(1, EPOCHS + 1))
    assert sum(entry["kind"] == "resume" for entry in history.told) == times
    states = [entry["state"] for entry in history.told if entry["kind"] == "state"]
    assert states == ["queued", "starting", "running", "pausing", "paused", "queued", "starting", "running",
                      "interrupted", "starting", "running", "finished"]


def drawn_steps(page: Page, history: History) -> list[int]:
    """The batches that stand on the curve of the training loss, read from where its points are."""
    assert history.began is not None
    panel = page.locator(".panel[data-metric=loss]")
    path = panel.locator("path.raw").get_attribute("d") or ""
    lefts = [float(left) for left in re.findall(r"[ML]([\d.]+) ", path)]
    whole = panel.locator("svg").evaluate("""svg => {
        const lines = [...svg.querySelectorAll('.axes line')];
        return [Number(lines[0].getAttribute('x1')), Number(lines[0].getAttribute('x2'))] }""")
    steps = EPOCHS * history.began["steps_per_epoch"]
    return [round((left - whole[0]) / (whole[1] - whole[0]) * steps) for left in lefts]


def once(page: Page, history: History) -> None:
    """The page has drawn each batch of `history` once, in its order."""
    expect(page.get_by_text(re.compile(rf"^Epoch {EPOCHS} of {EPOCHS} ·"))).to_be_visible(timeout=LONG)
    until(lambda: drawn_steps(page, history) == history.batches["step"], 30)
