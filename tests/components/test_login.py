"""Who logs in owns what they make, in every browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from components import login
from components.owner import COOKIE, owner_in
from lib.owner import new_owner, signed
from tests.components.test_middleware import ask

SHELL = Path(login.__file__).parent / "shell.py"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has an identity provider."""
    monkeypatch.setattr(login, "get_secrets_auth_section", lambda: {"client_id": "blockyard"})


def cookies(secret: str = "", **claims: Any) -> dict[str, str]:
    told = json.dumps({"iss": "https://school.example", "is_logged_in": True, **claims})
    return {USER_COOKIE_NAME: create_signed_value(secret or get_cookie_secret(), USER_COOKIE_NAME, told).decode()}


def test_a_person_is_the_same_owner_in_every_browser(provider: None) -> None:
    ann = owner_in(cookies(sub="ann"))
    assert ann
    assert owner_in(cookies(sub="ann", name="Ann")) == ann
    assert owner_in(cookies(sub="bob")) not in {ann, None}
    assert owner_in(cookies(sub="ann", iss="https://other.example")) not in {ann, None}


def test_nothing_else_proves_anything_where_people_log_in(provider: None, home: Path) -> None:
    assert owner_in({COOKIE: signed(new_owner(), home)}) is None
    for wrong in (cookies(), cookies(sub="ann", is_logged_in=False), cookies("another secret", sub="ann"),
                  {USER_COOKIE_NAME: "x"}, {}):
        assert owner_in(wrong) is None


def test_without_a_provider_that_cookie_is_nothing(home: Path) -> None:
    owner = new_owner()
    assert owner_in(cookies(sub="ann")) is None
    assert owner_in({**cookies(sub="ann"), COOKIE: signed(owner, home)}) == owner


def test_a_page_gives_no_cookie_and_asks_to_log_in(provider: None) -> None:
    assert "set-cookie" not in ask("/").headers
    assert ask("/auth/login").status == 200
    page = AppTest.from_file(str(SHELL), default_timeout=30).run()
    assert not page.exception
    assert [title.value for title in page.title] == ["Welcome"]
    assert "Log in" in [button.label for button in page.button]
