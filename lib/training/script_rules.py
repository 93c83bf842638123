"""Rules as plain Keras callbacks, as one would write them by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Final, NamedTuple

from lib.arch import Architecture
from lib.arch.python_code import free_name
from lib.formula import Checked
from lib.formula.export import to_scalar_python
from lib.formula.scalars import read_by
from lib.training.metrics import Better
from lib.training.recipe import Recipe
from lib.training.rule_check import condition, keras_layers, rate
from lib.training.rule_words import described
from lib.training.rules import (
    BATCHES,
    Freeze,
    Moment,
    MultiplyLearningRate,
    Rule,
    SaveModel,
    SetLearningRate,
    StopTraining,
    Unfreeze,
    WriteNote,
)
from lib.training.script_callbacks import CallbackCode, renamed

_HELPERS: Final = '''
def rate_of(model):
    """The learning rate, to seven digits."""
    return float(f"{float(model.optimizer.learning_rate):.7g}")


def set_rate(model, rate):
    """Another learning rate, if it is one."""
    if 0 < rate <= 100:
        model.optimizer.learning_rate = float(rate)
'''
_REMAKE: Final = ("self.model.make_train_function(force=True)", "self.model.make_test_function(force=True)")
_RESERVED: Final = frozenset({"float", "inf", "keras", "logs", "name", "np", "ops", "print", "rate_of", "self",
                              "set_rate"})
"""What the code around a formula reads, in the method that it stands in."""
_STEP: Final[dict[Moment, str]] = {
    "on_train_begin": "0", "on_epoch_begin": "(epoch - 1) * batches",
    "on_train_batch_begin": "(epoch - 1) * batches + batch - 1", "on_train_batch_end": "(epoch - 1) * batches + batch",
    "on_epoch_end": "epoch * batches", "on_train_end": "epoch * batches",
}
_ARGUMENTS: Final[dict[Moment, str]] = {
    "on_train_begin": "logs=None", "on_epoch_begin": "epoch, logs=None", "on_train_batch_begin": "batch, logs=None",
    "on_train_batch_end": "batch, logs=None", "on_epoch_end": "epoch, logs=None", "on_train_end": "logs=None",
}


class _Logs(NamedTuple):
    """The numbers of an epoch: whether more of each is better, and what Keras calls it."""

    better: Mapping[str, Better]
    called: Callable[[str], str]


def rule_code(architecture: Architecture, recipe: Recipe, called: Callable[[str], str], used: set[str]) -> CallbackCode:
    """A subclass of `keras.callbacks.Callback` for each rule of a recipe, named after it.

    Args:
        called: what Keras calls a number of an epoch.
        used: names that nothing else may have; those of the classes are added.
    """
    names = [free_name(_class_name(rule), used) for rule in recipe.rules]
    logs = _Logs(recipe.monitored, called)
    classes = [_class(name, rule, architecture, logs) for name, rule in zip(names, recipe.rules, strict=True)]
    helped = any("rate_of(" in code or "set_rate(" in code for code in classes)
    helpers = [_HELPERS.strip("\n") + "\n"] if helped else []
    return CallbackCode(tuple(f"{name}()" for name in names), "\n\n".join([*helpers, *classes]))


def unfrozen_later(architecture: Architecture, recipe: Recipe) -> tuple[str, ...]:
    """The layers that the architecture freezes and a rule lets learn, by their names in Keras."""
    names = dict.fromkeys(name for rule in recipe.rules for name in rule.layers if isinstance(rule.action, Unfreeze))
    return keras_layers(architecture, [name for name in names if not architecture.is_trainable(
        architecture.by_id[name])])


def _class_name(rule: Rule) -> str:
    return "".join(word[:1].upper() + word[1:] for word in rule.name.split("_"))


def _class(name: str, rule: Rule, architecture: Architecture, logs: _Logs) -> str:
    formulas = _formulas(rule, logs)
    reads = {read for found in formulas for read in read_by(found)}
    best = sorted(read.removeprefix("best_") for read in reads if read.startswith("best_"))
    deciding = [*_due(rule, logs), *_names(rule, formulas, logs), *_acting(rule, architecture, logs)]
    methods = {f"{rule.when}(self, {_ARGUMENTS[rule.when]})": deciding}
    if rule.when in BATCHES and "epoch" in _needed(rule, reads):
        methods = {f"on_epoch_begin(self, {_ARGUMENTS['on_epoch_begin']})": ["self.epoch = epoch + 1"], **methods}
    if best:
        ended = f"on_epoch_end(self, {_ARGUMENTS['on_epoch_end']})"
        if rule.when == "on_epoch_end":
            methods = {ended: ["self.decide(epoch, logs)"], "decide(self, epoch, logs)": deciding}
        methods[ended] = [*methods.get(ended, []), *_compared(best, logs)]
    lines = [f"class {name}(keras.callbacks.Callback):", *_docstring(rule), "", *_start(rule, bool(best))]
    for method, body in methods.items():
        lines += [f"    def {method}:", *(f"        {line}" for line in body), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _docstring(rule: Rule) -> list[str]:
    quoted = described(rule, str).replace('"', "'")
    lines = wrap(f'"""{quoted}', 107, initial_indent="    ", subsequent_indent="    ")
    # Only now, for a long word may be cut anywhere, and an escape or the three quotes shall not be.
    *before, last = (line.replace("\\", "\\\\") for line in lines)
    return [*before, f'{last}"""']


def _start(rule: Rule, best: bool) -> list[str]:
    kept = [*(["self.best = {}"] if best else []), *(["self.done = False"] if rule.once else [])]
    if not kept:
        return []
    return ["    def __init__(self):", "        super().__init__()", *(f"        {line}" for line in kept), ""]


def _formulas(rule: Rule, logs: _Logs) -> list[Checked]:
    found = [condition(rule.condition, rule.when, tuple(logs.better))] if rule.condition.strip() else []
    if isinstance(rule.action, SetLearningRate):
        found.append(rate(rule.action.rate, rule.when, tuple(logs.better)))
    return found


def _needed(rule: Rule, reads: Iterable[str]) -> set[str]:
    """The counts that are needed for what is read, and to know whether it is time."""
    needed = set(reads)
    if rule.when in BATCHES and rule.every > 1:
        needed |= {"epoch", "batch", "batches"}
    if rule.epochs or (rule.every > 1 and rule.when not in BATCHES):
        needed.add("epoch")
    if "step" in needed and rule.when != "on_train_begin":
        needed |= {"epoch", "batches", *(["batch"] if rule.when in BATCHES else [])}
    return needed


def _due(rule: Rule, logs: _Logs) -> Iterator[str]:
    """The counts, and an early end where it is not time."""
    needed = _needed(rule, {read for found in _formulas(rule, logs) for read in read_by(found)})
    if "epoch" in needed:
        yield {"on_train_end": "epoch = len(self.model.history.epoch)"}.get(
            rule.when, "epoch = self.epoch" if rule.when in BATCHES else "epoch += 1")
    if "batch" in needed:
        yield "batch += 1"
    if needed & {"batches", "steps"}:
        yield 'batches = self.params["steps"]'
    if rule.epochs:
        yield f"if epoch not in {rule.epochs}:"
        yield "    return"
    if rule.every > 1:
        yield f"if {'((epoch - 1) * batches + batch)' if rule.when in BATCHES else 'epoch'} % {rule.every}:"
        yield "    return"
    if rule.once:
        yield "if self.done:"
        yield "    return"


def _names(rule: Rule, formulas: list[Checked], logs: _Logs) -> Iterator[str]:
    """What the formulas read; where they divide, as numbers that can be divided by nought without an error."""
    divided = any(sign in found.formula.text for found in formulas for sign in ("/", "%", "**"))
    called = renamed(formulas, _RESERVED)
    for read in dict.fromkeys(read for found in formulas for read in read_by(found)):
        name, value = called.get(read, read), _value(read, rule.when, logs)
        if divided:
            yield f"{name} = np.float64({value})"
        elif name != value:
            yield f"{name} = {value}"


def _value(name: str, when: Moment, logs: _Logs) -> str:
    if name.startswith("best_"):
        return _best(name.removeprefix("best_"), logs)
    counts = {"epoch": "epoch", "batch": "batch", "batches": "batches", "step": _STEP[when],
              "epochs": 'self.params["epochs"]', "steps": 'batches * self.params["epochs"]',
              "learning_rate": "rate_of(self.model)"}
    return counts.get(name, f'logs["{logs.called(name)}"]')


def _acting(rule: Rule, architecture: Architecture, logs: _Logs) -> Iterator[str]:
    body = [*(["self.done = True"] if rule.once else []), *_action(rule, architecture, logs)]
    if not rule.condition.strip():
        yield from body
        return
    formulas = _formulas(rule, logs)
    lines = to_scalar_python(formulas[0], renamed(formulas, _RESERVED))
    for name, code in lines[:-1]:
        yield f"{name} = {code}"
    yield f"if {lines[-1][1]}:"
    yield from (f"    {line}" for line in body)


def _action(rule: Rule, architecture: Architecture, logs: _Logs) -> Iterator[str]:
    match rule.action:
        case MultiplyLearningRate(factor=factor):
            yield f"set_rate(self.model, float(self.model.optimizer.learning_rate) * {factor!r})"
        case SetLearningRate():
            formulas = _formulas(rule, logs)
            lines = to_scalar_python(formulas[-1], renamed(formulas, _RESERVED))
            for name, code in lines[:-1]:
                yield f"{name} = {code}"
            yield f"set_rate(self.model, {lines[-1][1]})"
        case StopTraining():
            yield "self.model.stop_training = True"
        case SaveModel():
            yield f'self.model.save("{rule.file}")'
        case Freeze() | Unfreeze():
            names = keras_layers(architecture, rule.layers)
            yield f"for name in {names}:"
            yield f"    self.model.get_layer(name).trainable = {isinstance(rule.action, Unfreeze)}"
            yield from _REMAKE
        case WriteNote(text=text):
            yield f"print({text!r})"


def _compared(best: list[str], logs: _Logs) -> Iterator[str]:
    """The best numbers of the complete epochs, brought up to date."""
    for name in best:
        better = logs.better[name]
        yield f'self.best["{name}"] = {better}({_best(name, logs)}, logs["{logs.called(name)}"])'


def _best(name: str, logs: _Logs) -> str:
    """The best so far; before the first one, and of those that are NaN, there is none."""
    worst = "np.inf" if logs.better[name] == "min" else "-np.inf"
    return f'self.best.get("{name}", {worst})'
