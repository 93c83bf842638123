"""What cannot work, said before a training starts; plain arithmetic without Keras."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from lib.arch import Analysis, Architecture, analyse
from lib.arch.block import shown
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.override import with_hidden_activation
from lib.arch.own_activation import OwnActivation
from lib.data import DatasetInfo, split_sizes
from lib.data.infos import info as info_of
from lib.data.tasks import CLASSIFY
from lib.errors import UserError
from lib.formula import FormulaError
from lib.i18n import N_
from lib.sandbox.measure import OFF
from lib.settings import settings
from lib.training.augment_check import image_problems
from lib.training.last_layer import fits, gives, last_activation
from lib.training.losses import OwnLoss, Takes
from lib.training.metric_check import formula_problems, named_twice, no_shares, too_many
from lib.training.own_formulas import checked_loss
from lib.training.plan_check import plan_problems
from lib.training.recipe import Recipe
from lib.training.task_check import task_problems


def check(architecture: Architecture, recipe: Recipe, train_images: int | None = None) -> tuple[UserError, ...]:
    """Everything that keeps `architecture` from being trained by `recipe`; empty when nothing does.

    Args:
        train_images: how many training images the data set has here; that of the full set where not given.
    """
    try:
        info = info_of(recipe.data)
    except UserError as error:
        return (error,)
    analysis = analyse(architecture)
    if analysis.problems:
        return analysis.problems
    if not settings().trusted_python and (own := _python(analysis)):
        return (UserError(own, OFF),)
    of_task = _class_problems if recipe.task == CLASSIFY else task_problems
    problems = [_activation_problem(architecture, recipe), *of_task(architecture, recipe, info),
                *image_problems(recipe, info), *_monitor_problems(recipe),
                _split_problem(recipe, info.train_images if train_images is None else train_images),
                *plan_problems(architecture, recipe, _batches(recipe, train_images or info.train_images))]
    return tuple(problem for problem in problems if problem is not None)


def _python(analysis: Analysis) -> str | None:
    """The first layer in Python."""
    return next((layer.id for layer in analysis.layers if isinstance(layer.block, PythonLayer)), None)


def _class_problems(architecture: Architecture, recipe: Recipe, info: DatasetInfo) -> list[UserError | None]:
    """What keeps every output from telling the class of the one image."""
    return [_input_problem(architecture, info),
            *(_output_problem(architecture, name, info) for name in architecture.outputs),
            *_loss_problems(architecture, recipe, info), *_metric_problems(architecture, recipe, info)]


def _input_problem(architecture: Architecture, info: DatasetInfo) -> UserError | None:
    if len(architecture.inputs) != 1:
        return UserError("inputs", N_("expected one input, for {data} has one image an example"),
                         ", ".join(architecture.inputs), data=info.words)
    name, shape = next(iter(architecture.inputs.items()))
    if not fits(shape, info.input_shape):
        return UserError(name, N_("expected the shape {shape} of the images of {data}"), shown(shape),
                         shape=shown(info.input_shape), data=info.words)
    return None


def _output_problem(architecture: Architecture, name: str, info: DatasetInfo) -> UserError | None:
    node, shape = architecture.outputs[name], analyse(architecture).outputs[name]
    if shape is None or len(shape) != 1:
        return UserError(node, N_("expected one row of {classes} numbers at the end: put Flatten or "
                                  "GlobalAveragePooling2D and Dense with {classes} units after it"),
                         shown(shape), classes=info.classes)
    if shape[0] != info.classes:
        return UserError(node, N_("expected {classes} numbers at the end, one for each class of {data}: set its units "
                                  "to {classes}"), shape[0], classes=info.classes, data=info.words)
    return None


def _loss_problems(architecture: Architecture, recipe: Recipe, info: DatasetInfo) -> Iterator[UserError]:
    if isinstance(recipe.loss, OwnLoss):
        try:
            checked_loss(recipe.loss.formula, info.classes)
        except FormulaError as error:
            yield error.within("loss")
    for node in misfits(architecture, recipe.loss.takes):
        activation = last_activation(architecture, node)
        match recipe.loss.takes:
            case "classes" if isinstance(activation, OwnActivation):
                yield UserError(node, N_("expected softmax or linear as the activation of the last layer, or one of "
                                         "your own that ends in softmax(...): of no other is known whether it gives "
                                         "probabilities"), activation.name)
            case "classes":
                yield UserError(node, N_("expected softmax or linear as the activation of the last layer, to tell "
                                         "classes apart"), activation)
            case "each":
                yield UserError(node, N_("expected sigmoid, softmax or linear as the activation of the last layer for "
                                         "the loss {loss}"), activation, loss=recipe.loss.name)
            case "shares":
                yield UserError(node, N_("expected softmax or sigmoid as the activation of the last layer, for the "
                                         "loss {loss} takes numbers from 0 to 1"), activation, loss=recipe.loss.name)


def _metric_problems(architecture: Architecture, recipe: Recipe, info: DatasetInfo) -> Iterator[UserError]:
    yield from named_twice(recipe.metrics, "metrics")
    for metric in recipe.metrics:
        yield from formula_problems(metric, info.classes)
        yield from too_many(metric, info.classes)
        of_class = getattr(metric, "class_id", None)
        if of_class is not None and of_class >= info.classes:
            yield UserError(metric.log_name, N_("expected one of the {classes} classes of {data}, counted from 0"),
                            of_class, classes=info.classes, data=info.words)
        if (nodes := misfits(architecture, metric.takes)):
            yield no_shares(architecture, nodes[0], metric.log_name)


def _monitor_problems(recipe: Recipe) -> Iterator[UserError]:
    for callback in recipe.callbacks:
        monitor = getattr(callback, "monitor", "val_loss")
        if monitor not in recipe.monitored:
            yield UserError(callback.name, N_("expected one of {names} to watch"), monitor,
                            names=", ".join(recipe.monitored))


def misfits(architecture: Architecture, takes: Takes) -> list[str]:
    """The nodes of the outputs that do not give what a loss or a metric takes."""
    return [node for node in dict.fromkeys(architecture.outputs.values()) if not gives(architecture, node, takes)]


def _split_problem(recipe: Recipe, images: int) -> UserError | None:
    try:
        learned, held_out = split_sizes(images, recipe.validation_fraction, recipe.train_images)
    except UserError as error:
        return error
    if held_out < 1:
        return UserError("validation_fraction", N_("expected at least one of {images} images held out"),
                         recipe.validation_fraction, images=images)
    if recipe.batch_size > learned:
        return UserError("batch_size", N_("expected at most the {images} images that there are to learn from"),
                         recipe.batch_size, images=learned)
    return None


def _activation_problem(architecture: Architecture, recipe: Recipe) -> UserError | None:
    """Why the activation of the recipe does not suit the hidden layers."""
    if not isinstance(recipe.activation, OwnActivation):
        return None
    problems = analyse(with_hidden_activation(architecture, recipe.activation)).problems
    found = next((problem for problem in problems if isinstance(problem, FormulaError)), None)
    return found and FormulaError.at(found.place, found).within("activation")


def _batches(recipe: Recipe, images: int) -> int:
    """The batches of an epoch; 1 where the images cannot be divided."""
    try:
        learned, _held_out = split_sizes(images, recipe.validation_fraction, recipe.train_images)
    except UserError:
        return 1
    return max(1, ceil(learned / recipe.batch_size))
