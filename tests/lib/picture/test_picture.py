"""Pictures to take along: what stands in them, and that no text of a network becomes anything but text."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from PIL import Image

from lib.arch import Architecture, Node, analyse, gallery, presets
from lib.arch.blocks.dense import Dense
from lib.arch.blocks.opaque import Opaque
from lib.errors import UserError
from lib.picture import ALL, Detail, Style, dot_text, draw
from lib.picture import program as drawing
from lib.picture.plan import Box, Frame, plan
from tests.lib.arch.strategies import architectures

ATTACKS = Path(__file__).parents[4] / "shared" / "security" / "attacks.jsonl"
LABELS = (
    "<script>alert(1)</script>", 'a" URL="javascript:alert(1)', "];n0 [URL=\"x\"", "\\N \\G \\l", "\\", "</B>>];x->y;",
    "<<TABLE><TR><TD HREF='javascript:x'>x</TD></TR></TABLE>>", "&amp;lt;", "\x00", "a\nb", "\u202egnp.exe", "\ud800",
    "]]>", "<!--", "Ünïcödé 模型 🙂", "x" * 100_000, "", "  ", "{{7*7}} %s ${x}", "'", "|{}|", "#", "/* */", "a\\",
)  # fmt: skip
TAGS = {"svg", "g", "polygon", "polyline", "path", "ellipse", "text", "title"}
EVERYTHING = frozenset(get_args(Detail))


def leaves(items: list[Box | Frame]) -> list[Box]:
    return [box for item in items for box in (leaves(item.items) if isinstance(item, Frame) else [item])]


def known_labels() -> list[str]:
    if not ATTACKS.exists():
        return list(LABELS)
    attacks = [json.loads(line) for line in ATTACKS.read_text(encoding="utf-8").splitlines()]
    return [*LABELS, *(attack["payload"] for attack in attacks if attack["kind"] == "label")]


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_hostile_label_is_text_and_nothing_else(direction: str) -> None:
    labels = known_labels()
    nodes = [Node(f"n{number}", Opaque.model_construct(class_name=label), ("input",))
             for number, label in enumerate(labels)]
    network = Architecture({"input": (4,)}, tuple(nodes), {"out": "n0"}, "<b>& \"q\" --> ;")
    style = Style("LR" if direction == "LR" else "TB", ALL, EVERYTHING)
    root = ElementTree.fromstring(draw(dot_text(network, style), "svg"))
    texts = []
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        assert tag in TAGS
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
        if tag == "text":
            texts.append(plain(element.text or ""))
        if tag == "title":
            assert re.fullmatch(r"n\d+|n\d+->n\d+|%3|%0", element.text or ""), element.text
    assert plain(network.name) in texts
    for label in labels:
        if len(label) <= 100 and label.isprintable() and label.strip():
            assert plain(label) in texts


def plain(text: str) -> str:
    return " ".join(text.split())


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(architectures())
def test_with_everything_open_it_has_every_layer_and_reads_what_it_reads(network: Architecture) -> None:
    found = plan(network, ALL)
    boxes = leaves(found.items)
    analysis = analyse(network)
    assert [box.number for box in boxes] == list(range(len(boxes)))
    assert all(source < target for source, target in found.edges)
    if analysis.complete:
        layers = analysis.layers
        assert [box.output for box in boxes] == [*network.inputs.values(), *(layer.output_shape for layer in layers)]
        assert [box.kind for box in boxes[len(network.inputs) :]] == [layer.block.name for layer in layers]
        numbers = {name: number for number, name in enumerate([*network.inputs, *(layer.id for layer in layers)])}
        assert set(found.edges) == {(numbers[s], numbers[layer.id]) for layer in layers for s in layer.inputs}


def test_composites_are_closed_open_by_one_level_or_altogether() -> None:
    network = gallery.get("resnet50").architecture
    sizes = [len(leaves(plan(network, levels).items)) for levels in (0, 1, 2, ALL)]
    assert sizes[0] == 1 + len(network.nodes)
    assert sizes == sorted(sizes)
    assert sizes[-1] == 1 + len(analyse(network).layers)
    frames = [item for item in plan(network, 1).items if isinstance(item, Frame)]
    assert [frame.times for frame in frames if frame.name.endswith("rest")] == [2, 3, 5, 2]


def test_boxes_say_what_is_chosen() -> None:
    network = presets.load("lenet5")
    plain_text, full = dot_text(network, Style()), dot_text(network, Style(shown=EVERYTHING))
    assert "<B>c1</B>" in plain_text
    assert "(None, 28, 28, 6)" in plain_text
    for word in ("tanh", "float32", "48,120"):
        assert (word in plain_text, word in full) == (False, True)
    bare = dot_text(network, Style(shown=frozenset()))
    assert "c1" not in bare
    assert "None" not in bare
    assert "Conv2D" in bare


def test_a_png_is_as_large_as_it_may_be_and_lies_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    network = presets.load("lenet5")
    for direction, tall in (("TB", True), ("LR", False)):
        with Image.open(BytesIO(draw(dot_text(network, Style("TB" if tall else "LR")), "png"))) as image:
            assert image.format == "PNG", direction
            assert (image.height > image.width) is tall
    monkeypatch.setattr(drawing, "_LONGEST_SIDE", 400)
    with Image.open(BytesIO(draw(dot_text(network, Style()), "png"))) as image:
        assert 380 <= image.height <= 402


def test_too_many_boxes_are_refused() -> None:
    nodes = tuple(Node(f"d{n}", Dense(units=2), (f"d{n - 1}" if n else "input",)) for n in range(2_000))
    with pytest.raises(UserError, match=r"^picture: expected at most 2000 boxes"):
        dot_text(Architecture({"input": (4,)}, nodes, {"out": "d1999"}), Style())


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A `dot` that does something else."""
    (folder / "dot").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_without_graphviz_and_with_one_that_fails_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = dot_text(presets.load("lenet5"), Style())
    program(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(UserError, match="expected a network that Graphviz can draw"):
        draw(text, "svg")
    program(tmp_path, monkeypatch, "cat >/dev/null; exec python3 -c 'print(len(bytearray(3 << 30)))' 2>/dev/null")
    with pytest.raises(UserError, match="expected a network that Graphviz can draw"):
        draw(text, "svg")
    program(tmp_path, monkeypatch, "exec sleep 1000")
    monkeypatch.setattr(drawing, "_SECONDS", 0.05)
    with pytest.raises(UserError, match="expected a network that can be laid out in"):
        draw(text, "svg")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(UserError, match="expected the program dot of Graphviz on this machine: apt-get install"):
        draw(text, "svg")
