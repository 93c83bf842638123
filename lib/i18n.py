"""Translation of every text on the screen: English in the source, other languages in `locales/`."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = {"en": "English", "ko": "한국어"}
LOCALES: Final = Path(__file__).resolve().parent.parent / "locales"

_language: ContextVar[str | None] = ContextVar("language", default=None)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark `message` for extraction; it is translated with `_` where it is shown."""
    return message


def _(message: str) -> str:
    """`message` in the language of this context."""
    return _catalogue(language()).gettext(message) if message else ""


def language() -> str:
    """The language code of this context; one that has none yet takes the default and keeps it."""
    code = _language.get()
    if code is None:
        code = _default()
        use_language(code)
    return code


def use_language(code: str) -> None:
    """Show the texts of this context (a thread, a task) in language `code`; an unknown one falls back to English."""
    _language.set(code if code in LANGUAGES else "en")


def _english() -> str:
    return "en"


_default: Callable[[], str] = _english


def default_language(choose: Callable[[], str]) -> None:
    """Ask `choose` for the language of a context that has none, such as the thread of a Streamlit fragment."""
    global _default
    _default = choose


def negotiate(preferred: list[str]) -> str:
    """The best of our languages for a browser's preferred locales ("ko-KR", "en"), most wanted first."""
    wanted = [tag.replace("-", "_") for tag in preferred]
    return negotiate_locale(wanted, list(LANGUAGES)) or "en"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> gettext.NullTranslations:
    """Read from the `.po` file itself, so that no compiled file can be older than its source."""
    path = LOCALES / code / "LC_MESSAGES" / "blockyard.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
