"""What every block costs, as one table with its conventions: columns can be chosen, composites opened."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

import streamlit as st

from components.cost_rows import Figures, Row, SeenInputs, Totals, composite, rows, totals
from components.numbers import THIN_SPACE, TIMES, at_least, decimal, grouped
from components.summary import shown_shape
from components.treemap import treemap
from lib.arch import Architecture, analyse
from lib.arch.receptive_field import Field, receptive_fields
from lib.colours import INPUT
from lib.i18n import N_, _, language
from lib.training.optimizer import Optimizer
from lib.training.recipe import Recipe

PARAMETERS_HELP: Final = N_(
    "Numbers that the network holds. Trainable ones are learned; the others, as the moving mean of a "
    "BatchNormalization, follow along. A shared block counts once."
)
MACS_HELP: Final = N_(
    "Multiply-adds for one image: those of convolutions and matrix products. Biases, normalization, activation and "
    "pooling are not counted."
)
_MEMORY_HELP: Final = N_(
    "Values that the layers put out for one image, 4 bytes each (float32). Training keeps all of them; prediction "
    "needs only those that are still to be read."
)
_USED_HELP: Final = N_("Parameters that this use of a layer works with, its own or shared ones. Each call counts.")
_SLOTS_HELP: Final = N_("Numbers that the optimizer of the recipe keeps for the trainable parameters.")
_FIELD_HELP: Final = N_(
    "Receptive field: how many positions of the input one position of the output sees, padding included. With its "
    "stride: how far the next position's field lies; and its offset: the first position that the first one sees."
)
_INTENSITY_HELP: Final = N_(
    "Arithmetic intensity: multiply-adds for each byte of weights, inputs and outputs that is moved for one image. "
    "Where it is low, memory is the limit."
)
_FREE: Final = N_("Not known before the free size of an input is")
_HIDDEN: Final = N_("Not known, because of a mistake before it")
_UNKNOWN: Final = "?"
_PLACE: Final = "\0"
"""Where the cell of the receptive field comes in a row: no text has this character."""


class _Column(NamedTuple):
    title: str
    help: str = ""
    kind: str = "number"
    """CSS classes."""


_COLUMNS: Final = {
    "reads": _Column(N_("Reads"), "", "reads optional"),
    "shape": _Column(N_("Output shape")),
    "trainable": _Column(N_("Trainable"), PARAMETERS_HELP),
    "non_trainable": _Column(N_("Not trainable"), PARAMETERS_HELP, "number optional"),
    "used": _Column(N_("Per use"), _USED_HELP),
    "slots": _Column(N_("Optimizer slots"), _SLOTS_HELP),
    "macs": _Column(N_("MACs"), MACS_HELP),
    "activations": _Column(N_("Activations"), _MEMORY_HELP),
    "field": _Column(N_("Receptive field"), _FIELD_HELP, "number optional"),
    "intensity": _Column(N_("MACs per byte"), _INTENSITY_HELP),
}
_WITH_BARS: Final = ("trainable", "non_trainable", "used", "slots", "macs", "activations")
_DEFAULT: Final = ("reads", "shape", "trainable", "non_trainable", "macs", "activations", "field")
_CHOSEN: Final = "costs.columns"
_OPENED: Final = "costs.opened"


def cost_table(architecture: Architecture, recipe: Recipe) -> None:
    """One row for each block, its shares as bars, the mistakes in their rows, and the totals."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="costs-tools"):
        columns = _choose_columns()
        opened = _choose_opened(architecture)
    st.html(_table(architecture, recipe.optimizer, columns, opened, language()))
    treemap(architecture)
    with st.expander(_("How this is counted"), icon=":material/info:"):
        explained = {_(column.title): _(column.help) for column in _COLUMNS.values() if column.help}
        explained |= {_("Parameters"): _(PARAMETERS_HELP)}
        for title in (_COLUMNS["trainable"].title, _COLUMNS["non_trainable"].title):
            del explained[_(title)]
        st.markdown("\n".join(f"- **{title}**: {text}" for title, text in sorted(explained.items())))


def _choose_columns() -> tuple[str, ...]:
    st.session_state.setdefault(_CHOSEN, list(_DEFAULT))
    with st.popover(_("Columns"), icon=":material/view_column:"):
        chosen = st.pills(_("Columns of the table"), list(_COLUMNS), selection_mode="multi", key=_CHOSEN,
                          format_func=lambda name: _(_COLUMNS[name].title), persist_state="session")
    return tuple(name for name in _COLUMNS if name in chosen)


def _choose_opened(architecture: Architecture) -> tuple[str, ...]:
    options = [name for name, report in analyse(architecture).nodes.items() if composite(report)]
    if not options:
        return ()
    # A composite that is no longer there cannot stay chosen.
    st.session_state[_OPENED] = [name for name in st.session_state.get(_OPENED, ()) if name in options]
    return tuple(st.multiselect(_("Show the layers of"), options, key=_OPENED, placeholder=_("Open composites"),
                                label_visibility="collapsed", width=320))


@lru_cache(maxsize=64)
def _table(
    architecture: Architecture, optimizer: Optimizer, columns: tuple[str, ...], opened: tuple[str, ...], language: str
) -> str:
    # On a narrow screen some columns of the usual choice are left out; what was chosen by hand is not.
    usual = " usual" if columns == tuple(name for name in _COLUMNS if name in _DEFAULT) else ""
    total = totals(architecture, optimizer)
    heads = "".join(
        f'<th scope="col" class="{_COLUMNS[name].kind}" title="{escape(_(_COLUMNS[name].help))}">'
        f"{escape(_(_COLUMNS[name].title))}</th>" if _COLUMNS[name].help else
        f'<th scope="col" class="{_COLUMNS[name].kind}">{escape(_(_COLUMNS[name].title))}</th>'
        for name in columns
    )  # fmt: skip
    body = "".join([_row(row, columns, language) for row in rows(architecture, optimizer, opened)])
    sums = ";".join(f"--{name.replace('_', '-')}:{getattr(total.figures, name) or 1}" for name in _WITH_BARS)
    return (
        f'<div class="costs{usual}"><table style="{sums}"><caption>{escape(_("What each block costs, for one image"))}'
        f'</caption><thead><tr><th scope="col">{escape(_("Block"))}</th>{heads}</tr></thead><tbody>{body}</tbody>'
        f"<tfoot>{_total_row(total, columns, _seen_by_output(architecture))}</tfoot></table></div>"
    )


def _seen_by_output(architecture: Architecture) -> SeenInputs:
    """The fields of the only output; nothing where there are more or none."""
    fields = [receptive_fields(architecture).get(source, {}) for source in architecture.outputs.values()]
    return tuple(fields[0].items()) if len(fields) == 1 else ()


def _row(row: Row, columns: tuple[str, ...], language: str) -> str:
    """A row as HTML. A change of one block can move the fields of all that follow, and nothing else of their rows."""
    frame = _frame(row._replace(seen=()), columns, language)
    return frame.replace(_PLACE, _field_cell(row.seen, language))


@lru_cache(maxsize=8192)
def _frame(row: Row, columns: tuple[str, ...], _language: str) -> str:
    """A row without what is in the cell of its receptive field."""
    wrong = " wrong" if row.problem else ""
    part = " part" if row.depth else ""
    head = (
        f'<tr class="family-{row.family}{wrong}{part}"><th scope="row"><span class="dot"></span>'
        f'<b>{escape(row.name)}</b> <span class="kind">{escape(row.kind)}</span></th>'
    )
    if row.problem:
        return f'{head}<td colspan="{max(len(columns), 1)}" class="problem">{escape(row.problem)}</td></tr>'
    return f"{head}{''.join([_cell(row, name) for name in columns])}</tr>"


def _cell(row: Row, name: str) -> str:
    kind = _COLUMNS[name].kind
    if name == "reads":
        return f'<td class="{kind}">{escape(row.reads)}</td>'
    if name == "shape":
        return f'<td class="{kind}">{shown_shape(row.shape)}</td>'
    if row.figures is None:
        return f'<td class="{kind}"></td>' if row.family == INPUT else _unknown(kind, _(_HIDDEN))
    if name == "field":
        return _PLACE
    if name == "intensity":
        return _intensity_cell(kind, row.figures)
    return _number_cell(kind, name, getattr(row.figures, name))


def _number_cell(kind: str, name: str, number: int | None) -> str:
    """A number over a bar of its share in the total, which the table knows; so a row can stay as it is."""
    if number is None:
        return _unknown(kind, _(_FREE))
    if not number:
        return f'<td class="{kind} none">0</td>'
    width = f"width:calc({number}*100%/var(--{name.replace('_', '-')}))"
    return f'<td class="{kind}">{grouped(number)}<i class="bar" style="{width}"></i></td>'


def _intensity_cell(kind: str, figures: Figures) -> str:
    if figures.work is None:
        return _unknown(kind, _(_FREE))
    quiet = "" if figures.work.macs else " none"
    return f'<td class="{kind}{quiet}">{decimal(figures.work.intensity, 3)}</td>'


def _unknown(kind: str, reason: str) -> str:
    """A question mark that says why, to the mouse and to screen readers."""
    why = escape(reason)
    return f'<td class="{kind}" title="{why}">{_UNKNOWN}<span class="unseen"> ({why})</span></td>'


@lru_cache(maxsize=8192)
def _field_cell(seen: SeenInputs, _language: str) -> str:
    kind = _COLUMNS["field"].kind
    if not seen:
        return f'<td class="{kind}"></td>'
    different = len({(_extent(fields), _details(fields)) for _name, fields in seen}) > 1
    texts = [f"{escape(name)}{THIN_SPACE}{_extent(fields)}" if different else _extent(fields) for name, fields in seen]
    details = [f"{name}: {_details(fields)}" if different else _details(fields) for name, fields in seen]
    shown = list(zip(texts, details, strict=True))[: None if different else 1]
    title = escape("; ".join(detail for _text, detail in shown))
    return f'<td class="{kind}" title="{title}">{"<br>".join(text for text, _detail in shown)}</td>'


def _extent(fields: tuple[Field, ...]) -> str:
    if all(field.everything for field in fields):
        return escape(_("all"))
    return TIMES.join(_size(field) for field in fields)


def _size(field: Field) -> str:
    return _UNKNOWN if field.reason else grouped(field.size) if field.size else escape(_("all"))


def _details(fields: tuple[Field, ...]) -> str:
    """Stride and offset in words, or why they are not known."""
    if reason := next((field.reason for field in fields if field.reason), ""):
        return _("Not known: {reason}").format(reason=_(reason))
    if all(field.everything for field in fields):
        return _("Sees the whole input")
    strides = " × ".join("–" if field.stride is None else str(field.stride) for field in fields)
    offsets = " × ".join("–" if field.offset is None else str(field.offset).replace("-", "−") for field in fields)
    return _("Stride {strides}, offset {offsets}").format(strides=strides, offsets=offsets)


def _total_row(total: Totals, columns: tuple[str, ...], seen: SeenInputs) -> str:
    figures = total.figures
    cells = []
    for name in columns:
        kind = _COLUMNS[name].kind
        if name in _WITH_BARS:
            number = grouped(getattr(figures, name))
            exact = total.whole and name not in total.at_least
            cells.append(f'<td class="{kind}">{number if exact else at_least(number)}</td>')
        elif name == "intensity":
            cells.append(_intensity_cell(kind, figures) if total.whole else _unknown(kind, _(_HIDDEN)))
        elif name == "field":
            cells.append(_field_cell(seen, language()))
        elif name == "shape":
            count = _("{count} parameters").format(count=grouped(figures.trainable + figures.non_trainable))
            cells.append(f'<td class="{kind}">{escape(count if total.whole else at_least(count))}</td>')
        else:
            cells.append(f'<td class="{kind}"></td>')
    return f'<tr><th scope="row">{escape(_("Total"))}</th>{"".join(cells)}</tr>'
