"""Names that mean harm in everything that is taken along: pictures, tables, code, files."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from lib.arch import Architecture, Node, presets
from lib.arch.blocks.opaque import Opaque
from lib.arch.code import STYLES
from lib.arch.code.lines import text_of
from lib.arch.export import code
from lib.errors import UserError
from lib.names import slug
from lib.picture import Style, dot_text, draw
from lib.summary_table import summary_table
from lib.training.recipe import Recipe
from lib.training.rules import Rule, WriteNote
from lib.training.script import training_script

NAMES = [
    "<script>alert(1)</script>", "![a](http://127.0.0.1/x.png) [x](javascript:alert(1))",
    "a\" URL=\"javascript:alert(1)",
    "<<TABLE><TR><TD HREF=\"javascript:alert(1)\">x</TD></TR></TABLE>>",
    "\\href{javascript:alert(1)}{x} \\input{/etc/passwd}",
    "\\N \\G \\E \\L \\\\", "'''\"\"\"\\", "{{7*7}} {0.__class__} %s ${x}", "\"\"\"\nimport os\nos.system('id')",
    "# -*- coding: utf-7 -*-", "]]> <!-- &lt; &#60;", "x\\", "\"];evil[label=\"x", "Ünïcödé 모델 \U0001f642",
]  # fmt: skip


def named(name: str) -> Architecture:
    return replace(presets.load("lenet5"), name=" ".join(name.split()))


def with_stranger(name: str) -> Architecture:
    """A network with a layer that a file calls so, which stands in the picture and in the tables."""
    plain = named(name)
    return replace(plain, nodes=(*plain.nodes, Node("odd", Opaque(class_name=name), (plain.nodes[0].id,))))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_holds_them_as_text_alone(name: str) -> None:
    root = ElementTree.fromstring(draw(dot_text(with_stranger(name), Style()), "svg"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"a", "script", "image", "foreignObject", "iframe"}
    attributes = [(key, value) for element in root.iter() for key, value in element.attrib.items()]
    assert not [key for key, value in attributes if "href" in key or key.startswith("on") or "javascript" in value]
    words = "".join("".join(root.itertext()).replace("\xa0", " ").split())
    assert "".join(name.split())[:12] in words


@pytest.mark.parametrize("name", NAMES)
def test_tables_hold_them_as_text_alone(name: str) -> None:
    network = with_stranger(name)
    rows = len(network.nodes) + len(network.inputs)
    markdown, latex = summary_table(network, "markdown"), summary_table(network, "latex")
    assert not re.search(r"(?<!\\)(\[|<|`)", markdown)
    assert len([line for line in markdown.splitlines() if line.startswith("|")]) == rows + 2
    assert not re.search(r"\\(href|input|write|url)", latex)
    assert latex.count(r"\begin") == 1
    assert len(summary_table(network, "text").splitlines()) == 1 + 4 + rows + 4


@pytest.mark.parametrize("name", NAMES)
def test_code_holds_them_as_text_alone(name: str) -> None:
    assert calls(script(name)) == calls(script("plain"))
    for style in STYLES:
        try:
            text = text_of(code(named(name), style))
        except UserError:
            continue
        if style != "keras-json":
            # The class of a network is called after it.
            assert len(calls(text)) == len(calls(text_of(code(named("plain"), style))))


def script(name: str) -> str:
    recipe = Recipe(rules=(Rule(name="told", action=WriteNote(text=name)),))
    return training_script(named(name), recipe, "sample")


def calls(source: str) -> list[str]:
    """Everything that a script calls and imports, in order."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call | ast.Import | ast.ImportFrom))
    return [ast.dump(node.func if isinstance(node, ast.Call) else node) for node in found]


@pytest.mark.parametrize("name", NAMES)
def test_files_are_called_by_letters_and_digits(name: str) -> None:
    assert re.fullmatch(r"[0-9a-z가-힣-]+", slug(name))
