"""What the page shows of the inside of a network: pictures with answers, hills, lines, bars, and their tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.probe_charts import USUAL, dead_bars, gradient_lines, hills, update_lines
from components.probe_numbers import answer_table, histogram_table, layer_table, prediction_table
from components.probe_pictures import FILE, pictures
from components.task_pictures import MADE, kept, makes_images
from lib.runs.history import History
from lib.training import inside
from lib.training.inside import PICTURES_FILE
from tests.fake_runs import probe


def page(folder: Path, probes: list[dict[str, Any]]) -> AppTest:
    def script(folder: str, values: dict[str, object]) -> None:
        from pathlib import Path
        from types import SimpleNamespace

        from components.inside_view import draw_inside, draw_looks
        from components.task_pictures import makes_images
        from lib.runs.history import History

        run: Any = SimpleNamespace(folder=Path(folder))
        history = History(**values)  # type: ignore[arg-type]
        if history.probes and makes_images(history.probes[-1]):
            draw_looks(run, history.probes, "made")
        draw_inside(run, history, 5, "look")

    return AppTest.from_function(script, args=(str(folder), vars(History(probes=probes))), default_timeout=60)


def keep_pictures(folder: Path) -> None:
    images = np.zeros((16, 4, 4, 1), np.uint8)
    np.savez(folder / FILE, images=images, names=np.array([f"<{number}>" for number in range(10)]))


def html(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def of_task(epoch: int, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {**probe(epoch), "predicted": [], "outputs": list(outputs)}


def keep_examples(folder: Path, epochs: int = 0, **more: np.ndarray) -> None:
    images = np.arange(2 * 16, dtype=np.uint8).reshape(2, 4, 4, 1)
    np.savez(folder / FILE, allow_pickle=False, **{"input.0": images, **more})
    for epoch in range(epochs):
        Image.fromarray(np.full((8, 4), epoch, np.uint8)).save(folder / MADE.format(epoch=epoch))


def test_the_files_of_pictures_are_those_that_are_written() -> None:
    assert FILE == PICTURES_FILE
    assert MADE == inside.MADE


def test_a_network_that_makes_images_shows_them_beside_what_went_in_and_what_was_wanted(tmp_path: Path) -> None:
    keep_examples(tmp_path, 2, wanted=np.zeros((2, 4, 4, 1), np.uint8))
    probes = [of_task(epoch, {"name": "image", "kind": "image", "off": [0.25, 0.125]}) for epoch in range(2)]
    assert makes_images(probes[0])
    shown = page(tmp_path, probes).run()
    assert not shown.exception
    told = html(shown)
    assert (told.count("<img"), told.count("off by 12.5%<")) == (6, 1)
    assert "in the middle what the network makes of it" in shown.caption[0].value
    assert len(shown.select_slider) == 1
    after = told
    shown.select_slider[0].set_value(0).run()
    assert html(shown) != after
    (tmp_path / MADE.format(epoch=1)).unlink()
    keep_examples(tmp_path, 0, wanted=np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1))
    same = page(tmp_path, probes[:1]).run()
    assert html(same).count("<img") == 4
    assert "right what the network makes of it" in same.caption[0].value


def test_each_answer_to_an_example_is_told_with_its_sign(tmp_path: Path) -> None:
    names = {"names.parity": np.array(["<even>", "odd"]), "input.1": np.zeros((2, 4, 4, 1), np.uint8)}
    keep_examples(tmp_path, **names)
    probes = [of_task(1, {"name": "parity", "kind": "binary", "predicted": [[0, 0, 0.75, 0.75], [1, 0, 0.5, 0.5]]},
                      {"name": "sum", "kind": "number", "told": [[9, 8.75], [3, 8.75]]})]
    shown = page(tmp_path, probes).run()
    assert not shown.exception
    told = html(shown)
    assert (told.count("<img"), told.count(">✓"), told.count(">✗")) == (4, 2, 2)
    assert "is odd" in told
    assert "&lt;even&gt;" in told
    assert "<even>" not in told
    examples = kept(tmp_path)
    assert examples is not None
    table = answer_table(probes, examples.names)
    assert table["told"].to_list() == ["<even>", "<even>", "8.75", "8.75"]


def test_images_say_right_and_wrong_in_words_and_signs(tmp_path: Path) -> None:
    keep_pictures(tmp_path)
    shown = page(tmp_path, [probe(0, right=10), probe(1, right=14)]).run()
    assert not shown.exception
    told = html(shown)
    assert (told.count("✓"), told.count("✗"), told.count('class="look wrong"')) == (14, 2, 2)
    assert "is &lt;4&gt;" in told
    assert "<4>" not in told


def test_the_slider_goes_along_with_the_training_until_someone_goes_back(tmp_path: Path) -> None:
    keep_pictures(tmp_path)
    probes = [probe(0, 1), probe(1, 2)]
    shown = page(tmp_path, probes).run()
    assert shown.select_slider[0].value == 1
    shown.args = (str(tmp_path), vars(History(probes=[*probes, probe(2, 3)])))
    shown.run()
    assert shown.select_slider[0].value == 2
    shown.select_slider[0].set_value(0).run()
    assert html(shown).count("✓") == 1
    shown.args = (str(tmp_path), vars(History(probes=[*probes, probe(2, 3), probe(3, 4)])))
    shown.run()
    assert shown.select_slider[0].value == 0


def test_a_layer_without_weights_says_so_and_all_charts_stand(tmp_path: Path) -> None:
    shown = page(tmp_path, [probe(0), probe(1)]).run()
    assert len(shown.get("plotly_chart")) == 2
    assert len(shown.get("echarts_chart")) == 3
    assert not html(shown)
    shown.selectbox[0].set_value("act").run()
    assert not shown.exception
    assert any("no weights" in element.value for element in shown.markdown)


def test_before_the_first_look_a_sentence_says_when_it_comes(tmp_path: Path) -> None:
    assert "first batch" in page(tmp_path, []).run().caption[0].value


def test_pictures_that_are_gone_are_none(tmp_path: Path) -> None:
    assert pictures(tmp_path) is None
    (tmp_path / FILE).write_bytes(b"PK broken")
    assert pictures(tmp_path) is None


def test_hills_stand_in_order_and_within_the_frame() -> None:
    figure = hills([probe(epoch) for epoch in range(30)], "hidden", "answers")
    names = list(figure.layout.yaxis.ticktext)
    assert (names[0], names[-1]) == ("29", "0")
    assert len(names) == len(figure.data) == len(figure.layout.annotations) == 9
    for place, hill in enumerate(figure.data):
        assert min(hill.y) == len(figure.data) - 1 - place
        assert figure.layout.xaxis.range[0] <= min(hill.x) < max(hill.x) <= figure.layout.xaxis.range[1]


def test_a_layer_of_one_value_is_a_peak() -> None:
    same = probe(0)
    same["layers"][0]["answers"] = {"low": 0.0, "high": 0.0, "counts": [0] * 6, "zeros": 1.0}
    assert hills([same], "hidden", "answers").data


@pytest.mark.parametrize("count", [0, 1, 3])
def test_lines_keep_to_whole_decades_and_leave_out_what_is_not_known(count: int) -> None:
    probes = [probe(epoch) for epoch in range(count)]
    gradients, updates = gradient_lines(probes, "out", 5), update_lines(probes, "out", 5)
    assert json.dumps([gradients, updates], allow_nan=False)
    assert updates["yAxis"]["min"] <= USUAL[0] < USUAL[1] <= updates["yAxis"]["max"]
    for end in (gradients["yAxis"]["min"], gradients["yAxis"]["max"]):
        assert np.log10(end) == pytest.approx(round(np.log10(end)))
    assert [line["name"] for line in gradients["series"]] == ["hidden", "out"][: 2 * count]


def test_bars_are_of_the_layers_that_can_die() -> None:
    spec = dead_bars(probe(2))
    assert spec["xAxis"]["data"] == ["hidden"]
    assert spec["series"][0]["data"][0]["value"] == 25
    assert spec["series"][0]["data"][0]["label"]["formatter"] == "2 / 8"


def test_tables_hold_every_number() -> None:
    probes = [probe(0), probe(1, right=15)]
    layers = layer_table(probes)
    assert len(layers) == 6
    assert layers.iloc[3]["update"] == 0.002
    histograms = histogram_table(probes, "hidden")
    assert histograms.groupby(["epoch", "of"])["share"].sum().to_list() == pytest.approx([1.4, 1, 1.4, 1])
    told = prediction_table(probes, ["zero"])
    assert told.iloc[0][["class", "told"]].to_list() == ["zero", "zero"]
    assert told.iloc[31][["class", "told"]].to_list() == ["5", "6"]
