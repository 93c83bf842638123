"""Models in files, with an optimizer that fits them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

from lib.training.files import writing


def save_model(model: keras.Model, path: Path) -> None:
    """Save `model` under `path` whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    with writing(path) as draft, fitting_optimizer(model):
        model.save(draft)


@contextmanager
def fitting_optimizer(model: keras.Model) -> Iterator[None]:
    """Give a model whose layers were frozen or unfrozen an optimizer of those weights alone that learn now.

    Whoever loads the file makes an optimizer for just those; to one of others its state would not fit.
    """
    whole, learning = model.optimizer, model.trainable_variables
    places = {id(weight): place for place, weight in enumerate(whole._trainable_variables)}
    if list(places) == [id(weight) for weight in learning]:
        yield
        return
    fitting = type(whole).from_config(whole.get_config())
    fitting.build(learning)
    # What an optimizer keeps for each weight is in lists, in the order of the weights.
    for name, kept in vars(fitting).items():
        if isinstance(kept, keras.Variable):
            kept.assign(getattr(whole, name))
        elif isinstance(kept, list) and name not in ("_variables", "_trainable_variables"):
            for variable, weight in zip(kept, learning, strict=False):
                if isinstance(variable, keras.Variable):
                    variable.assign(getattr(whole, name)[places[id(weight)]])
    model.optimizer = fitting
    try:
        yield
    finally:
        model.optimizer = whole
