"""The owner and the language of a session."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from components.owner import COOKIE, owner_in, remembered_language
from lib import data
from lib.data import own
from lib.owner import new_owner, signed
from lib.runs.store import Store
from tests.lib.data.test_own import ME, OTHER, arrays


def show_owner_and_language() -> None:
    import streamlit as st

    from components.owner import choose_language, owner, session_language
    from lib.i18n import _

    @st.fragment
    def part() -> None:
        st.button("again")
        st.text(_("Build"))

    if st.button("한국어"):
        choose_language("ko")
    st.text(owner())
    st.text(session_language())
    part()


def texts(app: AppTest) -> list[str]:
    assert not app.exception
    return [text.value for text in app.text]


def test_without_a_cookie_the_owner_lasts_as_long_as_the_session() -> None:
    app = AppTest.from_function(show_owner_and_language, default_timeout=30).run()
    first = texts(app)[0]
    assert len(first) == 32
    assert texts(app.run())[0] == first
    assert texts(AppTest.from_function(show_owner_and_language, default_timeout=30).run())[0] != first


def test_without_a_locale_the_language_is_english() -> None:
    assert texts(AppTest.from_function(show_owner_and_language, default_timeout=30).run())[1:] == ["en", "Build"]


def test_a_chosen_language_holds_for_every_later_run_and_in_fragments() -> None:
    app = AppTest.from_function(show_owner_and_language, default_timeout=30).run()
    app.button[0].click().run()
    assert texts(app)[1:] == ["ko", "조립"]
    assert texts(app.run())[1:] == ["ko", "조립"]
    app.button[1].click().run()
    assert texts(app)[1:] == ["ko", "조립"]


def test_only_a_signed_cookie_names_an_owner(home: Path) -> None:
    owner = new_owner()
    assert owner_in({COOKIE: signed(owner, home)}) == owner
    assert owner_in({COOKIE: owner}) is None
    assert owner_in({}) is None


def test_a_language_is_remembered_for_the_owner_who_chose_it(home: Path) -> None:
    owner = new_owner()
    cookies = {COOKIE: signed(owner, home)}
    assert remembered_language(cookies) is None
    Store().set_preference(owner, "language", "ko")
    assert remembered_language(cookies) == "ko"
    assert remembered_language({COOKIE: signed(new_owner(), home)}) is None
    Store().set_preference(owner, "language", "klingon")
    assert remembered_language(cookies) is None


def show_data_set() -> None:
    import streamlit as st

    from lib import data

    st.text(data.title(st.session_state["named"]))


def test_a_page_finds_no_data_set_of_another_even_by_its_name() -> None:
    info = own.add(ME, "Pets", arrays(), ("cat", "dog"))
    seen = []
    for asking in (ME, OTHER):
        app = AppTest.from_function(show_data_set, default_timeout=30)
        app.session_state["house.owner"], app.session_state["named"] = asking, info.name
        seen += texts(app.run())
    assert seen == ["Pets", "a data set that is gone"]
    assert data.title(info.name) == "Pets", "a worker finds what it was told to learn from"
