"""What a dialog offers to be taken: a frame for each, with its numbers, and what happens when it is taken."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components import session
from components.numbers import grouped
from components.selection import choose_first
from components.units import compact
from lib.arch import Architecture, Cost
from lib.i18n import _

_WIDTH: Final = 330


def frame(key: str) -> st.delta_generator.DeltaGenerator:
    """The frame of one offer."""
    return st.container(border=True, width=_WIDTH, gap=None, key=key)


def counts(total: Cost) -> str:
    """The size of a network in a few words."""
    return _("{parameters} parameters, {macs} MACs").format(
        parameters=grouped(total.parameters), macs=compact(total.macs)
    )


def take(network: Architecture, label: str, **values: Any) -> None:
    """Put `network` in the place of the one that is shown, its first block open, as the step `label`."""
    if session.put(network, label, **values):
        choose_first(network)
