"""What can be done with a run, on the Train page and on the Runs page, in every state."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.run_controls import AFTER_EPOCH, DUPLICATE, NOT_AFTER_EPOCH, copy_name
from components.run_state import waiting
from components.run_table import CHOSEN
from components.run_view import QUICK, REST, tick
from lib.errors import UserError
from lib.runs.states import State
from lib.runs.store import LONGEST_NAME, Outlook, Run, Store
from lib.training.recipe import Recipe
from tests import fake_runs
from tests.fake_runs import OWNER
from tests.pages.test_runs import chosen
from tests.pages.test_train import badges, figures, keys, opened, texts


def now(store: Store, run_id: str) -> Run:
    run = store.run(OWNER, run_id)
    assert run is not None
    return run


def labels(page: AppTest) -> dict[str, str]:
    return {button.key: button.label for button in page.button if button.key}


def options(page: AppTest) -> list[str]:
    return [label.partition(" ")[2] for label in page.menu_button(key="run.menu").options]


def pick(page: AppTest, option: str) -> None:
    page.menu_button(key="run.menu").click(option).run()
    assert not page.exception


class TestWaiting:
    def test_position_and_expected_start_are_told(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BLOCKYARD_WORKERS", "1")
        fake_runs.started(store, "training", owner="1" * 32)
        page = opened(fake_runs.queued(store))
        assert "Next in line for a free worker. Expected to start in about 80 s." in texts(page)

    @pytest.mark.parametrize(("seconds", "expected"), [
        (2.0, ""), (33.0, "35 s"), (150.0, "2 min"), (4000.0, "67 min"), (9000.0, "2 h")])
    def test_the_expected_start_claims_no_more_than_it_knows(self, store: Store, seconds: float,
                                                             expected: str) -> None:
        said = waiting(now(store, fake_runs.queued(store)), Outlook(1, seconds, own=False))
        assert said.partition("about ")[2].removesuffix(".") == expected

    def test_who_has_all_places_of_one_browser_waits_for_an_own_run(self, store: Store,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BLOCKYARD_OWNER_RUNNING", "1")
        monkeypatch.setenv("BLOCKYARD_WORKERS", "2")
        fake_runs.started(store)
        page = opened(fake_runs.queued(store))
        assert "one browser may have 1 at the same time" in texts(page)
        monkeypatch.setenv("BLOCKYARD_WORKERS", "1")
        page.run()
        assert "one browser may have" not in texts(page)

    def test_it_can_be_cancelled_and_queued_again(self, store: Store) -> None:
        run_id = fake_runs.queued(store)
        page = opened(run_id)
        assert labels(page)["run.stop"] == "Cancel"
        page.button(key="run.stop").click().run()
        assert now(store, run_id).state == "stopped"
        assert "Taken out of the queue before it began" in texts(page)
        assert labels(page)["run.resume"] == "Queue again"
        page.button(key="run.resume").click().run()
        assert now(store, run_id).state == "queued"
        assert "Waiting" in "".join(badges(page))

    def test_it_can_be_put_aside(self, store: Store) -> None:
        run_id = fake_runs.queued(store)
        page = opened(run_id)
        page.button(key="run.pause").click().run()
        assert now(store, run_id).state == "paused"
        assert "Taken out of the queue for now" in texts(page)

    def test_it_can_go_before_the_others_of_its_owner(self, store: Store) -> None:
        fake_runs.queued(store, "first")
        run_id = fake_runs.queued(store, "second")
        page = opened(run_id)
        page.segmented_control(key="run.priority").set_value(1).run()
        assert "Next in line" in texts(page)
        page.segmented_control(key="run.priority").set_value(-1).run()
        assert now(store, run_id).priority == -1
        assert "number 2 in line" in texts(page)

    def test_another_tab_changes_the_choice_here_too(self, store: Store) -> None:
        fake_runs.queued(store, "first")
        run_id = fake_runs.queued(store, "second")
        page = opened(run_id)
        store.set_priority(OWNER, run_id, 1)
        page.run()
        assert page.segmented_control(key="run.priority").value == 1

    def test_a_single_one_has_nothing_to_go_before(self, store: Store) -> None:
        fake_runs.queued(store, owner="1" * 32)
        assert not opened(fake_runs.queued(store)).segmented_control


class TestTraining:
    def test_a_pause_is_heard_at_once_and_can_become_a_stop(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        page.button(key="run.pause").click().run()
        assert store.asked(run.id, run.attempt) == "pause"
        assert "Pausing" in "".join(badges(page))
        assert page.button(key="run.pause").disabled
        store.stop_seen(run.id, run.attempt)
        page.run()
        assert "The training has halted; what it has learned is being put away" in texts(page)
        page.button(key="run.stop").click().run()
        assert "Stopping" in "".join(badges(page))

    def test_a_duplicate_of_it_waits(self, store: Store) -> None:
        run = fake_runs.started(store, "My run")
        page = opened(run.id)
        pick(page, options(page)[1])
        assert [run.name for run in store.runs(OWNER)] == ["My run (2)", "My run"]
        assert "Waiting" in "".join(badges(page))

    def test_it_can_stop_after_its_epoch_and_that_can_be_taken_back(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        assert options(page) == [AFTER_EPOCH, DUPLICATE]
        pick(page, options(page)[0])
        assert store.asked(run.id, run.attempt) == "stop_after_epoch"
        assert "It stops after this epoch" in texts(page)
        assert options(page) == [NOT_AFTER_EPOCH, DUPLICATE]
        pick(page, options(page)[0])
        assert store.asked(run.id, run.attempt) == ""
        assert "It stops after this epoch" not in texts(page)


class TestPaused:
    def test_by_hand_it_says_so_and_resumes(self, store: Store) -> None:
        run = fake_runs.ended(store, "paused")
        page = opened(run.id)
        assert "Paused by hand" in texts(page)
        assert "Epoch 3 of 4 · 0 s of training so far" in page.progress[0].text
        assert {"run.resume", "run.stop", f"run.duplicate.{run.id}"} <= keys(page)
        assert "run.pause" not in keys(page)
        page.button(key="run.resume").click().run()
        assert now(store, run.id).state == "queued"
        assert "It goes on from where it was kept" in texts(page)

    def test_it_can_be_stopped_for_good(self, store: Store) -> None:
        run = fake_runs.ended(store, "paused")
        page = opened(run.id)
        assert labels(page)["run.stop"] == "Stop for good"
        page.button(key="run.stop").click().run()
        assert now(store, run.id).state == "stopped"

    def test_a_full_disk_is_named_with_the_room_that_it_needs(self, store: Store) -> None:
        run = fake_runs.started(store)
        reason = UserError("model.keras", "could not be written ({problem})", problem="No space left on device")
        store.finish(run.id, run.attempt, "paused", reason, needs_room=70_000_000)
        page = opened(run.id)
        [warning] = page.warning
        said = warning.value.replace("\\", "").replace("\u2060", "")
        assert "No space left on device" in said
        assert "It goes on by itself when there is room: 70 MB must be free." in said


def test_a_lost_worker_is_told_with_what_happens_next(store: Store) -> None:
    run = fake_runs.ended(store, "interrupted", reason=UserError("", "the training process was killed"))
    page = opened(run.id)
    said = page.warning[0].value.replace("\\", "")
    assert said == ("The training process was killed. It goes on from where it was last kept, as soon as there is a "
                    "worker.")
    assert {"run.pause", "run.stop"} <= keys(page)


class TestEnded:
    def test_it_can_be_trained_for_more_epochs(self, store: Store) -> None:
        run = fake_runs.ended(store)
        page = opened(run.id)
        page.number_input(key=f"run.epochs.{run.id}").set_value(7).run()
        page.button(key="run.continue").click().run()
        assert not page.exception
        after = now(store, run.id)
        assert (after.state, Recipe.from_json(after.recipe).epochs) == ("queued", 9)
        assert "Waiting" in "".join(badges(page))

    def test_too_many_epochs_are_refused_where_the_button_is(self, store: Store) -> None:
        run = fake_runs.ended(store)
        page = opened(run.id)
        page.number_input(key=f"run.epochs.{run.id}").set_value(1000).run()
        page.button(key="run.continue").click().run()
        assert now(store, run.id).state == "finished"
        assert "epochs" in page.error[0].value

    @pytest.mark.parametrize(("state", "offered"), [("finished", False), ("stopped", True), ("failed", True)])
    def test_it_is_resumed_where_something_is_left_to_do(self, store: Store, state: State, offered: bool) -> None:
        run = fake_runs.ended(store, state)
        page = opened(run.id)
        assert ("run.resume" in keys(page)) == offered
        assert "run.stop" not in keys(page)
        if offered:
            page.button(key="run.resume").click().run()
            assert now(store, run.id).state == "queued"

    def test_a_duplicate_is_opened(self, store: Store) -> None:
        run = fake_runs.ended(store, name="My run")
        page = opened(run.id)
        page.button(key=f"run.duplicate.{run.id}").click().run()
        copy = store.runs(OWNER)[0]
        assert (copy.name, copy.state) == ("My run (2)", "queued")
        assert (copy.architecture, copy.recipe) == (run.architecture, run.recipe)
        assert page.query_params["run"] == copy.id
        assert page.subheader[0].value.replace("\\", "") == "My run (2)"

    def test_a_limit_is_told_on_the_page_and_goes_with_the_state(self, store: Store,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
        run = fake_runs.ended(store, "stopped")
        fake_runs.queued(store)
        monkeypatch.setenv("BLOCKYARD_OWNER_WAITING", "1")
        page = opened(run.id)
        page.button(key="run.resume").click().run()
        assert "expected at most 1 trainings that wait" in texts(page).replace("Expected", "expected")
        store.delete(OWNER, store.runs(OWNER)[0].id)
        page.button(key="run.resume").click().run()
        assert not page.error


class TestTimeline:
    def test_every_change_of_state_is_told_with_its_time(self, store: Store) -> None:
        run = fake_runs.ended(store, "paused")
        store.resume(OWNER, run.id)
        entries = [element.value for element in opened(run.id).markdown if ":small[" in element.value]
        told = [entry.split("**")[1] for entry in entries if entry.startswith(":material") and "**" in entry]
        assert told == ["Waiting", "Paused", "Training", "Starting", "Waiting"]
        assert all(entry.count(":") >= 4 for entry in entries if "**Paused**" in entry)

    def test_a_reason_stands_by_its_state_and_going_on_has_its_place(self, store: Store) -> None:
        run = fake_runs.ended(store, "interrupted", reason=UserError("", "the training process was killed"))
        claimed = store.claim("worker")
        assert claimed is not None
        fake_runs.tell(store, claimed, {"kind": "resume", "step": 56, "epoch": 2, "notes": 0, "attempt": 2})
        page = opened(run.id)
        text = texts(page)
        assert "The training process was killed" in text
        assert "Goes on after batch 56; complete epochs: 2" in text
        page.session_state[f"run.{run.id}.by_batch"] = True
        page.run()
        assert len(page.dataframe[0].value) == 56


def test_the_test_accuracy_is_that_of_what_was_learned_by_now(store: Store) -> None:
    run = fake_runs.ended(store)
    store.continue_for(OWNER, run.id, 2)
    page = opened(run.id)
    assert figures(page)["Test accuracy"] == "95.60%"
    claimed = store.claim("worker")
    assert claimed is not None
    fake_runs.tell(store, claimed, {"kind": "resume", "step": 56, "epoch": 2, "notes": 0, "attempt": 2})
    page.run()
    assert figures(page)["Test accuracy"] == "–"


class TestTabs:
    def test_a_run_that_another_tab_resumed_is_seen_to_wait(self, store: Store) -> None:
        run = fake_runs.ended(store, "stopped")
        page = opened(run.id)
        store.resume(OWNER, run.id)
        page.run()
        assert "Waiting" in "".join(badges(page))

    def test_a_wish_that_another_tab_had_already_is_no_mistake(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        store.request_pause(OWNER, run.id)
        store.finish(run.id, run.attempt, "paused")
        page.button(key="run.pause").click().run()
        assert not page.exception
        assert not page.error
        assert "Paused" in "".join(badges(page))


class TestRunsPage:
    def test_the_chosen_run_is_paused_and_resumed(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = chosen(run.id)
        page.button(key="runs.chosen_run.pause").click().run()
        assert "Pausing" in "".join(badges(page))
        store.finish(run.id, run.attempt, "paused")
        page.run()
        page.button(key="runs.chosen_run.resume").click().run()
        assert now(store, run.id).state == "queued"
        assert not page.exception

    def test_a_duplicate_becomes_the_chosen_run(self, store: Store) -> None:
        run = fake_runs.ended(store, name="one")
        page = chosen(run.id)
        page.button(key=f"runs.chosen_run.duplicate.{run.id}").click().run()
        assert not page.exception
        copy = store.runs(OWNER)[0]
        assert page.session_state[CHOSEN] == copy.id
        assert page.subheader[0].value.replace("\\", "") == "one (2)"


@pytest.mark.parametrize(("name", "taken", "expected"), [
    ("one", set(), "one (2)"), ("one (2)", {"one (2)"}, "one (3)"), ("one", {"one (2)", "one (3)"}, "one (4)")])
def test_copies_are_numbered(name: str, taken: set[str], expected: str) -> None:
    assert copy_name(name, taken) == expected


def test_the_name_of_a_copy_is_never_too_long() -> None:
    assert len(copy_name("x" * LONGEST_NAME, set())) == LONGEST_NAME


@pytest.mark.parametrize(("position", "pace"), [(1, QUICK), (2, QUICK), (3, REST), (60, REST)])
def test_who_has_others_before_it_is_looked_at_less_often(store: Store, position: int, pace: float) -> None:
    assert tick(now(store, fake_runs.queued(store)), Outlook(position, None, own=False)) == pace
