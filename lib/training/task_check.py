"""What keeps a network from learning a task with inputs and outputs of its own; plain arithmetic without Keras."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from lib.arch import Architecture, analyse
from lib.arch.block import FreeShape, shown
from lib.data.catalogue import DatasetInfo
from lib.data.tasks import TASKS
from lib.errors import UserError, Words
from lib.i18n import N_
from lib.training.goals import Goal, goals, inputs_of
from lib.training.last_layer import LOGITS, fits, last_activation
from lib.training.metric_check import output_metric_problems
from lib.training.recipe import Recipe


def task_problems(architecture: Architecture, recipe: Recipe, info: DatasetInfo) -> Iterator[UserError]:
    """What stands between `architecture` and the task of `recipe`."""
    task = TASKS[recipe.task]
    if (problem := task.problem(info)) is not None:
        yield problem
        return
    counted = [*_counted("inputs", list(architecture.inputs), list(task.inputs(info)), task.title),
               *_counted("outputs", list(architecture.outputs), list(task.targets(info)), task.title)]
    yield from counted
    if counted:
        return
    for name, wanted in inputs_of(architecture, recipe.task, info).items():
        shape, needed = architecture.inputs[name], task.inputs(info)[wanted]
        if not fits(shape, needed):
            yield UserError(name, N_("expected the shape {shape} of {input}"), shown(shape), shape=shown(needed),
                            input=wanted)
    for goal in goals(architecture, recipe.task, recipe.outputs, info):
        yield from _goal(architecture, goal)
    yield from _recipe(recipe, list(task.targets(info)))


def _counted(where: str, own: list[str], wanted: list[str], title: str) -> Iterator[UserError]:
    if len(own) != len(wanted):
        sentence = N_(
            "expected the inputs {names} for the task {task}") if where == "inputs" else N_(
            "expected the outputs {names} for the task {task}")
        yield UserError(where, sentence, ", ".join(own), names=", ".join(wanted), task=Words(title))


def _goal(architecture: Architecture, goal: Goal) -> Iterator[UserError]:
    shape = analyse(architecture).outputs[goal.output]
    if not _told(shape, goal):
        yield _shape_problem(shape, goal)
        return
    activation = last_activation(architecture, goal.node)
    if goal.target.kind == "classes" and activation != "softmax" and activation not in LOGITS:
        yield UserError(goal.node, N_("expected softmax or linear as the activation of the last layer, to tell classes "
                                      "apart"), str(activation))
    elif goal.loss == "BinaryCrossentropy" and activation != "sigmoid" and activation not in (None, "linear"):
        yield UserError(goal.node, N_("expected sigmoid or linear as the activation of the last layer, to tell {name} "
                                      "by the loss {loss}"), str(activation), name=goal.name, loss=goal.loss)
    yield from output_metric_problems(architecture, goal)


def _told(shape: FreeShape | None, goal: Goal) -> bool:
    return shape is not None and fits(shape, goal.target.shape)


def _shape_problem(shape: FreeShape | None, goal: Goal) -> UserError:
    received = shown(shape)
    if goal.target.kind == "image":
        return UserError(goal.node, N_("expected an image of {shape} at the end, to tell {name}"), received,
                         shape=shown(goal.target.shape), name=goal.name)
    units = prod(goal.target.shape)
    if units == 1:
        return UserError(goal.node, N_("expected one number at the end, to tell {name}: end in a Dense layer of one "
                                       "unit"), received, name=goal.name)
    return UserError(goal.node, N_("expected {units} numbers at the end, to tell {name}: end in a Dense layer of "
                                   "{units} units"), received, units=units, name=goal.name)


def _recipe(recipe: Recipe, names: list[str]) -> Iterator[UserError]:
    for each in recipe.outputs:
        if each.output not in names:
            yield UserError("outputs", N_("expected one of {names}"), each.output, names=", ".join(names))
    if recipe.metrics:
        yield UserError("metrics", N_("expected none here: in this task each answer has metrics of its own"),
                        ", ".join(metric.log_name for metric in recipe.metrics))
