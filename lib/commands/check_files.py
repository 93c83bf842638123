"""Whether a file that somebody brings can be used: each kind is read by what the pages read it with."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from lib.commands.arguments import opened
from lib.commands.output import print_json
from lib.errors import UserError
from lib.i18n import N_, _

Found = dict[str, Any]
_LARGEST: Final = 300_000_000


def check_file(given: Namespace) -> int:
    """Say what the file holds.

    Raises:
        UserError: the page would not take it either, and says the same.
    """
    path = Path(given.file)
    with opened(path) as file:
        if file.seek(0, 2) > _LARGEST:
            raise UserError(path.name, N_("expected a file of at most {most} MB"), most=_LARGEST // 10**6)
        file.seek(0)
        found = CHECKS[given.kind](file, path.name)
    if given.json:
        print_json(found)
    else:
        print(_("It can be used: {found}").format(found=json.dumps(found, ensure_ascii=False)))
    return 0


def _architecture(file: IO[bytes], name: str) -> Found:
    from lib.arch import analyse
    from lib.arch.network_file import read_network

    found = read_network(file, name)
    analysis = analyse(found)
    analysis.expect_complete()
    return {"name": found.name, "inputs": found.inputs, "outputs": list(found.outputs),
            "parameters": analysis.total.parameters}


def _recipe(file: IO[bytes], name: str) -> Found:
    from lib.training.recipe import LONGEST, Recipe

    found = Recipe.from_json(file.read(4 * LONGEST + 1))
    return {"data": found.data, "epochs": found.epochs, "optimizer": found.optimizer.name}


def _data(ending: str) -> Callable[[IO[bytes], str], Found]:
    def check(file: IO[bytes], name: str) -> Found:
        from lib.data import uploads

        found = uploads.read(file, f"{Path(name).stem}.{ending}")
        return {"train_images": len(found.arrays.y_train), "test_images": len(found.arrays.y_test),
                "input_shape": found.arrays.x_train.shape[1:], "labels": found.labels}

    return check


def _weights(file: IO[bytes], name: str) -> Found:
    from lib.weights.reading import ENDINGS, opened_weights

    ending = Path(name).suffix.lower().removeprefix(".")
    with opened_weights(file, name if ending in ENDINGS else f"{name}.h5") as weights:
        arrays = [array for layer in weights.layers.values() for array in layer.values()]
        numbers = sum(len(piece) for array in arrays for piece in array.numbers())
    return {"layers": list(weights.layers), "arrays": len(arrays), "numbers": numbers}


def _keras(file: IO[bytes], name: str) -> Found:
    from lib.arch.network_file import read_network

    network = read_network(file, name)
    return {"name": network.name, **_weights(file, f"{Path(name).stem}.keras")}


CHECKS: Final[dict[str, Callable[[IO[bytes], str], Found]]] = {
    "arch_json": _architecture, "recipe": _recipe, "npz": _data("npz"), "zip": _data("zip"), "weights": _weights,
    "h5": _weights, "keras": _keras,
}
"""What is imported for one kind waits for that kind: an answer takes no second."""
