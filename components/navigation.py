"""The pages of Blockyard, in the order of the work."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from lib.i18n import N_
from lib.settings import settings

ROOT: Final = Path(__file__).resolve().parent.parent


class PageInfo(NamedTuple):
    """One page: the name of its file and of its address, its title, icon and one-sentence explanation."""

    name: str
    title: str
    icon: str
    help: str

    @property
    def file(self) -> Path:
        """The script of this page."""
        return ROOT / "pages" / f"{self.name}.py"


PAGES: Final = (
    PageInfo("data", N_("Data"), ":material/image:", N_("See the images that a network learns from.")),
    PageInfo("build", N_("Build"), ":material/deployed_code:",
             N_("Put a network together from blocks and see what it costs.")),
    PageInfo("gallery", N_("Gallery"), ":material/collections_bookmark:",
             N_("Open the networks of thirty years of papers, and change them.")),
    PageInfo("train", N_("Train"), ":material/play_circle:", N_("Choose how to train, and watch it learn.")),
    PageInfo("runs", N_("Runs"), ":material/table_rows:",
             N_("Look at what you have trained, and take the model and its code home.")),
    PageInfo("formulas", N_("Formulas"), ":material/function:",
             N_("Make layers, activations, losses, metrics and callbacks of your own.")),
)
LANDING: Final = "build"
ADMIN: Final = PageInfo("admin", N_("Admin"), ":material/shield_person:",
                        N_("See and steer the trainings of every browser."))


def pages() -> tuple[PageInfo, ...]:
    """The pages that there are; that of the administrator only where the settings have a password for it."""
    return (*PAGES, ADMIN) if settings().admin else PAGES
