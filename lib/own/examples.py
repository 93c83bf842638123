"""Ready examples of everything that can be made, to start from."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from lib.i18n import N_
from lib.own.kinds import KINDS


class Example(NamedTuple):
    """One example: its kind, what it is in a few words, its fields as JSON has them, and a shape that suits it."""

    kind: str
    title: str
    fields: dict[str, Any]
    shape: tuple[int, ...] = (28, 28, 1)


def _formula(kind: str, name: str, title: str, formula: str, shape: tuple[int, ...] = (28, 28, 1),
             **more: Any) -> Example:
    return Example(kind, title, {"name": name, "formula": formula, **more}, shape)


def _layer(name: str, title: str, weights: dict[str, str], call: str, shape: tuple[int, ...] = (28, 28, 1),
           **numbers: int) -> Example:
    """Weights that are added start at 0, those that are multiplied by at 1 or by chance."""
    starts = {"bias": "zeros", "shift": "zeros", "scale": "ones"}
    return Example("layer", title, {
        "name": name, "call": call,
        "weights": [{"name": weight, "shape": sizes, "initializer": starts.get(weight, "glorot_uniform")}
                    for weight, sizes in weights.items()],
        "numbers": [{"name": number, "value": value, "least": 1, "most": 65_536, "whole": True}
                    for number, value in numbers.items()]}, shape)


def _python(name: str, title: str, code: str, shape: tuple[int, ...] = (28, 28, 1)) -> Example:
    return Example("python", title, {"name": name, "code": code}, shape)


_CLIP: Final = "p = clip(y_pred, K.epsilon(), 1 - K.epsilon())\n"
_COUNTS: Final = ("hits = K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0)))\n"
                  "told = K.sum(K.round(K.clip(y_pred, 0.0, 1.0)))\n"
                  "there = K.sum(K.round(K.clip(y_true, 0.0, 1.0)))\n")  # fmt: skip

_ALL: Final = (
    _formula("lambda", "mish", N_("Mish, which no block is needed for"), "x * tanh(softplus(x))"),
    _formula("lambda", "mirror", N_("Images from right to left"), "x[:, :, ::-1]"),
    _formula("lambda", "center", N_("Each channel without its mean"), "x - mean(x, axis=(1, 2), keepdims=True)"),
    _formula("lambda", "crelu", N_("Both signs, each through a ReLU of its own"),
             "relu(concatenate([x, -x], axis=-1))"),
    _formula("lambda", "distance", N_("How far two inputs are apart, as a twin network needs it"),
             "d = x1 - x2\nsqrt(sum(square(d), axis=-1, keepdims=True) + K.epsilon())", (64,)),

    _formula("activation", "my_mish", N_("Mish, as the course writes it"), "x * K.tanh(K.softplus(x))"),
    _formula("activation", "my_swish", N_("Swish, which Keras calls silu"), "x * sigmoid(x)"),
    _formula("activation", "leaky", N_("A ReLU that leaks a little"), "where(x > 0, x, 0.01 * x)"),
    _formula("activation", "my_gelu", N_("GELU, by way of tanh"),
             "inner = sqrt(2 / pi) * (x + 0.044715 * x ** 3)\n0.5 * x * (1 + tanh(inner))"),
    _formula("activation", "snake", N_("Snake, for what repeats"), "x + square(sin(x))"),
    _formula("activation", "two_slopes", N_("One of your own: two slopes that meet smoothly"),
             "gate = sigmoid(4 * x)\ngate * x + (1 - gate) * 0.1 * x"),

    _layer("MyDense", N_("The Dense of the course"),
           {"kernel": "channels, units", "bias": "units"}, "relu(tf.matmul(x, self.kernel) + self.bias)", (64,),
           units=32),
    _layer("ParametricReLU", N_("A ReLU that learns how much it leaks"), {"alpha": "channels"},
           "maximum(x, 0) + self.alpha * minimum(x, 0)"),
    _layer("ScaleAndShift", N_("Each channel scaled and shifted"), {"scale": "channels", "shift": "channels"},
           "x * self.scale + self.shift"),
    _layer("Gated", N_("A gate beside a Dense"), {"kernel": "channels, units", "gate": "channels, units"},
           "(x @ self.kernel) * sigmoid(x @ self.gate)", (64,), units=32),
    _layer("ChannelAttention", N_("Squeeze and excitation: channels weigh each other"),
           {"squeeze": "channels, channels // 4", "excite": "channels // 4, channels"},
           "overall = mean(x, axis=(1, 2))\n"
           "gate = sigmoid(relu(overall @ self.squeeze) @ self.excite)\nx * gate[:, None, None, :]", (14, 14, 16)),

    _python("Mixture", N_("A Dense whose units choose among three functions"), """\
class Mixture(layers.Layer):
    units = 32

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.choice = self.add_weight(shape=(3, self.units), initializer="zeros", name="choice")

    def call(self, x):
        y = x @ self.kernel
        shares = ops.softmax(self.choice, axis=0)
        return shares[0] * ops.relu(y) + shares[1] * ops.tanh(y) + shares[2] * y
""", (64,)),
    _python("NoisyPool", N_("A pooling that is rough in training and exact afterwards"), """\
class NoisyPool(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x, training=None):
        pooled = ops.mean(x, axis=(1, 2))
        if training:
            pooled = pooled + 0.1 * keras.random.normal(ops.shape(pooled), seed=self.seed)
        return pooled
"""),
    _python("Again", N_("A Dense through which its own answer goes, five times"), """\
class Again(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1],) * 2, initializer="orthogonal", name="kernel")
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, x):
        y = x
        for _ in range(5):
            y = ops.tanh(x + y @ self.kernel + self.bias)
        return y
""", (64,)),

    _formula("loss", "mse", N_("Mean squared error"), "mean(square(y_true - y_pred), axis=-1)"),
    _formula("loss", "cross_entropy", N_("Categorical cross-entropy, written out"),
             _CLIP + "-sum(y_true * log(p), axis=-1)"),
    _formula("loss", "binary_cross_entropy", N_("Binary cross-entropy, written out"),
             _CLIP + "-mean(y_true * log(p) + (1 - y_true) * log(1 - p), axis=-1)"),
    _formula("loss", "focal", N_("Focal loss: easy images count less"),
             _CLIP + "-sum(0.25 * (1 - p) ** 2 * y_true * log(p), axis=-1)"),
    _formula("loss", "smoothed", N_("Label smoothing by 0.1"),
             _CLIP + "soft = 0.9 * y_true + 0.1 * mean(y_true, axis=-1, keepdims=True)\n-sum(soft * log(p), axis=-1)"),

    _formula("metric", "my_recall", N_("Recall, as the course writes it"), _COUNTS + "hits / (there + K.epsilon())",
             over="epoch", better="max"),
    _formula("metric", "my_precision", N_("Precision"), _COUNTS + "hits / (told + K.epsilon())", over="epoch",
             better="max"),
    _formula("metric", "my_f1", N_("F1, from precision and recall"),
             _COUNTS + "precision = hits / (told + K.epsilon())\nrecall = hits / (there + K.epsilon())\n"
             "2 * precision * recall / (precision + recall + K.epsilon())", over="epoch", better="max"),
    _formula("metric", "sure", N_("How sure the network is"), "max(y_pred, axis=-1)", over="epoch", better="max"),
    _formula("metric", "worst_batch", N_("Recall, as the mean over the batches"),
             _COUNTS + "hits / (there + K.epsilon())", over="batches", better="max"),

    Example("rule", N_("x 0.1 at the epochs 4, 7 and 9"), {
        "name": "drops", "when": "on_epoch_begin", "epochs": [4, 7, 9],
        "action": {"name": "MultiplyLearningRate", "factor": 0.1}}),
    Example("rule", N_("Stop when the validation loss has doubled"), {
        "name": "stop_in_time", "when": "on_epoch_end", "condition": "val_loss > 2 * best_val_loss",
        "action": {"name": "StopTraining"}}),
    Example("rule", N_("A learning rate that falls with the root of the epoch"), {
        "name": "by_root", "when": "on_epoch_begin", "condition": "epoch > 1",
        "action": {"name": "SetLearningRate", "rate": "0.003 / sqrt(epoch)"}}),
    Example("rule", N_("Keep the first model that is right 95 times of 100"), {
        "name": "good_enough", "when": "on_epoch_end", "condition": "val_accuracy >= 0.95", "once": True,
        "action": {"name": "SaveModel"}}),
    Example("rule", N_("A note when the loss jumps"), {
        "name": "jump", "when": "on_epoch_end", "condition": "loss > 1.5 * best_loss",
        "action": {"name": "WriteNote", "text": "The loss has jumped."}}),

    _formula("schedule", "polynomial", N_("A polynomial that falls to nought"),
             "learning_rate * (1 - progress) ** 0.9"),
    _formula("schedule", "half_cosine", N_("Half a cosine"), "learning_rate * (1 + cos(pi * progress)) / 2"),
    _formula("schedule", "warm_then_root", N_("A warm-up, then the inverse root"),
             "warm = 0.1 * steps\nlearning_rate * minimum((step + 1) / warm, sqrt(warm / (step + 1)))"),
    _formula("schedule", "saw", N_("A cosine that begins anew with every epoch"),
             "within = progress * epochs % 1\nlearning_rate * (0.05 + 0.95 * (1 + cos(pi * within)) / 2)"),
)  # fmt: skip

EXAMPLES: Final = tuple(example for example in _ALL if example.kind in KINDS)
"""Of every kind several, the first of which a newcomer sees."""
