"""The headers of every answer, which tell browsers what a page of ours never does."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import streamlit as st

HEADERS: Final = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    # Code is copied and charts fill the screen; nothing else that a browser can do is asked of it.
    "permissions-policy": ", ".join((
        "clipboard-write=(self)", "fullscreen=(self)",
        *(f"{feature}=()" for feature in (
            "accelerometer", "autoplay", "camera", "clipboard-read", "display-capture", "geolocation",
            "gyroscope", "hid", "identity-credentials-get", "idle-detection", "local-fonts", "magnetometer",
            "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial",
            "storage-access", "usb", "xr-spatial-tracking")))),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}
_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def policy(script: str) -> str:
    """The content security policy of a page whose scripts come from `script` alone, as the policy says sources.

    Nothing comes from elsewhere and nothing goes there, whatever a text on the screen asks for; no text becomes code
    (`eval`), no page frames this one, and no form leads away. Styles may stand in the page: Streamlit puts them there.
    """
    return "; ".join((
        "default-src 'none'", f"script-src {script}", "style-src 'self' 'unsafe-inline'", "font-src 'self' data:",
        "img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'", "worker-src 'self' blob:",
        "manifest-src 'self'", "object-src 'none'", "frame-src 'none'", "frame-ancestors 'none'", "base-uri 'self'",
        "form-action 'self'",
    ))


@lru_cache(maxsize=1)
def page_policy() -> str:
    """The policy of Streamlit's own page.

    Its script that stands in the page is allowed by its hash. The scripts of our components reach the browser as text,
    which Streamlit turns into addresses of the kind `blob:`; only a script that runs already can make one of those.
    """
    page = Path(st.__file__).parent / "static/index.html"
    hashes = [_hash(text) for text in _INLINE.findall(page.read_text(encoding="utf-8"))]
    return policy(" ".join(("'self'", "blob:", *hashes)))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
