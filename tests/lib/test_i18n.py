"""The language of a text."""

from __future__ import annotations

import threading

import pytest

from lib import i18n
from lib.i18n import LANGUAGES, _, default_language, language, negotiate, use_language


def test_english_is_the_source() -> None:
    assert language() == "en"
    assert _("Build") == "Build"


def test_korean(korean: None) -> None:
    assert _("Build") == "조립"


def test_an_unknown_message_and_an_empty_one_stay_as_they_are(korean: None) -> None:
    assert _("no such message") == "no such message"
    assert _("") == ""


def test_an_unknown_language_is_english() -> None:
    use_language("xx")
    assert language() == "en"


@pytest.mark.parametrize(("preferred", "chosen"), [
    (["ko-KR", "en"], "ko"),
    (["ko"], "ko"),
    (["en-GB", "ko"], "en"),
    (["fr-FR", "ko-KR"], "ko"),
    (["fr"], "en"),
    ([], "en"),
])
def test_negotiates_with_the_browser(preferred: list[str], chosen: str) -> None:
    assert negotiate(preferred) == chosen
    assert chosen in LANGUAGES


@pytest.fixture
def korean_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    # The pages have set a default of their own in this process, and it comes back.
    monkeypatch.setattr(i18n, "_default", i18n._default)
    default_language(lambda: "ko")


def test_a_new_thread_asks_for_the_default_and_changes_no_other(korean_by_default: None) -> None:
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.append(_("Build")))
    thread.start()
    thread.join()
    assert heard == ["조립"]
    assert _("Build") == "Build"
