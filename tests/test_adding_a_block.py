"""`docs/adding-a-block.md` is true: its file, added to a copy of the project, is a block like any other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding-a-block.md").read_text(encoding="utf-8")


def fenced(language: str) -> str:
    """The page's only piece of code in `language`."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(code)


def added(diff: str) -> tuple[str, str]:
    """The path and the text of the one file that `diff` adds."""
    head, path, size, *lines = diff.splitlines()
    assert head == "--- /dev/null"
    assert path.startswith("+++ b/")
    assert all(line.startswith("+") for line in lines)
    assert size == f"@@ -0,0 +1,{len(lines)} @@"
    return path.removeprefix("+++ b/"), "".join(f"{line[1:]}\n" for line in lines)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the block of the page."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("lib", "components", "tests", "locales"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    path, text = added(fenced("diff"))
    assert not (ROOT / path).exists()
    (copy / path).write_text(text, encoding="utf-8")
    return copy


def run(project: Path, *arguments: str) -> str:
    """What Python says in the copy; its end must be a good one."""
    environment = {**os.environ, "PYTHONPATH": str(project), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_page_tries_works(project: Path) -> None:
    run(project, "-c", fenced("python"))


def test_it_has_a_form_with_all_of_its_fields(project: Path) -> None:
    script = (
        "from components.form_fields import form_fields; from lib.arch import CATALOGUE\n"
        "print(*(field.name for field in form_fields(CATALOGUE['Conv3D'])))"
    )
    fields = "filters kernel_size strides padding activation use_bias kernel_initializer"
    assert run(project, "-c", script).split() == fields.split()


@pytest.mark.slow
def test_the_tests_of_every_block_find_it(project: Path) -> None:
    (command,) = re.findall(r"^pytest (.*)$", PAGE, re.MULTILINE)
    told = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *command.split())
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) >= 5


def test_nothing_else_knows_of_it() -> None:
    """One file is enough: no list anywhere names the blocks that there are."""
    name = re.search(r"^\+class (\w+)\(Block\)", PAGE, re.MULTILINE)
    assert name
    sources = [*ROOT.glob("lib/**/*.py"), *ROOT.glob("components/**/*.py")]
    assert not [path for path in sources if name[1] in path.read_text(encoding="utf-8")]
