"""What the environment can set, in one table: the README shows it and a test holds both together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lib import machine
from lib.errors import UserError
from lib.i18n import N_


class Setting(NamedTuple):
    """One environment variable: the field it sets, its default as shown, and what it does."""

    variable: str
    field: str
    default: str
    description: str


SETTINGS: Final = (
    Setting("BLOCKYARD_HOME", "home", ".blockyard", N_("Folder of the store (drafts, runs) and of the trained models")),
    Setting("BLOCKYARD_DATA", "data", "data", N_("Folder with mnist.npz and cifar10.npz")),
    Setting("BLOCKYARD_DATABASE", "database", N_("SQLite in the home folder"), N_("SQLAlchemy URL of the store")),
    Setting("BLOCKYARD_WORKERS", "workers", N_("one for two cores, as far as the memory reaches"), N_(
        "Trainings that run at the same time")),
    Setting("BLOCKYARD_OWNER_RUNNING", "owner_running", "2", N_("Trainings of one browser at the same time")),
    Setting("BLOCKYARD_OWNER_WAITING", "owner_waiting", "20", N_("Trainings of one browser that wait for their turn")),
    Setting("BLOCKYARD_OWNER_DISK", "owner_disk", "2000", N_("Megabytes that all runs of one browser may take")),
    Setting("BLOCKYARD_OWNER_DATASETS", "owner_datasets", "10", N_("Data sets that one browser may bring")),
    Setting("BLOCKYARD_OWNER_DATASETS_DISK", "owner_datasets_disk", "500", N_(
        "Megabytes that all data sets of one browser may take")),
    Setting("BLOCKYARD_RUN_MINUTES", "run_minutes", "240", N_(
        "Minutes that a training may take; then it is stopped and keeps what it has learned")),
    Setting("BLOCKYARD_RUN_PARAMETERS", "run_parameters", "50000000", N_(
        "Parameters that a network in training may have")),
    Setting("BLOCKYARD_KEEP_CHECKPOINT_DAYS", "keep_checkpoint_days", "14", N_(
        "Days that a run which is over can be trained further; its model and its curves stay")),
    Setting("BLOCKYARD_KEEP_ORPHAN_DAYS", "keep_orphan_days", "1", N_(
        "Days until a folder of trained models that belongs to no run is removed")),
    Setting("BLOCKYARD_KEEP_LOG_DAYS", "keep_log_days", "30", N_("Days until an old log of the server is removed")),
    Setting("BLOCKYARD_ADMIN", "admin", N_("no such page"), N_(
        "Password of the Admin page, which shows, pauses and cancels the trainings of every browser")),
    Setting("BLOCKYARD_HOSTS", "hosts", N_("names of this computer"), N_(
        "Further names by which browsers may reach the page, with commas between them, such as ml.school.example; "
        "addresses in numbers always may")),
    Setting("BLOCKYARD_TRUSTED_PYTHON", "trusted_python", "0", N_(
        "1: layers in Python may be written; they run in a sandbox alone, on Linux 6.2 or later")),
    Setting("BLOCKYARD_PORT", "port", "8501", N_("Port of the web page")),
    Setting("BLOCKYARD_OFFLINE", "offline", "0", N_("1: never try to download a data set")),
)


class Settings(BaseModel):
    """The settings of this process, as the environment gives them."""

    model_config = ConfigDict(frozen=True)

    home: Path = Path(".blockyard")
    data: Path = Path("data")
    database: str = ""
    workers: int = Field(default_factory=machine.workers, ge=1, le=64)
    owner_running: int = Field(default=2, ge=1)
    owner_waiting: int = Field(default=20, ge=1)
    owner_disk: int = Field(default=2000, ge=1)
    owner_datasets: int = Field(default=10, ge=0)
    owner_datasets_disk: int = Field(default=500, ge=1)
    run_minutes: int = Field(default=240, ge=1)
    run_parameters: int = Field(default=50_000_000, ge=1)
    keep_checkpoint_days: int = Field(default=14, ge=1)
    keep_orphan_days: int = Field(default=1, ge=1)
    keep_log_days: int = Field(default=30, ge=1)
    admin: str = Field(default="", repr=False)
    hosts: str = Field(default="", pattern=r"^[\w.*,\s-]*$")
    trusted_python: bool = False
    port: int = Field(default=8501, ge=1, le=65535)
    offline: bool = False

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the store."""
        return self.database or f"sqlite:///{self.home.resolve() / 'blockyard.db'}"


def settings() -> Settings:
    """The settings as the environment gives them now.

    Raises:
        UserError: a variable holds a value that its field cannot take.
    """
    given = {s.field: os.environ[s.variable] for s in SETTINGS if os.environ.get(s.variable)}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        field = error.errors()[0]["loc"][0]
        found = UserError.from_validation("", error)
        variable = next(s.variable for s in SETTINGS if s.field == field)
        raise UserError(variable, found.expected, found.received, **found.values) from None
