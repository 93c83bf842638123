"""The tasks that a data set can be used for, with examples of what a network gets and what it shall answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from components.image_grid import strip
from components.text import plain
from lib.data import Dataset, DatasetInfo, split
from lib.data.examples import Examples, View, examples
from lib.data.tasks import CLASSIFY, TASKS, Kind, Target, Task
from lib.errors import UserError
from lib.i18n import N_, _

TASK: Final = "data.task"
_SHOWN: Final = 8
_SEED: Final = 0
_LARGE: Final = 84
"""Pixels that an image is drawn with at most, unless it has more."""
_TAKEN_FROM: Final = 200
"""Training images that the examples shown are made of."""
_FRACTION: Final = 0.1
_ANSWERS: Final[dict[Kind, str]] = {"classes": N_("one of {count} classes"), "binary": N_("{no} (0) or {yes} (1)"),
                                    "number": N_("a number"), "image": N_("an image")}


@st.fragment
def tasks(dataset: Dataset) -> None:
    """The choice of a task, and some of its examples."""
    fitting = [task for task in TASKS.values() if task.fits(dataset.info)]
    names = [task.name for task in fitting]
    if st.session_state.get(TASK) not in names:
        st.session_state[TASK] = CLASSIFY
    name = st.pills(_("Task"), names, key=TASK, required=True, label_visibility="collapsed",
                    format_func=lambda name: _(TASKS[name].title))
    task = TASKS[name or CLASSIFY]
    st.markdown(_(task.description))
    st.markdown(_in_words(task, dataset.info))
    try:
        _shown(task, dataset)
    except UserError as error:
        st.info(plain(str(error)), icon=":material/info:")
    for needs, others in groupby((task for task in TASKS.values() if task not in fitting), lambda task: task.needs):
        st.caption(_("With {needs}: {tasks}").format(needs=_(needs), tasks=", ".join(_(task.title) for task in others)))


def _in_words(task: Task, info: DatasetInfo) -> str:
    """Inputs and outputs by name, as a network has them."""
    gets = ", ".join(f"`{name}` {' × '.join(map(str, shape))}" for name, shape in task.inputs(info).items())
    tells = ", ".join(f"`{name}` {_answer(target)}" for name, target in task.targets(info).items())
    return _("Inputs: {inputs} :gray[·] Outputs: {outputs}").format(inputs=gets, outputs=tells)


def _answer(target: Target) -> str:
    labels = target.shown_labels
    no, yes = labels if target.kind == "binary" else ("", "")
    return _(_ANSWERS[target.kind]).format(count=len(labels), no=no, yes=yes)


def _shown(task: Task, dataset: Dataset) -> None:
    made = examples(task.name, split(dataset, _FRACTION, _SEED, _few(dataset)), "train", _SEED)
    chosen = np.random.default_rng(_SEED).permutation(len(made))[:_SHOWN]
    targets = task.targets(dataset.info)
    grid = st.grid(4, min_column_width=150)
    for number in chosen:
        with grid.cell().container(border=True, gap="xsmall"):
            answer = ", ".join(_told(target, made.targets[name], int(number)) for name, target in targets.items())
            images = list(_pictures(made, int(number)))
            alt = _("{count} images; the answer: {answer}").format(count=len(images), answer=answer)
            st.image(_row(images), alt=alt, width="content")
            st.markdown(f":material/arrow_forward: **{plain(answer)}**")


def _few(dataset: Dataset) -> int:
    """As many training images as are enough to draw examples from."""
    return min(_TAKEN_FROM, len(dataset.y_train) - round(len(dataset.y_train) * _FRACTION))


def _pictures(made: Examples, number: int) -> Iterator[NDArray[np.uint8]]:
    """What goes in and, where an image is to be told, that too."""
    for view in (*made.inputs.values(), *made.targets.values()):
        if isinstance(view, View):
            yield view.take(np.array([number]))[0]


def _row(images: list[NDArray[np.uint8]]) -> bytes:
    return strip(np.stack(images), max(1, _LARGE // max(images[0].shape)))


def _told(target: Target, answers: object, number: int) -> str:
    if isinstance(answers, np.ndarray):
        value = answers[number]
        return target.shown_labels[int(value)] if target.labels else f"{value:g}"
    return _("the image on the right")
