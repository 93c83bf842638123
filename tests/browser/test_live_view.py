"""The live view in a real browser: steered, compared, replayed, shared, and back after a loss of the network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from lib.runs import schema
from lib.runs.store import Store
from tests import fake_runs
from tests.browser.app import App, choose, drawn
from tests.browser.conftest import Visit
from tests.browser.test_training import LONG, NUMBER, figure, latest, owner, set_number, state, stop, train
from tests.lib.runs.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

POINT = re.compile(r"[ML][\d.]+ [\d.]+")


def path(page: Page, metric: str, role: str, colour: int = 0) -> Locator:
    return page.locator(f".panel[data-metric={metric}] path.{role}.colour{colour}:not(.marks)")


def points(page: Page, metric: str, role: str, colour: int = 0) -> int:
    """How many points stand on a line of a chart."""
    line = path(page, metric, role, colour)
    return len(POINT.findall(line.get_attribute("d") or "")) if line.count() else 0


def grows(page: Page) -> None:
    """New points come in."""
    seen = points(page, "loss", "raw")
    until(lambda: points(page, "loss", "raw") != seen, 60)


@pytest.fixture
def apart(tmp_path: Path) -> Store:
    """A store that no supervisor looks into."""
    return Store(home=tmp_path / "apart")


def test_the_learning_rate_is_changed_live_and_other_runs_stand_beside(app: App, apart: Store, visit: Visit) -> None:
    page = visit("/train", app=app)
    other = fake_runs.ended(apart, name="the other one", owner=owner(page))
    fake_runs.moved(other, apart, Store(home=app.home))
    train(page, epochs=1000)
    until(lambda: points(page, "loss", "raw") > 3, 60)
    change_the_rate(page, app)
    compare(page)
    page.reload()
    drawn(page)
    expect(page.locator(".legend")).to_contain_text("the other one")
    assert other.id in page.url
    watch(page, visit, app)
    lose_the_network(page)
    stop(page)


def test_seeds_stand_as_mean_and_band(app: App, apart: Store, visit: Visit) -> None:
    page = visit("/train", app=app)
    runs = fake_runs.series(apart, 0.9, 0.94, 0.98)
    with apart.database.write() as connection:
        connection.execute(update(schema.runs).values(owner=owner(page)))
    for run in runs:
        found = apart.run(None, run.id)
        assert found is not None
        fake_runs.moved(found, apart, Store(home=app.home))
    page.goto(f"{app.url}/train?run={runs[1].id}")
    drawn(page)
    expect(page.locator(".legend")).to_contain_text("LeNet-5, mean of 3 seeds", timeout=LONG)
    band = page.locator(".panel[data-metric=accuracy] path.band.colour1")
    expect(band).to_have_attribute("d", re.compile("M.*L.*z"))
    page.get_by_label("By epoch").check(force=True)
    plot = page.locator(".panel[data-metric=accuracy] .plot")
    plot.focus()
    plot.press("End")
    expect(page.locator(".panel[data-metric=accuracy] .tip")).to_contain_text("88.36% (84.60% – 92.12%)")
    page.get_by_label("Mean of the seeds").uncheck()
    expect(band).to_have_count(0)
    expect(page.locator(".legend")).not_to_contain_text("mean of")


def change_the_rate(page: Page, app: App) -> None:
    line = path(page, "learning_rate", "rate")
    assert "V" in (line.get_attribute("d") or "")
    levels = re.compile(r"V([\d.]+)")
    before = set(levels.findall(line.get_attribute("d") or ""))
    page.get_by_role("button", name="Learning rate").click()
    field = page.get_by_role("spinbutton", name="New learning rate")
    field.fill("0.0004")
    field.press("Enter")
    page.get_by_role("button", name="Set the learning rate").click()
    expect(page.get_by_text(re.compile("learning rate 0.003 → 0.0004, from batch"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("By hand")).to_be_visible()
    page.keyboard.press("Escape")
    until(lambda: len(set(levels.findall(line.get_attribute("d") or "")) - before) == 1, 60)
    assert latest(page, app).rate is None


def compare(page: Page) -> None:
    page.get_by_role("button", name="Compare with other runs").click()
    expect(page.get_by_role("combobox", name="Other runs on the same chart")).to_be_visible()
    drawn(page)
    choose(page, "Other runs on the same chart", "the other one")
    expect(page.locator(".legend")).to_contain_text("the other one")
    page.keyboard.press("Escape")
    until(lambda: points(page, "loss", "raw", 1) == 70, 60)
    assert path(page, "loss", "training", 1).get_attribute("stroke-dasharray") == "9 4"
    grows(page)


def watch(page: Page, visit: Visit, app: App) -> None:
    """A link shows the curves to somebody else, until it is taken back."""
    page.get_by_role("button", name="Share the live view").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_text(re.compile(r"http://.*/watch/[0-9a-f]{32}")).inner_text()
    guest = page.context.browser.new_context(locale="ko", viewport={"width": 420, "height": 900}).new_page()  # type: ignore[union-attr]
    guest.goto(link)
    expect(guest.get_by_role("heading", name="LeNet-5")).to_be_visible(timeout=LONG)
    expect(guest.locator(".state")).to_have_text("학습")
    assert not guest.context.cookies()
    grows(guest)
    page.get_by_role("button", name="Stop sharing").click()
    expect(guest.locator(".trouble")).to_have_text(re.compile("볼 수 없습니다"), timeout=LONG)
    guest.context.close()
    page.keyboard.press("Escape")


def lose_the_network(page: Page) -> None:
    """The curve goes on by itself, with no point missing."""
    page.route("**/points*", lambda route: route.abort())
    expect(page.locator(".trouble")).to_have_text(re.compile("No connection"), timeout=LONG)
    page.unroute("**/points*")
    expect(page.locator(".trouble")).to_have_text("", timeout=LONG)
    grows(page)


def test_what_a_callback_would_have_done_and_the_values_at_the_keys(app: App, apart: Store, visit: Visit) -> None:
    page = visit("/train", app=app)
    run = fake_runs.started(apart, "told", owner=owner(page), epochs=0)
    accuracies = (0.9, 0.95, 0.982, 0.98, 0.97, 0.99)
    for epoch, accuracy in enumerate(accuracies, 1):
        logs = {**fake_runs.logs(epoch), "val_accuracy": accuracy, "precision": 0.5, "val_precision": 0.4}
        fake_runs.tell(apart, run, {"kind": "epoch", "epoch": epoch, "logs": logs, "learning_rate": 0.003})
    apart.finish(run.id, run.attempt, "finished")
    fake_runs.moved(run, apart, Store(home=app.home))
    page.goto(f"{app.url}/train?run={run.id}")
    state(page, "Finished")
    page.get_by_text("What if: a callback replayed").click()
    expect(page.get_by_text("With patience 3 it would not have stopped")).to_be_visible()
    drawn(page)
    choose(page, "Monitored value", "val_accuracy")
    set_number(page, "Patience", 2)
    expect(page.get_by_text("With patience 2 it would have stopped at epoch 5 with val_accuracy 0.982, that of epoch "
                            "3.")).to_be_visible()
    expect(page.get_by_text("The training went on and came to 0.99 at epoch 6.")).to_be_visible()
    expect(page.locator(".panel[data-metric=precision]")).to_be_visible()
    page.get_by_text("By epoch", exact=True).click()
    plot = page.locator(".panel[data-metric=accuracy] .plot")
    plot.focus()
    for _epoch in range(3):
        plot.press("ArrowRight")
    expect(plot.locator(".tip")).to_contain_text("Epoch 3")
    expect(plot.locator(".tip")).to_contain_text("98.20%")
    plot.press("Escape")
    expect(plot.locator(".tip")).to_be_hidden()
    expect(figure(page, "Validation accuracy")).to_have_text(NUMBER)


def test_it_asks_while_somebody_looks_and_until_the_end(app: App, apart: Store, visit: Visit) -> None:
    store = Store(home=app.home)
    run = fake_runs.started(apart, "watched")
    apart.finish(run.id, run.attempt, "paused")
    fake_runs.moved(run, apart, store)
    page = visit("/", app=app).context.new_page()
    page.add_init_script("window.away = false; Object.defineProperty(document, 'hidden', {get: () => window.away})")
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/points" in request.url else None)
    page.goto(f"{app.url}/watch/{store.share(fake_runs.OWNER, run.id)}")
    expect(page.locator(".state")).to_have_text("Paused")

    def asks_again() -> bool:
        page.clock.run_for(1000)
        return len(asked) > count

    for _time in range(3):
        count = len(asked)
        until(asks_again, 30)
    page.evaluate("window.away = true")
    # One that was on its way may still come.
    page.clock.run_for(5000)
    count = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == count
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    until(asks_again, 30)
    store.request_stop(fake_runs.OWNER, run.id)

    def over() -> bool:
        page.clock.run_for(1000)
        return page.locator(".state").inner_text() == "Stopped"

    until(over, 30)
    count = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == count
