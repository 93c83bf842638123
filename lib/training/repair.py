"""Changes of one step that bring an architecture and a recipe together, offered where `check` finds a mistake."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from math import prod
from typing import NamedTuple

from lib.arch import CATALOGUE, Architecture, Block, analyse, presets
from lib.arch.block import shown
from lib.arch.edit import insert, set_block, set_input_shape
from lib.arch.edit_edges import add
from lib.data import split_sizes
from lib.data.infos import info as info_of
from lib.data.tasks import CLASSIFY, TASKS
from lib.errors import UserError
from lib.i18n import N_, _
from lib.training.augment_check import image_repairs
from lib.training.check import check, misfits
from lib.training.goals import HALF, goals, inputs_of, suits, targets_of, with_metrics
from lib.training.last_layer import fits
from lib.training.losses import BinaryCrossentropy, SparseCategoricalCrossentropy
from lib.training.metric_check import without_threshold
from lib.training.plan_check import plan_repairs
from lib.training.recipe import Recipe


class Repair(NamedTuple):
    """A change to offer: what the button says (message id and values), and what there is after it."""

    label: str
    values: dict[str, str]
    architecture: Architecture
    recipe: Recipe

    def __str__(self) -> str:
        return _(self.label).format(**self.values)


def repairs(architecture: Architecture, recipe: Recipe, train_images: int) -> tuple[Repair, ...]:
    """The changes that mend a mistake of what `check` says without breaking the network.

    Args:
        train_images: how many training images the data set has here.
    """
    try:
        info_of(recipe.data)
    except UserError:
        return ()  # the images are gone, and nothing but others will do
    before = [str(problem) for problem in check(architecture, recipe, train_images)]
    of_network = _of_network if recipe.task == CLASSIFY else _of_task
    offered = [*of_network(architecture, recipe), *_of_recipe(architecture, recipe, train_images)] if before else []
    whole = analyse(architecture).complete
    return tuple(repair for repair in offered
                 if _helps(repair, before, train_images) and (analyse(repair.architecture).complete or not whole))


def _helps(repair: Repair, before: list[str], train_images: int) -> bool:
    """Whether a mistake is gone; mistakes of the network hide those of the recipe, so there may be more after it."""
    after = {str(problem) for problem in check(repair.architecture, repair.recipe, train_images)}
    return not after.issuperset(before)


def _of_network(architecture: Architecture, recipe: Recipe) -> Iterator[Repair]:
    info = info_of(recipe.data)
    if len(architecture.inputs) == 1:
        name, shape = next(iter(architecture.inputs.items()))
        if not fits(shape, info.input_shape):
            yield Repair(N_("Make the input {shape}"), {"shape": shown(info.input_shape)},
                         set_input_shape(architecture, name, info.input_shape), recipe)
    for source in dict.fromkeys(architecture.outputs.values()):
        activations = ("softmax", "sigmoid") if recipe.loss.takes in ("each", "shares") else ("softmax",)
        for label, values, mended in _of_end(architecture, source, info.classes, activations):
            yield Repair(label, values, mended, recipe)


def _of_task(architecture: Architecture, recipe: Recipe) -> Iterator[Repair]:
    """Inputs and outputs as the task has them; or another task, the usual one."""
    info, task = info_of(recipe.data), TASKS[recipe.task]
    if task.fits(info):
        resized, wanted = architecture, task.inputs(info)
        for name, source in inputs_of(architecture, recipe.task, info).items():
            resized = set_input_shape(resized, name, wanted[source])
        shapes = ", ".join(dict.fromkeys(shown(shape) for shape in wanted.values()))
        yield Repair(N_("Make the input {shape}"), {"shape": shapes}, resized, recipe)
        for goal in goals(architecture, recipe.task, recipe.outputs, info):
            if goal.target.kind != "image":
                usual = {"classes": "softmax", "binary": "sigmoid"}.get(goal.target.kind, "linear")
                ends = _of_end(architecture, goal.node, prod(goal.target.shape), (usual,))
                yield from (Repair(label, values, mended, recipe) for label, values, mended in ends)
            elif goal.loss == "BinaryCrossentropy" and "activation" in _fields_of(architecture, goal.node):
                yield Repair(N_("Give {layer} {activation}"), {"layer": goal.node, "activation": "sigmoid"},
                             _with(architecture, goal.node, activation="sigmoid"), recipe)
    for preset in map(presets.get, presets.names()):
        if preset.recipe.get("task") == recipe.task:
            yield Repair(N_("Take the network {title}"), {"title": _(preset.title)}, preset.architecture, recipe)
    yield from (Repair(label, values, architecture, mended) for label, values, mended in _of_metrics(recipe))
    yield Repair(N_("Tell the class instead"), {}, architecture, without_task(recipe))


def _of_metrics(recipe: Recipe) -> Iterator[tuple[str, dict[str, str], Recipe]]:
    """The metrics where this task has them, those of each answer; or none."""
    held = {each.output: each.metrics for each in recipe.outputs}
    for output, target in targets_of(recipe.task).items():
        fitting = tuple(metric for metric in recipe.metrics if suits(metric, target.kind))
        if fitting and not held.get(output):
            outputs = with_metrics(recipe.outputs, output, fitting)
            yield (N_("Measure {output} by them"), {"output": output},
                   recipe.model_copy(update={"metrics": (), "outputs": outputs}))
    yield N_("Leave the metrics out"), {}, recipe.model_copy(update={"metrics": ()})
    for output, metrics in held.items():
        halved = tuple(metric.model_copy(update={"threshold": HALF}) if without_threshold(metric) else metric
                       for metric in metrics)
        for label, mended in ((N_("Give the metrics of {output} the threshold {threshold}"), halved),
                              (N_("Leave the metrics of {output} out"), ())):
            outputs = with_metrics(recipe.outputs, output, mended)
            yield (label, {"output": output, "threshold": str(HALF)}, recipe.model_copy(update={"outputs": outputs}))


def _fields_of(architecture: Architecture, node: str) -> Collection[str]:
    return type(architecture.block_of(architecture.by_id[node])).model_fields


def without_task(recipe: Recipe) -> Recipe:
    """`recipe` with the usual task, to tell the class."""
    return recipe.model_copy(update={"task": CLASSIFY, "outputs": ()})


def _of_end(
    architecture: Architecture, source: str, classes: int, activations: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str], Architecture]]:
    """The block of an output with as many units as there are classes, with one of `activations`, with a row before it,
    or with a Dense layer after it."""
    report = analyse(architecture).nodes[source]
    block, shape = report.block, report.output_shape
    if shape is None:
        return
    named = {"layer": source, "classes": str(classes)}
    fields = type(block).model_fields
    if "units" in fields and len(shape) == 1:
        yield N_("Give {layer} {classes} units"), named, _with(architecture, source, units=classes)
    if "activation" in fields:
        for activation in activations:
            yield (N_("Give {layer} {activation}"), {**named, "activation": activation},
                   _with(architecture, source, activation=activation))
    rows = {3: ("Flatten", "GlobalAveragePooling2D"), 2: ("Flatten", "GlobalAveragePooling1D")}.get(len(shape), ())
    dense = CATALOGUE["Dense"].model_validate({"units": classes, "activation": "softmax"})
    for name in rows:
        row = CATALOGUE[name]()
        if block.name == "Dense":
            yield (N_("Insert {block} before {layer}"), {**named, "block": name},
                   insert(architecture, row, before=source))
        else:
            yield (N_("Add {block} and a Dense layer of {classes} units"), {**named, "block": name},
                   _ending(architecture, source, row, dense))
    if len(shape) == 1:
        yield N_("Add a Dense layer of {classes} units"), named, _ending(architecture, source, dense)


def _with(architecture: Architecture, node: str, **fields: object) -> Architecture:
    block = architecture.block_of(architecture.by_id[node])
    return set_block(architecture, node, type(block).model_validate({**dict(block), **fields}))


def _ending(architecture: Architecture, source: str, *blocks: Block) -> Architecture:
    """`blocks` one after the other behind the output `source`, beside what else reads it; the last is the output."""
    end = source
    for block in blocks:
        architecture = add(architecture, block, end)
        end = architecture.nodes[-1].id
    outputs = {name: end if target == source else target for name, target in architecture.outputs.items()}
    return replace(architecture, outputs=outputs)


def _of_recipe(architecture: Architecture, recipe: Recipe, train_images: int) -> Iterator[Repair]:
    for loss in (SparseCategoricalCrossentropy(), BinaryCrossentropy()):
        if analyse(architecture).complete and not misfits(architecture, loss.takes):
            yield Repair(N_("Learn by {loss}"), {"loss": loss.name}, architecture,
                         recipe.model_copy(update={"loss": loss}))
    watching = tuple(callback if getattr(callback, "monitor", "val_loss") in recipe.monitored
                     else callback.model_copy(update={"monitor": "val_loss"}) for callback in recipe.callbacks)
    yield Repair(N_("Watch val_loss"), {}, architecture, recipe.model_copy(update={"callbacks": watching}))
    everything = recipe.model_copy(update={"train_images": None})
    yield Repair(N_("Train on all images"), {}, architecture, everything)
    for label, values, mended in (*image_repairs(recipe), *plan_repairs(recipe)):
        yield Repair(label, values, architecture, mended)
    try:
        learned, _held_out = split_sizes(train_images, recipe.validation_fraction, recipe.train_images)
    except UserError:
        return
    fewer = recipe.model_copy(update={"batch_size": min(recipe.batch_size, learned)})
    yield Repair(N_("Use batches of {size}"), {"size": str(fewer.batch_size)}, architecture, fewer)
