"""The encoder of the transformer."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import SEQUENCE_EXPECTED, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.attention import MultiHeadAttention
from lib.arch.blocks.composites.base import Parts
from lib.arch.blocks.dense import Dense
from lib.arch.blocks.merge import Add
from lib.arch.blocks.norm import Dropout
from lib.arch.blocks.norm_more import LayerNormalization
from lib.arch.fields import Units
from lib.arch.own_activation import ActivationChoice
from lib.i18n import N_


class TransformerEncoder(CompositeBlock):
    """Attention of a sequence to itself, then two Dense layers for each step; each added to its input and normalized.

    (steps, c) -> (steps, c).
    """

    title: ClassVar[str] = N_("Transformer encoder")
    help: ClassVar[str] = N_("Every step of a sequence looks at all others, then thinks by itself.")
    reference: ClassVar[str] = "Vaswani et al. 2017, Attention Is All You Need"
    first_config: ClassVar[dict[str, Any]] = {"num_heads": 4, "key_dim": 16, "units": 128}

    num_heads: Units = Field(title=N_("Heads"), description=N_("How many attentions work side by side"))
    key_dim: Units = Field(title=N_("Key size"), description=N_("Features of query and key in each head"))
    units: Units = Field(
        title=N_("Units"), description=N_("Of the first Dense layer; the second has those of the input")
    )
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied between the two Dense layers")
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.1, title=N_("Dropout"), description=N_("Before each sum, while training")
    )
    norm_first: bool = Field(
        default=False,
        title=N_("Normalize first"),
        description=N_("LayerNormalization before each step instead of after its sum, as newer networks have it"),
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 2, SEQUENCE_EXPECTED)
        parts = Parts()
        seen = parts.put("norm1", self._norm(), "input") if self.norm_first else "input"
        attention = MultiHeadAttention(num_heads=self.num_heads, key_dim=self.key_dim)
        source = parts.put("attention", attention, seen, seen)
        middle = self._joined(parts, "1", source, "input")
        source = parts.put("norm2", self._norm(), middle) if self.norm_first else middle
        source = parts.put("dense1", Dense(units=self.units, activation=self.activation), source)
        source = parts.put("dense2", Dense(units=shape[1]), source)
        self._joined(parts, "2", source, middle)
        return tuple(parts)

    def _joined(self, parts: Parts, number: str, source: str, before: str) -> str:
        """Put dropout, the sum, and the normalization where it stands behind it; returns the last id."""
        if self.dropout:
            source = parts.put(f"dropout{number}", Dropout(rate=self.dropout), source)
        source = parts.put(f"add{number}", Add(), source, before)
        return source if self.norm_first else parts.put(f"norm{number}", self._norm(), source)

    def _norm(self) -> LayerNormalization:
        return LayerNormalization(epsilon=1e-6)
