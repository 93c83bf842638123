"""A training in the sandbox: the same function as everywhere, which tells by lines on a pipe instead of to the store.

It hears {"order": ...} first, then what is wished of it: {"asked": wish, "rate": number}, and {"kept": true} when what
it told before a checkpoint is safe.
"""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from lib.arch import Architecture
from lib.data.catalogue import DatasetInfo
from lib.data.sources import hold
from lib.errors import UserError, shortened
from lib.i18n import N_
from lib.sandbox.parcel import unpacked
from lib.training import checkpoint
from lib.training.fit import train
from lib.training.recipe import Recipe
from lib.training.run import LeftBehindError, NoRoomError, RunSpec, Wish

FOLDER: Final = Path()
BROKEN: Final = N_("the training ended with an error, perhaps of the layer in Python: {problem}")
_HEAR: Final = 0


class _Line:
    """The line to the process outside."""

    def __init__(self, told: int) -> None:
        self._told, self._heard = told, b""
        self._wish: Wish = ""
        self._rate: float | None = None
        self._kept = False
        os.set_blocking(_HEAR, False)

    def say(self, **words: Any) -> None:
        """Tell one thing."""
        # Whatever stands in a number of NumPy, as the store writes it.
        text = json.dumps(words, default=lambda value: value.tolist()).encode() + b"\n"
        while text:
            text = text[os.write(self._told, text):]

    def asked(self) -> Wish:
        """What is wished."""
        self._listen()
        return self._wish

    def rate(self) -> float | None:
        """The learning rate that is wished."""
        return self._rate

    def keep(self) -> None:
        """Wait until all that was told is safe."""
        self._kept = False
        self.say(keep=True)
        while not self._kept:
            select.select([_HEAR], [], [])
            self._listen()

    def order(self) -> dict[str, Any]:
        """What is to be done."""
        while b"\n" not in self._heard:
            select.select([_HEAR], [], [])
            self._heard += self._read()
        line, self._heard = self._heard.split(b"\n", 1)
        return dict(json.loads(line))

    def _read(self) -> bytes:
        """What has come; nothing may have."""
        try:
            said = os.read(_HEAR, 1 << 16)
        except BlockingIOError:
            return b""
        if not said:
            # Nobody is there any more.
            os._exit(1)
        return said

    def _listen(self) -> None:
        # What came right behind the order is there already.
        *lines, self._heard = (self._heard + self._read()).split(b"\n")
        for words in map(json.loads, lines):
            if "kept" in words:
                self._kept = True
            else:
                self._wish, self._rate = words["asked"], words["rate"]


def main(told: int) -> None:
    """Train as ordered, and tell how it ended."""
    line = _Line(told)
    order = line.order()
    _say_how(line, lambda: _train(line, order))


def _train(line: _Line, order: dict[str, Any]) -> dict[str, Any]:
    info = order["info"]
    hold(DatasetInfo(**{**info, "input_shape": tuple(info["input_shape"]), "labels": tuple(info["labels"])}),
         order["source"], unpacked(order["data"], order["arrays"]))
    run = RunSpec(id=order["id"], name=order["name"], architecture=Architecture.from_json(order["architecture"]),
                  recipe=Recipe.from_json(order["recipe"]), folder=FOLDER, attempt=order["attempt"],
                  beyond=order["beyond"])

    def save(step: int, write: Callable[[Path], None], state: dict[str, Any]) -> None:
        line.keep()
        checkpoint.save(FOLDER / checkpoint.FOLDER, step, write, state)
        line.say(checkpoint=step)

    ended = train(run, lambda event: line.say(event=event), lambda: checkpoint.load(FOLDER / checkpoint.FOLDER), save,
                  line.asked, line.rate).ended
    return {"ended": ended}


def _say_how(line: _Line, work: Callable[[], dict[str, Any]]) -> None:
    try:
        line.say(**work())
    except NoRoomError as error:
        line.say(no_room=error.to_json())
    except UserError as error:
        line.say(failed=error.to_json())
    except LeftBehindError:
        line.say(left=True)
        os._exit(0)
    except Exception as error:
        problem = shortened(f"{type(error).__name__}: {error}", 400)
        line.say(failed=UserError("", BROKEN, problem=problem).to_json())
