"""Losses and metrics of one's own as plain Keras code: functions, and metrics that grow batch by batch."""

from __future__ import annotations

from typing import Final, NamedTuple

from lib.arch.python_code import free_name
from lib.formula import to_python
from lib.formula.export import expression
from lib.formula.streaming import Kind, State, Streamed
from lib.training.losses import OwnLoss
from lib.training.metrics import OwnMetric
from lib.training.own_formulas import checked_formula, checked_loss, checked_metric

_FUNCTION: Final = '''\
@keras.saving.register_keras_serializable(package="formulas")
def {name}(y_true, y_pred):
{body}'''
_CLASS: Final = '''\
@keras.saving.register_keras_serializable(package="formulas")
class {name}(keras.metrics.Metric):
    """Of all examples since the last reset: what it needs is added up batch by batch."""

    def __init__(self, name="{called}", **kwargs):
        super().__init__(name=name, **kwargs)
{made}
    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype)
{grown}
    def reset_state(self):
{reset}
    def result(self):
{result}'''
_INDENT: Final = " " * 8
_START: Final[dict[Kind, str]] = {"sum": "0.0", "prod": "1.0", "max": 'float("-inf")', "min": 'float("inf")'}
_INITIALIZERS: Final[dict[Kind, str]] = {"sum": '"zeros"', "prod": '"ones"'}
_GROWN: Final[dict[Kind, str]] = {
    "sum": "self.{name} + {added}", "prod": "self.{name} * {added}", "max": "ops.maximum(self.{name}, {added})",
    "min": "ops.minimum(self.{name}, {added})"}


class OwnCode(NamedTuple):
    """What makes it, where it is compiled, and the code that defines it."""

    made: str
    code: str


def loss_code(loss: OwnLoss, classes: int, used: set[str]) -> OwnCode:
    """The loss as a function. Its name is added to `used`, what nothing else may be called."""
    name = free_name(loss.name, used)
    return OwnCode(name, _FUNCTION.format(name=name, body=to_python(checked_loss(loss.formula, classes), "    ")))


def metric_code(metric: OwnMetric, classes: int, used: set[str]) -> OwnCode:
    """The metric as a class, or over batches as a function. Its name is added to `used`."""
    if metric.over == "batches":
        name = free_name(metric.name, used)
        body = to_python(checked_formula(metric.formula, classes), "    ")
        return OwnCode(f'keras.metrics.MeanMetricWrapper({name}, name="{metric.name}")',
                       _FUNCTION.format(name=name, body=body))
    name = free_name("".join(word[:1].upper() + word[1:] for word in metric.name.split("_")), used)
    cut = checked_metric(metric.formula, classes, metric.over)
    return OwnCode(f"{name}()", _CLASS.format(
        name=name, called=metric.name, grown=_grown(cut),
        made="".join(_made(state) for state in cut.states),
        reset="".join(f"{_INDENT}self.{state.name}.assign({_full(state)})\n" for state in cut.states),
        result=to_python(cut.result, _INDENT)))


def _made(state: State) -> str:
    start = _INITIALIZERS.get(state.kind, f"keras.initializers.Constant({_START[state.kind]})")
    return f'{_INDENT}self.{state.name} = self.add_weight({state.shape}, {start}, name="{state.name}")\n'


def _full(state: State) -> str:
    return f"ops.full({state.shape}, {_START[state.kind]})" if state.shape else _START[state.kind]


def _grown(cut: Streamed) -> str:
    """The lines that the states read, each once, and how the states grow."""
    lines = {name: f"{name} = {expression(state.added, value)}"
             for state in cut.states for name, value in state.added.lines if name}
    for state in cut.states:
        added = expression(state.added, state.added.lines[-1][1])
        grown = _GROWN[state.kind].format(name=state.name, added=added)
        lines[f"self.{state.name}"] = f"self.{state.name}.assign({grown})"
    return "".join(f"{_INDENT}{line}\n" for line in lines.values())
