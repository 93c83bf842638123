"""`check KIND FILE`: a file is accepted or refused as on the page that takes it, quickly and without Keras."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lib.__main__ import main
from lib.arch import presets
from lib.commands.check_files import CHECKS
from lib.training.recipe import Recipe
from tests.attacks.exploits import keras_file, layer, model
from tests.lib.data.uploads.files import class_folders, saved, zipped


def weights() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        opened["layers/dense/vars/0"] = np.ones((3, 2), "f4")
    return file.getvalue()


GOOD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "arch_json": (presets.load("lenet5").to_json().encode(), {"parameters": 61_706, "name": "LeNet-5"}),
    "recipe": (Recipe(epochs=3).to_json().encode(), {"data": "mnist", "epochs": 3, "optimizer": "Adam"}),
    "npz": (saved(images=np.zeros((40, 8, 8), np.uint8), labels=np.arange(40) % 2).getvalue(), {"labels": ["0", "1"]}),
    "zip": (zipped(class_folders()).getvalue(), {"labels": ["cat", "dog"], "train_images": 20}),
    "weights": (weights(), {"layers": ["dense"], "arrays": 1, "numbers": 6}),
    "h5": (weights(), {"layers": ["dense"], "arrays": 1, "numbers": 6}),
    "keras": (keras_file(model(layer("Dense", units=1)), weights()), {"layers": ["dense"], "name": "model"}),
}


@pytest.mark.parametrize("kind", CHECKS)
def test_what_can_be_used_is_told(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, known = GOOD[kind]
    (tmp_path / "file").write_bytes(content)
    assert main(["check", kind, str(tmp_path / "file"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {name: found[name] for name in known} == known
    assert main(["check", kind, str(tmp_path / "file")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("kind", CHECKS)
def test_what_cannot_be_used_is_refused_in_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The Build page opens both of the last two, and "h5" is another name of weights.
    alike = [{"h5", "weights"}, {"arch_json", "keras"}]
    others = [content for name, (content, _known) in GOOD.items() if name != kind and {name, kind} not in alike]
    for content in (b"", b"\0" * 99, b"[" * 99_999, *others):
        (tmp_path / "file").write_bytes(content)
        assert main(["check", kind, str(tmp_path / "file")]) == 2, content[:20]
        said = capsys.readouterr().err
        assert "expected" in said
        assert len(said.splitlines()) == 1


@pytest.mark.parametrize("kind", CHECKS)
def test_a_file_that_is_not_there_is_said(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", kind, str(tmp_path / "none")]) == 2
    assert "expected a file that can be read" in capsys.readouterr().err


def test_no_check_imports_what_takes_seconds(tmp_path: Path) -> None:
    for kind, (content, _known) in GOOD.items():
        (tmp_path / kind).write_bytes(content)
    program = ("import sys; from lib.__main__ import main\n"
               f"for kind in {list(GOOD)}: assert main(['check', kind, rf'{tmp_path}/' + kind]) == 0\n"
               "print(sorted({'keras', 'tensorflow', 'h5py', 'streamlit', 'sqlalchemy'} & set(sys.modules)))")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_what_swells_is_refused_before_it_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bombs = {"npz": saved(images=np.zeros((40, 1000, 1000), np.uint8), labels=np.arange(40) % 2),
             "weights": saved(**{"d/kernel": np.zeros((3000, 3000), np.float32)})}
    for kind, file in bombs.items():
        path = tmp_path / f"{kind}.npz"
        path.write_bytes(file.getvalue())
        assert main(["check", kind, str(path)]) == 2
        assert "at most 100 times larger than in the archive" in capsys.readouterr().err
    words = saved(images=np.zeros((40, 2, 2), np.uint8), labels=np.full(40, "x" * 500))
    (tmp_path / "words.npz").write_bytes(words.getvalue())
    assert main(["check", "npz", str(tmp_path / "words.npz")]) == 2
    assert "plain numbers or words" in capsys.readouterr().err
