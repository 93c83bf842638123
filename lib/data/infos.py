"""What is known about a data set, built in or brought, by its name."""

from __future__ import annotations

from typing import Final

from lib.data import own
from lib.data.catalogue import DATASETS, DatasetInfo
from lib.errors import UserError
from lib.i18n import N_, _

_introduced: Final[dict[str, DatasetInfo]] = {}


def introduce(about: DatasetInfo) -> None:
    """From now on `info` knows this of the set: for a process that can read no files."""
    _introduced[about.name] = about


def info(name: str) -> DatasetInfo:
    """What is known about data set `name` before it is loaded.

    Raises:
        UserError: there is no such data set, or not any more.
    """
    if name in _introduced:
        return _introduced[name]
    if own.is_own(name):
        return own.info(name)
    if name not in DATASETS:
        raise UserError("data", N_("expected one of {names}"), name, names=", ".join(DATASETS))
    return DATASETS[name]


def title(name: str) -> str:
    """What the screen calls data set `name`, in the language of the moment, also where it is gone."""
    try:
        return info(name).shown_title
    except UserError:
        return _("a data set that is gone")
