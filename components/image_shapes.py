"""The shapes of images that are offered for an input, by the data that have them."""

from __future__ import annotations

from typing import Final

from lib.arch.block import FreeShape

SHAPES: Final[dict[str, FreeShape]] = {"MNIST": (28, 28, 1), "CIFAR-10": (32, 32, 3)}


def labelled(name: str) -> str:
    """The name of the data with the shape of its images."""
    return f"{name} {'×'.join(map(str, SHAPES[name]))}"
