"""Who has logged in, where the server has an identity provider (`[auth]` in Streamlit's secrets)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks, get_secrets_auth_section
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from lib.i18n import _


def login_is_configured() -> bool:
    """Whether people log in here; the cookie that Blockyard itself signs then proves nothing."""
    return bool(get_secrets_auth_section())


def person_in(cookies: Mapping[str, str]) -> str | None:
    """Who the provider says that the sender of these cookies is, "issuer subject"; None when it says nothing."""
    told = get_cookie_with_chunks(lambda name: _signed(name, cookies.get(name)), USER_COOKIE_NAME)
    try:
        claims = json.loads(told or b"{}")
    except ValueError:
        return None
    if not (isinstance(claims, dict) and claims.get("is_logged_in") and claims.get("sub")):
        return None
    return f"{claims.get('iss') or claims.get('provider') or ''} {claims['sub']}"


def ask_to_log_in() -> None:
    """The screen of who has not logged in."""
    st.title(_("Welcome"))
    st.write(_("Log in to build networks and to find again what you have made."))
    if st.button(_("Log in"), icon=":material/login:", type="primary"):
        st.login()


def draw_log_out() -> None:
    """A small button that ends the visit of who has logged in."""
    if st.button(_("Log out"), key="house.log_out", type="tertiary"):
        st.logout()


def _signed(name: str, text: str | None) -> bytes | None:
    return decode_signed_value(get_cookie_secret(), name, text.encode("latin-1")) if isinstance(text, str) else None
