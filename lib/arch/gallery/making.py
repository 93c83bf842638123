"""How the networks of the gallery are written: blocks one after the other, each with a name."""

from __future__ import annotations

from typing import Any

from lib.arch.architecture import Architecture, Node, read_block
from lib.arch.block import Shape
from lib.arch.blocks.composites.model import Model

SMALL = 64
"""Images below this many pixels keep their size at the start of a network, as networks for CIFAR-10 do."""


class Chain:
    """A network in the making. What is put reads what was put before it, unless it says otherwise."""

    def __init__(self, shape: Shape, name: str = "") -> None:
        self.shape = shape
        self.name = name
        self.last = "input"
        self._nodes: list[Node] = []

    @property
    def small(self) -> bool:
        """Whether its images are so small that the first layers should not make them smaller."""
        return self.shape[0] < SMALL

    def put(self, name: str, block: str, *reads: str, **config: Any) -> str:
        """Append the `block` with these fields as `name`; returns the name."""
        self._nodes.append(Node(name, read_block(block, config, name), reads or (self.last,)))
        self.last = name
        return name

    def put_network(self, name: str, inside: Chain, *reads: str, repeat: int = 1) -> str:
        """Append a network as one block, so often in a row."""
        block = Model(architecture=inside.finished(), repeat=repeat)
        self._nodes.append(Node(name, block, reads or (self.last,)))
        self.last = name
        return name

    def normalized(
        self, name: str, block: str, *reads: str, activation: str | None = "relu", norm: dict[str, Any] | None = None,
        **config: Any,
    ) -> str:  # fmt: skip
        """Append a convolution without a bias, its normalization and its activation."""
        self.put(name, block, *reads, **{"use_bias": False, **config})
        self.put(f"{name}_bn", "BatchNormalization", **(norm or {}))
        return self.put(f"{name}_act", "Activation", activation=activation) if activation else self.last

    def classify(self, classes: int, dropout: float = 0.0) -> Architecture:
        """The mean of every channel, and a Dense layer with a share for every class."""
        self.put("mean", "GlobalAveragePooling2D")
        return self.answer(classes, dropout)

    def answer(self, classes: int, dropout: float = 0.0) -> Architecture:
        """A Dense layer with a share for every class, and the network is finished."""
        if dropout:
            self.put("dropout", "Dropout", rate=dropout)
        self.put("predictions", "Dense", units=classes, activation="softmax")
        return self.finished()

    def finished(self) -> Architecture:
        """The network whose output is what was put last."""
        return Architecture({"input": self.shape}, tuple(self._nodes), {"predictions": self.last}, self.name)
