"""The life of a run, in one table: which state may follow which."""

from __future__ import annotations

from typing import Final, Literal

from lib.errors import UserError
from lib.i18n import N_

State = Literal["queued", "starting", "running", "pausing", "paused", "stopping", "interrupted", "finished", "stopped",
                "failed"]

WAITING: Final[tuple[State, ...]] = ("queued", "interrupted")
"""A worker takes it up as soon as there is one: a run that waits for its turn, was put away, or lost its worker."""
ACTIVE: Final[tuple[State, ...]] = ("starting", "running", "pausing", "stopping")
"""A worker has it in hand."""
ENDED: Final[tuple[State, ...]] = ("finished", "stopped", "failed")
"""Nothing more happens to it unless its owner wants it to go on."""

FOLLOWS: Final[dict[State, tuple[State, ...]]] = {
    "queued": ("queued", "starting", "paused", "stopped", "failed"),
    "starting": ("queued", "running", "pausing", "paused", "stopping", "stopped", "failed", "interrupted"),
    "running": ("queued", "pausing", "paused", "stopping", "finished", "stopped", "failed", "interrupted"),
    "pausing": ("paused", "stopping", "finished", "stopped", "failed", "interrupted"),
    "paused": ("queued", "stopped"),
    "stopping": ("finished", "stopped", "failed"),
    "interrupted": ("queued", "starting", "paused", "stopped", "failed"),
    "finished": ("queued",),
    "stopped": ("queued",),
    "failed": ("queued",),
}

TITLES: Final[dict[State, str]] = {
    "queued": N_("Waiting"),
    "starting": N_("Starting"),
    "running": N_("Training"),
    "pausing": N_("Pausing"),
    "paused": N_("Paused"),
    "stopping": N_("Stopping"),
    "interrupted": N_("Interrupted"),
    "finished": N_("Finished"),
    "stopped": N_("Stopped"),
    "failed": N_("Failed"),
}


def check_transition(state: State, following: str) -> State:
    """`following` as a state.

    Raises:
        UserError: `following` is no state, or may not come after `state`.
    """
    for allowed in FOLLOWS[state]:
        if allowed == following:
            return allowed
    raise UserError("state", N_("a run that is {state} cannot become what was asked"), following, state=state)
