"""The parts of a script that change images by chance, and that weigh classes: the functions of a training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from lib.arch import Architecture
from lib.arch.code.lines import INDENT, call
from lib.arch.python_code import value_code
from lib.training import augment_changes as changes
from lib.training import augment_draws as draws
from lib.training.augmenting import WORKS, fields_of
from lib.training.class_weights import BALANCED
from lib.training.recipe import Recipe
from lib.training.script_source import function_code

_READ: Final[dict[Any, tuple[Callable[..., Any], ...]]] = {
    draws.draw_angles: (draws.matrix,), draws.draw_zooms: (draws.matrix,), draws.draw_moves: (draws.matrix,),
    draws.draw_boxes: (draws.placed,), draws.draw_patches: (draws.placed,), changes.erase: (changes.covered,),
    changes.mix: (changes.blended,), changes.patch: (changes.covered, changes.blended)}
"""The functions that others read."""
_AUGMENTED: Final = '''
def augmented(images, answers, epoch, batch, which=0):
    """Images changed by a chance that the seed, the epoch and the batch decide, and their answers with them."""
    generator = np.random.default_rng((SEED, epoch, batch, 1 + which))
    for draw, change, fields in AUGMENTATION:
        drawn = draw(generator, images.shape, **fields)
        images, answers = change(ops, images, answers, *drawn, **fields)
    return np.asarray(images), None if answers is None else np.asarray(answers)
'''


class WeightCode(NamedTuple):
    """Class weights: what `main` computes, what `fit` gets, and what the batches to learn from get."""

    made: str = ""
    of_fit: str = ""
    of_batches: str = ""


def augment_code(recipe: Recipe) -> list[str]:
    """The functions that the augmentation of `recipe` needs, and `augmented`, which applies them all."""
    if not recipe.augmentation:
        return []
    steps = [(WORKS[step.name], fields_of(step)) for step in recipe.augmentation]
    needed = dict.fromkeys(function for work, _fields in steps for each in work
                           for function in (*_READ.get(each, ()), each))
    listed = "".join(_step_code(work.draw.__name__, work.change.__name__, fields) for work, fields in steps)
    return [*map(function_code, needed), f"AUGMENTATION = [\n{listed}]\n", _AUGMENTED.lstrip("\n")]


def _step_code(draw: str, change: str, fields: dict[str, Any]) -> str:
    given = [f"{name}={value_code(value)}" for name, value in fields.items()]
    return "\n".join(call(f"({draw}, {change}, dict", given, "),", INDENT)) + "\n"


def weight_code(architecture: Architecture, recipe: Recipe, classes: int) -> WeightCode:
    """The class weights of `recipe`: by Keras's own argument, which knows one output only, or with the batches."""
    chosen = recipe.class_weight
    if chosen is None:
        return WeightCode()
    if chosen == BALANCED:
        made = (f"    counts = np.bincount(y_train[train], minlength={classes})\n"
                "    class_weight = len(train) / (np.count_nonzero(counts) * np.maximum(counts, 1))\n")
    else:
        made = f"    class_weight = np.array({list(chosen)})\n"
    if len(architecture.outputs) == 1:
        return WeightCode(made, "\n        class_weight=dict(enumerate(class_weight)),")
    return WeightCode(made, of_batches=", class_weight")
