"""A formula over all examples of many batches, as if they were one: what is added up batch by batch, and what is made
of it at the end.

The formula is cut at its reductions over the batch. What they reduce is computed for each batch by itself; their
results are added up (or multiplied, or the largest or smallest is kept); all else is computed once, from those. So a
ratio of two sums is the ratio of the sums over everything, and not a mean of ratios.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from lib.formula import shapes
from lib.formula.check import Checked
from lib.formula.errors import FormulaError
from lib.formula.functions import FUNCTIONS
from lib.formula.language import Number
from lib.formula.tensor import Batch, Shape, Tensor
from lib.formula.values import Applied, AsFloat, Item, Known, Local, Read, Value
from lib.i18n import N_

Kind = Literal["sum", "max", "min", "prod"]
"""How the values of two batches become one: they are added, the larger or the smaller is kept, they are multiplied."""

_PLAIN: Final[dict[str, Kind]] = {"sum": "sum", "max": "max", "min": "min", "prod": "prod"}
_Stage = Literal["known", "batch", "end", "both"]
"""When a value is known: beforehand; with each batch; once all are through; or with a batch, but not before all are
through, so that every example would be needed twice."""

_TWICE = N_("expected a formula that can be added up batch by batch; this needs every image a second time, after all "
            "of them: choose \"batches\" to compute it for each batch by itself")
_NOT_ADDED = N_("expected a formula that can be added up batch by batch, which {function} over the batch cannot be: "
                "choose \"batches\" to compute it for each batch by itself")


@dataclass(frozen=True, slots=True)
class State:
    """A tensor that grows with every batch.

    Attributes:
        name: of the state, among the names of the formula at the end.
        kind: how what a batch adds is put to it.
        added: the formula of what a batch adds.
        shape: of both.
    """

    name: str
    kind: Kind
    added: Checked
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Streamed:
    """A formula in two steps: with every batch the states grow, and at the end `result` reads them by their names."""

    states: tuple[State, ...]
    result: Checked


def streamed(checked: Checked) -> Streamed:
    """`checked`, a formula whose batch is free, over many batches as if they were one.

    A result for each example counts as its mean over all examples.

    Raises:
        FormulaError: it cannot be computed so.
    """
    return _Cut(checked).cut()


def averaged(checked: Checked) -> Streamed:
    """`checked` as the mean of what it gives for each batch; that of a result for each example is over all examples."""
    if _has_batch(checked.result.shape):
        return streamed(checked)
    place = checked.formula.lines[-1].place
    total = State("total", "sum", _as_float(checked), ())
    one = replace(checked, lines=((None, Known(place, Number(place, 1.0), 1.0)),))
    batches = State("batches", "sum", one, ())
    ratio = _applied("divide", *(Read(place, state.name, Tensor(()), own=True) for state in (total, batches)),
                     at=checked.lines[-1][1], operator="/")
    return Streamed((total, batches), replace(checked, lines=((None, ratio),)))


class _Cut:
    """Cuts one formula."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.stages: dict[str, _Stage] = {}
        self.states: list[State] = []
        self.ends: list[tuple[str | None, Value]] = []

    def cut(self) -> Streamed:
        for name, value in self.checked.lines:
            stage, at_end = self.value(value)
            if name is None:
                self.ends.append((None, self.last(value, stage, at_end)))
            else:
                self.stages[name] = stage
                if stage in ("end", "known"):
                    self.ends.append((name, at_end))
        ends = _needed(self.ends)
        read = {name for _line, value in ends for name in _names(value, Read)}
        return Streamed(tuple(state for state in self.states if state.name in read),
                        replace(self.checked, lines=tuple(ends)))

    def last(self, value: Value, stage: _Stage, at_end: Value) -> Value:
        if stage == "both":
            raise FormulaError(value.place, _TWICE)
        if stage != "batch":
            return _float(at_end)
        return self.mean(value, _float(value), Tensor(()), ())

    def value(self, value: Value) -> tuple[_Stage, Value]:
        """When `value` is known, and what stands for it at the end if it is known then."""
        match value:
            case Known():
                return "known", value
            case Read():
                return "batch", value
            case Local(name=name):
                return self.stages[name], value
            case AsFloat(value=inner):
                stage, at_end = self.value(inner)
                return stage, AsFloat(at_end)
            case Item(value=inner):
                stage, at_end = self.value(inner)
                return stage, replace(value, value=at_end)
        return self.applied(value)

    def applied(self, value: Applied) -> tuple[_Stage, Value]:
        found = [self.value(inner) for inner in value.values]
        stages = {stage for stage, _at_end in found}
        if _has_batch(value.tensor.shape):
            return ("both" if stages & {"both", "end"} else "batch"), value
        if "both" in stages:
            raise FormulaError(value.place, _TWICE)
        if "batch" in stages:
            if "end" in stages:
                raise FormulaError(value.place, _TWICE)
            return "end", self.reduction(value)
        ends = iter(at_end for _stage, at_end in found)
        arguments = tuple(tuple(next(ends) for _one in argument) if isinstance(argument, tuple) else next(ends)
                          for argument in value.arguments)
        return ("end" if "end" in stages else "known"), replace(value, arguments=arguments)

    def reduction(self, value: Applied) -> Value:
        """What stands at the end for a reduction over the batch."""
        name = value.function.name
        if name in _PLAIN:
            return self.grown(_PLAIN[name], value)
        if value.function.shape in (shapes.matmul, shapes.dot):
            return self.grown("sum", value)
        if value.function.shape is not shapes.reduced or name in ("argmax", "argmin", "logsumexp"):
            raise FormulaError(value.place, _NOT_ADDED, function=name)
        (inner,) = value.values
        if name in ("any", "all"):
            kind: Kind = "max" if name == "any" else "min"
            extreme = _applied(kind, AsFloat(inner), at=value, options=value.options)
            return _applied("greater", self.grown(kind, extreme), _zero(value), at=value)
        mean = self.mean(value, inner, value.tensor, value.options)
        if name == "mean":
            return mean
        squares = self.mean(value, _applied("square", inner, at=inner), value.tensor, value.options)
        variance = _applied("maximum", _applied("subtract", squares, _applied("square", mean, at=value), at=value,
                                                operator="-"), _zero(value), at=value)
        return variance if name == "var" else _applied("sqrt", variance, at=value)

    def mean(self, at: Value, inner: Value, tensor: Tensor, options: tuple[tuple[str, Known], ...]) -> Value:
        """The sum and the count of `inner`, and at the end their ratio."""
        total = _applied("sum", inner, at=at, options=options, shape=tensor.shape)
        counted = _applied("sum", _applied("ones_like", inner, at=inner), at=at, options=options, shape=tensor.shape)
        return _applied("divide", self.grown("sum", total), self.grown("sum", counted, "count"), at=at,
                        shape=tensor.shape, operator="/")

    def grown(self, kind: Kind, value: Applied, called: str = "") -> Read:
        """A state to which `value` of each batch is put."""
        for state in self.states:
            if state.kind == kind and _same(state.added.lines[-1][1], value):
                return Read(value.place, state.name, value.tensor, own=True)
        name = f"{called or kind}_{len(self.states) + 1}"
        before = [(line, inner) for line, inner in self.checked.lines if line and self.stages.get(line) in
                  ("batch", "known")]
        added = replace(self.checked, lines=tuple(_needed([*before, (None, value)])))
        shape = tuple(size for size in value.tensor.shape if isinstance(size, int))
        self.states.append(State(name, kind, added, shape))
        return Read(value.place, name, value.tensor, own=True)


def _needed(lines: list[tuple[str | None, Value]]) -> list[tuple[str | None, Value]]:
    """The lines that the last one reads, straight or through others."""
    wanted: set[str] = set()
    kept: list[tuple[str | None, Value]] = []
    for name, value in reversed(lines):
        if name is None or name in wanted:
            kept.append((name, value))
            wanted |= set(_names(value, Local))
    return kept[::-1]


def _names(value: Value, kind: type[Read | Local]) -> Iterator[str]:
    """The names of all inputs and states, or of all earlier lines, that `value` reads itself."""
    if isinstance(value, kind):
        yield value.name
    elif isinstance(value, AsFloat | Item):
        yield from _names(value.value, kind)
    elif isinstance(value, Applied):
        for inner in value.values:
            yield from _names(inner, kind)


def _same(one: Value, other: Value) -> bool:
    """Whether both compute the same, wherever they stand."""
    match one, other:
        case Known(), Known():
            return one.value == other.value and type(one.value) is type(other.value)
        case (Read(name=name), Read(name=same)) | (Local(name=name), Local(name=same)):
            return name == same
        case AsFloat(), AsFloat():
            return _same(one.value, other.value)
        case Item(), Item():
            return one.key == other.key and _same(one.value, other.value)
        case Applied(), Applied():
            return (one.function is other.function and len(one.values) == len(other.values)
                    and [(name, known.value) for name, known in one.options]
                    == [(name, known.value) for name, known in other.options]
                    and all(_same(a, b) for a, b in zip(one.values, other.values, strict=True)))
    return False


def _applied(name: str, *arguments: Value, at: Value, options: tuple[tuple[str, Known], ...] = (),
             shape: Shape | None = None, operator: str | None = None) -> Applied:
    """A function of the table where `at` stands, of its shape unless another is given."""
    function = FUNCTIONS[name]
    tensor = Tensor(at.tensor.shape if shape is None else shape, function.result)
    return Applied(at.place, function, tuple(map(_float, arguments)), options, operator, tensor)


def _as_float(checked: Checked) -> Checked:
    *before, (_none, value) = checked.lines
    return replace(checked, lines=(*before, (None, _float(value))))


def _float(value: Value) -> Value:
    return value if isinstance(value, Known) or value.tensor.dtype == "float" else AsFloat(value)


def _zero(at: Value) -> Known:
    return Known(at.place, Number(at.place, 0.0), 0.0)


def _has_batch(shape: Shape) -> bool:
    return any(isinstance(size, Batch) for size in shape)
