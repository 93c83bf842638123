"""What is turned away before anything reads it: strangers' names and pages, tricks in addresses, methods, too much."""

from __future__ import annotations

from typing import Final

import streamlit as st
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from components import addresses
from components.belongings import BELONGINGS
from components.missing import missing_page, plain_page, speak
from components.navigation import LANDING
from components.owner import owner_in
from lib.errors import NOTHING, UserError
from lib.hosts import host_allowed, origin_allowed
from lib.i18n import N_, _

MOST_BODY: Final = 64 * 1024
"""Bytes that a request may bring, except for an upload."""
MOST_UPLOADS: Final = 3
"""So many times the largest upload may lie in the memory for one owner, until a page has taken it over."""
LONGEST_ADDRESS: Final = 8 * 1024
LONGEST_HEAD: Final = 32 * 1024
_FRAMING: Final = 1024 * 1024

NO_HOST: Final = N_("expected a name that this server is known by (BLOCKYARD_HOSTS adds one)")
NO_ORIGIN: Final = N_("expected a request that a page of Blockyard makes")
NO_ADDRESS: Final = N_("expected an address that Blockyard makes")
NO_PARAMETER: Final = N_("expected what a page of Blockyard has put into its address")
TOO_LARGE: Final = N_("expected at most {most} bytes")


def refusal(request: HTTPConnection) -> Response | None:
    """The answer to a connection that nobody of ours makes, HTTP or WebSocket; None for one that may pass."""
    headers, scope = request.headers, request.scope
    host, origin = headers.get("host"), headers.get("origin")
    if len(headers.getlist("host")) > 1 or not host_allowed(host):
        return _no(400, UserError("Host", NO_HOST, host if host is not None else NOTHING))
    if not origin_allowed(origin, host):
        return _no(403, UserError("Origin", NO_ORIGIN, origin))
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
        return _no(414, UserError("", TOO_LARGE, most=LONGEST_ADDRESS))
    if sum(len(name) + len(value) for name, value in headers.raw) > LONGEST_HEAD:
        return _no(431, UserError("", TOO_LARGE, most=LONGEST_HEAD))
    if addresses.is_tricky(request):
        return _no(400, UserError("", NO_ADDRESS, scope["path"]))
    if scope["type"] == "websocket":
        return None if addresses.path_of(request) == addresses.STREAM else Response(status_code=404)
    return _http_refusal(Request(scope))


def asks_for_page(request: Request) -> bool:
    """Whether a person opened this address, rather than a script or an image fetching something."""
    path = addresses.path_of(request)
    if request.method not in ("GET", "HEAD"):
        return False
    return addresses.is_page(path) or (
        "text/html" in request.headers.get("accept", "") and not addresses.exists(path))


def most_body(request: Request) -> int:
    """How many bytes this request may bring."""
    if addresses.path_of(request).startswith(addresses.UPLOAD):
        return _largest_upload() + _FRAMING
    return MOST_BODY


def _largest_upload() -> int:
    """Bytes of the largest file that a page takes."""
    return int(st.get_option("server.maxUploadSize")) * 1024 * 1024


def _http_refusal(request: Request) -> Response | None:
    path = addresses.path_of(request)
    if not addresses.exists(path):
        return missing_page(request) if asks_for_page(request) else _missing()
    if request.method not in _methods(path):
        return Response(status_code=405, headers={"allow": ", ".join(_methods(path)), "connection": "close"})
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most_body(request):
        return _no(413, UserError("", TOO_LARGE, most=most_body(request)))
    if asks_for_page(request):
        return _page_refusal(request)
    if not _is_theirs(request, path):
        return _missing()
    return _upload_refusal(request, int(length)) if request.method == "PUT" else None


def _upload_refusal(request: Request, length: int) -> Response | None:
    if "content-length" not in request.headers:
        return Response(status_code=411, headers={"connection": "close"})
    most = MOST_UPLOADS * _largest_upload()
    if BELONGINGS.uploaded(owner_in(request.cookies)) + length > most:
        return _no(413, UserError("", TOO_LARGE, most=most))
    return None


def _page_refusal(request: Request) -> Response | None:
    unknown = addresses.unknown_parameter(addresses.path_of(request), request.scope["query_string"])
    if unknown:
        speak(request)
        error = UserError(unknown[0][:40], NO_PARAMETER, unknown[1])
        return plain_page(_("This address leads nowhere"), str(error), 400)
    if addresses.path_of(request) == f"/{LANDING}":
        return RedirectResponse(request.url.replace(path=request.url.path.removesuffix(LANDING)))
    return None


def _is_theirs(request: Request, path: str) -> bool:
    """Whether a picture, a download or a place for uploads is that of who asks; all else is asked elsewhere."""
    if path.startswith(addresses.MEDIA):
        return BELONGINGS.may_open(path.removeprefix(addresses.MEDIA), owner_in(request.cookies))
    if path.startswith(addresses.UPLOAD):
        session = path.removeprefix(addresses.UPLOAD).partition("/")[0]
        return BELONGINGS.may_use(session, owner_in(request.cookies))
    return True


def _methods(path: str) -> tuple[str, ...]:
    if path.startswith(addresses.UPLOAD):
        return ("PUT", "DELETE")
    return ("GET", "HEAD", "POST") if path == addresses.MOVE else ("GET", "HEAD")


def _missing() -> Response:
    return PlainTextResponse("Not Found", status_code=404)


def _no(status: int, error: UserError) -> Response:
    return PlainTextResponse(str(error), status_code=status, headers={"connection": "close"})
