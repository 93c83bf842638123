"""The real job, in a worker that ends itself with SIGKILL at a chance moment of its work on files or on the store.

Checkpoints come often, so that many moments are those of a checkpoint. Every end is written to `kills` in the home
first, as one line; nobody ends itself when there are as many as the file `kills wanted` says.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from lib.runs.records import Run
from lib.settings import settings
from lib.training import job, keeping
from lib.training.run import Ended

AT_ONCE = 2
"""So many deaths without a checkpoint in between are allowed; the next would end the run as failed."""
LATEST = {"files": 150, "store": 60}
"""The kill comes at one of so many changes of one kind."""
CHANGES = {"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "shutil.rmtree"}
STATEMENTS = ("before_cursor_execute", "after_cursor_execute", "commit", "begin")

keeping.BETWEEN_EPOCHS = 0.0  # type: ignore[misc]
keeping.WITHIN_EPOCH = 0.15  # type: ignore[misc]


class Fate:
    """Counts the changes down to the one at which the process ends; a negative count never comes to it."""

    def __init__(self) -> None:
        self.kind, self.left = "", -1

    def draw(self) -> None:
        """Choose when the process shall end."""
        chance = random.SystemRandom()
        self.kind = chance.choice(list(LATEST))
        self.left = chance.randrange(1, LATEST[self.kind])

    def change(self, kind: str, what: str) -> None:
        """One change more."""
        if kind != self.kind or self.left < 0:
            return
        self.left -= 1
        if self.left == 0 and may_end(f"{kind}: {what}"):
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        """What Python tells of everything that it does."""
        if self.left > 0 and (name in CHANGES or (name == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR))):
            self.change("files", name)


def may_end(what: str) -> bool:
    """Whether another end is wanted; if so, it is written down."""
    path, wanted = settings().home / "kills", settings().home / "kills wanted"
    path.touch()
    if not wanted.exists() or len(path.read_text().splitlines()) >= int(wanted.read_text()):
        return False
    with path.open("a") as file:
        file.write(f"{what}\n")
    return True


fate = Fate()


def warm_up() -> None:
    """As the real job, and everything that may end it is listened to."""
    job.warm_up()
    sys.addaudithook(fate.audit)
    for name in STATEMENTS:
        event.listen(Engine, name, lambda *_given, name=name: fate.change("store", name))


def train(run: Run, *given: Any) -> Ended:
    """As the real job, as far as it comes."""
    if run.deaths < AT_ONCE:
        fate.draw()
    try:
        return job.train(run, *given)
    finally:
        fate.left = -1
