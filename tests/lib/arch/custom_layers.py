"""Random layers of one's own: most of them fit, whatever the shape that comes in."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lib.arch import Block, read_block

DENSE = {
    "name": "MyDense",
    "weights": [
        {"name": "kernel", "shape": "channels, units"},
        {"name": "bias", "shape": "units", "initializer": "zeros"},
    ],
    "numbers": [{"name": "units", "value": 5, "least": 1, "most": 65_536}],
    "call": "relu(tf.matmul(x, self.kernel) + self.bias)",
}
"""The Dense of the course, as a layer of one's own."""

_SIZES = ("channels", "units", "features + 1", "2 * units", "channels // 2", "dim1", "3", "x1.channels", "steps", "(",
          "chanels", "units - 9")  # fmt: skip
_GOOD = 4
_TERMS = (
    "x", "x * self.{0}", "x + {0}", "x @ {0}", "tf.matmul(x, self.{0})", "x * self.rate", "mean({0}) * x",
    "concat([x, x], axis=-1)", "softmax(x)", "x * units", "x[..., :1] + {0}", "relu(x) > 0", "x * round({0})",
    "mean(x, axis=1)", "x1 + x2", "self.kernels", "x * (",
)  # fmt: skip


@st.composite
def custom_layers(draw: st.DrawFn) -> Block:
    """A layer with random weights and numbers that computes something with them."""
    if draw(st.integers(0, 2)) == 0:
        units = draw(st.integers(1, 6))
        return layer({**DENSE, "numbers": [{"name": "units", "value": units}]})
    names = draw(st.sampled_from([(), ("w",), ("w", "kernel"), ("a", "b", "c")]))
    size = st.one_of(st.sampled_from(_SIZES[:_GOOD]), st.sampled_from(_SIZES[:_GOOD]), st.sampled_from(_SIZES))
    weights = [_weight(draw, name, size) for name in names]
    terms = [draw(st.sampled_from(_TERMS)).format(name) for name in (names or ("rate",))]
    lines = [f"y{number} = {term}" for number, term in enumerate(terms)]
    call = "\n".join([*lines, " + ".join(f"y{number}" for number in range(len(terms)))])
    numbers = [{"name": "units", "value": draw(st.integers(1, 6))},
               {"name": "rate", "value": draw(st.floats(-2, 2, width=32)), "whole": False}]  # fmt: skip
    return layer({"name": draw(st.sampled_from(["MyLayer", "Own", "ops"])), "weights": weights, "numbers": numbers,
                  "call": call})  # fmt: skip


def layer(definition: dict[str, Any]) -> Block:
    """The block with this layer."""
    return read_block("CustomLayer", {"layer": definition}, "own")


def _weight(draw: st.DrawFn, name: str, size: st.SearchStrategy[str]) -> dict[str, Any]:
    initializers = ["glorot_uniform", "zeros", "ones", "he_normal", "orthogonal", {"name": "Constant", "value": 0.5}]
    return {
        "name": name,
        "shape": ", ".join(draw(st.lists(size, max_size=3))),
        "initializer": draw(st.sampled_from(initializers)),
        "regularizer": draw(st.sampled_from([None, None, {"name": "L2", "l2": 0.1}])),
        "trainable": draw(st.integers(0, 3)) > 0,
    }
