"""The callbacks of a recipe as calls of Keras, and the code that they need."""

from __future__ import annotations

from collections.abc import Callable as Function
from collections.abc import Iterable, Iterator, Set
from typing import Any, Final, NamedTuple

from lib.arch.block import Call
from lib.arch.python_code import call_code, free_name
from lib.formula import Checked
from lib.formula.export import to_scalar_python
from lib.formula.scalars import read_by
from lib.training import callbacks as configs
from lib.training.epoch_rates import EPOCH_NAMES
from lib.training.optimizer import Optimizer
from lib.training.recipe import Recipe, in_turn
from lib.training.schedules import checked_rate

_RESERVED: Final = frozenset({"float", "np", "ops", "keras", "previous", "rate", *EPOCH_NAMES})
"""What the code around the formula of an epoch reads."""
_READ: Final = {"epoch": "np.float64(epoch + 1)", "epochs": "np.float64({epochs})",
                "learning_rate": "np.float64(learning_rate)"}
"""What a formula may read of an epoch."""
_SCHEDULE: Final = '''
def {function}(epoch, learning_rate):
    """The learning rate of an epoch, from that of the one before."""
    previous = learning_rate
{lines}    rate = float({rate})
    return rate if 0 < rate <= 100 else previous
'''


class CallbackCode(NamedTuple):
    """The calls that make the callbacks, in their order, and the functions that they need."""

    calls: tuple[str, ...]
    code: str


def callback_code(recipe: Recipe, called: Function[[str], str], used: set[str]) -> CallbackCode:
    """The callbacks of a recipe.

    Args:
        called: what Keras calls a number of an epoch.
        used: names that nothing else may have; those of the functions are added.
    """
    functions: list[str] = []
    return CallbackCode(tuple(_calls(recipe, called, used, functions)), "\n\n".join(functions))


def changed(config: Optimizer | configs.Callback, *always: str) -> dict[str, Any]:
    """The fields in `always` and those that differ from their defaults."""
    fields = type(config).model_fields
    return {name: getattr(config, name) for name, field in fields.items()
            if name != "name" and (name in always or getattr(config, name) != field.default)}


def renamed(formulas: Iterable[Checked], reserved: Set[str]) -> dict[str, str]:
    """Other names for those in the formulas that mean something else in the code around them, as `reserved` has it."""
    names = {name for found in formulas for name in (*read_by(found), *(line for line, _value in found.lines if line))}
    used = names | reserved
    return {name: free_name(name, used) for name in sorted(names & reserved)}


def _calls(recipe: Recipe, called: Function[[str], str], used: set[str], functions: list[str]) -> Iterator[str]:
    for callback in in_turn(recipe):
        if isinstance(callback, configs.LearningRateScheduler):
            name = free_name("scheduled_rate", used)
            functions.append(_schedule(name, callback.schedule, recipe.epochs))
            yield f"keras.callbacks.LearningRateScheduler({name})"
        else:
            yield _call(callback, called)


def _call(callback: Any, called: Function[[str], str]) -> str:
    if hasattr(callback, "monitor"):
        # Keras knows by name only of few numbers whether more of them is better.
        callback = callback.model_copy(update={"monitor": called(callback.monitor)})
    match callback:
        case configs.LearningRateStep():
            change = f"rate * {callback.factor} if epoch + 1 in {callback.epochs} else rate"
            return f"keras.callbacks.LearningRateScheduler(lambda epoch, rate: {change})"
        case configs.ModelCheckpoint():
            given = {"filepath": callback.file, **changed(callback, "monitor", "mode", "save_best_only")}
            return call_code(Call("callbacks.ModelCheckpoint", given))
        case configs.CSVLogger():
            return call_code(Call("callbacks.CSVLogger", {"filename": "log.csv", **changed(callback)}))
        case configs.TensorBoard():
            # Keras's own has embeddings only of layers for words, and no file that labels them.
            arguments = callback.model_dump(exclude={"name", "embeddings_freq", "embeddings_metadata"})
            return call_code(Call("callbacks.TensorBoard", {"log_dir": "tensorboard", **arguments}))
    return call_code(Call(f"callbacks.{callback.name}", changed(callback, *type(callback).model_fields)))


def _schedule(function: str, text: str, epochs: int) -> str:
    found = checked_rate(text, EPOCH_NAMES)
    reads = read_by(found)
    *lines, (_none, rate) = to_scalar_python(found, renamed([found], _RESERVED.difference(reads)))
    read = [(name, _READ[name].format(epochs=epochs)) for name in EPOCH_NAMES if name in reads]
    return _SCHEDULE.lstrip("\n").format(function=function, rate=rate, lines="".join(
        f"    {name} = {code}\n" for name, code in (*read, *lines)))
