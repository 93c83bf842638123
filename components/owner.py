"""This browser's owner and language: read from its cookie and remembered for its session."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.belongings import BELONGINGS
from components.login import login_is_configured, person_in
from lib.data import own
from lib.errors import UserError
from lib.i18n import LANGUAGES, default_language, negotiate, use_language
from lib.owner import new_owner, owner_of, signed, verified
from lib.runs.store import Store
from lib.settings import settings

COOKIE: Final = "blockyard_owner"
# 400 days, the longest that browsers keep a cookie; every visit starts them anew.
_SECONDS: Final = 400 * 24 * 3600
_OWNER: Final = "house.owner"
_LANGUAGE: Final = "house.language"


def owner() -> str:
    """The owner of this browser's drafts and runs; without a cookie, one that lasts as long as this session."""
    if _OWNER not in st.session_state:
        st.session_state[_OWNER] = owner_in(st.context.cookies) or new_owner()
    return str(st.session_state[_OWNER])


def note_session() -> None:
    """Remember whose this session is, so that what it shows and takes is opened to its owner alone."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        BELONGINGS.note_session(context.session_id, owner_in(st.context.cookies))


def owner_in(cookies: Mapping[str, str]) -> str | None:
    """The owner that the cookies of a request prove; None when they prove none. For HTTP routes.

    Where people log in, that is who they are; else who has the cookie that we gave this browser.
    """
    if login_is_configured():
        person = person_in(cookies)
        return owner_of(person, settings().home) if person else None
    token = cookies.get(COOKIE)
    # Streamlit's AppTest has no browser and puts stand-ins where the texts of cookies would be.
    return verified(token, settings().home) if isinstance(token, str) else None


def owner_cookie(owner: str, secure: bool) -> str:
    """The cookie that makes a browser `owner`; `secure` where it has come over an encrypted connection."""
    token = signed(owner, settings().home)
    return (f"{COOKIE}={token}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax"
            f"{'; Secure' if secure else ''}")


def session_language() -> str:
    """The language of this session: chosen before, else the one the browser prefers."""
    if _LANGUAGE not in st.session_state:
        chosen = remembered_language(st.context.cookies)
        st.session_state[_LANGUAGE] = chosen or negotiate([st.context.locale or "en"])
    return str(st.session_state[_LANGUAGE])


def remembered_language(cookies: Mapping[str, str]) -> str | None:
    """The language that the owner of these cookies chose; None when there is no choice that can be read."""
    known = owner_in(cookies)
    if known is None:
        return None
    with suppress(UserError):
        chosen = Store().preference(known, "language")
        return chosen if chosen in LANGUAGES else None
    return None


def choose_language(code: str) -> None:
    """Show everything in language `code` from now on, in this and later sessions of this browser."""
    st.session_state[_LANGUAGE] = code
    use_language(code)
    known = owner_in(st.context.cookies)
    if known:
        with suppress(UserError):  # a full disk costs the memory of the choice, not the choice
            Store().set_preference(known, "language", code)


def _language_of_this_thread() -> str:
    """For a thread that no page has spoken in yet: that of a fragment, a callback, or of no session at all."""
    return session_language() if get_script_run_ctx(suppress_warning=True) else "en"


def _owner_of_this_thread() -> str | None:
    return owner() if get_script_run_ctx(suppress_warning=True) else None


default_language(_language_of_this_thread)
own.asked_by(_owner_of_this_thread)
