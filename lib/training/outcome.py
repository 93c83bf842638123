"""How the training of a worker ended, and what becomes of its run by that."""

from __future__ import annotations

import contextlib
import errno
import logging
import secrets
import shutil
import traceback
from collections.abc import Callable
from typing import Final, NamedTuple

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.database import DISK_FULL, WRITE_ERROR
from lib.runs.limits import folder_size
from lib.runs.records import Run
from lib.runs.states import State
from lib.runs.store import StaleAttemptError
from lib.training import checkpoint
from lib.training.run import Ended, LeftBehindError, NoRoomError

LOG: Final = "worker.log"
SPARE_ROOM: Final = 64_000_000
BYTES_OF_A_PARAMETER: Final = 16
PUT_AWAY: Final = N_("the training process was told to end; all was kept, and the training goes on by itself")
UNEXPECTED: Final = N_("the training ended with an unexpected error; the file {log} in its folder says more at {mark}")

_log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """How a training ended.

    Attributes:
        state: that of its run from now on.
        reason: why, where that is to be told.
        needs_room: bytes that must be free for it to go on.
        sound: whether the process is fit for another run.
    """

    state: State
    reason: UserError | None = None
    needs_room: int | None = None
    sound: bool = True


class SilentStoreError(Exception):
    """The store could not be told what has happened so far."""

    def __init__(self, reason: UserError) -> None:
        super().__init__(reason)
        self.reason = reason


def outcome(run: Run, work: Callable[[], Ended], leaves: Callable[[], bool]) -> Outcome:
    """Do the `work` of `run`, and tell how it ended, whatever that is; `leaves` says whether a pause is the worker's.

    Raises:
        StaleAttemptError: the run is not this worker's any more.
    """
    try:
        ended = work()
        return Outcome("queued", UserError("", PUT_AWAY)) if ended == "paused" and leaves() else Outcome(ended)
    except SilentStoreError as error:
        full = error.reason.expected in (DISK_FULL, WRITE_ERROR)
        return Outcome("paused", error.reason, _room(run, errno.ENOSPC) if full else 0)
    except NoRoomError as error:
        number = error.__cause__.errno if isinstance(error.__cause__, OSError) else errno.ENOSPC
        return Outcome("paused", error, _room(run, number))
    except UserError as error:
        return Outcome("failed", error)
    except LeftBehindError:
        return Outcome("stopped", sound=False)
    except StaleAttemptError:
        raise
    except Exception:
        return Outcome("failed", _unexpected(run), sound=False)


def _room(run: Run, number: int | None) -> int:
    """Bytes that must be free before `run` can go on, which found no room for the reason `number`."""
    if number != errno.ENOSPC:
        # A quota or a limit of file size: more must be free than now, whatever is free.
        return shutil.disk_usage(run.folder.parent).free + SPARE_ROOM
    saved = max((folder_size(path) for path in (run.folder / checkpoint.FOLDER).glob("ckpt-*")), default=0)
    return (saved or run.parameters * BYTES_OF_A_PARAMETER) + SPARE_ROOM


def _unexpected(run: Run) -> UserError:
    """Put the traceback where the owner's machine keeps it, and make the sentence that leads there."""
    mark = secrets.token_hex(4)
    _log.exception("run %s, %s", run.id, mark)
    with contextlib.suppress(OSError), (run.folder / LOG).open("a", encoding="utf-8") as log:
        log.write(f"{mark}\n{traceback.format_exc()}\n")
    return UserError("", UNEXPECTED, log=LOG, mark=mark)
