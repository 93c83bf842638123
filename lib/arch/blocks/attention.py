"""Embedding and attention: what makes a sequence of numbers or words comparable."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, Weight, expect_rank, shown
from lib.arch.fields import ADVANCED, InitializerField, InitializerName, RegularizerField, Units, UseBiasField
from lib.arch.view import ALL, View, Views
from lib.errors import UserError
from lib.i18n import N_

AttentionDropoutField = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title=N_("Dropout"),
        description=N_("The share of attention weights that is silenced while training"),
    ),
]


class Embedding(Block):
    """A learned row of numbers for every whole number from 0 to input_dim - 1: (...) -> (..., output_dim)."""

    family: ClassVar[Family] = "sequence"
    icon: ClassVar[str] = ":material/dictionary:"
    title: ClassVar[str] = N_("Embedding")
    help: ClassVar[str] = N_("Looks up a learned row of numbers for every word or class, given as a whole number.")
    reference: ClassVar[str] = "Bengio et al. 2003, A Neural Probabilistic Language Model"
    first_config: ClassVar[dict[str, Any]] = {"input_dim": 10_000, "output_dim": 64}

    input_dim: Annotated[int, Field(ge=1, le=2**24)] = Field(
        title=N_("Vocabulary size"), description=N_("How many words there are: inputs are 0 to this less 1")
    )
    output_dim: Units = Field(title=N_("Output size"), description=N_("How many numbers stand for each word"))
    embeddings_initializer: Literal["uniform", InitializerName] = Field(
        default="uniform",
        title=N_("Embeddings initializer"),
        description=N_("How the weights start"),
        json_schema_extra=ADVANCED,
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0], self.output_dim)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (tuple(View(axis=axis) for axis in range(len(inputs[0]))),)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("embeddings", (self.input_dim, self.output_dim)),)


class _Attention(Block):
    """What the attentions share: query, value and, where it is not the value, key; each of steps x features."""

    family: ClassVar[Family] = "sequence"
    icon: ClassVar[str] = ":material/hub:"
    fixes_rank: ClassVar[bool] = True
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 3

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        # A step sees itself in the query, and every step of value and key.
        return ((View(),), *(ALL for _input in inputs[1:]))


def _roles(inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
    """Query, value and key; refuses what is no sequence, and keys that are not as many as the values."""
    for shape in inputs:
        expect_rank(shape, 2, SEQUENCE_EXPECTED)
    query, value, key = inputs if len(inputs) == 3 else (*inputs, inputs[1])
    if key[0] != value[0]:
        raise UserError("", N_("expected as many steps in the key as in the value"), f"{key[0]}; {value[0]}")
    return query, value, key


def _attended(inputs: tuple[Shape, ...], stretches: bool) -> Shape:
    """The output of an attention without projections; one that `stretches` repeats features of size 1."""
    query, value, key = _roles(inputs)
    if query[1] != key[1] and not (stretches and 1 in (query[1], key[1])):
        raise UserError("", N_("expected query and key of as many features"), f"{shown(query)}; {shown(key)}")
    return (query[0], value[1])


def _products(inputs: tuple[Shape, ...]) -> tuple[tuple[int, ...], ...]:
    """Multiply-adds of the scores and of the weighted sums of the values."""
    query, value, key = _roles(inputs)
    return (query[0], key[0], max(query[1], key[1])), (query[0], key[0], value[1])


class Attention(_Attention):
    """softmax(query keyᵀ) value: for every step of the query a mixture of the values."""

    title: ClassVar[str] = N_("Attention")
    help: ClassVar[str] = N_("Every step of the first input picks what it needs from the second, by likeness.")
    reference: ClassVar[str] = "Luong et al. 2015, Effective Approaches to Attention-based Neural Machine Translation"

    use_scale: bool = Field(default=False, title=N_("Use scale"), description=N_("Learn one factor for all scores"))
    score_mode: Literal["dot", "concat"] = Field(
        default="dot", title=N_("Score"), description=N_("dot: products; concat: tanh of the sum")
    )
    dropout: AttentionDropoutField = 0.0

    def output_shape(self, *inputs: Shape) -> Shape:
        return _attended(inputs, self.score_mode == "concat")

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        learned = (("scale", self.use_scale), ("concat_score_weight", self.score_mode == "concat"))
        return tuple(Weight(name, ()) for name, wanted in learned if wanted)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        return _products(inputs)


class AdditiveAttention(_Attention):
    """Attention whose scores are a weighted sum of tanh(query + key)."""

    title: ClassVar[str] = N_("AdditiveAttention")
    help: ClassVar[str] = N_("Attention that compares by a sum instead of a product, as the first translators did.")
    reference: ClassVar[str] = "Bahdanau et al. 2015, Neural Machine Translation by Jointly Learning to Align"

    use_scale: bool = Field(default=True, title=N_("Use scale"), description=N_("Learn a factor for every feature"))
    dropout: AttentionDropoutField = 0.0

    def output_shape(self, *inputs: Shape) -> Shape:
        return _attended(inputs, True)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("scale", inputs[0][-1:]),) if self.use_scale else ()

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        return _products(inputs)


class MultiHeadAttention(_Attention):
    """Several attentions side by side, each on its own projections, joined by one more projection."""

    separate_inputs: ClassVar[bool] = True
    title: ClassVar[str] = N_("MultiHeadAttention")
    help: ClassVar[str] = N_("The attention of transformers. Give one sequence twice and its steps see each other.")
    reference: ClassVar[str] = "Vaswani et al. 2017, Attention Is All You Need"
    first_config: ClassVar[dict[str, Any]] = {"num_heads": 4, "key_dim": 16}

    num_heads: Units = Field(title=N_("Heads"), description=N_("How many attentions work side by side"))
    key_dim: Units = Field(title=N_("Key size"), description=N_("Features of query and key in each head"))
    value_dim: Units | None = Field(
        default=None,
        title=N_("Value size"),
        description=N_("Features of the value in each head; none is that of the key"),
        json_schema_extra=ADVANCED,
    )
    dropout: AttentionDropoutField = 0.0
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    kernel_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        return _roles(inputs)[0]

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        query, value, key = _roles(inputs)
        wide = self.value_dim or self.key_dim
        projections = (
            ((query[1], self.num_heads, self.key_dim), (self.num_heads, self.key_dim)),
            ((key[1], self.num_heads, self.key_dim), (self.num_heads, self.key_dim)),
            ((value[1], self.num_heads, wide), (self.num_heads, wide)),
            ((self.num_heads, wide, query[1]), (query[1],)),
        )
        weights: list[Weight] = []
        for kernel, bias in projections:
            weights += [Weight("kernel", kernel), *([Weight("bias", bias)] if self.use_bias else [])]
        return tuple(weights)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        # The projection of every step, the scores, the weighted sums, and the projection of the answer.
        query, value, key = _roles(inputs)
        steps = (query[0], key[0], value[0], query[0])
        kernels = (weight.shape for weight in weights if weight.name == "kernel")
        projections = ((count, *kernel) for count, kernel in zip(steps, kernels, strict=True))
        heads = (query[0], key[0], self.num_heads)
        return *projections, (*heads, self.key_dim), (*heads, self.value_dim or self.key_dim)
