"""The layers of a network as a table to take along: aligned text as `model.summary` prints it, Markdown, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, get_args

from lib.arch import Analysis, Architecture, NodeReport, analyse
from lib.arch.block import shown_as_keras
from lib.arch.blocks.composites.model import Model
from lib.i18n import _
from lib.text_width import aligned, text_width

Form = Literal["text", "markdown", "latex"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)

_UNKNOWN: Final = "?"
_NUMBERS: Final = frozenset({3, 4})
"""The columns that stand at the right."""

_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>|~&$^])")
_LATEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "×": r"$\times$", "≥": r"$\geq$",
}  # fmt: skip

Row = tuple[str, ...]


class _Table(NamedTuple):
    title: str
    head: Row
    rows: tuple[Row, ...]
    totals: tuple[tuple[str, str], ...]


def summary_table(architecture: Architecture, form: Form) -> str:
    """Each layer with its name, type, output shape, parameters and multiply-adds, and the totals; ends with a newline.

    Shapes are Keras's, with the batch first. What is not known because of a mistake or a free size is a "?".
    """
    analysis = analyse(architecture)
    head = (_("Layer"), _("Type"), _("Output shape"), _("Parameters"), _("MACs"))
    table = _Table(architecture.name, head, tuple(_rows(architecture, analysis)), tuple(_totals(analysis)))
    write = {"text": _as_text, "markdown": _as_markdown, "latex": _as_latex}[form]
    return "\n".join(write(table)) + "\n"


def _rows(architecture: Architecture, analysis: Analysis) -> Iterator[Row]:
    for name, shape in architecture.inputs.items():
        yield name, _("Input"), shown_as_keras(shape), "0", "0"
    for node in architecture.nodes:
        report = analysis.nodes[node.id]
        least = {"parameters", "macs"} if report.output_shape is None else report.cost.at_least
        yield (
            node.id, _type(report, node.shares), shown_as_keras(report.output_shape),
            _UNKNOWN if "parameters" in least else _number(report.parameters),
            _UNKNOWN if "macs" in least else _number(report.macs),
        )  # fmt: skip


def _totals(analysis: Analysis) -> Iterator[tuple[str, str]]:
    total = analysis.total
    unknown = {"parameters", "macs"} if analysis.problems else total.at_least
    parameters, macs = ("≥ " if name in unknown else "" for name in ("parameters", "macs"))
    yield _("Total parameters"), parameters + _number(total.parameters)
    yield _("Trainable parameters"), parameters + _number(total.trainable)
    yield _("Non-trainable parameters"), parameters + _number(total.non_trainable)
    yield _("Total MACs"), macs + _number(total.macs)


def _type(report: NodeReport, owner: str | None) -> str:
    kind = report.block.kind
    if isinstance(report.block, Model) and report.block.repeat > 1:
        kind = f"{kind} ×{report.block.repeat}"
    return _("{block}, shares {owner}").format(block=kind, owner=owner) if owner else kind


def _number(number: int) -> str:
    return f"{number:,}"


def _as_text(table: _Table) -> Iterator[str]:
    head, *rows = aligned((table.head, *table.rows), _NUMBERS)
    whole = text_width(head)
    if table.title:
        yield table.title
    yield "─" * whole
    yield head
    yield "═" * whole
    yield from rows
    yield "─" * whole
    longest = max(text_width(title) for title, _value in table.totals)
    yield from (f"{title}:{' ' * (longest - text_width(title))} {value}" for title, value in table.totals)


def _as_markdown(table: _Table) -> Iterator[str]:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    if table.title:
        yield f"**{_in_markdown(table.title)}**\n"
    yield line([_in_markdown(cell) for cell in table.head])
    yield line(["---:" if column in _NUMBERS else "---" for column in range(len(table.head))])
    yield from (line([_in_markdown(cell) for cell in row]) for row in table.rows)
    yield ""
    yield from (f"- {_in_markdown(title)}: {_in_markdown(value)}" for title, value in table.totals)


def _in_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _as_latex(table: _Table) -> Iterator[str]:
    def line(cells: Sequence[str]) -> str:
        return f"  {' & '.join(map(_in_latex, cells))} \\\\"

    yield r"\begin{tabular}{lllrr}"
    yield r"  \hline"
    yield line(table.head)
    yield r"  \hline"
    yield from map(line, table.rows)
    yield r"  \hline"
    yield from (f"  \\multicolumn{{3}}{{l}}{{{_in_latex(title)}}} & \\multicolumn{{2}}{{r}}{{{_in_latex(value)}}} \\\\"
                for title, value in table.totals)
    yield r"  \hline"
    yield r"\end{tabular}"


def _in_latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(text.split()))
