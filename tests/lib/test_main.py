"""The command line: one JSON document, one clear line for a mistake, the documented exit status."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.__main__ import main
from lib.arch import Architecture, presets
from lib.runs import presence, supervisor
from lib.runs.store import Store
from lib.training.recipe import Recipe


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    assert main([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = int(ended.code or 0)
    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_count_of_a_preset(capsys: pytest.CaptureFixture[str]) -> None:
    bill = said(capsys, "count", "lenet5")
    assert bill["name"] == "LeNet-5"
    assert bill["parameters"] == {"total": 61_706, "trainable": 61_706, "non_trainable": 0}
    assert bill["macs"] == sum(layer["macs"] for layer in bill["layers"]) == 416_520
    assert bill["layers"][0] == {
        "id": "c1",
        "block": "Conv2D",
        "output_shape": [28, 28, 6],
        "parameters": 156,
        "trainable": 156,
        "non_trainable": 0,
        "parameters_used": 156,
        "slots": 312,
        "macs": 117_600,
        "activations": 4_704,
        "macs_per_byte": 117_600 / (4 * (156 + 784 + 4_704)),
        "receptive_field": {"input": 2 * [{"size": 5, "stride": 1, "offset": -2}]},
    }
    assert bill["layers"][-1]["receptive_field"] == {"input": 2 * [{"size": "all"}]}


def test_count_with_an_optimizer_and_a_batch_size(capsys: pytest.CaptureFixture[str]) -> None:
    bill = said(capsys, "count", "lenet5", "--optimizer", "SGD", "--batch-size", "10")
    assert bill["optimizer"] == {"name": "SGD", "slots": 0}
    assert bill["memory"]["training"] == 4 * (2 * 61_706 + 10 * (784 + bill["activations"]))
    assert said(capsys, "count", "lenet5", "--optimizer", "Adam")["optimizer"]["slots"] == 2 * 61_706
    one, ten = (said(capsys, "count", "lenet5", "--batch-size", n)["memory"]["prediction"] for n in ("1", "10"))
    assert (ten - 4 * 61_706) == 10 * (one - 4 * 61_706)


def test_count_with_free_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    bill = said(capsys, "count", "all-convolutional", "--input-shape", "?,?,3")
    assert bill["at_least"] == ["activations", "macs"]
    assert bill["memory"]["prediction"] is bill["macs_per_byte"] is bill["layers"][0]["macs"] is None
    assert bill["layers"][0]["receptive_field"]["input"][0]["size"] == 3
    assert main(["count", "all-convolutional", "--input-shape", "?,?,3"]) == 0
    table = capsys.readouterr().out
    assert "≥ " in table
    assert "? to predict" in table


def test_count_of_a_file_of_keras_with_a_layer_that_nobody_knows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 4]}},
        {"class_name": "Dense", "config": {"name": "d", "units": 3}},
        {"class_name": "Odd", "config": {"name": "odd"}},
        {"class_name": "Dense", "config": {"name": "e", "units": 3}},
    ]
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"class_name": "Sequential", "config": {"layers": layers}}))
    bill = said(capsys, "count", str(file))
    assert bill["parameters"]["total"] == 15
    assert "parameters" in bill["at_least"]
    assert [layer["parameters"] for layer in bill["layers"]] == [15, None, None]
    assert main(["count", str(file)]) == 0
    told = capsys.readouterr()
    assert "≥ 15" in told.out
    assert told.err.startswith("odd: expected a block in the place of this layer")


def test_count_of_a_file_and_of_another_shape(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(presets.load("mini-resnet").to_json(), encoding="utf-8")
    assert said(capsys, "count", str(file)) == said(capsys, "count", "mini-resnet")
    assert said(capsys, "count", "lenet5", "--input-shape", "32,32,3")["parameters"]["total"] == 83_126


def test_the_table_has_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["count", "mnist-convnet"]) == 0
    assert "34,826" in capsys.readouterr().out


def test_presets(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {preset["name"]: preset for preset in said(capsys, "presets")}
    assert list(listed) == presets.names()
    assert listed["lenet5"]["parameters"] == listed["lenet5"]["published"] == 61_706
    assert main(["presets"]) == 0


def test_export_to_a_file_and_to_standard_output(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    assert main(["export", "mlp", "--output", str(file), "--epochs", "3"]) == 0
    capsys.readouterr()
    assert main(["export", "mlp", "--epochs", "3"]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
    assert "default=3" in file.read_text(encoding="utf-8")
    ast.parse(said(capsys, "export", "mlp")["script"])


def test_export_in_every_style(capsys: pytest.CaptureFixture[str]) -> None:
    assert "keras.Sequential([" in said(capsys, "export", "mlp", "--as", "sequential")["script"]
    assert "class MLP(keras.Model):" in said(capsys, "export", "mlp", "--as", "subclass")["script"]
    alone = said(capsys, "export", "mlp", "--as", "subclass", "--model")["script"]
    assert "class MLP(keras.Model):" in alone
    assert "load_data" not in alone
    assert main(["export", "same-or-different", "--as", "keras-json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["class_name"] == "Functional"
    assert "difference" in printed.err
    assert "expected one input at every layer" in refused(capsys, "export", "mini-resnet", "--as", "sequential")


def test_export_of_a_network_that_the_recipe_does_not_fit_gives_the_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "colour.json"
    file.write_text(presets.load("lenet5", (32, 32, 3)).to_json(), encoding="utf-8")
    assert main(["export", str(file)]) == 0
    printed = capsys.readouterr()
    names = {node.name for node in ast.parse(printed.out).body if isinstance(node, ast.FunctionDef)}
    assert names == {"build_model"}
    assert "expected the shape 28 × 28 × 1 of the images of MNIST" in printed.err


def test_runs_before_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "runs") == []
    assert main(["runs"]) == 0
    assert "python -m lib train" in capsys.readouterr().out


def test_doctor(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    found = said(capsys, "doctor")
    assert found["data"] == {"mnist": "sample", "cifar10": None, "shapes": "generated"}
    assert found["supervisor"]["running"] is False
    assert found["settings"]["BLOCKYARD_HOME"] == str(home)
    assert main(["doctor"]) == 0
    assert "tensorflow" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("count", "lenet6"), "did you mean lenet5?"),
        (("count", "missing.json"), "expected a file that can be read"),
        (("count", "lenet5", "--input-shape", "28"), "expected an image of height × width × channels"),
        (("count", "lenet5", "--batch-size", "0"), "--batch-size: expected at least 1"),
        (("count", "lenet5", "--input-shape", "x"), "expected whole numbers, as in 28,28,1"),
        (("count", "lenet5", "--input-shape", "0,28,1"), "expected 1 to 4 sizes of at least 1"),
        (("count", "lenet5", "--input-shape", ""), "expected whole numbers, as in 28,28,1"),
        (("count", "x" * 5000), "expected one of lenet5"),
        (("export", "lenet5", "--output", ""), "--output: expected a file that can be written"),
        (("train", "lenet5", "--recipe", ""), "expected a file that can be read"),
        (("count", "two\nlines\x1b[31m.json"), "two lines [31m.json: expected a file that can be read"),
        (("count", "lenet5", "two\nlines"), "unrecognized arguments: two lines"),
        (("count",), "the following arguments are required"),
        (("cuont", "lenet5"), "invalid choice"),
        (("train", "lenet5", "--seeds", "0"), "--seeds: expected a number from 1 to 10. Received: 0."),
        (("train", "lenet5", "--epochs", "0"), "recipe.epochs: expected a number of at least 1. Received: 0."),
        (("train", "lenet5", "--learning-rate", "-1"), "expected a number greater than 0. Received: -1.0."),
        (("train", "lenet5", "--learning-rate", "nan"), "recipe: expected a finite number. Received: NaN."),
        (("train", "lenet5", "--batch-size", "9000"), "expected at most the 3600 images"),
        (("train", "lenet5", "--data", "cifar10"), "cifar10.npz"),
        (("train", "lenet5", "--recipe", "no.json"), "expected a file that can be read"),
        (("export", "lenet5", "--output", "/no/such/folder/x.py"), "expected a file that can be written"),
    ],
)
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(capsys, *arguments)


def test_an_architecture_that_does_not_fit_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lenet = presets.load("lenet5", (32, 32, 3))
    file = tmp_path / "colour.json"
    file.write_text(lenet.to_json(), encoding="utf-8")
    assert "expected the shape 28 × 28 × 1 of the images of MNIST" in refused(capsys, "train", str(file))
    headless = Architecture(lenet.inputs, lenet.nodes)
    file.write_text(headless.to_json(), encoding="utf-8")
    assert "expected at least one output" in refused(capsys, "count", str(file))


@pytest.fixture
def at_work(home: Path) -> Iterator[None]:
    yield
    assert supervisor.stop()
    presence.leave(home.resolve())


@pytest.mark.slow
@pytest.mark.usefixtures("at_work")
def test_train_from_start_to_result(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(Recipe(train_images=200, epochs=3, batch_size=50).to_json(), encoding="utf-8")
    result = said(capsys, "train", "mlp", "--recipe", str(recipe), "--epochs", "2", "--name", "my run")
    assert result["state"] == "finished"
    assert result["epochs"] == 2
    assert 0 < result["val_accuracy"] <= 1
    assert 0 < result["test_accuracy"] <= 1
    assert result["images_per_second"] > 0
    (run,) = said(capsys, "runs")
    assert (run["run_id"], run["name"], run["state"]) == (result["run_id"], "my run", "finished")
    assert (Store().run(None, result["run_id"]).folder / "model.keras").exists()  # type: ignore[union-attr]

    seeds = said(capsys, "train", "mlp", "--recipe", str(recipe), "--epochs", "1", "--seeds", "2", "--name", "twice")
    tested = [one["test_accuracy"] for one in seeds["runs"]]
    assert seeds["test_accuracy"]["mean"] == pytest.approx(sum(tested) / 2)
    assert seeds["test_accuracy"]["deviation"] == pytest.approx(abs(tested[0] - tested[1]) / 2**0.5)
    assert [one["name"] for one in said(capsys, "runs")[:2]] == ["twice, seed 1", "twice, seed 0"]

    ended = said(capsys, "train", "mlp", "--recipe", str(recipe), "--optimizer", "SGD", "--learning-rate", "100",
                 "--activation", "exponential", status=2)  # fmt: skip
    assert ended["state"] == "failed"
    assert "NaN" in next(run["reason"] for run in said(capsys, "runs") if run["state"] == "failed")


@pytest.mark.slow
@pytest.mark.usefixtures("at_work")
def test_the_digits_that_come_with_blockyard_are_learned(capsys: pytest.CaptureFixture[str]) -> None:
    result = said(capsys, "train", "mnist-convnet", "--epochs", "5")
    assert result["test_accuracy"] >= 0.95


SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not (SHARED / "mnist.npz").exists(), reason="the 60,000 digits are not part of this repository")
@pytest.mark.usefixtures("at_work")
def test_the_convnet_learns_the_60_000_digits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKYARD_DATA", str(SHARED))
    result = said(capsys, "train", "mnist-convnet", "--data", "mnist", "--epochs", "5")
    assert result["test_accuracy"] >= 0.988


def test_a_picture_and_tables_to_take_along(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    assert main(["picture", "lenet5", "--direction", "LR", "--show", "names,parameters"]) == 0
    assert b"48,120" in capsysbinary.readouterr().out
    file = tmp_path / "mine.png"
    assert main(["picture", "googlenet", "--as", "png", "--open", "all", "--output", str(file), "--json"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == {"file": str(file), "bytes": file.stat().st_size}
    assert file.read_bytes().startswith(b"\x89PNG")
    assert main(["count", "resnet50", "--as", "latex"]) == 0
    assert b"25,636,712" in capsysbinary.readouterr().out


def test_pictures_that_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "expected a number of levels" in refused(capsys, "picture", "lenet5", "--open", "some")
    assert "expected some of names, shapes" in refused(capsys, "picture", "lenet5", "--show", "names,weights")
    assert "expected a file that can be written" in refused(capsys, "picture", "lenet5", "--output", str(tmp_path))
    assert "expected either this or --json" in refused(capsys, "count", "lenet5", "--as", "text", "--json")
