"""What can be taken home from a run. Every file is made or read only when its button is pressed."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

import streamlit as st

from components.run_texts import unreadable
from components.text import plain
from lib.arch import Architecture
from lib.i18n import _
from lib.names import slug
from lib.runs.history import History, history_csv
from lib.runs.store import Run, Store
from lib.training.recipe import Recipe
from lib.training.script import training_script
from lib.training.script_by_hand import rates_by_hand
from lib.weights.start import START

MODEL: Final = "model.keras"
BEST: Final = "best.keras"
CHECKPOINTS: Final = ("best.weights.h5", "checkpoint.keras", "checkpoint.weights.h5")
LOG: Final = "log.csv"
LOGS: Final = "tensorboard"


def draw_downloads(store: Store, run: Run, key: str) -> None:
    """One button a file: model, script, history, architecture, recipe."""
    name = slug(run.name, "run")
    model = run.folder / MODEL
    with st.container(horizontal=True, gap="small"):
        _button(_("Model"), f"{name}.keras", model.read_bytes, "application/octet-stream", f"{key}.model",
                ":material/deployed_code:", _model_help(model.exists()), disabled=not model.exists())
        best = run.folder / BEST
        if best.exists():
            _button(_("Best model"), f"{name}-best.keras", best.read_bytes, "application/octet-stream", f"{key}.best",
                    ":material/bookmark:", _("The model of the best epoch, which ModelCheckpoint kept"))
        for saved in (run.folder / file for file in CHECKPOINTS if (run.folder / file).exists()):
            what = _("Best weights") if saved.name.startswith("best") else _("Checkpoint")
            _button(what, f"{name}-{saved.name}", saved.read_bytes, "application/octet-stream",
                    f"{key}.{saved.name}", ":material/bookmark:", _("What ModelCheckpoint saved last"))
        for saved in sorted(run.folder.glob("*.saved.keras")):
            rule = saved.name.partition(".")[0]
            _button(_("Model of {rule}").format(rule=rule), f"{name}-{rule}.keras", saved.read_bytes,
                    "application/octet-stream", f"{key}.saved.{rule}", ":material/bookmark:",
                    _("The model that the rule {rule} saved last").format(rule=rule))
        complaint = unreadable(run)
        _button(_("Script"), f"{name}.py", lambda: script(store, run), "text/x-python", f"{key}.script",
                ":material/code:", plain(complaint) if complaint else
                _("A Python script that builds this network again and trains it with this recipe"),
                disabled=complaint is not None)
        _button(_("History"), f"{name}-history.csv", lambda: history(store, run), "text/csv", f"{key}.history",
                ":material/show_chart:", _("Loss and accuracy of every epoch, as a table for a spreadsheet"))
        log = run.folder / LOG
        if log.exists():
            _button(_("CSV log"), f"{name}-log.csv", log.read_bytes, "text/csv", f"{key}.log", ":material/table_rows:",
                    _("The table that CSVLogger wrote"))
        _button(_("Architecture"), f"{name}-architecture.json", lambda: indented(run.architecture),
                "application/json", f"{key}.architecture", ":material/schema:",
                _("The blocks as JSON, which the Build page opens"))
        _button(_("Recipe"), f"{name}-recipe.json", lambda: indented(run.recipe), "application/json",
                f"{key}.recipe", ":material/receipt_long:", _("Data, optimizer and callbacks as JSON"))
        logs = run.folder / LOGS
        if logs.is_dir():
            _button(_("TensorBoard logs"), f"{name}-tensorboard.zip", lambda: zipped(logs, f"{name}-tensorboard"),
                    "application/zip", f"{key}.logs", ":material/folder_zip:",
                    _("Curves, histograms, the graph and sorted images, for TensorBoard"))
    if logs.is_dir():
        st.caption(_("Where the logs are unpacked, this command opens them (pip install tensorboard, once):"))
        st.code(f"tensorboard --logdir {name}-tensorboard", language="bash")


def zipped(folder: Path, name: str) -> bytes:
    """The files of `folder` as a zip, in a folder `name`."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            archive.write(path, f"{name}/{path.relative_to(folder).as_posix()}")
    return content.getvalue()


def script(store: Store, run: Run) -> str:
    """The Python script that builds this run's network and trains it on images from where the run had them, with the
    learning rates that were set by hand meanwhile.

    Raises:
        UserError: the network has a mistake that keeps it from being built.
    """
    told = History()
    told.add(store.events(run.owner, run.id, kinds={"begin", "resume", "note"}))
    source = told.began.get("source") if told.began else None
    return training_script(Architecture.from_json(run.architecture), Recipe.from_json(run.recipe), source,
                           rates_by_hand(told.notes), begun=(run.folder / START).exists())


def history(store: Store, run: Run) -> str:
    """The epochs of `run` as CSV."""
    told = History()
    told.add(store.events(run.owner, run.id, kinds={"epoch"}))
    return history_csv(told.epochs)


def indented(text: str) -> str:
    """The JSON `text`, laid out for people; what is no JSON stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    except ValueError:
        return text


def _button(label: str, file_name: str, data: Callable[[], str | bytes], mime: str, key: str, icon: str,
            help_text: str, disabled: bool = False) -> None:
    st.download_button(label, data, file_name, mime, key=key, icon=icon, help=help_text, disabled=disabled,
                       on_click="ignore")


def _model_help(there: bool) -> str:
    if there:
        return _("The trained model; keras.saving.load_model reads it")
    return _("This run has left no model")
