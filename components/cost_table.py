"""What every block costs, as one table with its conventions, and the headline of the whole."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from components.numbers import grouped
from components.summary import shown_shape
from components.units import compact
from lib.arch import Analysis, Architecture, Cost, Node, NodeReport, analyse
from lib.arch.analyse import BYTES_PER_VALUE
from lib.i18n import N_, _, language

PARAMETERS_HELP: Final = N_(
    "Numbers that the network holds. Trainable ones are learned; the others, as the moving mean of a "
    "BatchNormalization, follow along. A shared block counts once."
)
MACS_HELP: Final = N_(
    "Multiply-adds for one image: those of convolutions and matrix products. Biases, normalization, activation and "
    "pooling are not counted."
)
MEMORY_HELP: Final = N_(
    "Values that the layers put out for one image, 4 bytes each (float32). Training keeps all of them; prediction "
    "needs only those that are still to be read."
)
_UNKNOWN: Final = "–"


def headline(architecture: Architecture, before: Architecture | None) -> None:
    """Parameters, MACs and memory of the whole, each with what the last step changed."""
    now = analyse(architecture)
    then = analyse(before) if before else now
    complete = _known(now)
    peak, peak_then = now.peak_activations, then.peak_activations
    with st.container(horizontal=True, gap="small", key="headline"):
        _metric(_("Parameters"), grouped(now.total.parameters), grouped, now.total.parameters - then.total.parameters,
                _(PARAMETERS_HELP), complete)
        _metric(_("MACs per image"), compact(now.total.macs), compact, now.total.macs - then.total.macs,
                _(MACS_HELP), complete)
        training = (now.total.activations - then.total.activations) * BYTES_PER_VALUE
        _metric(_("Memory to train"), _bytes(now.total.activations), _memory, training, _(MEMORY_HELP), complete)
        shown = _UNKNOWN if peak is None else _bytes(peak)
        change = 0 if peak is None or peak_then is None else (peak - peak_then) * BYTES_PER_VALUE
        _metric(_("Memory to predict"), shown, _memory, change, _(MEMORY_HELP), True)


def _metric(label: str, value: str, write: object, change: int, help_text: str, complete: bool) -> None:
    # What is known of a network with mistakes is a lower bound.
    shown = value if complete else f"≥\u202f{value}"
    assert callable(write)
    sign = "+" if change > 0 else "−"
    delta = f"{sign}{write(abs(change))}" if change else None
    st.metric(label, shown, delta=delta, delta_color="off", delta_arrow="off", help=help_text, border=True)


def _known(analysis: Analysis) -> bool:
    """Whether the cost of every block is known: a missing output alone changes no count."""
    return all(report.output_shape is not None for report in analysis.nodes.values())


def _memory(count: float) -> str:
    return compact(count, "B")


def _bytes(values: int) -> str:
    return compact(values * BYTES_PER_VALUE, "B")


def cost_table(architecture: Architecture) -> None:
    """One row for each block, its shares as bars, the mistakes in their rows, and the totals."""
    st.html(_table(architecture, language()))
    with st.expander(_("How this is counted"), icon=":material/info:"):
        st.markdown(
            f"- **{_('Parameters')}**: {_(PARAMETERS_HELP)}\n- **{_('MACs')}**: {_(MACS_HELP)}\n"
            f"- **{_('Activations')}**: {_(MEMORY_HELP)}"
        )


@lru_cache(maxsize=256)
def _table(architecture: Architecture, _language: str) -> str:
    analysis = analyse(architecture)
    heads = [
        (_("Block"), "", ""), (_("Reads"), "", "optional"), (_("Output shape"), "number", ""),
        (_("Trainable"), "number", PARAMETERS_HELP), (_("Not trainable"), "number optional", PARAMETERS_HELP),
        (_("MACs"), "number", MACS_HELP), (_("Activations"), "number", MEMORY_HELP),
    ]
    head = "".join(
        f'<th scope="col" class="{kind or note}" title="{escape(_(note)) if note != "optional" else ""}">'
        f"{escape(text)}</th>" for text, kind, note in heads
    )
    rows = "".join(_row(node, analysis, architecture) for node in architecture.nodes)
    inputs = "".join(
        f'<tr class="family-input"><th scope="row">{_name(name, _("Input"))}</th><td class="optional"></td>'
        f'<td class="number">{shown_shape(shape)}</td>{"".join(_EMPTY)}</tr>'
        for name, shape in architecture.inputs.items()
    )
    return (
        f'<div class="costs"><table><caption>{escape(_("What each block costs, for one image"))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{inputs}{rows}</tbody><tfoot>{_totals(analysis)}</tfoot></table></div>"
    )


_EMPTY: Final = (
    '<td class="number"></td>', '<td class="number optional"></td>', '<td class="number"></td>',
    '<td class="number"></td>',
)


def _name(node: str, kind: str) -> str:
    return f'<span class="dot"></span><b>{escape(node)}</b> <span class="kind">{escape(kind)}</span>'


def _row(node: Node, analysis: Analysis, architecture: Architecture) -> str:
    report = analysis.nodes[node.id]
    kind = report.block.name
    if node.shares:
        kind = _("{block}, shares {owner}").format(block=kind, owner=node.shares)
    reads = escape(", ".join(node.inputs)) or _UNKNOWN
    start = (
        f'<tr class="family-{report.block.family}{" wrong" if report.problem else ""}">'
        f'<th scope="row">{_name(node.id, kind)}</th><td class="optional reads">{reads}</td>'
    )
    if report.problem:
        return f'{start}<td colspan="5" class="problem">{escape(str(report.problem))}</td></tr>'
    return f'{start}<td class="number">{shown_shape(report.output_shape)}</td>{_costs(report, analysis.total)}</tr>'


def _costs(report: NodeReport, total: Cost) -> str:
    if report.output_shape is None:
        return "".join(f'<td class="number{kind}">{_UNKNOWN}</td>' for kind in ("", " optional", "", ""))
    return (
        _cell(report.trainable, total.trainable)
        + _cell(report.non_trainable, total.non_trainable, " optional")
        + _cell(report.macs, total.macs)
        + _cell(report.activations, total.activations)
    )


def _cell(number: int, total: int, kind: str = "") -> str:
    """A number over a bar of its share in the total."""
    share = 100 * number / total if total else 0
    bar = f'<i class="bar" style="width:{share:.1f}%"></i>' if number else ""
    quiet = "" if number else " none"
    return f'<td class="number{kind}{quiet}">{grouped(number)}{bar}</td>'


def _totals(analysis: Analysis) -> str:
    total = analysis.total
    least = "" if _known(analysis) else "≥\u202f"
    both = _("{count} parameters").format(count=grouped(total.parameters))
    return (
        f'<tr><th scope="row">{escape(_("Total"))}</th><td class="optional"></td>'
        f'<td class="number">{escape(least + both)}</td><td class="number">{least}{grouped(total.trainable)}</td>'
        f'<td class="number optional">{least}{grouped(total.non_trainable)}</td>'
        f'<td class="number">{least}{grouped(total.macs)}</td>'
        f'<td class="number">{least}{grouped(total.activations)}</td></tr>'
    )
