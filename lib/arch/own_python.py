"""A layer written in Python: its text, which nothing outside the sandbox runs, and what was measured of it there."""

from __future__ import annotations

import ast
import hashlib
import warnings
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lib.arch.block import FreeShape, Shape, Weight, shown
from lib.arch.fields import MULTILINE
from lib.errors import UserError
from lib.formula.fields import OwnName
from lib.i18n import N_

LONGEST: Final = 10_000
LONGEST_LINE: Final = 200
MOST_MEASURED: Final = 8
MOST_WEIGHTS: Final = 100
MOST_AXES: Final = 8
UNMEASURED: Final = N_("expected a measurement for an input of {shape}: what a layer in Python puts out is known when "
                       "the sandbox has built it once")

Size = Annotated[int, Field(ge=1, le=100_000_000)]
Sizes = Annotated[tuple[Size, ...], Field(strict=False, max_length=MOST_AXES)]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MeasuredWeight(_Plain):
    """A weight that the layer made."""

    name: Annotated[str, Field(max_length=200)]
    shape: Sizes
    trainable: bool


class Measured(_Plain):
    """What the sandbox found when it built the layer for inputs of these shapes, of this very text."""

    text: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    inputs: Annotated[tuple[Sizes, ...], Field(strict=False, min_length=1, max_length=4)]
    output: Sizes
    weights: Annotated[tuple[MeasuredWeight, ...], Field(strict=False, max_length=MOST_WEIGHTS)] = ()


class OwnPython(_Plain):
    """A layer in Python: the class `name` in `code`.

    The web process reads the code as text alone, to say where it is no Python. What it does is known when it was
    measured in the sandbox; a measurement of another text counts for nothing.
    """

    name: OwnName = Field(default="MyLayer", title=N_("Class"), description=N_("What the layer is called in the code"))
    code: Annotated[str, Field(max_length=LONGEST)] = Field(
        title=N_("Python code"),
        description=N_("A class of `keras.layers.Layer`; `keras`, `layers` and `ops` are there, anything else is to be "
                       "imported"),
        json_schema_extra=MULTILINE,
    )
    measured: Annotated[tuple[Measured, ...], Field(strict=False, max_length=MOST_MEASURED)] = Field(
        default=(), title=N_("Measured"), description=N_("What the sandbox found"))

    def __str__(self) -> str:
        return self.name

    @model_validator(mode="after")
    def _a_class(self) -> OwnPython:
        problem = _problem(self.code, self.name)
        if problem is not None:
            raise problem
        return self

    @property
    def formula(self) -> str:
        """What it computes, as it was written."""
        return self.code

    @property
    def digest(self) -> str:
        """By which a measurement knows its text."""
        return hashlib.sha256(f"{self.name}\n{self.code}".encode()).hexdigest()[:32]

    def found(self, *inputs: FreeShape) -> Measured:
        """What was measured for inputs of these shapes.

        Raises:
            UserError: nothing was.
        """
        digest = self.digest
        for one in self.measured:
            if one.text == digest and one.inputs == inputs:
                return one
        raise UserError("", UNMEASURED, shape=", ".join(map(shown, inputs)))

    def with_measured(self, found: Measured) -> OwnPython:
        """The same layer, of which this is known too; of too many measurements the newest stay."""
        others = [one for one in self.measured if one.text == found.text and one.inputs != found.inputs]
        return self.model_copy(update={"measured": (*others[-MOST_MEASURED + 1:], found)})

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        """Its weights for such inputs, in Keras's order."""
        return tuple(Weight(weight.name, weight.shape, weight.trainable) for weight in self.found(*inputs).weights)


@lru_cache(maxsize=256)
def _problem(code: str, name: str) -> UserError | None:
    """Why `code` cannot be a layer called `name`; it is only read."""
    if any(len(line) > LONGEST_LINE for line in code.splitlines()):
        return UserError("code", N_("expected lines of at most {most} characters"), most=LONGEST_LINE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except SyntaxError as error:
        return UserError("code", N_("expected Python; line {line} is none: {problem}"), line=error.lineno or 1,
                         problem=error.msg)
    except (ValueError, MemoryError, RecursionError):
        return UserError("code", N_("expected Python with fewer brackets in each other"))
    classes: list[Any] = [part for part in tree.body if isinstance(part, ast.ClassDef) and part.name == name]
    if not classes:
        return UserError("code", N_("expected a class {name}"), name=name)
    methods = {part.name for part in classes[-1].body if isinstance(part, ast.FunctionDef)}
    if not classes[-1].bases or "call" not in methods:
        return UserError("code", N_("expected a class of keras.layers.Layer with a method `call`"), name)
    return None
