"""The frame of every page: language, logo and navigation. Streamlit runs this script for each interaction."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components import assets
from components.login import ask_to_log_in, draw_log_out, login_is_configured
from components.navigation import LANDING, pages
from components.owner import choose_language, note_session, owner_in, session_language
from lib.i18n import LANGUAGES, _, use_language

# Screen readers, hyphenation and spelling go by it; Streamlit's own page says "en" whatever is on it.
_LANGUAGE: Final = st.components.v2.component(
    "blockyard_language",
    html="<span></span>\n",
    js="export default ({ data }) => { document.documentElement.lang = data; };\n",
    isolate_styles=False,
)


def language_switch() -> None:
    """A small button in the header for each other language, named in that language."""
    with st.container(key="language_switch", horizontal=True, width="content"):
        st.html(assets.FOLDER / "shell.html", width="content")
        _LANGUAGE(key="house.told", data=session_language(), width="content", height="content")
        for code, name in LANGUAGES.items():
            if code != session_language() and st.button(name, key=f"house.speak.{code}", type="tertiary"):
                choose_language(code)
                st.rerun()
        if login_is_configured():
            draw_log_out()


note_session()
use_language(session_language())
if login_is_configured() and owner_in(st.context.cookies) is None:
    ask_to_log_in()
    language_switch()
    st.stop()
st.logo(assets.FOLDER / "logo.svg", size="large", icon_image=assets.FOLDER / "logo.svg")
# Before the navigation, which would fetch a picture for the tab from elsewhere.
st.set_page_config(page_icon=assets.FOLDER / "icon.png", layout="wide")
page = st.navigation(
    [
        st.Page(info.file, title=_(info.title), icon=info.icon, help=_(info.help), default=info.name == LANDING)
        for info in pages()
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} · Blockyard")
body = st.container()
# Below the page until its style arrives, so that the page does not jump when it does.
language_switch()
with body:
    page.run()
