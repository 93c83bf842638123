"""`make screenshots`: the pictures of the README, from the real app in a real browser."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.browser.app import chromium, drawn, picture, running

IMAGES = Path(__file__).resolve().parent / "images"
PICTURES = {"build": "/"}


def main() -> None:
    """Open each page as a new visitor and keep what it looks like."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as app, chromium() as browser:
        for name, path in PICTURES.items():
            page = browser.new_page(viewport={"width": 1360, "height": 900}, locale="en", color_scheme="light")
            page.goto(app.url + path)
            drawn(page)
            (IMAGES / f"{name}.png").write_bytes(picture(page))


if __name__ == "__main__":
    main()
