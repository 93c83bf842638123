"""With which weights a training begins: those of chance, of a file, or of an earlier run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from math import prod
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.downloads import MODEL
from components.numbers import grouped
from components.text import plain
from lib.arch import Architecture
from lib.errors import UserError, shortened
from lib.i18n import N_, _
from lib.runs.records import Run
from lib.weights import start
from lib.weights.fitting import fitted
from lib.weights.reading import ENDINGS, Weights, opened_weights

Prepare = Callable[[Path], None]
_CHOICE: Final = "train.weights"
_CHANCE, _FILE = "", "file"
_MOST_RUNS: Final = 20
_GONE: Final = N_("expected a run whose model is still there; choose another one")


def choose_weights(architecture: Architecture, earlier: Sequence[Run]) -> Prepare | None:
    """Draw the choice, and say whether the chosen weights fit `architecture`.

    Args:
        earlier: the runs of this owner so far, the newest first; the newest that left a model are offered.

    Returns:
        What puts them into the folder of a new run; None where there are none that fit.
    """
    with_model = (run for run in earlier if (run.folder / MODEL).exists())
    runs = {run.id: run for run in islice(with_model, _MOST_RUNS)}
    choices = [_CHANCE, _FILE, *runs]
    if st.session_state.get(_CHOICE, _CHANCE) not in choices:
        st.session_state[_CHOICE] = _CHANCE
    titles = {choice: _title(choice, runs) for choice in choices}
    chosen = st.selectbox(_("Weights at the start"), choices, key=_CHOICE,
                          format_func=titles.__getitem__, persist_state="session", help=_(
                              "Chance, as usual; or what was learned before, to go on from there with other data or "
                              "another recipe. The weights have to fit the network, layer by layer."))
    if chosen == _CHANCE:
        return _by_chance
    if chosen != _FILE:
        return _checked(runs[chosen], architecture)
    file = st.file_uploader(_("A .weights.h5, .keras or .npz file"), type=list(ENDINGS), key=f"{_CHOICE}.file", help=_(
        "As Keras saves them with model.save_weights or model.save; or arrays called after layer and weight, as in "
        "conv1/kernel. The file is read as numbers alone: nothing in it is run."))
    return _checked(file, architecture) if file else None


def _by_chance(_folder: Path) -> None:
    """Nothing lies in the folder of a run whose weights are those of chance."""


def _title(choice: str, runs: Mapping[str, Run]) -> str:
    if choice in runs:
        return _("Those of {run}").format(run=runs[choice].name)
    return _("From a file") if choice == _FILE else _("Drawn by chance")


def _checked(source: Run | UploadedFile, architecture: Architecture) -> Prepare | None:
    """Whether the weights of `source` fit, said in one line; their numbers are read when the run begins."""
    try:
        with _opened(source) as weights:
            found = fitted(weights, architecture)
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    numbers = sum(prod(array.shape) for arrays in found.values() for array in arrays)
    st.caption(_("They fit: {numbers} weights of {layers} layers.").format(
        numbers=grouped(numbers), layers=grouped(len(found))))

    def prepare(folder: Path) -> None:
        with _opened(source) as weights:
            start.write(folder, fitted(weights, architecture))

    return prepare


@contextmanager
def _opened(source: Run | UploadedFile) -> Iterator[Weights]:
    if isinstance(source, UploadedFile):
        with opened_weights(source, source.name) as weights:
            yield weights
        return
    try:
        file = (source.folder / MODEL).open("rb")
    except FileNotFoundError:
        raise UserError(shortened(source.name), _GONE) from None
    with file, opened_weights(file, MODEL) as weights:
        yield weights
