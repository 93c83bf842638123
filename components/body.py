"""How much a request may bring and how long it may take: what is more is refused before anybody reads it."""

from __future__ import annotations

from typing import Final

import anyio
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

PATIENCE: Final = 20.0
"""Seconds until the next piece of a body must be here."""
LONGEST: Final = 600.0
"""Seconds that a whole body may take."""


def limited(receive: Receive, most: int, patience: float = PATIENCE, longest: float = LONGEST) -> Receive:
    """`receive` of a request whose body has `most` bytes and comes in time.

    Raises:
        HTTPException: from the result, with 413 for a body that is too large and 408 for one that is too slow.
    """
    taken, over, deadline = 0, False, None

    async def receive_limited() -> Message:
        nonlocal taken, over, deadline
        # What comes after a body is the end of the connection, which may take as long as the answer does.
        if over:
            return await receive()
        now = anyio.current_time()
        deadline = deadline or now + longest
        try:
            with anyio.fail_after(min(patience, deadline - now)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"connection": "close"}) from None
        taken += len(message.get("body", b""))
        over = not message.get("more_body", False)
        if taken > most:
            raise HTTPException(413, headers={"connection": "close"})
        return message

    return receive_limited
