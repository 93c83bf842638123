"""Tables of layers to take along."""

from __future__ import annotations

import re

import pytest

from lib.arch import Architecture, Node, analyse, gallery, presets
from lib.arch.blocks.opaque import Opaque
from lib.summary_table import FORMS, Form, summary_table


def test_the_text_is_aligned_as_that_of_keras() -> None:
    lines = summary_table(presets.load("lenet5"), "text").splitlines()
    assert lines[0] == "LeNet-5"
    assert set(lines[1]) == {"─"}
    assert lines[2] == "Layer    Type              Output shape        Parameters     MACs"
    assert lines[5] == "c1       Conv2D            (None, 28, 28, 6)          156  117,600"
    assert lines[-4:] == ["Total parameters:         61,706", "Trainable parameters:     61,706",
                          "Non-trainable parameters: 0", "Total MACs:               416,520"]
    assert len({len(line) for line in lines[1:14]}) == 1


@pytest.mark.parametrize("form", FORMS)
def test_every_node_and_the_totals_stand_in_it(form: Form) -> None:
    network = gallery.get("resnet50").architecture
    analysis = analyse(network)
    table = summary_table(network, form)
    for report in analysis.nodes.values():
        name = report.id.replace("_", r"\_") if form != "text" else report.id
        (line,) = [line for line in table.splitlines() if name in re.split(r"[ |&]+", line)]
        assert f"{report.parameters:,}" in line
        assert f"{report.macs:,}" in line
    assert "25,636,712" in table
    assert "53,120" in table
    assert f"{analysis.total.macs:,}" in table


def test_hostile_names_stay_one_cell() -> None:
    label = r"a|b & c_d {x} \input{/etc/passwd} $y$ # % ^ ~ <i> `z` [u](v)"
    nodes = (Node("n", Opaque.model_construct(class_name=label), ("input",)),)
    network = Architecture({"input": (4,)}, nodes, {"out": "n"})
    (row,) = [line for line in summary_table(network, "markdown").splitlines() if line.startswith("| n |")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert not re.search(r"(?<!\\)[`*_\[\]<>$]", row)
    (row,) = [line for line in summary_table(network, "latex").splitlines() if line.startswith("  n &")]
    assert len(re.findall(r"(?<!\\)&", row)) == 4
    assert r"\input" not in row
    commands = set(re.findall(r"\\([A-Za-z]+|.)", row.removesuffix("\\\\")))
    assert commands <= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", *"{}$&#_%"}


def test_what_is_not_known_is_a_question_mark_and_the_totals_say_at_least() -> None:
    nodes = (Node("n", Opaque(class_name="Odd"), ("input",)),)
    table = summary_table(Architecture({"input": (None, 4)}, nodes, {"out": "n"}), "text")
    assert re.search(r"^n +Odd +\? +\? +\?$", table, re.MULTILINE)
    assert re.search(r"^input +Input +\(None, None, 4\)", table, re.MULTILINE)
    assert "Total parameters:         ≥ 0" in table
