"""What a closed card shows: the texts of one line, its menu, and what is wrong with it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from components import actions
from components.numbers import grouped
from components.summary import shown_shape, summary
from lib.arch import Analysis, Architecture, Block, Node
from lib.arch.block import FreeShape
from lib.colours import INPUT
from lib.i18n import _, language

_INPUT_ICON: Final = "input"
_MOST_MENDED: Final = 3


class Row(NamedTuple):
    """One closed card."""

    texts: tuple[str, ...]
    """Its id, family, icon, kind, settings in a few words, shape and number of parameters."""

    menu: tuple[str, ...]
    badges: tuple[tuple[str, str], ...]
    """Short marks, each with an explanation or nothing."""

    problem: str = ""
    mends: tuple[str, ...] = ()


def rows(architecture: Architecture, analysis: Analysis, open_one: str | None) -> list[Row]:
    """The cards of every input and node in order.

    Mends are tried out before they are offered, so only the first mistakes and that of the open card get theirs.
    """
    wrong = [node for node, report in analysis.nodes.items() if report.problem]
    mended = {*wrong[:_MOST_MENDED], open_one}
    by_target: dict[str, tuple[str, ...]] = {}
    for name, target in architecture.outputs.items():
        by_target[target] = (*by_target.get(target, ()), name)
    inputs = [_input_row(architecture, name) for name in architecture.inputs]
    return inputs + [
        _node_row(architecture, analysis, node, by_target.get(node.id, ()), mended) for node in architecture.nodes
    ]


def _input_row(architecture: Architecture, name: str) -> Row:
    texts = (name, INPUT, _INPUT_ICON, _("Input"), "", shown_shape(architecture.inputs[name]), "")
    return Row(texts, actions.input_menu(len(architecture.inputs)), ())


def _node_row(
    architecture: Architecture, analysis: Analysis, node: Node, outputs: tuple[str, ...], mended: set[str | None]
) -> Row:
    report = analysis.nodes[node.id]
    trainable = architecture.is_trainable(node)
    row = _plain_row(node.id, report.block, report.output_shape, report.parameters, node.shares, trainable, outputs,
                     language())
    if report.problem is None:
        return row
    mends = tuple(map(str, actions.mends(architecture, node.id))) if node.id in mended else ()
    return row._replace(problem=str(report.problem), mends=mends)


@lru_cache(maxsize=8192)
def _plain_row(
    node: str, block: Block, shape: FreeShape | None, parameters: int, shares: str | None, trainable: bool,
    outputs: tuple[str, ...], _language: str,
) -> Row:
    badges = []
    if shares:
        badges.append((_("shares {owner}").format(owner=shares), _("It has the weights of that block.")))
    if not trainable:
        badges.append((_("frozen"), _("Training leaves its weights as they are.")))
    badges += [(_("output"), name) for name in outputs]
    icon = block.icon.removeprefix(":material/").removesuffix(":")
    count = grouped(parameters) if shape is not None else ""
    texts = (node, block.family, icon, block.name, summary(block), shown_shape(shape), count)
    return Row(texts, actions.node_menu(block, shares is not None, trainable, bool(outputs)), tuple(badges))
