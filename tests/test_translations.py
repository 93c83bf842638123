"""Every text of the screen goes through gettext, and every message is in every language."""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from lib.i18n import LANGUAGES, LOCALES

ROOT = Path(__file__).resolve().parent.parent
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
SHOWN = {
    "button", "caption", "checkbox", "dialog", "download_button", "error", "expander", "file_uploader", "header",
    "info", "link_button", "markdown", "menu_button", "metric", "multiselect", "number_input", "page_link", "pills",
    "popover", "radio", "segmented_control", "selectbox", "slider", "spinner", "status", "subheader", "success", "text",
    "text_area", "text_input", "title", "toast", "toggle", "warning", "write",
}
SHOWN_KEYWORDS = {"alt", "help", "label", "placeholder", "title"}


@cache
def wanted() -> dict[str, str]:
    """Every message of the source, with the file that first uses it."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    methods = [(pattern, entry["method"]) for entry in configured for pattern in entry["pattern"]]
    messages: dict[str, str] = {}
    for file, _line, message, _comments, _context in extract_from_dir(ROOT, methods, keywords={"_": None, "N_": None}):
        messages.setdefault(str(message), str(file))
    return messages


@cache
def catalogue(code: str) -> Catalog:
    with (LOCALES / code / "LC_MESSAGES/blockyard.po").open("rb") as file:
        return read_po(file, locale=code)


def listed(messages: Iterator[str]) -> str:
    return "\n".join(f"  {message!r}" for message in messages)


def placeholders(text: str) -> list[str]:
    return sorted(name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None)


def uses_braces(message: str) -> bool:
    """Whether `message` is a template; some messages show JSON or code, whose braces mean themselves."""
    try:
        return bool(placeholders(message))
    except ValueError:
        return False


def test_the_source_has_messages() -> None:
    assert "Build" in wanted()
    assert "Received: {value}." in wanted()


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_message_is_missing(code: str) -> None:
    known = catalogue(code)
    missing = [f"{message}  ({file})" for message, file in wanted().items()
               if message not in known or not known[message].string]
    assert not missing, f"{len(missing)} without a translation into {LANGUAGES[code]}:\n{listed(iter(missing))}"


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_message_is_fuzzy_or_obsolete(code: str) -> None:
    fuzzy = [str(message.id) for message in catalogue(code) if message.id and message.fuzzy]
    obsolete = [str(message.id) for message in catalogue(code) if message.id and message.id not in wanted()]
    obsolete += [str(message) for message in catalogue(code).obsolete]
    assert not fuzzy, f"fuzzy:\n{listed(iter(fuzzy))}"
    assert not obsolete, f"no longer in the source:\n{listed(iter(obsolete))}"


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_placeholder_is_lost(code: str) -> None:
    wrong = [str(message.id) for message in catalogue(code)
             if message.id and message.string and uses_braces(str(message.id))
             and placeholders(str(message.id)) != placeholders(str(message.string))]
    assert not wrong, f"other placeholders than the source:\n{listed(iter(wrong))}"


def test_korean_is_korean() -> None:
    english = [str(message.id) for message in catalogue("ko")
               if message.id and message.string and not hangul(str(message.string))
               and any(character.isalpha() for character in str(message.id))
               and "same in Korean" not in " ".join(message.user_comments)]
    assert not english, f"not Korean, and no comment says that it should be the same:\n{listed(iter(english))}"


def hangul(text: str) -> bool:
    return any("가" <= character <= "힣" for character in text)


def sources() -> list[Path]:
    return [ROOT / "app.py", *(file for room in ("components", "lib", "pages") for file in (ROOT / room).rglob("*.py"))]


def calls(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def test_messages_are_whole_sentences_that_can_be_extracted() -> None:
    wrong = [f"{file.relative_to(ROOT)}:{call.lineno}" for file in sources() for call in calls(file)
             if isinstance(call.func, ast.Name) and call.func.id in {"_", "N_"}
             and (len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
                  or (call.func.id == "N_" and not isinstance(call.args[0], ast.Constant)))]
    assert not wrong, f"_() and N_() take one literal, filled with .format() after it:\n{listed(iter(wrong))}"


def test_every_text_on_the_screen_is_translated() -> None:
    wrong = [f"{file.relative_to(ROOT)}:{call.lineno} {text!r}"
             for file in sources() if file.parts[-2] in {"components", "pages"}
             for call in calls(file) for text in bare_texts(call)]
    assert not wrong, f"shown without gettext:\n{listed(iter(wrong))}"


def bare_texts(call: ast.Call) -> Iterator[str]:
    """The English literals that a Streamlit call shows as they are."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in SHOWN or is_logger(call.func.value):
        return
    shown = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg in SHOWN_KEYWORDS)]
    for argument in shown:
        pieces = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
        for piece in pieces:
            if isinstance(piece, ast.Constant) and isinstance(piece.value, str) and is_prose(piece.value):
                yield piece.value


def is_logger(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and "log" in value.id.lower()


def is_prose(text: str) -> bool:
    """Whether `text` has words for people, beyond icons (":material/play:") and a unit or two."""
    without_icons = " ".join(word for word in text.split() if not word.startswith(":"))
    return sum(character.isalpha() for character in without_icons) > 3
