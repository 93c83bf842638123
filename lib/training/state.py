"""Everything that a training has to remember, so that it goes on as if it had never been interrupted."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from lib.training import checkpoint
from lib.training.checkpoint import Checkpoint
from lib.training.config import Config
from lib.training.ruling import Rules
from lib.training.run import RunSpec
from lib.training.steps import Measures
from lib.training.task_steps import TaskMeasures
from lib.training.watched import Watched

VARIABLES: Final = "variables.npz"
_NO_MATTER: Final = {"inside"}
"""Fields of a recipe that change nothing in the training."""
_LATER: Final = ("loss", "metrics", "schedule", "rules", "task", "outputs", "augmentation", "class_weight",
                 "normalization", "precision")
"""Fields that recipes have got since; they count where they are set, so that trainings go on over an update."""
_LATER_IN_CALLBACKS: Final = ("save_best_only", "initial_value_threshold", "save_freq", "save_weights_only",
                               "write_images", "write_steps_per_second", "embeddings_metadata")
"""The same of callbacks."""
_DIGITS: Final = re.compile(r"_?\d+")

Arrays = dict[str, NDArray[Any]]


class Progress(Config):
    """Where a training is, but for its variables.

    Attributes:
        fingerprint: of the architecture and of the recipe but for its epochs: of nothing else can this go on.
        data: what the data set was.
        variables: the names of all variables, in the order in which they were saved.
        asked: the epochs that the recipe asked for.
        epoch: epochs that are complete.
        begun: whether the callbacks know of the beginning of the next one.
        batch: batches of it that were learned from.
        over: whether a callback has ended the training.
        seconds: how long the epoch that has begun took so far.
        live: sums of that epoch and counts of the training.
        rows: the history, a row for each complete epoch.
        callbacks: by the name of each, what it remembers.
        notes: how many notes the callbacks have written.
        updates: how far the last batch of an epoch moved each layer, for its size, where that is looked into.
    """

    fingerprint: str
    data: str
    variables: list[str]
    asked: int
    epoch: int
    begun: bool
    batch: int
    over: bool
    seconds: float
    live: dict[str, float]
    rows: list[dict[str, Any]]
    callbacks: dict[str, dict[str, Any]]
    notes: int
    updates: list[float | None] = Field(default_factory=list)


def fingerprint(run: RunSpec) -> str:
    """What has to be equal for a training to go on from where another one was."""
    recipe = run.recipe.model_copy(update={"epochs": 1})
    fields = type(recipe).model_fields
    unset = {name for name in _LATER if getattr(recipe, name) == fields[name].default}
    values = recipe.model_dump(mode="json", exclude=_NO_MATTER | unset)
    for callback, told in zip(recipe.callbacks, values["callbacks"], strict=True):
        for name, field in type(callback).model_fields.items():
            if name in _LATER_IN_CALLBACKS and told[name] == field.default:
                del told[name]
    for output in values.get("outputs", ()):
        # Recipes have got them since, too.
        if not output["metrics"]:
            del output["metrics"]
    text = json.dumps(values, indent=1, ensure_ascii=False)
    return hashlib.sha256(f"{run.architecture.digest}\n{text}".encode()).hexdigest()


class Memory:
    """The variables of a model, of its optimizer and of its callbacks, brought to the disk and back bit for bit.

    The state of all chance in a model (dropout, noise, augmentation) is in variables too.

    Args:
        model: compiled, its optimizer built.
        measures: what grows with every batch of an epoch.
        callbacks: those that watch it.
        files: where they save models of moments that are past.
    """

    def __init__(self, model: keras.Model, measures: Measures | TaskMeasures,
                 callbacks: Sequence[Watched | Rules], files: Sequence[Path]) -> None:
        self._model = model
        self._measures = measures
        self._callbacks = callbacks
        self._files = files

    @property
    def names(self) -> list[str]:
        """The names of the variables, without the numbers that Keras counts up in a process."""
        return [_DIGITS.sub("", variable.path) for variable in self._variables()]

    def remembered(self) -> dict[str, dict[str, Any]]:
        """What the callbacks remember, but for arrays."""
        return {callback.source: callback.remembered() for callback in self._callbacks}

    def fill(self, folder: Path) -> None:
        """Put all arrays into `folder`, and the models that were saved so far."""
        arrays = {f"variable.{index}": _array(variable) for index, variable in enumerate(self._variables())}
        for callback in self._callbacks:
            arrays |= {f"{callback.source}.{index}": array for index, array in enumerate(callback.arrays())}
        with (folder / VARIABLES).open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        for saved in self._files:
            if saved.exists():
                _link(saved, folder / saved.name)

    def newest(self, load: Callable[[], Checkpoint | None], mark: str) -> tuple[Checkpoint, Progress] | None:
        """The newest usable checkpoint of the training with the fingerprint `mark`, put back; None if there is none.

        Names, shapes and types of all arrays have to be those that are there now, else the one before is tried.
        """
        found = load()
        while found is not None:
            with suppress(ValidationError, ValueError, KeyError, OSError):
                progress = Progress.model_validate(found.state)
                if progress.fingerprint == mark and progress.variables == self.names:
                    self._put_back(found, progress)
                    return found, progress
            found = checkpoint.before(found)
        return None

    def _put_back(self, found: Checkpoint, progress: Progress) -> None:
        with np.load(found.path / VARIABLES, allow_pickle=False) as file:
            arrays: Arrays = {name: file[name] for name in file.files}
        values = list(_taken(arrays, "variable"))
        variables = list(self._variables())
        for variable, value in zip(variables, values, strict=True):
            if (variable.shape, _array(variable).dtype) != (value.shape, value.dtype):
                raise ValueError(variable.path)
        for callback in self._callbacks:
            callback.remember(progress.callbacks[callback.source], list(_taken(arrays, callback.source)))
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        for file in self._files:
            file.unlink(missing_ok=True)
            if (found.path / file.name).exists():
                _link(found.path / file.name, file)

    def _variables(self) -> Iterator[Any]:
        yield from self._model.variables
        yield from self._model.optimizer.variables
        yield from self._measures.variables


def _array(variable: Any) -> NDArray[Any]:
    return np.asarray(keras.ops.convert_to_numpy(variable))


def _taken(arrays: Arrays, group: str) -> Iterator[NDArray[Any]]:
    """The arrays of `group` in their order."""
    index = 0
    while (name := f"{group}.{index}") in arrays:
        yield arrays[name]
        index += 1


def _link(source: Path, target: Path) -> None:
    """The same file under another name, or a copy where the file system knows no second name.

    No file of a run is ever written in place, so that both names keep what they had.
    """
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
