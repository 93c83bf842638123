"""The Runs page: the table, and what can be done with the chosen run."""

from __future__ import annotations

import csv
import io
import json

import pytest
from streamlit.testing.v1 import AppTest

from components import downloads
from components.navigation import ROOT
from components.run_rows import rows, runs_csv
from components.run_table import CHOSEN, TABLE, TOGETHER
from lib.runs.states import TITLES, State
from lib.runs.store import Store
from tests import fake_runs
from tests.components_v2 import component_data
from tests.fake_runs import OWNER
from tests.pages.test_train import texts

FORMULA = '=HYPERLINK("http://x","click")'


def opened(owner: str = OWNER) -> AppTest:
    page = AppTest.from_file(str(ROOT / "components/shell.py"), default_timeout=60)
    page.session_state["house.owner"] = owner
    page.run()
    page.switch_page("../pages/runs.py").run()
    assert not page.exception
    return page


def chosen(run_id: str) -> AppTest:
    """The page after a click on the row of `run_id`, which AppTest cannot click."""
    page = opened()
    page.session_state[CHOSEN] = run_id
    page.session_state["runs.order"] = []
    page.run()
    assert not page.exception
    return page


def test_without_runs_the_page_says_what_to_do(store: Store) -> None:
    page = opened()
    assert "Nothing has been trained yet" in texts(page)
    assert not page.dataframe
    page.button(key="runs.first").click().run()
    assert page.title[0].value == "Train"


def test_the_table_has_every_state_the_newest_first(store: Store) -> None:
    endings: tuple[State, ...] = ("finished", "failed", "stopped", "paused")
    for state in endings:
        fake_runs.ended(store, state, name=state)
    fake_runs.started(store, "running")
    fake_runs.ended(store, "interrupted", name="interrupted")
    fake_runs.queued(store, "queued")
    table = opened().dataframe[0].value
    states: tuple[State, ...] = ("queued", "interrupted", "running", *reversed(endings))
    assert list(table["name"]) == list(states)
    assert list(table["state"]) == [TITLES[state] for state in states]
    finished = table.iloc[-1]
    assert (finished["test"], finished["parameters"], finished["optimizer"]) == (pytest.approx(95.6), 61_706, "Adam")
    assert (finished["data"], finished["val"], finished["progress"]) == ("MNIST", pytest.approx(89), 100)


def test_nobody_sees_the_runs_of_others(store: Store) -> None:
    fake_runs.ended(store, owner="1" * 32)
    assert "Nothing has been trained yet" in texts(opened())


def test_the_chosen_run_can_be_opened(store: Store) -> None:
    run = fake_runs.ended(store)
    page = chosen(run.id)
    page.button(key="runs.open").click().run()
    assert page.title[0].value == "Train"
    assert page.query_params["run"] == run.id


def test_several_chosen_runs_go_on_one_chart(store: Store) -> None:
    runs = [fake_runs.ended(store, name=f"run {number}") for number in range(8)]
    page = opened()
    page.session_state[TOGETHER] = [runs[0].id, runs[3].id]
    page.session_state["runs.order"] = []
    page.run()
    assert page.session_state[TABLE]["selection"]["rows"] == [7, 4]
    assert "run 3, run 0" in texts(page)
    page.button(key="runs.compare").click().run()
    assert page.title[0].value == "Train"
    assert (page.query_params["run"], page.query_params["with"]) == (runs[3].id, runs[0].id)
    everything = opened()
    everything.session_state[TOGETHER] = [run.id for run in runs]
    everything.run()
    assert "Of the 8 runs that are chosen, the newest 6." in texts(everything)
    everything.button(key="runs.compare").click().run()
    assert everything.query_params["with"].split(",") == [run.id for run in runs[6:1:-1]]


def test_seeds_are_one_row_that_opens(store: Store) -> None:
    runs = fake_runs.series(store, 0.9, 0.94, 0.98)
    alone = fake_runs.ended(store, name="alone")
    page = chosen(str(runs[0].series))
    table = page.dataframe[0].value
    assert list(table["name"]) == ["alone", "LeNet-5, 3 seeds"]
    assert (table["test"][1], table["spread"][1]) == (pytest.approx(94), pytest.approx(4))
    assert [metric.value for metric in page.metric][:2] == ["94.00% ± 4.00%", "90.00% – 98.00%"]
    page.button(key="runs.series.each").click().run()
    assert list(page.dataframe[0].value["name"])[2:] == [f"LeNet-5, seed {seed}" for seed in range(3)]
    assert page.session_state[TABLE]["selection"]["rows"] == [1]
    page.button(key="runs.series.open").click().run()
    assert page.query_params["run"] == runs[0].id
    assert "One of 3 trainings that differ by their seed alone" in texts(page)
    assert "94.00% ± 4.00%" in texts(page)
    data = component_data(page, f"run.curves.{runs[0].id}")
    assert data["runs"] == [[f"/api/runs/{run.id}/points" for run in runs]]
    page = chosen(str(runs[0].series))
    page.button(key="runs.series.delete.sure").click().run()
    assert [run.id for run in store.runs(OWNER)] == [alone.id]


def test_a_new_run_does_not_change_the_choice(store: Store) -> None:
    run = fake_runs.ended(store, name="chosen")
    page = chosen(run.id)
    fake_runs.queued(store, "newer")
    page.run()
    assert page.subheader[0].value == "chosen"
    assert page.session_state[TABLE]["selection"]["rows"] == [1]


def test_rename(store: Store) -> None:
    run = fake_runs.ended(store, name="before")
    page = chosen(run.id)
    page.text_input(key=f"runs.name.{run.id}").set_value("after").run()
    page.button(key="runs.rename.save").click().run()
    assert [run.name for run in store.runs(OWNER)] == ["after"]
    assert list(page.dataframe[0].value["name"]) == ["after"]


def test_an_empty_name_is_refused_in_one_sentence(store: Store) -> None:
    run = fake_runs.ended(store, name="before")
    page = chosen(run.id)
    page.text_input(key=f"runs.name.{run.id}").set_value("   ").run()
    page.button(key="runs.rename.save").click().run()
    assert "expected a name of 1 to 100 characters" in texts(page)
    assert [run.name for run in store.runs(OWNER)] == ["before"]


def test_delete_asks_first_and_removes_the_files(store: Store) -> None:
    run = fake_runs.ended(store, name="gone soon")
    page = chosen(run.id)
    assert "This cannot be undone" in texts(page)
    assert len(store.runs(OWNER)) == 1
    page.button(key="runs.delete.sure").click().run()
    assert not page.exception
    assert store.runs(OWNER) == []
    assert not run.folder.exists()
    assert "Nothing has been trained yet" in texts(page)


def test_a_run_in_training_is_stopped_before_it_is_deleted(store: Store) -> None:
    run = fake_runs.started(store)
    page = chosen(run.id)
    assert "still training and will be stopped first" in texts(page)
    page.button(key="runs.delete.sure").click().run()
    assert store.runs(OWNER) == []
    assert store.asked(run.id, run.attempt) == "stop"


def test_a_run_that_another_tab_deleted_is_no_longer_chosen(store: Store) -> None:
    run = fake_runs.ended(store)
    fake_runs.ended(store, name="other")
    page = chosen(run.id)
    store.delete(OWNER, run.id)
    page.run()
    assert not page.exception
    assert "Choose a run" in texts(page)


def test_the_files_have_good_names_and_only_a_trained_run_has_a_model(store: Store) -> None:
    run = fake_runs.ended(store, name="LeNet-5, run 3")
    assert buttons(chosen(run.id)) == {"Model": False, "Script": False, "History": False, "Architecture": False,
                                       "Recipe": False}
    assert buttons(chosen(fake_runs.ended(store, "failed").id))["Model"]


def buttons(page: AppTest) -> dict[str, bool]:
    """The downloads by their labels, and whether they are disabled; those of the chosen run only."""
    protos = [element.proto for element in page.get("download_button")]
    return {proto.label: proto.disabled for proto in protos if proto.label != "Table as CSV"}


def test_hostile_names_are_shown_as_they_are(store: Store) -> None:
    run = fake_runs.ended(store, name=f"{FORMULA} **x** <script>")
    page = chosen(run.id)
    assert f"{FORMULA} **x** <script>" in texts(page)
    assert page.dataframe[0].value["name"][0].endswith(f"{FORMULA} **x** <script>")


def test_no_cell_is_a_formula_for_a_spreadsheet(store: Store) -> None:
    fake_runs.ended(store, name=FORMULA)
    fake_runs.ended(store, name="합성곱, \"둘\"")
    runs = store.runs(OWNER)
    assert not any(name.startswith("=") for name in rows(runs)["name"])
    text = runs_csv(runs)
    assert text.startswith("\ufeff")
    read = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["name"] for row in read] == ["합성곱, \"둘\"", f"'{FORMULA}"]
    assert float(read[0]["test_accuracy"]) == pytest.approx(0.956)


@pytest.mark.parametrize("text", ['{"format": "blockyard-recipe/9"}', "no JSON at all"])
def test_a_run_whose_recipe_cannot_be_read_spoils_nothing(store: Store, text: str) -> None:
    network, parameters = fake_runs.ended(store, name="good").architecture, 61_706
    strange = store.submit(OWNER, "strange", network, text, parameters)
    table = opened().dataframe[0].value
    assert list(table["name"]) == ["strange", "good"]
    assert [value if isinstance(value, str) else None for value in table["optimizer"]] == [None, "Adam"]
    assert f"strange,queued,,{parameters},," in runs_csv(store.runs(OWNER))
    page = chosen(strange)
    assert "cannot read the run's recipe" in texts(page)
    assert buttons(page)["Script"]
    page.button(key="runs.open").click().run()
    assert not page.exception
    assert "cannot read the run's recipe" in texts(page)
    assert page.button(key="run.again").disabled
    assert downloads.indented("no JSON at all") == "no JSON at all"


class TestFiles:
    def test_the_history_is_a_table_of_epochs(self, store: Store) -> None:
        read = list(csv.DictReader(io.StringIO(downloads.history(store, fake_runs.ended(store)))))
        assert [row["epoch"] for row in read] == ["1", "2"]
        assert read[1]["val_accuracy"] == "0.89"

    def test_the_script_is_python(self, store: Store) -> None:
        script = downloads.script(store, fake_runs.ended(store))
        compile(script, "run.py", "exec")
        assert "mlxtend" in script

    def test_json_is_laid_out_for_people_and_keeps_its_letters(self) -> None:
        text = downloads.indented('{"name":"합성곱"}')
        assert text == '{\n  "name": "합성곱"\n}\n'
        assert json.loads(text) == {"name": "합성곱"}
