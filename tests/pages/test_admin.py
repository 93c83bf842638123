"""The Admin page: closed without its password, and what can be done behind it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from components import admin_gate
from components.admin_gate import FREE_GUESSES, LONGEST_WAIT, Gate, same
from components.navigation import PAGES, ROOT, pages
from lib.runs import supervisor
from lib.runs.overview import draining
from lib.runs.store import Store
from tests import fake_runs
from tests.fake_runs import OWNER
from tests.pages.test_train import keys, texts
from tests.pages.test_train import opened as train_page

WORD = "open, 참깨"


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ensure_running", lambda *_arguments, **_keywords: None)


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("BLOCKYARD_ADMIN", WORD)
    return Store()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of a door that nobody has tried yet."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(admin_gate, "GATE", Gate(lambda: clock.now))
    return clock


def opened() -> AppTest:
    page = AppTest.from_file(str(ROOT / "components/shell.py"), default_timeout=60)
    page.session_state["house.owner"] = OWNER
    page.run()
    page.switch_page("../pages/admin.py").run()
    assert not page.exception
    return page


def entered(word: str = WORD) -> AppTest:
    page = opened()
    page.text_input(key="admin.password").set_value(word).run()
    assert not page.exception
    return page


def test_without_a_password_in_the_settings_there_is_no_such_page(home: Path) -> None:
    assert pages() == PAGES
    page = AppTest.from_file(str(ROOT / "pages/admin.py"), default_timeout=60).run()
    assert not page.text_input
    assert not page.metric


def test_nothing_is_shown_before_the_password_is_right(store: Store) -> None:
    run = fake_runs.started(store)
    assert [page.name for page in pages()][-1] == "admin"
    for page in (opened(), entered("guess")):
        assert not page.metric
        assert f"admin.cancel.{run.id}" not in keys(page)
    assert "not the password" in texts(page)


def test_everything_under_way_is_shown_without_the_names_of_others(store: Store) -> None:
    fake_runs.ended(store, "finished", "secret done")
    fake_runs.started(store, "secret training", owner="1" * 32)
    fake_runs.queued(store, "secret waiting", owner="2" * 32)
    page = entered()
    values = {metric.label: metric.value for metric in page.metric}
    assert values["Waiting"] == "1"
    assert values["Workers at work"].startswith("1 / ")
    assert re.fullmatch(r"[\d.]+ / \d+\u202f[MGT]B", values["Memory in use"])
    assert "number 1 in line" in texts(page)
    assert "62% done · 0 s of training so far" in texts(page)
    assert "browser 111111" in texts(page)
    assert "browser 222222" in texts(page)
    assert "browser 000000" not in texts(page)
    assert "secret" not in texts(page)


def test_runs_of_others_are_paused_and_cancelled(store: Store) -> None:
    run = fake_runs.started(store, owner="1" * 32)
    waiting = fake_runs.queued(store, owner="2" * 32)
    page = entered()
    page.button(key=f"admin.pause.{run.id}").click().run()
    assert store.asked(run.id, run.attempt) == "pause"
    assert page.button(key=f"admin.pause.{run.id}").disabled
    page.button(key=f"admin.cancel.{waiting}").click().run()
    cancelled = store.run(None, waiting)
    assert cancelled is not None
    assert cancelled.state == "stopped"
    assert f"admin.cancel.{waiting}" not in keys(page)


def test_draining_lets_none_begin_and_says_so_to_who_waits(store: Store,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    fake_runs.started(store, owner="1" * 32)
    run_id = fake_runs.queued(store)
    monkeypatch.setenv("BLOCKYARD_WORKERS", "1")
    assert "Expected to start" in texts(train_page(run_id))
    page = entered()
    page.toggle(key="admin.drain").set_value(True).run()
    assert draining(store)
    assert store.claim("worker") is None
    text = texts(train_page(run_id))
    assert "The administrator lets no training begin at the moment" in text
    assert "Expected to start" not in text
    page.toggle(key="admin.drain").set_value(False).run()
    claimed = store.claim("worker")
    assert claimed is not None
    assert claimed.id == run_id


def test_a_changed_password_closes_the_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = entered()
    monkeypatch.setenv("BLOCKYARD_ADMIN", "another")
    page.run()
    assert not page.metric


def test_a_wrong_guess_leaves_the_field_empty_for_the_next(store: Store) -> None:
    page = entered("guess")
    assert page.text_input(key="admin.password").value == ""
    page.text_input(key="admin.password").set_value(WORD).run()
    assert page.metric


def test_after_some_wrong_guesses_everybody_waits_and_even_the_right_word_is_not_looked_at(
        store: Store, clock: SimpleNamespace) -> None:
    another = opened()
    for number in range(FREE_GUESSES):
        assert "too many" not in texts(opened())
        page = entered(f"guess {number}")
    assert "This is not the password. There have been too many wrong ones: the next is looked at in 5 s." in texts(page)
    assert page.text_input(key="admin.password").disabled
    another.text_input(key="admin.password").set_value(WORD).run()
    assert not another.metric
    assert "not the password" not in texts(another)
    assert "looked at in 5 s" in texts(another)
    clock.now += 2.5
    assert "looked at in 3 s" in texts(opened())
    clock.now += 2.5
    another.run()
    assert "too many" not in texts(another)
    assert not another.text_input(key="admin.password").disabled
    assert entered().metric


def test_who_is_in_stays_in_while_others_guess(store: Store) -> None:
    page = entered()
    for number in range(FREE_GUESSES):
        entered(f"guess {number}")
    page.run()
    assert page.metric


class TestGate:
    def test_the_wait_doubles_up_to_its_longest_and_a_right_word_ends_it(self, clock: SimpleNamespace) -> None:
        gate, waits = admin_gate.GATE, []
        for _number in range(FREE_GUESSES + 10):
            assert gate.guess("guess", WORD) is False
            waits.append(gate.wait())
            clock.now += gate.wait()
        free, after = waits[:FREE_GUESSES - 1], waits[FREE_GUESSES - 1:]
        assert free == [0.0] * (FREE_GUESSES - 1)
        assert after == [min(5.0 * 2 ** number, LONGEST_WAIT) for number in range(len(after))]
        assert gate.guess(WORD, WORD)
        assert gate.guess("guess", WORD) is False
        assert gate.wait() == 0

    def test_a_guess_during_the_wait_neither_counts_nor_opens(self, clock: SimpleNamespace) -> None:
        gate = admin_gate.GATE
        for _number in range(FREE_GUESSES):
            gate.guess("guess", WORD)
        assert [gate.guess(word, WORD) for word in ("guess", WORD)] == [None, None]
        assert gate.wait() == 5

    def test_wrong_guesses_are_forgotten_in_time(self, clock: SimpleNamespace) -> None:
        gate = admin_gate.GATE
        for _number in range(FREE_GUESSES - 1):
            gate.guess("guess", WORD)
        clock.now += 3600
        gate.guess("guess", WORD)
        assert gate.wait() == 0

    def test_many_at_the_same_time_have_no_more_guesses_than_one(self) -> None:
        gate = admin_gate.GATE
        with ThreadPoolExecutor(16) as threads:
            heard = list(threads.map(lambda number: gate.guess(str(number), WORD), range(200)))
        assert heard.count(False) == FREE_GUESSES
        assert heard.count(None) == 200 - FREE_GUESSES

    @pytest.mark.parametrize("word", ["", "open", WORD + " ", WORD.upper(), "\ud83d\ude00"])
    def test_only_the_same_word_is_the_same(self, word: str) -> None:
        assert same(WORD, WORD)
        assert not same(word, WORD)
