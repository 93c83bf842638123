"""What a sandboxed training may tell, checked field by field: it can lie about its numbers, and do nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from lib.data.dataset import Source
from lib.errors import UserError
from lib.sandbox.fields import UNTRUE, Count, Finite, Name, Number, Plain, Row, Told, expect_sentence


class _Begin(Told):
    kind: Literal["begin"]
    epochs: Count
    steps_per_epoch: Count
    train_images: Count
    validation_images: Count
    source: Source


class _Resume(Told):
    kind: Literal["resume"]
    step: Count
    epoch: Count
    notes: Count
    attempt: Count


class _Batches(Told):
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


class _Epoch(Told):
    kind: Literal["epoch"]
    epoch: Count
    logs: Annotated[dict[Name, Number], Field(max_length=200)]
    learning_rate: Number
    seconds: Number


class _Note(Told):
    kind: Literal["note"]
    epoch: Count
    source: Name
    action: Name = ""
    message: Annotated[str, Field(max_length=1000)]
    values: Annotated[dict[Name, Plain], Field(max_length=20)]

    @model_validator(mode="after")
    def _sentence(self) -> _Note:
        expect_sentence(self.message, self.values)
        return self


class _Rate(Told):
    kind: Literal["rate"]
    value: float


class _Histogram(Told):
    low: Number
    high: Number
    counts: Annotated[list[Count], Field(max_length=100)]
    zeros: Number


class _Layer(Told):
    name: Name
    weights: _Histogram | None
    answers: _Histogram | None
    gradient: Number
    dead: Annotated[list[Count], Field(min_length=2, max_length=2)] | None
    update: Number


Share = Annotated[tuple[Count, Count, Finite | None, Finite | None], Field(strict=False)]
Shares = Annotated[list[Share], Field(max_length=100)]


class _SeenClasses(Told):
    name: Name
    kind: Literal["classes", "binary"]
    predicted: Shares


class _SeenNumbers(Told):
    name: Name
    kind: Literal["number"]
    told: Annotated[list[Annotated[tuple[Finite, Finite | None], Field(strict=False)]], Field(max_length=100)]


class _SeenImages(Told):
    name: Name
    kind: Literal["image"]
    off: Annotated[list[Finite | None], Field(max_length=100)]


class _Probe(Told):
    kind: Literal["probe"]
    epoch: Count
    images: Count
    layers: Annotated[list[_Layer], Field(max_length=100)]
    left_out: Count
    predicted: Shares
    outputs: list[_SeenClasses | _SeenNumbers | _SeenImages] = Field(default=[], max_length=20)


Matrix = Annotated[list[Annotated[list[Count], Field(max_length=200)]], Field(min_length=1, max_length=200)]


class _Classes(Told):
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


class _OfNumber(Told):
    name: Name
    kind: Literal["number"]
    accuracy: float
    error: Number


class _OfImages(Told):
    """Its images stay where they are: nothing that was drawn in there is opened out here."""

    name: Name
    kind: Literal["image"]
    pictures: Annotated[list[Any], AfterValidator(lambda _drawn: [])]


class _Task(Told):
    kind: Literal["evaluation"]
    loss: float
    accuracy: float
    task: Name
    outputs: Annotated[list[_OfClasses | _OfNumber | _OfImages], Field(max_length=20)]
    metrics: Annotated[dict[Name, Number], Field(max_length=100)] | None = None


_EVENT: Final[TypeAdapter[Any]] = TypeAdapter(
    _Begin | _Resume | _Batches | _Epoch | _Note | _Rate | _Probe | _Judged | _Task)


def event(told: object) -> dict[str, Any]:
    """The event that a sandboxed training told, if it is one.

    Raises:
        UserError: it is none.
    """
    try:
        found = _EVENT.validate_python(told)
    except (ValidationError, TypeError, OverflowError):  # a number and its format may not fit each other
        raise UserError("", UNTRUE) from None
    return dict(found.model_dump(exclude_unset=True))
