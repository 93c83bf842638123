"""What can be computed, what comes out, and how the rest is refused, before any number exists."""

from __future__ import annotations

import pytest

from lib.formula import BATCH, Batch, Checked, FormulaError, Tensor, check, parse, per_example, weight

LAYER = {"x": per_example((8,)), "w": weight((8, 4)), "b": weight((4,)), "s": weight(), "high": weight((3, 1, 8))}
LOSS = {"y_true": per_example((10,)), "y_pred": per_example((10,)), "label": per_example((), "int")}
IMAGE = {"x": per_example((28, 28, 3)), "x1": per_example((4,)), "x2": per_example((4,))}
FIELDS = {"rate": 0.5, "axis": 1, "huge": 2**30}


def layer(text: str) -> Checked:
    return check(parse(text), LAYER, statics=FIELDS)


def loss(text: str) -> Checked:
    return check(parse(text), LOSS, batch="free")


def image(text: str) -> Checked:
    return check(parse(text), IMAGE)


@pytest.mark.parametrize(("text", "shape"), [
    ("x * K.tanh(K.softplus(x))", (8,)),
    ("relu(tf.matmul(x, self.w) + self.b)", (4,)),
    ("inputs @ w + b", (4,)),
    ("x @ w @ b", ()),
    ("s * x + self.s", (8,)),
    ("concat([x, x ** 2, -x], axis=-1)", (24,)),
    ("tf.stack(values=(x, x), axis=1)", (2, 8)),
    ("where(x > 0, x, 0.01 * x)", (8,)),
    ("sum(x, axis=-1, keepdims=True)", (1,)),
    ("sum(w, axis=0) + mean(x, axis=self.axis, keepdims=True)", (4,)),
    ("clip(x, -self.rate, max_value=self.rate)", (8,)),
    ("x ** self.rate / K.epsilon()", (8,)),
    ("axes = (1,)\nscale = 1 / 2\nscale * max(x, axis=axes)", ()),
    ("x[:, :2]", (2,)),
    ("x[..., ::-3]", (3,)),
    ("x[:, None, 2:]", (1, 6)),
    ("x[..., 0]", ()),
    ("x[:, -100:100]", (8,)),
    ("reshape(x, (-1, 2, 4))", (2, 4)),
    ("x[:, :, None] * x[:, None, :]", (8, 8)),
    ("matmul(x[:, :, None], x[:, None, :])", (8, 8)),
    ("dot(x, w)", (4,)),
    ("transpose(reshape(x, (-1, 2, 4)), (0, 2, 1))", (4, 2)),
    ("swapaxes(reshape(x, (-1, 2, 4)), 1, -1)", (4, 2)),
    ("squeeze(expand_dims(x, 1), axis=1)", (8,)),
    ("(x > 0) * pi", (8,)),
    ("x % 2 // 1", (8,)),
    ("x / 0", (8,)),
    ("0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))", (8,)),
])  # fmt: skip
def test_the_shape_of_one_example(text: str, shape: tuple[int, ...]) -> None:
    assert layer(text).result == per_example(shape)


@pytest.mark.parametrize(("text", "result"), [
    ("x > 0", per_example((8,), "bool")),
    ("logical_and(x > 0, x < 1)", per_example((8,), "bool")),
    ("any(x > 0, axis=1)", per_example((), "bool")),
    ("argmax(x, axis=-1)", per_example((), "int")),
])  # fmt: skip
def test_what_a_result_holds(text: str, result: Tensor) -> None:
    assert layer(text).result == result


@pytest.mark.parametrize(("text", "shape"), [
    ("K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0)))", ()),
    ("mean(square(y_true - y_pred), axis=-1)", (BATCH,)),
    ("mean(square(y_true - y_pred), axis=0)", (10,)),
    ("flatten(y_true) * flatten(y_pred)", (Batch(10),)),
    ("reshape(y_true, (5, -1))", (5, Batch(2))),
    ("transpose(y_true)", (10, BATCH)),
    ("transpose(y_true) @ y_pred", (10, 10)),
    ("label == argmax(y_pred, axis=-1)", (BATCH,)),
    ("categorical_crossentropy(y_true, y_pred)", (BATCH,)),
])  # fmt: skip
def test_losses_and_metrics_may_reduce_the_batch(text: str, shape: tuple[int, ...]) -> None:
    assert loss(text).result.shape == shape


REFUSED_LAYERS = [
    # text, line, column, a part of the sentence
    ("sum(x)", 1, 1, "expected axis 0, the batch, to stay as it is; the axes of one example begin at 1"),
    ("sum(x, axis=0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("sum(x, axis=(0, 1))", 1, 1, "expected axis 0, the batch, to stay"),
    ("x - mean(x, axis=0, keepdims=True)", 1, 5, "expected axis 0, the batch, to stay"),
    ("argmax(x, axis=0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("softmax(x, axis=0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("flip(x, 0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("cumsum(x, axis=-2)", 1, 1, "expected axis 0, the batch, to stay"),
    ("sort(x, axis=0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("concat([x, x], axis=0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("stack([x, x], axis=0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("transpose(x, (1, 0))", 1, 1, "expected axis 0, the batch, to stay"),
    ("swapaxes(x, 0, 1)", 1, 1, "expected axis 0, the batch, to stay"),
    ("expand_dims(x, 0)", 1, 1, "expected axis 0, the batch, to stay"),
    ("reshape(x, (-1, 4))", 1, 1, "expected axis 0, the batch, to stay"),
    ("ravel(x)", 1, 1, "expected axis 0, the batch, to stay"),
    ("x[0]", 1, 3, "expected axis 0, the batch, to stay"),
    ("x[1:]", 1, 3, "expected axis 0, the batch, to stay"),
    ("x[None]", 1, 1, "expected axis 0, the batch, to stay"),
    ("x * self.high", 1, 1, "expected axis 0, the batch, to stay"),
    ("x * w", 1, 1, "expected shapes that fit: batch × 8 and 8 × 4 do not"),
    ("w @ x", 1, 1, "expected shapes that fit"),
    ("x @ 2", 1, 5, "expected a tensor, which comes from the inputs. Received: 2."),
    ("x @ s", 1, 1, "* multiplies by a number"),
    ("dot(x, high)", 1, 1, "expected a matrix or a vector on the right"),
    ("concat([x, w], axis=-1)", 1, 1, "expected shapes that fit"),
    ("x[x]", 1, 3, "expected whole numbers, slices, ... or None in a subscript. Received: batch × 8."),
    ("x[:, 0.5]", 1, 6, "expected whole numbers, slices, ... or None"),
    ("x[:, True]", 1, 6, "expected whole numbers, slices, ... or None"),
    ("x[:, 8]", 1, 6, "expected an index from -8 to 7. Received: 8."),
    ("x[:, 3:3]", 1, 6, "expected a slice that leaves something of size 8"),
    ("x[:, ::0]", 1, 6, "expected a slice that leaves something"),
    ("x[:, 0, 0]", 1, 9, "expected no more axes than batch × 8 has. Received: 3."),
    ("x[..., ...]", 1, 8, "expected ... once"),
    ("(1, 2)[0]", 1, 1, "expected a tensor before the bracket"),
    ("x[:, None, None, None, None, None]", 1, 1, "expected at most 6 axes"),
    ("sum(x, axis=1000000)", 1, 1, "expected an axis of batch × 8. Received: 1000000."),
    ("sum(x, axis=(1, -1))", 1, 1, "expected each axis once"),
    ("sum(x, axis=0.5)", 1, 13, "expected the number of an axis or several in brackets"),
    ("sum(x, axis=())", 1, 13, "expected the number of an axis or several in brackets"),
    ("sum(x, axis=True)", 1, 13, "expected the number of an axis or several in brackets"),
    ("sum(x, axis=x)", 1, 13, "expected the number of an axis or several in brackets"),
    ("softmax(x, axis=None)", 1, 17, "expected the number of an axis, such as -1, for axis. Received: None."),
    ("squeeze(x, axis=None)", 1, 17, "expected the number of an axis or several"),
    ("squeeze(x, axis=1)", 1, 1, "expected axes of size 1"),
    ("transpose(x, (1,))", 1, 1, "expected every axis of batch × 8 once"),
    ("reshape(x, (8,))", 1, 1, "expected sizes for the 8 numbers of batch × 8; -1 stands for the batch"),
    ("reshape(x, (-1, 3))", 1, 1, "expected sizes for the 8 numbers"),
    ("reshape(x, (-1, 0))", 1, 1, "expected sizes for the 8 numbers"),
    ("reshape(x, (-1, -1))", 1, 1, "expected sizes for the 8 numbers"),
    ("reshape(x, 8)", 1, 12, "expected whole numbers in brackets, such as (-1, 14, 14), for newshape"),
    ("sum(x, 1, 1)", 1, 11, "expected True or False for keepdims. Received: 1."),
    ("sum(x, 1, True, 1)", 1, 17, "expected at most 3 arguments for sum"),
    ("sum(x, axis=1, axis=1)", 1, 16, "expected each argument once"),
    ("sum(x, x=x)", 1, 8, "expected each argument once"),
    ("sum(x, axs=1)", 1, 8, "expected sum(x, axis=None, keepdims=False) (did you mean axis?). Received: axs."),
    ("sum(x, dtype=1)", 1, 8, "expected sum(x, axis=None, keepdims=False). Received: dtype."),
    ("sum()", 1, 1, "expected sum(x, axis=None, keepdims=False): x is missing"),
    ("concat(x, axis=1)", 1, 8, "expected a list of tensors, such as [x, y]"),
    ("concat([], axis=1)", 1, 8, "expected a list of tensors"),
    ("concat([x, x])", 1, 1, "expected concatenate([xs, ...], axis): axis is missing"),
    ("where(x > 0)", 1, 1, "expected where(condition, x1, x2): x1 is missing"),
    ("where(x, 1, 0)", 1, 7, "expected a comparison, such as x > 0"),
    ("logical_and(x > 0, 1)", 1, 20, "expected a comparison"),
    ("x ** 17", 1, 6, "expected a number from -16 to 16 as the exponent; exp(y * log(x)) is x ** y. Received: 17."),
    ("x ** x", 1, 6, "expected a number from -16 to 16 as the exponent"),
    ("pow(2, x)", 1, 8, "expected a number from -16 to 16 as the exponent"),
    ("x ** 9 ** 9", 1, 6, "expected whole numbers up to 1,048,576; 1e9 is a decimal number. Received: 387420489."),
    ("x ** 9 ** 99", 1, 6, "expected an exponent from -16 to 16. Received: 99."),
    ("x * (1 / 0)", 1, 6, "expected a finite number. Received: 1 / 0."),
    ("x * (1e38 * 1e38)", 1, 6, "expected a finite number"),
    ("x * (-1) ** 0.5", 1, 5, "expected a finite number"),
    ("x * (1 < 2)", 1, 6, "expected a tensor on one side of <"),
    ("x * self.huge", 1, 5, "expected whole numbers up to 1,048,576"),
    ("x * True", 1, 5, "expected a number or a tensor. Received: True."),
    ("x * None", 1, 5, "expected a number or a tensor. Received: None."),
    ("x * (1, 2)", 1, 5, "expected a number or a tensor. Received: (1, 2)."),
    ("clip(2, 0, 1) * x", 1, 6, "expected a tensor, which comes from the inputs. Received: 2."),
    ("concat([x, 1], axis=1)", 1, 12, "expected a tensor, which comes from the inputs. Received: 1."),
    ("x * sum(1)", 1, 9, "expected a tensor, which comes from the inputs"),
    ("x * sqrt(None)", 1, 10, "expected a number or a tensor. Received: None."),
    ("x, x", 1, 1, "expected numbers in brackets, or tensors where a function takes several"),
    ("-(1, 2) * x", 1, 2, "expected a number or a tensor"),
    ("1", 1, 1, "expected a result that depends on the inputs"),
    ("w", 1, 1, "expected a result for every example, which the input goes into. Received: 8 × 4."),
    ("exp = x\nexp", 1, 1, "expected a new name; this one means something already. Received: exp."),
    ("reduce_sum = x\nx", 1, 1, "expected a new name"),
    ("x = x\nx", 1, 1, "expected a new name"),
    ("w = x\nx", 1, 1, "expected a new name"),
    ("rate = x\nx", 1, 1, "expected a new name"),
    ("keras = x\nx", 1, 1, "expected a new name"),
    ("self = x\nx", 1, 1, "expected a new name"),
    ("inputs = x\nx", 1, 1, "expected a new name"),
    ("a = b2\na", 1, 5, "expected one of x, w, b, s, high, self.rate"),
    ("self.W * x", 1, 1, "(did you mean self.w?). Received: self.W."),
    ("self.x", 1, 1, "expected one of "),
    ("x.device", 1, 1, "expected a function of x instead of something of it by a dot"),
    ("relu * x", 1, 1, "expected relu with brackets and what it works on"),
    ("tf.nn.relux(x)", 1, 1, "expected a function of formulas (did you mean relu?). Received: tf.nn.relux."),
    ("a.b.exp(x)", 1, 1, "expected a function of formulas (did you mean exp?)"),
    ("x(1)", 1, 1, "expected a function of formulas. Received: x."),
    ("zeros((100000, 100000))", 1, 1, "formulas make none from sizes alone"),
    ("tf.map_fn(exp, x)", 1, 1, "formulas call no other function back"),
    ("K.cast(x > 0, float32)", 1, 1, "in calculations true counts as 1 and false as 0"),
    ("keras.activations.mish(x)", 1, 1, "expected x * tanh(softplus(x)), which is mish"),
    ("epsilon(1)", 1, 1, "expected a function of formulas"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "sentence"), REFUSED_LAYERS)
def test_refused_with_its_place_and_one_sentence(text: str, line: int, column: int, sentence: str) -> None:
    with pytest.raises(FormulaError) as caught:
        layer(text)
    assert sentence in str(caught.value)
    assert caught.value.place == (line, column)


@pytest.mark.parametrize(("text", "sentence"), [
    ("y_true[:, :1] * argmax(y_pred, axis=1)", "expected the batch once among the axes"),
    ("y_true @ transpose(y_pred)", "expected the batch once among the axes"),
    ("y_true[0]", "expected axis 0, the batch, to stay"),
    ("reshape(y_true, (-1, 3))", "expected sizes for the 10 numbers"),
    ("binary_crossentropy(y_true, y_pred[:, :1])", "expected shapes that fit"),
    ("1.0", "expected a result that depends on the inputs"),
])  # fmt: skip
def test_refused_as_a_loss(text: str, sentence: str) -> None:
    with pytest.raises(FormulaError) as caught:
        loss(text)
    assert sentence in str(caught.value)


def test_no_value_in_between_is_too_large() -> None:
    with pytest.raises(FormulaError, match="expected at most 4,000,000 numbers for one example"):
        check(parse("sum(x[:, :, None] * x[:, None, :], axis=(1, 2))"), {"x": per_example((4096,))})
    with pytest.raises(FormulaError, match="expected at most 4,000,000 numbers"):
        check(parse("x"), {"x": per_example((5000, 5000))})


def test_several_inputs() -> None:
    assert image("x1 * x2").result == per_example((4,))
    assert image("x * x1[:, None, None, :3]").result == per_example((28, 28, 3))
    assert image("mean(x, axis=(1, 2))").result == per_example((3,))


@pytest.mark.parametrize(("text", "flowing"), [
    ("relu(x @ w + b)", {"x", "w", "b"}),
    ("round(x) @ w", {"w"}),
    ("where(x > 0, s * x, 0)", {"x", "s"}),
    ("where(x > s, x, 0)", {"x"}),
    ("h = sign(x) * s\nh + x", {"x", "s"}),
    ("h = floor(x @ w)\nk = x[:, :4]\nh + k", {"x"}),
    ("stop_gradient(x) + zeros_like(x)", set()),
    ("argmax(x, axis=-1) * 1.0", set()),
    ("x * 2 // 1", set()),
])  # fmt: skip
def test_where_gradients_flow(text: str, flowing: set[str]) -> None:
    checked = layer(text)
    assert checked.differentiable == flowing
    assert set(checked.why_not) == set(LAYER) - flowing


def test_why_a_gradient_does_not_flow() -> None:
    checked = layer("h = x + 1\nround(h) @ w")
    assert str(checked.why_not["x"]) == "line 2, column 1: round lets no gradient through."
    assert str(checked.why_not["b"]) == "line 2, column 1: the result does not depend on b."
    assert str(loss("label + y_pred[:, 0]").why_not["label"]) == (
        "line 1, column 1: true and false and whole numbers have no gradient."
    )


def test_which_functions_are_used() -> None:
    assert layer("x * K.tanh(tf.nn.softplus(-x))").functions == {"multiply", "tanh", "softplus", "negative"}
