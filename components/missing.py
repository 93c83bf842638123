"""The answer to an address that leads nowhere, and the language of who asked."""

from __future__ import annotations

from html import escape
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse

from components.assets import joined
from components.live_chart import base
from components.owner import remembered_language
from lib.i18n import _, language, negotiate, use_language


def speak(request: Request) -> None:
    """Use the language that this browser chose, else the one that it prefers."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    use_language(remembered_language(request.cookies) or negotiate(accepted))


def missing_page(request: Request) -> HTMLResponse:
    """A page that says that there is no such page."""
    speak(request)
    return plain_page(_("There is no such page"),
                      _("Blockyard has no page at {address}.").format(address=request.url.path), 404)


def plain_page(title: str, sentence: str, status: int) -> HTMLResponse:
    """A page without Streamlit, which says one thing and leads to Blockyard."""
    text = page_text("missing.html", title=escape(title), sentence=escape(sentence), open=escape(_("Open Blockyard")))
    return HTMLResponse(text, status_code=status)


def page_text(file: str, **texts: str) -> str:
    """The HTML of such a page: that in `file`, below the head that all of them have, with HTML for its placeholders."""
    page = Template(joined("plain_head.html", file))
    return page.substitute(language=language(), home=f"{base()}/", **texts)
