"""What a form needs to know of each field of a model: read once from the model's own annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lib.arch.inner import Inner


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values; `counts` also takes a whole number that is typed."""

    options: tuple[Any, ...]
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, or one with decimals, between bounds (None: none)."""

    whole: bool
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class OneOrTwo:
    """One number for height and width, or both; `sides` also takes each of top, bottom, left and right."""

    sides: bool = False


@dataclass(frozen=True, slots=True)
class Several:
    """A list of numbers, whole ones or with decimals; `single` also takes one number that is no list, and `gaps`
    takes None, written "?", among them."""

    whole: bool = True
    single: bool = False
    gaps: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several models by their names, or one of a few `plain` values, or one of one's `own`: a model that has no
    name before somebody gives it one."""

    models: Mapping[str, type[BaseModel]]
    plain: tuple[str, ...] = ()
    own: type[BaseModel] | None = None
    unfolds: bool = False
    """Whether the fields of one's own are shown too."""

    @property
    def options(self) -> tuple[str, ...]:
        """What can be chosen, beside those of one's own."""
        return (*self.plain, *self.models)

    def opens(self, value: Any) -> bool:
        """Whether the fields of what is chosen are shown too."""
        return isinstance(value, BaseModel) and (self.unfolds or not self.is_own(value))

    def is_own(self, value: Any) -> bool:
        """Whether it is one of one's own."""
        return self.own is not None and isinstance(value, self.own)

    def __hash__(self) -> int:
        return hash((self.options, self.own))


@dataclass(frozen=True, slots=True)
class Text:
    """Text of several lines, as it is typed."""

    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Text on one line."""

    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Several models of one kind, at most so many, which can be added and removed; `add` says so on a button."""

    model: type[BaseModel]
    most: int
    add: str


Kind = Choice | Flag | Line | Number | OneOrTwo | Rows | Several | Text | Variant


@dataclass(frozen=True, slots=True)
class FormField:
    """One field that a form shows. `default` is the model's own, `...` where it has none."""

    name: str
    title: str
    help: str
    kind: Kind
    optional: bool
    advanced: bool
    default: Any


@lru_cache(maxsize=256)
def form_fields(model: type[BaseModel]) -> tuple[FormField, ...]:
    """The fields of `model` that a form can show, in order; constants and lists of models are left out."""
    found = (_form_field(name, info) for name, info in model.model_fields.items())
    return tuple(field for field in found if field)


def _form_field(name: str, info: FieldInfo) -> FormField | None:
    annotation = info.annotation
    optional, annotation, metadata = _without_none(annotation, list(info.metadata))
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind = Text(_longest(metadata)) if extra.get("multiline") else _kind(annotation, metadata)
    if "add" in extra:
        kind = Rows(get_args(annotation)[0], _longest(metadata) or 1, str(extra["add"]))
    if kind is None:
        return None
    default = ... if info.is_required() else info.get_default(call_default_factory=False)
    title = info.title or name.replace("_", " ").capitalize()
    return FormField(name, title, info.description or "", kind, optional, bool(extra.get("advanced")), default)


def _without_none(annotation: Any, metadata: list[Any]) -> tuple[bool, Any, list[Any]]:
    """Whether None is allowed, what else is, and the bounds of that."""
    annotation, metadata = _bare(annotation, metadata)
    members = get_args(annotation) if _is_union(annotation) else (annotation,)
    others = [member for member in members if member is not NoneType]
    if len(others) == len(members):
        return False, annotation, metadata
    if len(others) == 1:
        return True, *_bare(others[0], metadata)
    return True, Union[tuple(others)], metadata  # noqa: UP007 - the members are known only here


def _bare(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    if get_origin(annotation) is not Annotated:
        return annotation, metadata
    inner, *more = get_args(annotation)
    for part in more:
        metadata = [*metadata, *(part.metadata if isinstance(part, FieldInfo) else [part])]
    return _bare(inner, metadata)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _kind(annotation: Any, metadata: list[Any]) -> Kind | None:
    inner = next((mark for mark in metadata if isinstance(mark, Inner)), None)
    if inner is not None:
        return Variant(inner.choices())
    if get_origin(annotation) is Literal:
        options = get_args(annotation)
        return Choice(options) if len(options) > 1 else None
    if annotation is bool:
        return Flag()
    if annotation is str:
        return Line(_longest(metadata))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Variant({}, (), annotation, unfolds=True)
    if annotation in (int, float):
        return Number(annotation is int, _bound(metadata, "ge", "gt"), _bound(metadata, "le", "lt"))
    if _is_union(annotation):
        return _union(get_args(annotation))
    if get_origin(annotation) is tuple:
        gaps, item, _marks = _without_none(get_args(annotation)[0], [])
        number = _number(item)
        return Several(number is int, gaps=gaps) if number else None
    return None


def _longest(metadata: list[Any]) -> int | None:
    return next((mark.max_length for mark in metadata if isinstance(mark, MaxLen)), None)


def _number(annotation: Any) -> type | None:
    """The kind of number that `annotation` stands for; a choice of numbers is whole."""
    bare = _bare(annotation, [])[0]
    if get_origin(bare) is Literal:
        return int if all(isinstance(option, int) for option in get_args(bare)) else None
    return bare if bare in (int, float) else None


def _flat(members: tuple[Any, ...]) -> list[Any]:
    """The members of a union, those of unions in it among them."""
    bare = [_bare(member, [])[0] for member in members]
    return [one for member in bare for one in (_flat(get_args(member)) if _is_union(member) else [member])]


def _union(members: tuple[Any, ...]) -> Kind | None:
    flat = _flat(members)
    models = [member for member in flat if isinstance(member, type) and issubclass(member, BaseModel)]
    if models:
        plain = [option for member in flat if get_origin(member) is Literal for option in get_args(member)]
        own = [member for member in models if member.model_fields["name"].is_required()]
        named = {member.model_fields["name"].default: member for member in models if member not in own}
        return Variant(named, tuple(plain), own[0] if own else None)
    lists = [member for member in flat if get_origin(member) is tuple and get_args(member)[-1] is Ellipsis]
    if lists:
        return Several(_number(get_args(lists[0])[0]) is int, single=True)
    if int in flat and all(member is int or get_origin(member) is Literal for member in flat):
        words = tuple(option for member in flat if member is not int for option in get_args(member))
        return Choice(words, counts=True)
    kinds = {get_origin(_bare(member, [])[0]) or _bare(member, [])[0] for member in members}
    if kinds != _PAIR:
        return None
    return OneOrTwo(any(get_origin(get_args(member)[0]) is tuple for member in members if get_args(member)))


_PAIR: Final = {int, tuple}


def _bound(metadata: list[Any], *names: str) -> float | None:
    for part in metadata:
        for name in names:
            value = getattr(part, name, None)
            if value is not None:
                return float(value)
    return None
