"""Rules and the schedule on the Train page."""

from __future__ import annotations

from lib.arch import presets
from lib.runs.store import Store
from lib.training.recipe import Recipe
from lib.training.rules import Freeze, Rule, StopTraining
from lib.training.schedules import CosineDecay, OwnSchedule
from tests.fake_runs import OWNER
from tests.pages.test_train import opened, texts, with_network


def recipe_of(store: Store, page: object) -> Recipe:
    draft = store.load_draft(OWNER, page.query_params["draft"])  # type: ignore[attr-defined]
    assert draft is not None
    assert draft.recipe is not None
    return Recipe.from_json(draft.recipe)


class TestRules:
    def test_the_one_of_the_course_is_added_and_told_in_words(self, store: Store) -> None:
        page = opened()
        page.button(key="recipe.rules.add.0.to.0").click().run()
        assert not page.exception
        assert "At the beginning of epochs 4, 7, 9: multiply the learning rate by 0.1." in texts(page)
        assert recipe_of(store, page).rules == (Rule(name="slower", epochs=(4, 7, 9)),)

    def test_fields_are_changed_and_mistakes_have_a_place(self, store: Store) -> None:
        page = opened()
        page.button(key="recipe.rules.add.1.to.0").click().run()
        page.text_area(key="recipe.rules.0.condition").set_value("val_los > 1").run()
        assert "stop.condition: line 1, column 1: expected one of epoch" in texts(page)
        assert page.button(key="train.start").disabled
        page.text_area(key="recipe.rules.0.condition").set_value("val_loss > 1").run()
        page.text_input(key="recipe.rules.0.name").set_value("enough").run()
        assert not page.button(key="train.start").disabled
        assert recipe_of(store, page).rules == (
            Rule(name="enough", when="on_epoch_end", condition="val_loss > 1", action=StopTraining()),)

    def test_layers_are_chosen_by_name(self, store: Store) -> None:
        page = opened()
        page.button(key="recipe.rules.add.5.to.0").click().run()
        assert "expected at least one layer" in texts(page)
        layer = presets.load("lenet5").nodes[0].id
        page.multiselect(key="recipe.own.rules.0.layers").set_value([layer]).run()
        assert recipe_of(store, page).rules[0].action == Freeze(layers=(layer,))
        page.selectbox(key="recipe.own.rules.0.action").set_value("Unfreeze").run()
        assert f"let {layer} learn" in texts(page)
        assert not page.exception

    def test_one_is_removed_and_the_others_stay(self, store: Store) -> None:
        rules = tuple(Rule(name=name, epochs=(number,)) for number, name in enumerate(("a", "b", "c"), 2))
        page = with_network(store, presets.load("lenet5"), Recipe(rules=rules))
        page.button(key="recipe.rules.1.remove.of.3").click().run()
        assert recipe_of(store, page).rules == (rules[0], rules[2])
        assert page.text_input(key="recipe.rules.1.name").value == "c"

    def test_two_of_one_name_are_refused(self, store: Store) -> None:
        rules = (Rule(name="a", epochs=(2,)), Rule(name="b", epochs=(3,)))
        page = with_network(store, presets.load("lenet5"), Recipe(rules=rules))
        page.text_input(key="recipe.rules.1.name").set_value("A").run()
        assert "Two rules cannot have the same name." in texts(page)
        assert recipe_of(store, page).rules == rules


class TestSchedule:
    def test_it_is_chosen_and_kept(self, store: Store) -> None:
        page = opened()
        page.selectbox(key="recipe.own.schedule").set_value("CosineDecay").run()
        page.number_input(key="recipe.schedule.CosineDecay.warmup_epochs").set_value(1.0).run()
        assert recipe_of(store, page).schedule == CosineDecay(warmup_epochs=1)
        assert "planned, batch by batch" in texts(page)
        page.selectbox(key="recipe.own.schedule").set_value(None).run()
        assert recipe_of(store, page).schedule is None
        assert "planned, batch by batch" not in texts(page)

    def test_a_formula_with_a_mistake_says_where(self, store: Store) -> None:
        page = opened()
        page.selectbox(key="recipe.own.schedule").set_value("OwnSchedule").run()
        assert not page.button(key="train.start").disabled
        page.text_area(key="recipe.schedule.OwnSchedule.formula").set_value("learning_rate / stepp").run()
        assert "schedule.formula: line 1, column 17: expected one of step" in texts(page)
        assert page.button(key="train.start").disabled
        schedule = recipe_of(store, page).schedule
        assert isinstance(schedule, OwnSchedule)
        assert schedule.formula == "learning_rate / stepp"

    def test_what_else_changes_the_rate_is_one_press_away(self, store: Store) -> None:
        recipe = Recipe(rules=(Rule(name="slower", epochs=(4,)),), schedule=CosineDecay())
        page = with_network(store, presets.load("lenet5"), recipe)
        assert "expected nothing else that changes the learning rate beside a schedule. Received: slower" in texts(page)
        [mend] = [button for button in page.button if "without slower" in button.label]
        mend.click().run()
        assert recipe_of(store, page).rules == ()
        assert not page.button(key="train.start").disabled
