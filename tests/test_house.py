"""The rooms of the house and who may enter them, read from the imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"keras", "tensorflow"}
HEAVY_ROOMS = ("lib.keras_bridge", "lib.training", "lib.explain")
CORE = ("lib.arch", "lib.formula")
CORE_MAY = ("pydantic", "pydantic_core", "annotated_types", "lib.errors", "lib.i18n", "lib.names", "lib.strict_json")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the project by its dotted name."""
    rooms = (ROOT / "components", ROOT / "lib", ROOT / "pages")
    files = [ROOT / "app.py", *(file for room in rooms for file in room.rglob("*.py"))]
    return {name_of(file): ast.parse(file.read_text(encoding="utf-8"), str(file)) for file in files}


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(module: str) -> Iterator[str]:
    """Every module that `module` imports anywhere, by its full name."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} uses a relative import"
            assert node.module is not None
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in modules() else node.module


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def reached(module: str) -> Iterator[tuple[str, str]]:
    """What is imported when `module` is, with its own packages: (importer, imported), through the whole project."""
    seen: set[str] = set()
    ahead = [module]
    while ahead:
        here = ahead.pop()
        parents = {here.rpartition(".")[0]} if "." in here else set()
        for name in {*top_level_imports(here), *parents}:
            yield here, name
            if name in modules() and name not in seen:
                seen.add(name)
                ahead.append(name)


def top_level_imports(module: str) -> Iterator[str]:
    """What importing `module` imports; not what its functions import when they are called."""
    for node in outside_functions(modules().get(module, ast.Module([], []))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif node.module:
            yield node.module
            yield from (name for alias in node.names if (name := f"{node.module}.{alias.name}") in modules())


def outside_functions(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not is_type_checking(child):
            yield from outside_functions(child)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


@pytest.mark.parametrize("module", [name for name in modules() if within(name, ("lib",))])
def test_lib_draws_nothing(module: str) -> None:
    above = {name for name in imports(module) if within(name, ("streamlit", "components", "pages", "app"))}
    assert not above


@pytest.mark.parametrize("module", [name for name in modules() if within(name, ("components",))])
def test_components_know_no_page(module: str) -> None:
    assert not {name for name in imports(module) if within(name, ("pages", "app"))}


@pytest.mark.parametrize("module", [name for name in modules() if within(name, ("pages",))])
def test_pages_know_no_other_page(module: str) -> None:
    assert not {name for name in imports(module) if within(name, ("pages", "app"))}


@pytest.mark.parametrize("module", [name for name in modules() if within(name, CORE)])
def test_the_core_is_pure_python(module: str) -> None:
    foreign = {name for name in imports(module)
               if name.partition(".")[0] not in sys.stdlib_module_names and not within(name, (*CORE, *CORE_MAY))}
    assert not foreign


@pytest.mark.parametrize("module", list(modules()))
def test_keras_stays_in_its_rooms(module: str) -> None:
    heavy = {name for name in imports(module) if name.partition(".")[0] in HEAVY}
    assert not heavy or within(module, HEAVY_ROOMS), f"{module} imports {heavy}"


@pytest.mark.parametrize("entrance", [name for name in modules() if within(name, ("app", "components", "pages"))])
def test_the_web_process_reaches_no_keras(entrance: str) -> None:
    doors = [f"{importer} -> {name}" for importer, name in reached(entrance) if name.partition(".")[0] in HEAVY]
    assert not doors


def test_recipes_need_no_keras() -> None:
    for module in ("lib.training", "lib.training.recipe"):
        assert not [name for _importer, name in reached(module) if name.partition(".")[0] in HEAVY]


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [file for name in listed.split("\0") if name and (file := ROOT / name).is_file()]


def test_no_committed_file_knows_the_machine_it_was_written_on() -> None:
    homes = re.compile(r"(?<![\w.])/(?:home|root|Users|work|opt|mnt)/\w|(?<![\w.])/tmp/\w|[A-Z]:\\\\?Users")
    told = [f"{file.relative_to(ROOT)}: {match.group()}" for file in committed() if file.resolve() != Path(__file__)
            if (match := homes.search(file.read_text(encoding="utf-8", errors="ignore")))]
    assert not told


def test_nothing_that_a_run_makes_is_committed() -> None:
    made = [str(file.relative_to(ROOT)) for file in committed()
            if file.suffix in {".npz", ".keras", ".h5", ".db", ".pyc", ".mo", ".log"} or ".blockyard" in file.parts]
    assert not made
