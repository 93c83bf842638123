"""Which addresses there are, and what may stand behind the question mark of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection

from components import draft, gallery_view, own_page, run_compare, train_start
from components.live_chart import base
from components.login import login_is_configured
from components.navigation import ADMIN, PAGES, pages

API: Final = "/api/"
WATCH: Final = "/watch/"
MOVE: Final = "/move"
MEDIA: Final = "/media/"
UPLOAD: Final = "/_stcore/upload_file/"
STREAM: Final = "/_stcore/stream"
# Streamlit has more: metrics, an interface for programs, components and files of other kinds. None of them is used.
_STREAMLIT: Final = ("/_stcore/health", "/_stcore/host-config", "/favicon.png", STREAM)
_BELOW: Final = ("/static/", MEDIA, UPLOAD, "/_stcore/bidi-components/", API, WATCH)
_PAGES: Final = frozenset({"/", *(f"/{page.name}" for page in PAGES)})
_LOGIN: Final = ("/auth/login", "/auth/logout", "/oauth2callback")
_TRICKS: Final = re.compile(r"//|\\|[\x00-\x1f\x7f]|(?:^|/)\.{1,2}(?:/|$)|%")
_RAW_TRICKS: Final = re.compile(rb"%2e|%2f|%5c|%25|%00", re.IGNORECASE)

IDENTITY: Final = r"[0-9a-f]{32}"
# What a page writes there itself, and what Streamlit understands; these only on one page.
ONLY_ON: Final[Mapping[str, str]] = {
    train_start.RUN: "/train", run_compare.WITH: "/train", gallery_view.CHOSEN: "/gallery",
    own_page.PARAMETER: "/formulas",
}
PARAMETERS: Final[Mapping[str, str]] = {
    draft.PARAMETER: IDENTITY,
    train_start.RUN: IDENTITY,
    run_compare.WITH: rf"{IDENTITY}(,{IDENTITY}){{0,15}}",
    gallery_view.CHOSEN: r"[\w. -]{1,60}",
    own_page.PARAMETER: r"[a-z_]{1,30}",
    "embed": r"true|false",
    "embed_options": r"[a-z_]{1,40}",
}


def path_of(request: HTTPConnection) -> str:
    """The path that a request asks for, without the part that all our addresses have in common."""
    path: str = request.scope["path"].rstrip("/")
    return path.removeprefix(base()) or "/"


def is_page(path: str) -> bool:
    """Whether there is a page at `path`, or, where the first of them has its name, the way to it."""
    # The settings are read only for the one page that depends on them: every request comes by here.
    return path in _PAGES or (path == f"/{ADMIN.name}" and ADMIN in pages())


def is_tricky(request: HTTPConnection) -> bool:
    """Whether a path is written as one that leads out of its folder is: no address of ours is written so."""
    raw = request.scope.get("raw_path") or b""
    return bool(_TRICKS.search(request.scope["path"]) or _RAW_TRICKS.search(raw))


def exists(path: str) -> bool:
    """Whether something may answer at `path`. Streamlit itself would answer everything with its page."""
    if is_page(path) or path in _STREAMLIT or path.startswith(_BELOW):
        return True
    # Who logs in does that in every browser and needs no code to move.
    return path in _LOGIN if login_is_configured() else path == MOVE


def unknown_parameter(path: str, query: bytes) -> tuple[str, str] | None:
    """The first name and value behind the question mark that the page at `path` has not written there; None when all is
    well."""
    try:
        given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        return "?", ""
    for name, value in given:
        known = name in PARAMETERS and ONLY_ON.get(name, path) == path
        if not known or not re.fullmatch(PARAMETERS[name], value):
            return name, value
    return None
