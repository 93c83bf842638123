"""docs/security.md speaks of what there is."""

from __future__ import annotations

import re
from pathlib import Path

from components.body import PATIENCE
from components.door import LONGEST_ADDRESS, LONGEST_HEAD, MOST_BODY
from components.headers import HEADERS, page_policy
from components.middleware import MOST_TABS
from components.owner import COOKIE
from components.patience import HEAD_SECONDS, TAKE_SECONDS
from lib.launch import ROOT
from lib.settings import SETTINGS

TEXT = Path(ROOT / "docs/security.md").read_text(encoding="utf-8")


def test_every_header_that_is_sent_is_named_and_no_other() -> None:
    named = {name.lower() for name in re.findall(r"^\| `([A-Za-z-]+)` \|", TEXT, re.MULTILINE)}
    assert named == {*HEADERS, "content-security-policy"}
    assert "unsafe-eval" not in page_policy()
    assert page_policy().count("unsafe-inline") == 1


def test_settings_files_and_limits_are_those_that_there_are() -> None:
    assert set(re.findall(r"BLOCKYARD_\w+", TEXT)) <= {setting.variable for setting in SETTINGS}
    for path in re.findall(r"`((?:tests|docs|lib|components)/[\w./]+)`", TEXT):
        assert (ROOT / path).exists(), path
    assert COOKIE in TEXT
    config = (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")
    upload = re.search(r"maxUploadSize = (\d+)", config)
    message = re.search(r"maxMessageSize = (\d+)", config)
    assert upload
    assert message
    for limit in (f"{MOST_BODY // 1024} kB at most", f"an upload {upload[1]} MB", f"a page {message[1]} MB",
                  f"{LONGEST_ADDRESS // 1024} kB at most, all headers {LONGEST_HEAD // 1024} kB",
                  f"has {MOST_TABS} pages",
                  f"told in {HEAD_SECONDS:.0f} s", f"body for {PATIENCE:.0f} s", f"answer for {TAKE_SECONDS:.0f} s"):
        assert limit in " ".join(TEXT.split()), limit
