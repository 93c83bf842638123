"""Keras models as architectures, read as data: nothing of what a file says is ever imported, called or unpacked."""

from __future__ import annotations

from typing import Final

from lib import strict_json
from lib.arch.architecture import Architecture
from lib.arch.import_keras.graph import MODELS, graph_of, layer_of
from lib.arch.import_keras.harm import refuse_harm
from lib.arch.import_keras.network import Budget, architecture_of
from lib.errors import UserError
from lib.i18n import N_

LONGEST: Final = 2_000_000
"""Characters of a config: the longest of keras.applications has half of them."""


def from_keras(text: str | bytes, where: str = "file") -> Architecture:
    """The architecture of a Keras model, from the JSON of `model.to_json()`.

    Sequential and functional models, models in models and shared layers; of Keras 3, and of Keras 2 where the layers
    are the same. A layer that no block can say becomes an `Opaque` one.

    Raises:
        UserError: the text is no such JSON, or a layer in it holds code.
    """
    return from_keras_data(strict_json.read(text, where, LONGEST, lines=True), where)


def from_keras_data(value: object, where: str = "file") -> Architecture:
    """The same from the values that the JSON holds.

    Raises:
        UserError: they do not describe a Keras model.
    """
    data = layer_of(value, where)
    if data["class_name"] not in MODELS:
        raise UserError(where, N_("expected a Sequential or functional model of Keras"), data["class_name"])
    # What trained it is not read, yet Keras would make it too.
    refuse_harm({name: part for name, part in data.items() if name != "config"}, where)
    return architecture_of(graph_of(data, where), Budget())


__all__ = ["LONGEST", "from_keras", "from_keras_data"]
