"""The frame around every page."""

from __future__ import annotations

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from components.navigation import LANDING, PAGES, ROOT, PageInfo

SHELL = str(ROOT / "components/shell.py")


def shell() -> AppTest:
    return AppTest.from_file(SHELL, default_timeout=60)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_page_runs_in_every_language(page: PageInfo) -> None:
    app = shell().run()
    app.switch_page(f"../pages/{page.name}.py").run()
    assert not app.exception
    for code in ("ko", "en"):
        app.button(key=f"house.speak.{code}").click().run()
        assert not app.exception


def test_the_landing_page_is_one_of_the_pages() -> None:
    assert LANDING in {page.name for page in PAGES}
    assert all(page.file.is_file() for page in PAGES)


def test_no_page_imports_keras() -> None:
    """In a process of its own, since other tests import Keras into this one."""
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({SHELL!r}, default_timeout=60).run()
for name in {[page.name for page in PAGES]!r}:
    app.switch_page(f"../pages/{{name}}.py").run()
    assert not app.exception, app.exception
found = {{"keras", "tensorflow"}} & set(sys.modules)
assert not found, found
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
