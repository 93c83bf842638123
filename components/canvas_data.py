"""What the canvas in the browser is given: the network, the palette and every word, as JSON that is made once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from components.graph_layout import Layout, layered
from components.own_blocks import blocks_with, title_of
from components.summary import shown_shape, summary
from components.units import compact
from lib.arch import Architecture, Node, NodeReport, analyse
from lib.arch.block import FAMILIES
from lib.arch.blocks.composites.model import Model
from lib.arch.own_python import OwnPython
from lib.colours import INPUT
from lib.i18n import N_, _

_TEXTS: Final = {
    "canvas": N_("Canvas: the network as boxes and edges"),
    "blocks": N_("Blocks"),
    "search": N_("Search a block"),
    "none": N_("No block is called or explained like this."),
    "hint": N_("Drag a block from the list to this place, or press / and type its name. Then connect it."),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
    "fit": N_("Fit"),
    "tidy": N_("Tidy up"),
    "add_input": N_("Add an input"),
    "connect": N_("Connect it to a block that reads it"),
    "read": N_("Choose a block that it reads"),
    "use": N_("Use its layer again"),
    "output": N_("Make it an output"),
    "no_output": N_("No longer an output"),
    "unshare": N_("Give it a layer of its own"),
    "freeze": N_("Freeze its weights"),
    "thaw": N_("Train its weights"),
    "open": N_("Show the network inside"),
    "copy": N_("Copy it, with weights of its own"),
    "fields": N_("Show its fields"),
    "remove": N_("Delete"),
    "remove_edge": N_("Delete this edge"),
    "actions": N_("Actions for {id}"),
    "edge": N_("Edge from {source} to {target}"),
    "input": N_("Input"),
    "is_output": N_("output {name}"),
    "shares": N_("shares {owner}"),
    "frozen": N_("frozen"),
    "reads": N_("reads {sources}"),
    "reads_nothing": N_("reads nothing"),
    "parameters": N_("{count} parameters"),
    "connecting": N_("Connect {id}: choose the block that reads it with the arrow keys or a click, then Enter. "
                     "Escape cancels."),
    "reading": N_("{id} reads: choose the block with the arrow keys or a click, then Enter. Escape cancels."),
    "cancelled": N_("Cancelled."),
    "moved": N_("{id} moved."),
    "tidied": N_("Tidied up."),
    "no_edges": N_("{id} has no edges."),
    "short_help": N_("Arrow keys: go · Enter: fields · C: connect · R: read · Delete · / : blocks"),
    "keys": N_("Keys"),
}
_KEYS: Final = (
    ("← ↑ ↓ →", N_("Go to the next block in this direction; with Alt: move the block")),
    ("Enter", N_("Open the fields of the block; while connecting: choose it")),
    ("C", N_("Connect the block to one that reads it")),
    ("R", N_("Choose what the block reads")),
    ("E", N_("Go to the edges of the block: ← → to the next one, ↑ ↓ to its ends")),
    ("Delete", N_("Delete the block or the edge")),
    ("O", N_("Make the block an output, or no longer")),
    ("U", N_("Use the layer of the block again")),
    ("/", N_("Search the blocks; Enter adds one, Shift+Enter lets it read the block that you came from")),
    ("+ − 0", N_("Zoom in, zoom out, fit; also the wheel with Ctrl")),
    ("T", N_("Tidy up")),
    ("Esc", N_("Cancel")),
)


@lru_cache(maxsize=256)
def network_json(architecture: Architecture, _language: str) -> str:
    """Every input and block with all that its box shows, and where it would stand by itself."""
    analysis = analyse(architecture)
    layout = _layout(tuple(
        [(name, ()) for name in architecture.inputs]
        + [(node.id, tuple(dict.fromkeys(node.inputs))) for node in architecture.nodes]
    ))
    names: dict[str, list[str]] = {}
    for name, target in architecture.outputs.items():
        names.setdefault(target, []).append(name)
    boxes = [_input(name, shown_shape(shape)) for name, shape in architecture.inputs.items()]
    boxes += [
        _box(node, analysis.nodes[node.id], names.get(node.id, []), architecture.is_trainable(node))
        for node in architecture.nodes
    ]
    for box in boxes:
        box["at"] = [round(number, 2) for number in layout.places[box["id"]]]
        bends = {
            source: [[round(x, 2), y] for x, y in points[1:-1]]
            for source in box["reads"] if len(points := layout.edges[source, box["id"]]) > 2
        }
        if bends:
            box["bends"] = bends
    return json.dumps(boxes, ensure_ascii=False)


@lru_cache(maxsize=16)
def blocks_json(_language: str, own: tuple[OwnPython, ...] = ()) -> str:
    """The palette: families, each with its entries in their order; `own` are the layers in Python that were saved."""
    families = [
        {"family": family, "title": _(FAMILIES[family]), "entries": [
            {"title": title_of(entry), "help": _(entry.help), "name": entry.block.name} for entry in entries
        ]}
        for family, entries in blocks_with(own).items() if entries
    ]
    return json.dumps(families, ensure_ascii=False)


@lru_cache(maxsize=4)
def texts_json(_language: str) -> str:
    """Every word that the canvas itself says."""
    texts: dict[str, Any] = {name: _(text) for name, text in _TEXTS.items()}
    texts["help"] = [[keys, _(what)] for keys, what in _KEYS]
    return json.dumps(texts, ensure_ascii=False)


@lru_cache(maxsize=64)
def _layout(sources: tuple[tuple[str, tuple[str, ...]], ...]) -> Layout:
    return layered(dict(sources))


def _input(name: str, shape: str) -> dict[str, Any]:
    return {"id": name, "input": True, "family": INPUT, "kind": _("Input"), "shape": shape, "reads": []}


def _box(node: Node, report: NodeReport, outputs: list[str], trainable: bool) -> dict[str, Any]:
    box: dict[str, Any] = {
        "id": node.id, "family": report.block.family, "kind": report.block.name,
        "shape": shown_shape(report.output_shape), "words": summary(report.block), "reads": node.inputs,
    }
    optional = {
        "note": compact(report.parameters) if report.parameters else "",
        "wrong": str(report.problem) if report.problem else "",
        "shares": node.shares,
        "outputs": outputs,
        "frozen": not trainable,
        "weights": report.parameters_used > 0,
        "inside": isinstance(report.block, Model),
    }
    return {**box, **{name: value for name, value in optional.items() if value}}
