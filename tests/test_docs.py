"""What the documents say is so."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from lib.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows_of_table(document: str, first_heading: str) -> list[tuple[str, ...]]:
    """The rows of the Markdown table whose first column has this heading."""
    lines = document.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_heading} "))
    rows = []
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")))
    return rows


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))


def test_the_readme_has_every_setting() -> None:
    documented = rows_of_table(text("README.md"), "Variable")
    assert documented == [(setting.variable, setting.default, setting.description) for setting in SETTINGS]


def test_every_make_target_that_is_named_exists() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {target for document in documents
             for target in re.findall(r"\bmake ([a-z]+)`", document.read_text(encoding="utf-8"))}
    assert named
    assert named <= make_targets()


def test_make_help_names_every_target_for_people() -> None:
    explained = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.MULTILINE))
    assert make_targets() - explained == {"tools"}


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text("README.md"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_names_every_room() -> None:
    tree = re.search(r"```text\n(.*?)```", text("README.md"), re.DOTALL)
    assert tree is not None
    rooms = re.findall(r"^([\w./-]+)", tree.group(1), re.MULTILINE)
    assert rooms
    assert [room for room in rooms if not (ROOT / room).exists()] == []


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", text("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == tomllib.loads(text("pyproject.toml"))["project"]["version"]


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        loose = [line for line in text(name).splitlines()
                 if line and not line.startswith(("#", "-r ")) and not re.fullmatch(r"[\w.-]+==[\w.]+", line)]
        assert not loose


def test_every_option_of_streamlit_is_explained() -> None:
    """Each option that is set (colours and fonts aside) is named in the record of why."""
    configured = tomllib.loads(text(".streamlit/config.toml"))
    record = text("docs/decisions/streamlit.md")
    options = [option for section, values in configured.items() if section != "theme" for option in values]
    assert [option for option in options if f"`{option}`" not in record] == []
