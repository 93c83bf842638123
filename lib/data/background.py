"""Downloads that go on while pages come and go: one for each data set and process, seen by every session."""

from __future__ import annotations

from threading import Lock, Thread
from typing import Final

from lib.data.remote import Progress, download
from lib.errors import UserError
from lib.i18n import N_


class BackgroundDownload:
    """One download in a thread of its own.

    Attributes:
        progress: how far it is.
        error: why it failed, if it did.
    """

    def __init__(self, name: str) -> None:
        self.progress = Progress(0.0, N_("Connecting"), {})
        self.error: UserError | None = None
        self._thread = Thread(target=self._run, args=(name,), name=f"download {name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or after `seconds`."""
        self._thread.join(seconds)

    def _run(self, name: str) -> None:
        try:
            download(name, self._report)
        except UserError as error:
            self.error = error

    def _report(self, progress: Progress) -> None:
        self.progress = progress


_lock: Final = Lock()
_latest: Final[dict[str, BackgroundDownload]] = {}


def start(name: str) -> BackgroundDownload:
    """Download data set `name`, or join the download that is under way."""
    with _lock:
        known = _latest.get(name)
        if known is None or not known.running:
            known = _latest[name] = BackgroundDownload(name)
        return known


def latest(name: str) -> BackgroundDownload | None:
    """The last download of data set `name` that this process started, running or not."""
    return _latest.get(name)
