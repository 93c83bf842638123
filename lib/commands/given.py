"""What the arguments of a command name: an architecture, a recipe."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from lib import data
from lib.arch import Architecture, gallery, presets
from lib.arch.network_file import read_network
from lib.commands.arguments import content, opened
from lib.training.recipe import LONGEST, Recipe

_FIELDS = ("data", "task", "train_images", "validation_fraction", "batch_size", "epochs", "seed", "activation")


def architecture(name: str) -> Architecture:
    """The preset or the network of the gallery `name`, or the architecture in the file of that name: our JSON,
    Keras's, or a .keras file.

    Raises:
        UserError: neither is there, or the file holds no architecture.
    """
    path = Path(name)
    if name not in presets.names() and (path.suffix in (".json", ".keras") or _there(path)):
        with opened(path) as file:
            return read_network(file, path.name)
    if name in gallery.ENTRIES and name not in presets.names():
        return gallery.get(name).architecture
    return presets.load(name)


def fitted(name: str, recipe: Recipe) -> Architecture:
    """As `architecture`; a preset takes the images of the recipe's data set as they are."""
    found = architecture(name)
    if name in presets.names():
        return replace(found, inputs=dict.fromkeys(found.inputs, data.info(recipe.data).input_shape))
    return found


def recipe(given: Namespace) -> Recipe:
    """The recipe of the file, or the default one, changed by what the arguments say.

    Raises:
        UserError: the file holds no recipe, or a value cannot be taken.
    """
    start = Recipe.from_json(content(Path(given.recipe), LONGEST)) if given.recipe is not None else Recipe()
    values = json.loads(start.to_json())
    if given.recipe is None and given.architecture in presets.names():
        values |= presets.get(given.architecture).recipe
    values |= {field: getattr(given, field) for field in _FIELDS if getattr(given, field) is not None}
    if given.optimizer is not None and given.optimizer != values["optimizer"]["name"]:
        values["optimizer"] = {"name": given.optimizer}
    if given.learning_rate is not None:
        values["optimizer"]["learning_rate"] = given.learning_rate
    return Recipe.from_json(json.dumps(values))


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have
        return False
