"""Whether this machine has what Blockyard needs, and where its parts are."""

from __future__ import annotations

import platform
import shutil
from argparse import Namespace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from lib import data
from lib.commands.output import print_json, print_table
from lib.i18n import _
from lib.runs import supervisor
from lib.sandbox import launch as sandbox
from lib.settings import SETTINGS, settings

PACKAGES: Final = ("tensorflow", "keras", "streamlit", "plotly", "pandas", "pydot", "graphviz", "pydantic",
                   "SQLAlchemy", "mlxtend")


def doctor(given: Namespace) -> int:
    """Everything at a glance; 2 when a package is missing."""
    found = _findings()
    if given.json:
        print_json(found)
    else:
        _print(found)
    return 2 if None in found["packages"].values() else 0


def _findings() -> dict[str, Any]:
    chosen = settings()
    state = supervisor.status()
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "programs": {"dot": shutil.which("dot")},
        "data": {name: data.available(name) for name in data.DATASETS},
        "supervisor": {"running": state.running, "pid": state.pid, "training": state.training,
                       "waiting": state.waiting},
        "sandbox": {"on": chosen.trusted_python, "problem": sandbox.problem()},
        "settings": {s.variable: str(getattr(chosen, s.field)) for s in SETTINGS},
        "disk_free_bytes": shutil.disk_usage(chosen.home.resolve()).free,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _sandbox(found: dict[str, Any]) -> str:
    """Whether layers in Python may run, and in what."""
    if not found["on"]:
        return _("off")
    if found["problem"] is None:
        return _("on, in a sandbox of Landlock and seccomp")
    return _("refused: this machine has no sandbox ({problem})").format(problem=found["problem"])


def _print(found: dict[str, Any]) -> None:
    missing = _("missing")
    rows = [("Python", found["python"])]
    rows += [(name, installed or missing) for name, installed in found["packages"].items()]
    rows += [(name, place or missing) for name, place in found["programs"].items()]
    rows += [(data.DATASETS[name].title, _(data.SOURCES[source]) if source else missing)
             for name, source in found["data"].items()]
    state = found["supervisor"]
    running = _("running (pid {pid}), {training} in training, {waiting} waiting").format(**state)
    rows.append((_("supervisor"), running if state["running"] else _("not running; it starts with the first page")))
    rows.append((_("layers in Python"), _sandbox(found["sandbox"])))
    rows += [(name, value or "-") for name, value in found["settings"].items()]
    rows.append((_("free disk"), f"{found['disk_free_bytes'] / 2**30:.1f} GiB"))
    print_table((_("what"), _("found")), rows)
