"""What a script carries of our own code: it means the same, and every name in it is known there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

from lib.arch import Architecture, presets
from lib.training.augmentation import AUGMENTATIONS
from lib.training.callbacks import CALLBACKS
from lib.training.recipe import Recipe
from lib.training.script import training_script
from lib.training.script_source import bare

ANNOTATED = '''def distance(x: float, *rest: int, near: dict[str, int] | None = None, **more: Any) -> tuple[float, ...]:
    """É: a: b -> c."""
    total: float = x + sum(rest)  # type: ignore[misc]  # of all
    return {"a: int = 3": total}, (near or {}), lambda y: y
'''
BARE = '''def distance(x, *rest, near=None, **more):
    """É: a: b -> c."""
    total = x + sum(rest)
    return {"a: int = 3": total}, (near or {}), lambda y: y
'''
EVERYTHING: dict[str, Any] = {"augmentation": [{"name": name} for name in AUGMENTATIONS]}


def test_annotations_go_and_nothing_else() -> None:
    assert bare(ANNOTATED) == BARE
    assert bare(BARE) == BARE


def scripts() -> dict[str, str]:
    """Scripts that carry every function of ours between them, by the name of a file for each."""
    lenet = presets.load("lenet5")
    colour = presets.load("mini-resnet", (32, 32, 3))

    def script(architecture: Architecture, source: Any = "folder", **fields: Any) -> str:
        return training_script(architecture, Recipe.model_validate(fields), source)

    return {
        "plain": script(lenet), "sample": script(lenet, "sample"),
        "class_weight": script(lenet, class_weight="balanced"),
        "shapes": script(colour, "generated", data="shapes"),
        "radam": script(lenet, optimizer={"name": "RAdam"}, normalization="standardize"),
        "augmented": script(lenet, **EVERYTHING),
        "callbacks": script(lenet, callbacks=[{"name": name} for name in CALLBACKS if name != "SwapEMAWeights"]),
        **{task: script(presets.load(preset), task=task) for preset, task in (
            ("same-or-different", "same"), ("digit-and-parity", "parity"), ("autoencoder", "reconstruct"),
            ("autoencoder", "denoise"))},
    }  # fmt: skip


def test_every_name_in_a_script_is_known_there_and_every_import_read(tmp_path: Path) -> None:
    for name, script in scripts().items():
        assert "# type:" not in script
        assert "->" not in _without_texts(script)
        (tmp_path / f"{name}.py").write_text(script, encoding="utf-8")
    asked = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,W",
             "--line-length", "120", str(tmp_path)]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def _without_texts(script: str) -> str:
    """The code of `script` without its docstrings and comments."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)
