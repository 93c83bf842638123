"""What a sandboxed training may tell, checked field by field: it can lie about its numbers, and do nothing else."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from lib.data.dataset import Source
from lib.errors import UserError
from lib.i18n import N_

UNTRUE: Final = N_("the sandboxed process told something that no training tells")
_PLACE: Final = re.compile(r"\{([a-z_]{1,40})(:[,]?(\.\d)?[defg%]?)?\}")
MOST: Final = 10**12

Count = Annotated[int, Field(ge=0, le=MOST)]
Number = float | None
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=100)]
Row = Annotated[list[Number], Field(max_length=10_000)]
Plain = Annotated[str, Field(max_length=300)] | bool | int | float | None


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Words(_Told):
    """A text that is translated and filled in when it is shown; nothing of its values can be looked into."""

    def filled(self, text: str, values: dict[str, Any]) -> None:
        """Raises ValueError where `text` is no sentence that these values fill."""
        names = {found[1] for found in _PLACE.finditer(text)}
        rest = _PLACE.sub("", text)
        if names - set(values) or "{" in rest or "}" in rest or len(text.format(**values)) > 10_000:
            raise ValueError("not a sentence")


class _Begin(_Told):
    kind: Literal["begin"]
    epochs: Count
    steps_per_epoch: Count
    train_images: Count
    validation_images: Count
    source: Source


class _Resume(_Told):
    kind: Literal["resume"]
    step: Count
    epoch: Count
    notes: Count
    attempt: Count


class _Batches(_Told):
    kind: Literal["batches"]
    epoch: Count
    steps: Annotated[list[Count], Field(max_length=10_000)]
    loss: Row
    accuracy: Row
    learning_rate: Row
    images_per_second: Number
    average: Number = None
    remaining: Number
    progress: Number

    @model_validator(mode="after")
    def _alike(self) -> _Batches:
        if len({len(row) for row in (self.steps, self.loss, self.accuracy, self.learning_rate)}) > 1:
            raise ValueError("rows of other lengths")
        return self


class _Epoch(_Told):
    kind: Literal["epoch"]
    epoch: Count
    logs: Annotated[dict[Name, Number], Field(max_length=200)]
    learning_rate: Number
    seconds: Number


class _Note(_Words):
    kind: Literal["note"]
    epoch: Count
    source: Name
    action: Name = ""
    message: Annotated[str, Field(max_length=1000)]
    values: Annotated[dict[Name, Plain], Field(max_length=20)]

    @model_validator(mode="after")
    def _sentence(self) -> _Note:
        self.filled(self.message, self.values)
        return self


class _Rate(_Told):
    kind: Literal["rate"]
    value: float


class _Histogram(_Told):
    low: Number
    high: Number
    counts: Annotated[list[Count], Field(max_length=100)]
    zeros: Number


class _Layer(_Told):
    name: Name
    weights: _Histogram | None
    answers: _Histogram | None
    gradient: Number
    dead: Annotated[list[Count], Field(min_length=2, max_length=2)] | None
    update: Number


Share = Annotated[tuple[Count, Count, Finite | None, Finite | None], Field(strict=False)]
Shares = Annotated[list[Share], Field(max_length=100)]


class _SeenClasses(_Told):
    name: Name
    kind: Literal["classes", "binary"]
    predicted: Shares


class _SeenNumbers(_Told):
    name: Name
    kind: Literal["number"]
    told: Annotated[list[Annotated[tuple[Finite, Finite | None], Field(strict=False)]], Field(max_length=100)]


class _SeenImages(_Told):
    name: Name
    kind: Literal["image"]
    off: Annotated[list[Finite | None], Field(max_length=100)]


class _Probe(_Told):
    kind: Literal["probe"]
    epoch: Count
    images: Count
    layers: Annotated[list[_Layer], Field(max_length=100)]
    left_out: Count
    predicted: Shares
    outputs: Annotated[list[_SeenClasses | _SeenNumbers | _SeenImages], Field(max_length=20)] = []


Matrix = Annotated[list[Annotated[list[Count], Field(max_length=200)]], Field(min_length=1, max_length=200)]


class _Classes(_Told):
    accuracy: float
    confusion: Matrix
    per_class: Annotated[list[Number], Field(max_length=200)]
    labels: Annotated[list[Name], Field(max_length=200)]
    own: bool

    @model_validator(mode="after")
    def _square(self) -> _Classes:
        size = len(self.labels)
        if {len(self.confusion), len(self.per_class), *map(len, self.confusion)} != {size}:
            raise ValueError("not square")
        return self


class _Judged(_Classes):
    kind: Literal["evaluation"]
    loss: float
    metrics: Annotated[dict[Name, Number], Field(max_length=100)] | None = None


class _OfClasses(_Classes):
    name: Name
    kind: Literal["classes", "binary"]


class _OfNumber(_Told):
    name: Name
    kind: Literal["number"]
    accuracy: float
    error: Number


class _OfImages(_Told):
    """Its images stay where they are: nothing that was drawn in there is opened out here."""

    name: Name
    kind: Literal["image"]
    pictures: list[Any]


class _Task(_Told):
    kind: Literal["evaluation"]
    loss: float
    accuracy: float
    task: Name
    outputs: Annotated[list[_OfClasses | _OfNumber | _OfImages], Field(max_length=20)]
    metrics: Annotated[dict[Name, Number], Field(max_length=100)] | None = None


_EVENT: Final[TypeAdapter[Any]] = TypeAdapter(
    _Begin | _Resume | _Batches | _Epoch | _Note | _Rate | _Probe | _Judged | _Task)


class _Error(_Words):
    where: Annotated[str, Field(max_length=300)]
    expected: Annotated[str, Field(max_length=1000)]
    received: Any = None
    values: dict[Name, Any]


def event(told: object) -> dict[str, Any]:
    """The event that a sandboxed training told, if it is one.

    Raises:
        UserError: it is none.
    """
    try:
        found = _EVENT.validate_python(told)
    except (ValidationError, TypeError, OverflowError):  # a number and its format may not fit each other
        raise UserError("", UNTRUE) from None
    if isinstance(found, _Task):
        for output in found.outputs:
            if isinstance(output, _OfImages):
                output.pictures = []
    return dict(found.model_dump(exclude_unset=True))


def error(told: object) -> UserError:
    """The mistake that the sandboxed process told of, with words that are only shown; if it is none, what to say then.
    """
    try:
        found = _Error.model_validate(told)
        values = {name: _said(value) for name, value in found.values.items()}
        found.filled(found.expected, {name: value["words"] if isinstance(value, dict) else value
                                      for name, value in values.items()})
        received = None if found.received is None else _said(found.received)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return UserError("", UNTRUE)
    return UserError.from_json({"where": found.where, "expected": found.expected, "received": received,
                                "values": values})


def _said(value: Any) -> Any:
    """A value of a sentence: plain, or a word that is translated.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, dict) and list(value) == ["words"] and isinstance(value["words"], str):
        return {"words": value["words"][:1000]}
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return value[:1000]
    raise ValueError("not plain")
