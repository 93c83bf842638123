"""The page on which somebody goes on in another browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from components import move_page
from components.admin_gate import FREE_GUESSES
from components.owner import COOKIE
from lib.owner import new_owner, signed, verified
from lib.runs.store import Store
from tests.components.test_middleware import Answer, ask

APP = Starlette(routes=list(move_page.ROUTES))


@pytest.fixture(autouse=True)
def no_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move_page, "GATES", move_page.Gates())


def post(cookie: str = "", **form: str) -> Answer:
    return ask("/move", "POST", body=urlencode(form).encode(), app=APP, cookie=cookie)


def test_one_browser_shows_a_code_and_another_takes_it(home: Path) -> None:
    owner = new_owner()
    cookie = f"{COOKIE}={signed(owner, home)}"
    shown = post(cookie, do="show")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    code = re.findall(r"<output>([^<]+)</output>", shown.text)[0]
    assert code not in ask("/move", app=APP, cookie=cookie).text
    taken = post(code=code.lower())
    assert (taken.status, taken.headers["location"]) == (303, "/")
    assert verified(taken.token, home) == owner
    assert post(code=code).status == 403


def test_a_new_browser_is_an_owner_from_the_first_look_at_the_page(home: Path) -> None:
    assert verified(ask("/move", app=APP).token, home) is not None
    assert post(do="show").status == 403


def test_wrong_codes_are_looked_at_only_so_often(home: Path) -> None:
    code = Store().new_recovery(new_owner())
    assert {post(code=f"{number}-<b>").status for number in range(FREE_GUESSES)} == {403}
    held = post(code=code)
    assert held.status == 429
    assert "set-cookie" not in held.headers


def test_no_other_page_shows_or_takes_a_code() -> None:
    assert ask("/move", "POST", body=b"do=show", app=APP, origin="http://evil.example").status == 403


def test_where_people_log_in_nobody_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.addresses.login_is_configured", lambda: True)
    assert ask("/move", app=APP).status == 404


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_speaks_the_language_of_its_reader(language: str) -> None:
    page = ask("/move", app=APP, accept_language=language).text
    assert f'<html lang="{language}">' in page
    assert "$" not in page
