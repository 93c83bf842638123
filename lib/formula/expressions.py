"""The walk through a formula with symbolic shapes: every part gets its tensor, or is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from lib.errors import UserError
from lib.formula import functions
from lib.formula.arguments import bound, refused, takes
from lib.formula.errors import FormulaError, Place
from lib.formula.function import TENSORS, Function, Kind, Parameter
from lib.formula.language import Binary, Call, Flag, Name, Node, Number, Sequence, Subscript, Unary
from lib.formula.scope import Scope
from lib.formula.shapes import BATCH_STAYS
from lib.formula.statics import computed
from lib.formula.subscripts import subscripted
from lib.formula.tensor import BATCH, MOST_AXES, Batch, Shape, Tensor, elements, shown
from lib.formula.values import Applied, AsFloat, Item, Known, Local, Read, Value
from lib.i18n import N_
from lib.names import close_to

BatchRule = Literal["kept", "free"]
"""Whether the batch stays the first axis of everything ("kept"), or may be reduced, as in a loss ("free")."""

_NUMBER_OR_TENSOR = N_("expected a number or a tensor")


class Expressions:
    """Reads the expressions of one formula and notes which functions they use."""

    def __init__(self, scope: Scope, batch: BatchRule, most_elements: int) -> None:
        self.scope = scope
        self.batch = batch
        self.most_elements = most_elements
        self.functions: set[str] = set()

    def value(self, node: Node) -> Value:
        """`node` with its tensor.

        Raises:
            FormulaError: it cannot be computed.
        """
        match node:
            case Number(value=value) | Flag(value=value):
                return Known(node.place, node, value)
            case Name():
                found = self.scope.read(node)
                self.within_limits(node.place, found.tensor.shape)
                return found
            case Unary():
                return self.unary(node)
            case Binary():
                return self.binary(node)
            case Call():
                return self.call(node)
            case Subscript():
                return self.item(node)
            case Sequence():
                return Known(node.place, node, tuple(self.number(item) for item in node.items))
        raise FormulaError(node.place, _NUMBER_OR_TENSOR)

    def number(self, node: Node) -> int | float:
        """A number that is known beforehand, in a list."""
        return _number(self.value(node), N_("expected numbers in brackets, or tensors where a function takes several"))

    def unary(self, node: Unary) -> Value:
        operand = self.value(node.operand)
        if isinstance(operand, Known):
            number = _number(operand)
            return Known(node.place, node, -number if node.operator == "-" else number)
        if node.operator == "+":
            return operand
        return self.applied(node.place, functions.FUNCTIONS["negative"], (operand,), operator="-")

    def binary(self, node: Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Known) and isinstance(right, Known):
            numbers = _number(left), _number(right)
            try:
                return Known(node.place, node, computed(node.operator, *numbers))
            except UserError as error:
                raise FormulaError.at(node.place, error) from None
        function = functions.FUNCTIONS[functions.OPERATORS[node.operator]]
        if node.operator != "**":
            return self.applied(node.place, function, (left, right), operator=node.operator)
        return self.applied(node.place, function, (left,), {"x2": right}, node.operator)

    def call(self, node: Call) -> Value:
        name = node.function.name
        prefix, _dot, last = name.rpartition(".")
        if last == "epsilon" and prefix in functions.PREFIXES and not node.arguments and not node.keywords:
            return Known(node.place, node, functions.EPSILON)
        found = functions.find(name)
        if found is None:
            raise self.not_found(node.function)
        function, meant = found
        given = bound(node, function)
        tensors: list[Value | tuple[Value, ...]] = []
        options: dict[str, Value] = {
            name: Known(node.place, Flag(node.place, value), value) for name, value in meant.items()
        }
        for parameter in function.parameters:
            if parameter.kind == "tensors":
                tensors.append(self.several(given[parameter.name]))
            elif parameter.kind in TENSORS:
                tensors.append(self.value(given[parameter.name]))
            elif parameter.name in given:
                options[parameter.name] = self.value(given[parameter.name])
        return self.applied(node.place, function, tuple(tensors), options)

    def several(self, node: Node) -> tuple[Value, ...]:
        if not isinstance(node, Sequence) or not node.items:
            raise FormulaError(node.place, N_("expected a list of tensors, such as [x, y]"))
        return tuple(self.value(item) for item in node.items)

    def item(self, node: Subscript) -> Value:
        whole = self.value(node.value)
        if isinstance(whole, Known):
            raise FormulaError(node.place, N_("expected a tensor before the bracket"), repr(whole.value))
        key, shape = subscripted(whole.tensor.shape, node.parts, self.value)
        self.batch_stays(node.place, [whole.tensor.shape], shape)
        self.within_limits(node.place, shape)
        return Item(node.place, whole, key, node.parts, Tensor(shape, whole.tensor.dtype))

    def applied(
        self,
        place: Place,
        function: Function,
        arguments: tuple[Value | tuple[Value, ...], ...],
        given: dict[str, Value] | None = None,
        operator: str | None = None,
    ) -> Applied:
        """`function` of these tensors and options."""
        self.functions.add(function.name)
        tensors = iter(arguments)
        fitted: list[Value | tuple[Value, ...]] = []
        options: list[tuple[str, Known]] = []
        values: list[Any] = []
        for parameter in function.parameters:
            if parameter.kind in TENSORS:
                fitted.append(_fitted(next(tensors), parameter.kind, function))
                values.append(_shapes(fitted[-1]))
            elif given and parameter.name in given:
                known = _known(given[parameter.name], parameter)
                options.append((parameter.name, known))
                values.append(known.value)
            else:
                values.append(parameter.default)
        try:
            shape = function.shape(*values)
        except UserError as error:
            raise FormulaError.at(place, error) from None
        result = Applied(place, function, tuple(fitted), tuple(options), operator, Tensor(shape, function.result))
        self.batch_stays(place, [value.tensor.shape for value in result.values], shape)
        self.within_limits(place, shape)
        return result

    def batch_stays(self, place: Place, before: Iterable[Shape], after: Shape) -> None:
        """Refuse an operation over the batch where it is kept, and one that has it twice anywhere."""
        batches = sum(isinstance(size, Batch) for size in after)
        if batches > 1:
            raise FormulaError(place, N_("expected the batch once among the axes; a value of shape (batch, 1) with one "
                                         "of (batch,) makes all pairs of examples"), shown(after))  # fmt: skip
        had = any(isinstance(size, Batch) for shape in before for size in shape)
        if self.batch == "kept" and had and after[:1] != (BATCH,):
            raise FormulaError(place, BATCH_STAYS, shown(after))

    def within_limits(self, place: Place, shape: Shape) -> None:
        """Refuse a tensor with too many axes or numbers."""
        if len(shape) > MOST_AXES:
            raise FormulaError(place, N_("expected at most {most} axes"), shown(shape), most=MOST_AXES)
        if elements(shape) > self.most_elements:
            raise FormulaError(place, N_("expected at most {most} numbers for one example"), shown(shape),
                               most=f"{self.most_elements:,}")  # fmt: skip

    def not_found(self, node: Name) -> FormulaError:
        """That no function has this name, with the way to say what it does elsewhere, or the name that was meant."""
        prefix, _dot, last = node.name.rpartition(".")
        if prefix in functions.PREFIXES and last in functions.NOT_OFFERED:
            return FormulaError(node.place, functions.NOT_OFFERED[last], node.name)
        near = close_to(last, functions.names())
        if near:
            return FormulaError(node.place, N_("expected a function of formulas (did you mean {near}?)"), node.name,
                                near=near)  # fmt: skip
        return FormulaError(node.place, N_("expected a function of formulas"), node.name)


def _fitted(value: Value | tuple[Value, ...], kind: Kind, function: Function) -> Value | tuple[Value, ...]:
    """`value` as a function takes it: true and false only where it asks for them, else numbers."""
    if isinstance(value, tuple):
        return tuple(_one_fitted(one, kind, function) for one in value)
    return _one_fitted(value, kind, function)


def _one_fitted(value: Value, kind: Kind, function: Function) -> Value:
    if isinstance(value, Known) and not function.of_numbers:
        raise FormulaError(value.place, N_("expected a tensor, which comes from the inputs"), repr(value.value))
    if isinstance(value, Known):
        _number(value)
    if kind == "truth":
        if isinstance(value, Known) or value.tensor.dtype != "bool":
            raise FormulaError(value.place, N_("expected a comparison, such as x > 0"))
        return value
    # Keras's stack does not take its own variables, but what a cast makes of them.
    variable = kind == "tensors" and isinstance(value, Read | Local) and not value.tensor.per_example
    return AsFloat(value) if variable or value.tensor.dtype != "float" else value


def _shapes(value: Value | tuple[Value, ...]) -> Shape | list[Shape]:
    return [one.tensor.shape for one in value] if isinstance(value, tuple) else value.tensor.shape


def _known(value: Value, parameter: Parameter) -> Known:
    """`value` as an option, which must be known beforehand."""
    if not isinstance(value, Known):
        raise refused(parameter, value.place, shown(value.tensor.shape))
    if not takes(parameter, value.value):
        raise refused(parameter, value.place, repr(value.value))
    return value


def _number(value: Value, expected: str = _NUMBER_OR_TENSOR) -> int | float:
    if not isinstance(value, Known):
        raise FormulaError(value.place, expected, shown(value.tensor.shape))
    if isinstance(value.value, bool) or not isinstance(value.value, int | float):
        raise FormulaError(value.place, expected, repr(value.value))
    return value.value


