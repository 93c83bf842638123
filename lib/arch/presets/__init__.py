"""Architectures to start from, one JSON file each: a story, a source, the published count, and the architecture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from lib.arch.architecture import Architecture
from lib.arch.block import FreeShape
from lib.errors import UserError
from lib.i18n import N_
from lib.names import close_to

DEFAULT: Final = "lenet5"
ORDER: Final = (
    "lenet5", "mlp", "mnist-convnet", "cifar10-convnet", "all-convolutional", "mini-inception", "mini-resnet",
    "mini-xception", "same-or-different", "digit-and-parity", "autoencoder",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preset:
    """One architecture to start from.

    Attributes:
        published: the parameters that its source states, where it states any.
        recipe: the fields of a recipe that belong to it: its task, and what its outputs weigh. Empty where it tells
            the classes of any data set.
    """

    name: str
    title: str
    story: str
    source: str
    published: int | None
    architecture: Architecture
    recipe: Mapping[str, Any] = field(default_factory=dict)


def names() -> list[str]:
    """The stable names of the presets, simplest first."""
    return list(ORDER)


def get(name: str) -> Preset:
    """The preset `name`.

    Raises:
        UserError: there is none of that name.
    """
    presets = _all()
    if name not in presets:
        near = close_to(name, presets)
        if near:
            raise UserError(
                "preset", N_("expected one of {names} (did you mean {near}?)"), name, names=", ".join(ORDER), near=near
            )
        raise UserError("preset", N_("expected one of {names}"), name, names=", ".join(ORDER))
    return presets[name]


def load(name: str, input_shape: FreeShape | None = None) -> Architecture:
    """The architecture of the preset `name`, its input changed to `input_shape` (height, width, channels) if given.

    Raises:
        UserError: there is none of that name, or the shape cannot be an input.
    """
    architecture = get(name).architecture
    if input_shape is None:
        return architecture
    return replace(architecture, inputs=dict.fromkeys(architecture.inputs, input_shape))


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Preset]:
    found = {}
    for name in ORDER:
        data = json.loads(resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
        architecture = Architecture.from_json(json.dumps(data["architecture"]), name)
        found[name] = Preset(name, data["title"], data["story"], data["source"], data.get("published"), architecture,
                             data.get("recipe", {}))
    return found
