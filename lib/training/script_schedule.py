"""A schedule of learning rates as plain Keras: Keras's own class, or a class of one's own that computes the formula."""

from __future__ import annotations

from typing import Final, NamedTuple

from lib.arch.python_code import call_code, free_name
from lib.formula import to_python
from lib.formula.scalars import read_by
from lib.training.recipe import Recipe
from lib.training.schedules import NAMES, OwnSchedule, Plan, checked_rate

_VALUES: Final = {
    "step": "step", "steps": "steps", "epoch": "ops.floor(step / self.batches) + 1", "epochs": "float(self.epochs)",
    "progress": "step / steps", "learning_rate": "self.learning_rate",
}
_CLASS: Final = '''
def {function}({names}):
{body}

@keras.saving.register_keras_serializable(package="formulas")
class {name}(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of every batch, stretched over so many batches an epoch and so many epochs."""

    def __init__(self, learning_rate, batches, epochs):
        self.learning_rate, self.batches, self.epochs = learning_rate, batches, epochs

    def __call__(self, step):
        step = ops.cast(step, "float32")
        steps = float(self.batches * self.epochs)
        return ops.cast({function}({values}), "float32")

    def get_config(self):
        return {{"learning_rate": self.learning_rate, "batches": self.batches, "epochs": self.epochs}}
'''


class ScheduleCode(NamedTuple):
    """The learning rate as an argument of the optimizer, "" where there is no schedule; and the code that it needs."""

    call: str
    code: str


def schedule_code(recipe: Recipe, batches: int, used: set[str]) -> ScheduleCode:
    """The schedule of `recipe`, for epochs of so many batches; the names that it takes are added to `used`."""
    schedule = recipe.schedule
    if schedule is None:
        return ScheduleCode("", "")
    plan = Plan(recipe.optimizer.learning_rate, batches, recipe.epochs)
    known = schedule.keras(plan)
    if known is not None:
        return ScheduleCode(call_code(known), "")
    own = schedule.name if isinstance(schedule, OwnSchedule) else "one_cycle"
    name = free_name("".join(word[:1].upper() + word[1:] for word in own.split("_")), used)
    function = free_name(f"{own.lower()}_rate", used)
    checked = checked_rate(schedule.formula_of(plan), NAMES)
    names = read_by(checked)
    code = _CLASS.strip("\n").format(function=function, name=name, names=", ".join(names),
                                     body=to_python(checked, "    "), values=", ".join(_VALUES[each] for each in names))
    return ScheduleCode(f"{name}({plan.learning_rate!r}, {plan.batches}, {plan.epochs})", code)
