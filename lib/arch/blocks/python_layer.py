"""The layer that is written in Python, where the server lets such layers run in its sandbox."""

from typing import ClassVar

from pydantic import Field

from lib.arch.block import Block, Call, Entry, Family, FreeShape, Shape, Weight
from lib.arch.own_formula import MOST_INPUTS
from lib.arch.own_python import OwnPython
from lib.arch.view import Views
from lib.i18n import N_


class PythonLayer(Block):
    """A class of one's own in Python, of which is known what the sandbox has measured: (shapes) -> as measured."""

    family: ClassVar[Family] = "custom"
    icon: ClassVar[str] = ":material/code_blocks:"
    most_inputs: ClassVar[int | None] = MOST_INPUTS
    uncounted: ClassVar[frozenset[str]] = frozenset({"macs"})
    separate_inputs: ClassVar[bool] = True
    title: ClassVar[str] = N_("Layer in Python")
    help: ClassVar[str] = N_("A class of keras.layers.Layer that you write. It runs in a sandbox alone, and what it "
                             "puts out and costs is known when it was measured there.")
    reference: ClassVar[str] = "Chollet 2015, Keras"

    layer: OwnPython = Field(title=N_("Layer"), description=N_("This one, or another that you have made"))

    @classmethod
    def entries(cls) -> tuple[Entry, ...]:
        """None: it comes from the Formulas page of a server that lets such layers run."""
        return ()

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.layer.found(*inputs).output

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return self.layer.weights(*inputs)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        """None that are known: nobody counts what its code multiplies."""
        return ()

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        return N_("its Python can do anything with positions")

    def keras(self) -> Call:
        return Call("own.PythonLayer", {"layer": self.layer.name, "code": self.layer.code})
