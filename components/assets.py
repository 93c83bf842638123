"""Style sheets, scripts and pictures that the pages are made of."""

from __future__ import annotations

from typing import Final

from components.navigation import ROOT

FOLDER: Final = ROOT / "components/static"


def joined(*names: str) -> str:
    """The texts of some files, given by their places in the folder, one after the other."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
