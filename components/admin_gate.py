"""The door of the Admin page: a password, and a wait that grows with wrong guesses, for everybody alike."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Final

import streamlit as st

from components.numbers import duration
from lib.i18n import _
from lib.settings import settings

FREE_GUESSES: Final = 5
FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 900.0
FORGOTTEN_AFTER: Final = 3600.0
_ENTERED: Final = "admin.entered"
_WRONG: Final = "admin.wrong"
_PASSWORD: Final = "admin.password"  # noqa: S105
_TICK: Final = 1.0
_MINUTE: Final = 60.0

_log = logging.getLogger(__name__)


class Gate:
    """Counts the wrong guesses of the whole process, so that a new browser or session is no way around the wait.

    The first `FREE_GUESSES` cost nothing; from then on each wrong one makes everybody wait, twice as long each time.
    What is guessed during the wait is not looked at. After `FORGOTTEN_AFTER` seconds without a guess all begins anew.
    `clock` gives seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong = 0
        self._last = -math.inf

    def wait(self) -> float:
        """Seconds until the next guess is looked at; 0 for at once."""
        over = self._wrong - FREE_GUESSES
        if over < 0:
            return 0.0
        waits = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(over, 64))
        return max(0.0, self._last + waits - self._clock())

    def guess(self, word: str, password: str) -> bool | None:
        """Whether `word` is the password; None during a wait, when it is not looked at."""
        return self.attempt(lambda: same(word, password), "password for the Admin page")

    def attempt(self, is_right: Callable[[], bool], what: str) -> bool | None:
        """The answer of `is_right` about a guess at `what`; None during a wait, when it is not asked."""
        with self._lock:
            if self.wait():
                return None
            if is_right():
                self._wrong = 0
                return True
            now = self._clock()
            self._wrong = self._wrong + 1 if now - self._last < FORGOTTEN_AFTER else 1
            self._last = now
            _log.warning("a wrong %s, %s in a row", what, self._wrong)
            return False


GATE: Final = Gate()


def same(word: str, password: str) -> bool:
    """Whether both are the same, in a time that tells neither where they differ nor how long they are."""
    return hmac.compare_digest(_digest(word), _digest(password))


def is_open() -> bool:
    """Whether this session has given the password that the settings have now."""
    password = settings().admin
    return bool(password) and same(st.session_state.get(_ENTERED, ""), password)


def draw_gate() -> None:
    """Ask for the password, and say what is wrong with what was entered and how long to wait."""
    waits = GATE.wait() > 0
    st.fragment(_ask, run_every=_TICK if waits else None)(waits)


def _ask(waits: bool) -> None:
    wait = GATE.wait()
    if is_open() or waits != (wait > 0):
        st.rerun(scope="app")
    st.text_input(_("Password"), type="password", key=_PASSWORD, on_change=_enter, width=320, disabled=waits,
                  autocomplete="current-password")
    said = [_("This is not the password.")] if st.session_state.get(_WRONG) else []
    if waits:
        said.append(_("There have been too many wrong ones: the next is looked at in {time}.").format(
            time=duration(math.ceil(wait)) if wait > _MINUTE else _("{seconds} s").format(seconds=math.ceil(wait))))
    if said:
        st.error(" ".join(said), icon=":material/lock:")


def _enter() -> None:
    word = st.session_state[_PASSWORD]
    if not word:
        return
    right = GATE.guess(word, settings().admin)
    if right:
        st.session_state[_ENTERED] = word
    st.session_state[_WRONG] = right is False
    st.session_state[_PASSWORD] = ""


def _digest(text: str) -> bytes:
    # A setting may hold bytes that are no text.
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
