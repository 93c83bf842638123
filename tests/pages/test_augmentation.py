"""Augmentation and class weights on the Train page."""

from __future__ import annotations

from lib.arch import presets
from lib.runs.store import Store
from lib.training.augmentation import MixUp, RandomFlip, RandomRotation
from lib.training.recipe import Recipe
from tests.pages.test_rules import recipe_of
from tests.pages.test_train import opened, texts, with_network

PLACE = "recipe.augmentation"


def test_steps_are_added_changed_moved_and_removed(store: Store) -> None:
    page = opened()
    page.button(key=f"{PLACE}.add.RandomFlip.to.0").click().run()
    page.button(key=f"{PLACE}.add.RandomRotation.to.1").click().run()
    page.number_input(key=f"{PLACE}.1.RandomRotation.factor").set_value(0.2).run()
    page.selectbox(key=f"{PLACE}.0.RandomFlip.mode").set_value("vertical").run()
    assert recipe_of(store, page).augmentation == (RandomFlip(mode="vertical"), RandomRotation(factor=0.2))
    page.button(key=f"row-up.{PLACE}.1.RandomRotation.of.2").click().run()
    assert recipe_of(store, page).augmentation == (RandomRotation(factor=0.2), RandomFlip(mode="vertical"))
    assert page.number_input(key=f"{PLACE}.0.RandomRotation.factor").value == 0.2
    assert page.button(key=f"row-up.{PLACE}.0.RandomRotation.of.2").disabled
    assert page.button(key=f"row-down.{PLACE}.1.RandomFlip.of.2").disabled
    page.button(key=f"row-remove.{PLACE}.0.RandomRotation.of.2").click().run()
    assert recipe_of(store, page).augmentation == (RandomFlip(mode="vertical"),)
    assert page.selectbox(key=f"{PLACE}.0.RandomFlip.mode").value == "vertical"
    assert not page.exception
    assert not page.button(key="train.start").disabled


def test_what_the_network_gets_is_shown_and_drawn_again(store: Store) -> None:
    page = with_network(store, presets.load("lenet5"), Recipe(augmentation=(RandomRotation(), MixUp(alpha=1.0))))
    assert "as the network will get them in batch 1 of epoch 1" in texts(page)
    before = [image.proto.imgs[0].url for image in page.get("image")]
    assert len(before) == 8
    assert "%" in texts(page)
    page.button(key=f"{PLACE}.again").click().run()
    assert "in batch 2 of epoch 1" in texts(page)
    assert [image.proto.imgs[0].url for image in page.get("image")] != before
    page.button_group(key="recipe.own.task").set_value("same").run()
    assert "expected no step that mixes images" in texts(page)
    [mend] = [button for button in page.button if button.label == "Leave MixUp out"]
    mend.click().run()
    assert recipe_of(store, page).augmentation == (RandomRotation(),)
    assert len(page.get("image")) == 8
    assert not page.exception


def test_class_weights_are_chosen_and_typed(store: Store) -> None:
    page = opened()
    page.selectbox(key="recipe.own.class_weight").set_value("balanced").run()
    assert "An image of a rare class weighs more" in texts(page)
    assert recipe_of(store, page).class_weight == "balanced"
    page.selectbox(key="recipe.own.class_weight").set_value("own").run()
    page.number_input(key="recipe.own.class_weight.3").set_value(2.5).run()
    assert recipe_of(store, page).class_weight == (1.0, 1.0, 1.0, 2.5, *[1.0] * 6)
    page.selectbox(key="recipe.own.class_weight").set_value(None).run()
    assert recipe_of(store, page).class_weight is None
    assert not page.exception
    assert not page.button(key="train.start").disabled


def test_weights_of_a_set_with_fewer_classes_keep_what_fits(store: Store) -> None:
    page = with_network(store, presets.load("lenet5"), Recipe(class_weight=(1.0, 2.0)))
    assert recipe_of(store, page).class_weight == (1.0, 2.0, *[1.0] * 8)
    assert not page.button(key="train.start").disabled
