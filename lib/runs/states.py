"""The life of a run, in one table: which state may follow which."""

from __future__ import annotations

from typing import Final, Literal

from lib.errors import UserError
from lib.i18n import N_

State = Literal["queued", "starting", "running", "stopping", "finished", "stopped", "failed", "interrupted"]

ACTIVE: Final[tuple[State, ...]] = ("starting", "running", "stopping")
ENDED: Final[tuple[State, ...]] = ("finished", "stopped", "failed", "interrupted")

FOLLOWS: Final[dict[State, tuple[State, ...]]] = {
    "queued": ("starting", "stopped", "failed"),
    "starting": ("running", "stopping", "stopped", "failed", "interrupted"),
    "running": ("stopping", *ENDED),
    "stopping": ENDED,
    "finished": (),
    "stopped": (),
    "failed": (),
    "interrupted": (),
}

TITLES: Final[dict[State, str]] = {
    "queued": N_("Waiting"),
    "starting": N_("Starting"),
    "running": N_("Training"),
    "stopping": N_("Stopping"),
    "finished": N_("Finished"),
    "stopped": N_("Stopped"),
    "failed": N_("Failed"),
    "interrupted": N_("Interrupted"),
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
