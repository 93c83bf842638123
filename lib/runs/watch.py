"""Keeps a supervisor at work for as long as the web process lives, also when no page is open to ask for one."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

import anyio
import anyio.to_thread

from lib.errors import UserError
from lib.runs.supervisor import ensure_running
from lib.settings import settings
from lib.training.worker import JOB

EVERY: Final = 5.0

_log = logging.getLogger(__name__)


async def watch_supervisor(every: float = EVERY, job: str = JOB) -> None:
    """See every so many seconds that there is a supervisor, until cancelled. A home that was removed needs none."""
    complaint = ""
    while True:
        await anyio.sleep(every)
        try:
            if settings().home.exists():
                await anyio.to_thread.run_sync(partial(ensure_running, job), abandon_on_cancel=True)
            complaint = ""
        except UserError as error:
            if str(error) != complaint:
                _log.warning("%s", error)
            complaint = str(error)
