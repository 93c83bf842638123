"""Ready examples of everything that can be made, to start from."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from lib.i18n import N_


class Example(NamedTuple):
    """One example: its kind, what it is in a few words, its fields as JSON has them, and a shape that suits it."""

    kind: str
    title: str
    fields: dict[str, Any]
    shape: tuple[int, ...] = (28, 28, 1)


def _formula(kind: str, name: str, title: str, formula: str, shape: tuple[int, ...] = (28, 28, 1),
             **more: Any) -> Example:
    return Example(kind, title, {"name": name, "formula": formula, **more}, shape)


EXAMPLES: Final = (
    _formula("lambda", "mish", N_("Mish, which no block is needed for"), "x * tanh(softplus(x))"),
    _formula("lambda", "mirror", N_("Images from right to left"), "x[:, :, ::-1]"),
    _formula("lambda", "center", N_("Each channel without its mean"), "x - mean(x, axis=(1, 2), keepdims=True)"),
    _formula("lambda", "crelu", N_("Both signs, each through a ReLU of its own"),
             "relu(concatenate([x, -x], axis=-1))"),
    _formula("lambda", "distance", N_("How far two inputs are apart, as a twin network needs it"),
             "d = x1 - x2\nsqrt(sum(square(d), axis=-1, keepdims=True) + K.epsilon())", (64,)),
)  # fmt: skip
"""Of every kind several, the first of which a newcomer sees."""
