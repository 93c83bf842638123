"""A second click on a button, before the browser shows what the first one did, means the same as the first."""

from __future__ import annotations

import pytest

from lib.arch import presets
from lib.runs.store import Store
from lib.training.augmentation import RandomFlip
from lib.training.recipe import Recipe
from lib.training.rules import Rule
from tests import fake_runs
from tests.fake_runs import OWNER
from tests.pages import test_build, test_formulas, test_train
from tests.pages.test_rules import recipe_of
from tests.pages.test_run_controls import now
from tests.pages.test_runs import chosen
from tests.reruns import double_click


def test_train_queues_one_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = test_train.opened()
    double_click(page, "train.start", monkeypatch, "submit_series")
    [run] = store.runs(OWNER)
    assert page.query_params["run"] == run.id


@pytest.mark.parametrize("where", ["run", "runs.chosen_run"])
def test_a_run_is_duplicated_once(where: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = fake_runs.ended(store, name="one")
    page = test_train.opened(run.id) if where == "run" else chosen(run.id)
    double_click(page, f"{where}.duplicate.{run.id}", monkeypatch, "duplicate")
    assert [each.name for each in store.runs(OWNER)] == ["one (2)", "one"]
    assert page.subheader[0].value.replace("\\", "") == "one (2)"


def test_a_run_that_is_stopped_gets_its_model(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = fake_runs.started(store)
    fake_runs.tell(store, run, {"kind": "checkpoint", "step": 42})
    store.finish(run.id, run.attempt, "paused")
    page = test_train.opened(run.id)
    double_click(page, "run.stop", monkeypatch, "request_stop")
    assert (now(store, run.id).state, now(store, run.id).wish) == ("queued", "stop")
    page.button(key="run.stop.again").click().run()
    assert now(store, run.id).state == "stopped"


def test_pause_and_resume_are_done_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = test_train.opened(run_id := fake_runs.queued(store))
    double_click(page, "run.pause", monkeypatch, "request_pause")
    assert now(store, run_id).state == "paused"
    double_click(page, "run.resume", monkeypatch, "resume")
    assert now(store, run_id).state == "queued"
    assert not page.error


def test_deleting_a_run_deletes_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_runs.ended(store, name="one")
    page = chosen(fake_runs.ended(store, name="two").id)
    double_click(page, "runs.delete.sure", monkeypatch, "delete")
    assert [run.name for run in store.runs(OWNER)] == ["one"]
    assert not page.error


def test_a_block_is_inserted_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = test_build.opened(owner=OWNER)
    test_build.do(page, "before", "f6")
    double_click(page, "insert.dense.0", monkeypatch, "new_draft")
    before = [node.id for node in presets.load("lenet5").nodes]
    after = test_build.ids(page)
    assert len(after) == len(before) + 1
    assert after.index("f6") == before.index("f6") + 1


class TestFormulas:
    def test_one_block_is_put_into_the_network(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        page = test_formulas.opened()
        double_click(page, "formulas.use.0", monkeypatch, "new_draft")
        assert len(test_build.ids(page)) == len(presets.load("lenet5").nodes) + 1

    def test_what_is_saved_is_no_other_of_that_name(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        page = test_formulas.opened()
        test_formulas.named(page, "twice")
        double_click(page, "formulas.save", monkeypatch, "save_own")
        assert [*test_formulas.saved(store)] == ["twice"]
        assert not page.error

    def test_what_is_deleted_can_be_had_back(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        page = test_formulas.opened()
        test_formulas.named(page, "twice")
        test_formulas.press(page, "save")
        double_click(page, "formulas.delete", monkeypatch, "delete_own")
        assert not test_formulas.saved(store)
        double_click(page, "formulas.undelete", monkeypatch, "save_own")
        assert [*test_formulas.saved(store)] == ["twice"]
        assert not page.error

    def test_one_thing_is_thrown_away(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        page = test_formulas.opened()
        for text in ("x * 2", "x * 3"):
            test_formulas.typed(page, text)
            test_formulas.press(page, "example.lambda.1")
        first, second = test_formulas.beginning(page, "forget")
        double_click(page, f"formulas.{first}", monkeypatch, "set_preference")
        assert test_formulas.beginning(page, "forget") == [second]


class TestRecipe:
    def test_one_rule_is_added_or_removed(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        rules = tuple(Rule(name=name, epochs=(2,)) for name in ("a", "b", "c"))
        page = test_train.with_network(store, presets.load("lenet5"), Recipe(rules=rules))
        double_click(page, "recipe.rules.0.remove.of.3", monkeypatch, "save_draft")
        assert recipe_of(store, page).rules == rules[1:]
        double_click(page, "recipe.rules.add.0.to.2", monkeypatch, "save_draft")
        assert len(recipe_of(store, page).rules) == 3

    def test_one_step_of_the_augmentation_is_added_moved_or_removed(
        self, store: Store, monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        place = "recipe.augmentation"
        steps = (RandomFlip(), RandomFlip(mode="vertical"), RandomFlip(mode="horizontal_and_vertical"))
        page = test_train.with_network(store, presets.load("lenet5"), Recipe(augmentation=steps))
        double_click(page, f"row-remove.{place}.0.RandomFlip.of.3", monkeypatch, "save_draft")
        assert recipe_of(store, page).augmentation == steps[1:]
        double_click(page, f"{place}.add.RandomRotation.to.2", monkeypatch, "save_draft")
        assert [step.name for step in recipe_of(store, page).augmentation] == ["RandomFlip"] * 2 + ["RandomRotation"]
        double_click(page, f"row-up.{place}.2.RandomRotation.of.3", monkeypatch, "save_draft")
        assert [step.name for step in recipe_of(store, page).augmentation] == ["RandomFlip", "RandomRotation",
                                                                               "RandomFlip"]
