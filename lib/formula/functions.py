"""The table of all functions, and the names under which a formula may call them.

Every entry is a function of `keras.ops` under its name there. None makes a shape from numbers, calls something back, or
takes text. What is not here cannot be computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import pi
from typing import Any, Final

from lib.formula import shapes
from lib.formula.function import Function, Parameter, Rule
from lib.i18n import N_

_AXIS_NAMES: Final = ("dim",)
_KEEP_NAMES: Final = ("keep_dims",)
_X: Final = Parameter("x", "tensor", also=("a", "inputs", "input", "features", "tensor", "logits", "input_tensor"))
_X1: Final = Parameter("x1", "tensor", also=("x", "a", "value"))
_X2: Final = Parameter("x2", "tensor", also=("y", "b", "bias"))
_TRUTH: Final = Parameter("x", "truth", also=_X.also)
_AXES: Final = Parameter("axis", "axes", None, _AXIS_NAMES)
_AXIS: Final = Parameter("axis", "axis", also=_AXIS_NAMES)
_LAST: Final = Parameter("axis", "axis", -1, _AXIS_NAMES)
_KEEP: Final = Parameter("keepdims", "flag", False, _KEEP_NAMES)
_ALPHA: Final = Parameter("alpha", "number", 1.0)
_SLOPE: Final = Parameter("negative_slope", "number", 0.2, ("alpha",))
_LOGITS: Final = Parameter("from_logits", "flag", False)
_TARGETS: Final = (Parameter("target", "tensor", also=("y_true",)), Parameter("output", "tensor", also=("y_pred",)),
                   _LOGITS)  # fmt: skip
_LOGIC: Final = (Parameter("x1", "truth", also=("x", "a")), Parameter("x2", "truth", also=("y", "b")))
_LIST: Final = ("values", "tensors", "arrays", "inputs")


def _all(names: str, shape: Rule, *parameters: Parameter, **facts: Any) -> Iterable[Function]:
    """One entry for each of `names`, alike in everything else."""
    return (Function(name, parameters, shape, **facts) for name in names.split())


_TABLE: Final = (
    # every number by itself
    *_all("absolute erf exp expm1 log log1p log2 negative reciprocal rsqrt sqrt square", shapes.same, _X),
    *_all("sin cos tan arctan sinh cosh tanh", shapes.same, _X),
    *_all("relu relu6 selu silu softplus softsign sigmoid log_sigmoid hard_sigmoid hard_silu", shapes.same, _X),
    *_all("leaky_relu", shapes.same, _X, _SLOPE),
    *_all("elu", shapes.same, _X, _ALPHA),
    *_all("gelu", shapes.same, _X, Parameter("approximate", "flag", True)),
    *_all("clip", shapes.same, _X,
          Parameter("x_min", "number", also=("min", "a_min", "min_value", "clip_value_min")),
          Parameter("x_max", "number", also=("max", "a_max", "max_value", "clip_value_max"))),
    *_all("sign round floor ceil", shapes.same, _X, through=False),
    *_all("stop_gradient", shapes.same, Parameter("variable", "tensor", also=_X.also), through=False),
    *_all("zeros_like ones_like", shapes.same, _X, through=False),
    # two numbers at a time
    *_all("add subtract multiply divide divide_no_nan mod maximum minimum", shapes.broadcast, _X1, _X2),
    *_all("floor_divide", shapes.broadcast, _X1, _X2, through=False),
    *_all("power", shapes.same, _X1, Parameter("x2", "exponent", also=("y",))),
    *_all("equal not_equal greater greater_equal less less_equal", shapes.broadcast, _X1, _X2,
          result="bool", through=False),
    *_all("logical_and logical_or", shapes.broadcast, *_LOGIC, result="bool", through=False),
    *_all("logical_not", shapes.same, _TRUTH, result="bool", through=False),
    *_all("where", shapes.broadcast, Parameter("condition", "truth"), Parameter("x1", "tensor", also=("x",)),
          Parameter("x2", "tensor", also=("y",))),
    *_all("binary_crossentropy", shapes.alike, *_TARGETS),
    *_all("categorical_crossentropy", shapes.alike_but_last, *_TARGETS),
    # numbers along axes
    *_all("sum mean max min prod var std logsumexp", shapes.reduced, _X, _AXES, _KEEP),
    *_all("any all", shapes.reduced, _TRUTH, _AXES, _KEEP, result="bool", through=False),
    *_all("argmax argmin", shapes.reduced, _X, _AXIS, _KEEP, result="int", through=False),
    *_all("softmax log_softmax normalize sort", shapes.along, _X, _LAST),
    *_all("cumsum flip", shapes.along, _X, _AXIS),
    # matrices
    *_all("matmul", shapes.matmul, _X1, _X2),
    *_all("dot", shapes.dot, _X1, _X2),
    # shapes
    *_all("concatenate", shapes.concatenated, Parameter("xs", "tensors", also=_LIST), _AXIS),
    *_all("stack", shapes.stacked, Parameter("x", "tensors", also=_LIST), _AXIS),
    *_all("reshape", shapes.reshaped, _X, Parameter("newshape", "sizes", also=("shape",))),
    *_all("ravel", shapes.flat, _X),
    *_all("transpose", shapes.transposed, _X, Parameter("axes", "sizes", None, ("perm", "pattern"))),
    *_all("swapaxes", shapes.swapped, _X, Parameter("axis1", "axis"), Parameter("axis2", "axis")),
    *_all("expand_dims", shapes.expanded, _X, _AXIS),
    *_all("squeeze", shapes.squeezed, _X, Parameter("axis", "axes", also=_AXIS_NAMES)),
)  # fmt: skip

FUNCTIONS: Final = {function.name: function for function in _TABLE}

ALIASES: Final = {
    "abs": "absolute", "neg": "negative", "sub": "subtract", "truediv": "divide", "true_divide": "divide",
    "floordiv": "floor_divide", "floormod": "mod", "pow": "power", "atan": "arctan", "swish": "silu",
    "hard_swish": "hard_silu", "exponential": "exp", "clip_by_value": "clip", "concat": "concatenate", "amax": "max",
    "amin": "min", "reduce_sum": "sum", "reduce_mean": "mean", "reduce_max": "max", "reduce_min": "min",
    "reduce_prod": "prod", "reduce_variance": "var", "reduce_std": "std", "reduce_logsumexp": "logsumexp",
    "reduce_any": "any", "reduce_all": "all", "l2_normalize": "normalize", "flatten": "ravel",
    "bias_add": "add", "permute_dimensions": "transpose", "reverse": "flip",
}  # fmt: skip
"""Other names that Keras, TensorFlow and NumPy have for the same function."""

PREFIXES: Final = (
    "", "ops", "keras.ops", "tf", "tf.nn", "tf.math", "tf.linalg", "K", "backend", "keras.backend", "tf.keras.backend",
    "activations", "keras.activations", "tf.keras.activations", "np", "numpy",
)  # fmt: skip
"""What may stand before the name of a function, and its dot."""

OPERATORS: Final = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide", "%": "mod", "**": "power",
    "@": "matmul", "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater",
    ">=": "greater_equal",
}  # fmt: skip

CONSTANTS: Final = {"pi": pi, "np.pi": pi, "numpy.pi": pi, "math.pi": pi}
EPSILON: Final = 1e-7
"""What `K.epsilon()` is in Keras unless it is told otherwise."""

_EXACT_GELU: Final = ("tf.nn.gelu", "activations.gelu", "keras.activations.gelu", "tf.keras.activations.gelu")

_NO_SHAPES: Final = N_("expected tensors that come from the inputs; formulas make none from sizes alone")
_NO_CALLS: Final = N_("expected functions of tensors; formulas call no other function back")
_MAKE_SHAPES: Final = ("zeros", "ones", "full", "empty", "eye", "arange", "linspace", "tile", "repeat", "broadcast_to",
                       "one_hot", "meshgrid")  # fmt: skip
_CALL_BACK: Final = ("map", "map_fn", "scan", "cond", "switch", "while_loop", "fori_loop", "vectorize",
                     "vectorized_map", "foldl", "foldr")  # fmt: skip
NOT_OFFERED: Final = {
    **dict.fromkeys(_MAKE_SHAPES, _NO_SHAPES),
    **dict.fromkeys(_CALL_BACK, _NO_CALLS),
    "cast": N_("expected the values themselves; in calculations true counts as 1 and false as 0 without a cast"),
    "einsum": N_("expected matmul, or * and sum; formulas have no text in quotes"),
    "mish": N_("expected x * tanh(softplus(x)), which is mish"),
}  # fmt: skip
"""What is known elsewhere, and how formulas say it."""


def find(name: str) -> tuple[Function, dict[str, Any]] | None:
    """The function that a formula calls `name`, and the options that this name means; None if there is none."""
    prefix, _dot, last = name.rpartition(".")
    function = FUNCTIONS.get(ALIASES.get(last, last))
    if function is None or prefix not in PREFIXES:
        return None
    return function, {"approximate": False} if name in _EXACT_GELU else {}


def names() -> list[str]:
    """Every name of a function, without what may stand before it."""
    return [*FUNCTIONS, *ALIASES]
