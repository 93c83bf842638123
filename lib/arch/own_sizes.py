"""The shapes of weights of one's own: sizes such as "channels, 2 * units", from axes of the inputs and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lib.arch.block import FreeShape, Shape
from lib.errors import UserError
from lib.formula import FormulaError, parse
from lib.formula.language import LARGEST_INTEGER, Binary, Name, Node, Number, Sequence
from lib.formula.scope import OWN
from lib.formula.statics import computed
from lib.formula.tensor import MOST_AXES
from lib.i18n import N_
from lib.names import close_to

_BY_RANK: Final = {1: (), 2: ("steps",), 3: ("height", "width"), 4: ("frames", "height", "width")}
LAST: Final = ("channels", "features")
AXES: Final = frozenset({"steps", "height", "width", "frames", *LAST})
"""The names of axes, beside `dim1`, `dim2` and so on, counted as Keras does with the batch as axis 0."""

_SIGNS: Final = ("+", "-", "*", "//")


def axes(rank: int) -> dict[str, int]:
    """The axes of an example of so many by all of their names, counted from 0."""
    named = {name: axis for axis, name in enumerate(_BY_RANK.get(rank, ()))}
    last = dict.fromkeys(LAST, rank - 1) if rank else {}
    return {**last, **named, **{f"dim{axis + 1}": axis for axis in range(rank)}}


def axis_names(inputs: tuple[FreeShape, ...]) -> dict[str, int | None]:
    """The sizes of all inputs by name: "height" is of the first one, "x2.height" of the second."""
    found: dict[str, int | None] = {}
    for number, shape in enumerate(inputs, 1):
        for name, axis in axes(len(shape)).items():
            found[f"x{number}.{name}"] = shape[axis]
    return {**{name.removeprefix("x1."): size for name, size in found.items() if name.startswith("x1.")}, **found}


def parts(text: str) -> tuple[Node, ...]:
    """The sizes that `text` writes, one by one; none for an empty one.

    Raises:
        FormulaError: it writes something else.
    """
    if not text.strip():
        return ()
    formula = parse(text)
    line = formula.lines[-1]
    if len(formula.lines) > 1:
        raise FormulaError(formula.lines[0].place, N_("expected sizes on one line, as in channels, units"))
    return line.value.items if isinstance(line.value, Sequence) else (line.value,)


def sizes(written: str | list[Node], known: Mapping[str, int | None]) -> Shape:
    """The shape that is written, where the names of `known` are these sizes; of a None nothing is known.

    Raises:
        FormulaError: it is none.
    """
    found = parts(written) if isinstance(written, str) else written
    if len(found) > MOST_AXES:
        raise FormulaError(found[MOST_AXES].place, N_("expected at most {most} sizes"), len(found), most=MOST_AXES)
    return tuple(_whole(node, known) for node in found)


def bare(name: str) -> str:
    """A name without the "self." before it."""
    return name.removeprefix(OWN)


def _whole(node: Node, known: Mapping[str, int | None]) -> int:
    size = _value(node, known)
    if not 1 <= size <= LARGEST_INTEGER:
        raise FormulaError(node.place, N_("expected a size of at least 1"), size)
    return size


def _value(node: Node, known: Mapping[str, int | None]) -> int:
    match node:
        case Number(value=int() as number):
            return number
        case Name(name=name):
            return _named(node, bare(name), known)
        case Binary(operator=sign, left=left, right=right) if sign in _SIGNS:
            try:
                return int(computed(sign, _value(left, known), _value(right, known)))
            except FormulaError:
                raise
            except UserError as error:
                raise FormulaError.at(node.place, error) from None
    raise FormulaError(node.place, N_("expected whole numbers, names of axes and of whole numbers, and + - * //"))


def _named(node: Node, name: str, known: Mapping[str, int | None]) -> int:
    if name not in known:
        near = close_to(name, known)
        if near:
            raise FormulaError(node.place, N_("expected one of {names} (did you mean {near}?)"), name,
                               names=_listed(known), near=near)  # fmt: skip
        raise FormulaError(node.place, N_("expected one of {names}"), name, names=_listed(known))
    size = known[name]
    if size is None:
        raise FormulaError(node.place, N_("expected an axis of known size"), name)
    return size


def _listed(known: Mapping[str, int | None]) -> str:
    """The names that can be meant, without the second names of the first input's axes."""
    return ", ".join(name for name in known if not name.startswith("x1.") or name[3:] not in known)
