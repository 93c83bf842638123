"""A network as a block of another one, once or several times in a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, PlainSerializer, PlainValidator

from lib.arch.architecture import UNREAD, Architecture, Node
from lib.arch.block import CompositeBlock, Part, Shape
from lib.errors import UserError
from lib.i18n import N_

MOST_REPEATS: Final = 200


def _read(value: Any) -> Architecture:
    return value if isinstance(value, Architecture) else Architecture.from_data(value)


Inner = Annotated[Architecture, PlainValidator(_read), PlainSerializer(Architecture.to_data)]


class Model(CompositeBlock):
    """A network as one block: its inputs take the shapes that come in, its one output goes on.

    Repeated, each time reads what the time before gave, and where it has several inputs, the others again. Every time
    has weights of its own, or all of them share those of the first (as a loop in the `call` of a subclassed model).
    """

    icon: ClassVar[str] = ":material/account_tree:"
    title: ClassVar[str] = N_("Network as a block")
    help: ClassVar[str] = N_("A whole network, used like a single block: opened, repeated, and shared as one.")
    reference: ClassVar[str] = "Lin et al. 2013, Network In Network"
    first_config: ClassVar[dict[str, Any]] = {
        "architecture": {
            "format": "blockyard/1",
            "name": "",
            "inputs": {"input": [32]},
            "nodes": [
                {
                    "id": "dense_1",
                    "block": "Dense",
                    "config": {"units": 32, "activation": "relu"},
                    "inputs": ["input"],
                }
            ],
            "outputs": {"predictions": "dense_1"},
        }
    }
    most_inputs: ClassVar[int | None] = None

    architecture: Inner = Field(title=N_("Network inside"), description=N_("Open it to change it"))
    repeat: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = Field(
        default=1, title=N_("Repeat"), description=N_("How often in a row: each time reads what the one before gave")
    )
    share_weights: bool = Field(
        default=False,
        title=N_("Share weights"),
        description=N_("All repetitions use the same weights, which count once"),
    )

    @property
    def nodes_inside(self) -> int:
        return 1 + self.repeat * self.architecture.size

    @property
    def levels_inside(self) -> int:
        return self.architecture.depth

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(self.architecture.inputs)

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        names = self.input_names
        if len(inputs) != len(names):
            raise UserError(
                "", N_("expected {count} inputs, those of the network inside"), len(inputs), count=len(names)
            )
        if self.repeat == 1:
            return tuple(self._part(node) for node in self._answering())
        once = self.model_copy(update={"repeat": 1, "share_weights": False})
        parts: list[Part] = []
        for number in range(1, self.repeat + 1):
            first = parts[-1].id if parts else names[0]
            shared = "1" if parts and self.share_weights else None
            parts.append(Part(str(number), once, (first, *names[1:]), shared))
        return tuple(parts)

    def _part(self, node: Node) -> Part:
        inner = self.architecture
        return Part(node.id, inner.block_of(node), node.inputs, node.shares, inner.is_trainable(node))

    def _answering(self) -> Iterable[Node]:
        """The nodes inside, of which the last one gives the output.

        Raises:
            UserError: there is not one output, or a node or input leads nowhere, which Keras would leave out.
        """
        inner = self.architecture
        outputs = set(inner.outputs.values())
        if len(outputs) != 1:
            raise UserError("", N_("expected one output of the network inside"), len(outputs))
        for node in reversed(inner.nodes):
            if node.id not in inner.leading:
                raise UserError(node.id, UNREAD)
        for name in inner.inputs:
            if name not in inner.leading:
                raise UserError(name, N_("expected a block inside that reads this input"))
        return inner.nodes
