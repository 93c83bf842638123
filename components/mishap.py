"""What the screen shows when a page fails: one sentence, never a traceback."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from components.text import plain
from lib.errors import UserError
from lib.i18n import _

_LOG = logging.getLogger("blockyard")


def show_mishap(error: Exception) -> bool:
    """Say `error` in one sentence and log its traceback under the number that the sentence names.

    Returns True, which tells Streamlit that the error has been shown.
    """
    if isinstance(error, UserError):
        st.error(plain(str(error)), icon=":material/error:")
        return True
    st.error(told(error), icon=":material/error:")
    return True


def told(error: BaseException) -> str:
    """Log the traceback of an error that nobody has foreseen; the sentence that names its number in the log."""
    number = secrets.token_hex(4)
    _LOG.error("Mishap %s", number, exc_info=error)
    return _("Something went wrong here, and it is not your fault. The server's log has the details "
             "under number {number}.").format(number=number)
