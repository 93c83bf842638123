"""The names of the server, and the pages that may talk to it."""

from __future__ import annotations

import socket

import pytest

from lib.errors import UserError
from lib.hosts import host_allowed, origin_allowed
from lib.settings import settings


@pytest.mark.parametrize("host", [
    "localhost", "localhost:8501", "127.0.0.1:8501", "192.168.1.7", "[::1]:80", "LocalHost.",
])
def test_this_computer_may_be_named(host: str) -> None:
    assert host_allowed(host)
    assert host_allowed(socket.gethostname())


@pytest.mark.parametrize("host", [
    None, "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:8501:1", "a@localhost",
    "localhost/x", "localhost ", "localhost\n", "[::1", "::1]", ":8501", "a" * 300,
])
def test_what_leads_here_by_a_strangers_name_may_not(host: str | None) -> None:
    assert not host_allowed(host)


def test_the_settings_name_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_HOSTS", "ml.school.example, *.lab.example")
    assert host_allowed("ML.school.example:443")
    assert host_allowed("a.lab.example")
    assert not host_allowed("lab.example.evil")
    assert not host_allowed("evil-ml.school.example")
    assert origin_allowed("https://ml.school.example", "localhost:8501")
    monkeypatch.setenv("BLOCKYARD_HOSTS", "*")
    assert host_allowed("any.example")
    assert not origin_allowed("https://any.example", "localhost:8501")
    monkeypatch.setenv("BLOCKYARD_HOSTS", "<script>")
    with pytest.raises(UserError, match="BLOCKYARD_HOSTS"):
        settings()


@pytest.mark.parametrize("origin", [
    "http://evil.example", "null", "", "http://localhost:8502", "http://127.0.0.1:8501", "file://localhost:8501",
    "http://localhost:8501.evil.example", "http://[", "localhost:8501",
])
def test_no_other_page_may_ask(origin: str) -> None:
    assert not origin_allowed(origin, "localhost:8501")


def test_our_page_and_programs_may_ask() -> None:
    assert origin_allowed("http://localhost:8501", "localhost:8501")
    assert origin_allowed(None, "localhost:8501")


def test_a_name_in_letters_of_any_language_is_known_as_browsers_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_HOSTS", "학교.kr, *.수업.kr")
    for name in ("학교.kr", "ml.수업.kr"):
        sent = name.encode("idna").decode()
        assert host_allowed(f"{sent}:8501")
        assert origin_allowed(f"https://{sent}", "localhost:8501")
    assert not host_allowed("학원.kr".encode("idna").decode())
