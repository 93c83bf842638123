"""What stands for a layer that came with a file and that no block of the catalogue can say."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from lib.arch.block import Block, Entry, Family, Shape
from lib.errors import UserError
from lib.i18n import N_

Short = Annotated[str, Field(max_length=100), AfterValidator(lambda text: " ".join(text.split()))]
"""A word of the file, on one line."""


class Opaque(Block):
    """A layer of which only the name is known: what it puts out and what it costs is not, nor can it be built.

    It keeps the place in the network, so that everything before it is counted and another block can take its place.
    """

    family: ClassVar[Family] = "custom"
    icon: ClassVar[str] = ":material/help_center:"
    most_inputs: ClassVar[int | None] = None
    title: ClassVar[str] = N_("Unknown layer")
    help: ClassVar[str] = N_("Stands for a layer of a file that there is no block for. Put another in its place.")

    class_name: Short = Field(title=N_("Layer"), description=N_("What the file calls this kind of layer"))
    setting: Short = Field(
        default="",
        title=N_("Setting"),
        description=N_("What of its settings no block can say; empty where the layer itself is unknown"),
    )

    @property
    def kind(self) -> str:
        return self.class_name or self.name

    @classmethod
    def entries(cls) -> tuple[Entry, ...]:
        return ()

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.setting:
            what = N_("expected a block in the place of {layer}, since none of the catalogue can say its setting")
            raise UserError("", what, self.setting, layer=self.class_name)
        what = N_("expected a block in the place of this layer, which the catalogue does not have")
        raise UserError("", what, self.class_name)
