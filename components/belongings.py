"""Whose the sessions and the files in the memory of this process are, where Streamlit itself does not ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final

from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

_MOST_SESSIONS: Final = 20_000
_PRUNE_AT: Final = 5_000


class Belongings:
    """Remembers the owner of every session, and of every picture and download that a session has shown.

    An owner is None for a browser without a cookie; what such a one sees can be opened by whoever knows its address.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, str | None] = OrderedDict()
        self._files: dict[str, set[str | None]] = {}
        self._manager: MediaFileManager | None = None
        self._uploads: MemoryUploadedFileManager | None = None
        self._prune_at = _PRUNE_AT

    def note_session(self, session: str, owner: str | None) -> None:
        """`session` is that of `owner`."""
        with self._lock:
            self._sessions[session] = owner
            self._sessions.move_to_end(session)
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)

    def note_file(self, file: str, session: str) -> None:
        """`session` shows the media file of the id `file`."""
        with self._lock:
            if session in self._sessions:
                self._files.setdefault(file, set()).add(self._sessions[session])
            if len(self._files) >= self._prune_at and self._manager is not None:
                self._files = {name: whose for name, whose in self._files.items() if self._manager.read_file(name)}
                self._prune_at = max(_PRUNE_AT, 2 * len(self._files))

    def may_use(self, session: str, owner: str | None) -> bool:
        """Whether `owner` may go on with `session` and send files to it."""
        with self._lock:
            return session in self._sessions and self._sessions[session] in (owner, None)

    def may_open(self, address: str, owner: str | None) -> bool:
        """Whether `owner` has been shown the media file at `address`, "id.ending"."""
        with self._lock:
            return not self._files.get(address.partition(".")[0], set()).isdisjoint((owner, None))

    def uploaded(self, owner: str | None) -> int:
        """Bytes that the sessions of `owner` have uploaded and not yet let go."""
        with self._lock:
            sessions = {session for session, whose in self._sessions.items() if whose == owner}
        stored = self._uploads.file_storage if self._uploads is not None else {}
        return sum(len(file.data) for session, files in list(stored.items()) if session in sessions
                   for file in list(files.values()))

    def watch(self, manager: MediaFileManager, uploads: MemoryUploadedFileManager) -> None:
        """Note every file that a session puts into `manager` from now on, at once or when it is fetched."""
        add, execute = manager.add, manager.execute_deferred
        self._manager, self._uploads = manager, uploads

        def noted_add(*args: Any, **more: Any) -> str:
            address = add(*args, **more)
            context = get_script_run_ctx(suppress_warning=True)
            if context is not None:
                self.note_file(_name(address), context.session_id)
            return address

        def noted_execute(file_id: str) -> str:
            waiting = manager._deferred_callables.get(file_id)
            address = execute(file_id)
            if waiting is not None:
                self.note_file(_name(address), waiting["session_id"])
            return address

        manager.add = noted_add  # type: ignore[method-assign]
        manager.execute_deferred = noted_execute  # type: ignore[method-assign]


def _name(address: str) -> str:
    return address.rsplit("/", 1)[-1].partition(".")[0]


BELONGINGS: Final = Belongings()
