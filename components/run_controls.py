"""What the owner of a run can have it do: pause, go on, stop, go further, go first, and once more."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from components.numbers import decimal
from components.run_texts import recipe_of, unreadable
from components.text import plain, sentence
from components.whole import whole
from lib.errors import UserError
from lib.i18n import N_, _
from lib.runs import supervisor
from lib.runs.control import MOST_RATE
from lib.runs.overview import draining, run_names, waiting_runs
from lib.runs.records import Run
from lib.runs.store import LONGEST_NAME, Store

MOST_EPOCHS: Final = 1000
_LEAST_RATE: Final = 1e-9
NOTHING_KEPT: Final = N_("Nothing has been kept to go on from: it begins anew.")
AFTER_EPOCH: Final = N_("Stop after this epoch")
NOT_AFTER_EPOCH: Final = N_("Do not stop after this epoch")
DUPLICATE: Final = N_("Duplicate")
PRIORITIES: Final = {1: N_("Before them"), 0: N_("In turn"), -1: N_("After them")}
_MENU_ICONS: Final = {AFTER_EPOCH: ":material/last_page:", NOT_AFTER_EPOCH: ":material/resume:",
                      DUPLICATE: ":material/content_copy:"}
_NUMBERED: Final = re.compile(r" \(\d+\)$")


def draw_controls(run: Run, key: str, opened: str) -> None:
    """The buttons for the state of `run`, in the row that the caller has opened.

    Args:
        run: the run.
        key: what the keys of the buttons begin with.
        opened: where in the session state the id of a new run is left, for the caller to show it.
    """
    st.session_state.pop(f"{key}.copied", None)
    if run.state in ("queued", "interrupted", "starting", "running", "pausing"):
        st.button(_("Pause"), icon=":material/pause:", key=f"{key}.pause", disabled=run.state == "pausing",
                  on_click=_act,
                  args=(key, run, lambda store: store.request_pause(run.owner, run.id)),
                  help=_("Put everything away, to go on from there later"))
    if resumable(run):
        _resume_button(run, key)
    if run.over:
        _more_epochs(run, key)
    if not run.over:
        _stop_button(run, key)
    if run.state in ("starting", "running", "paused"):
        _learning_rate(run, key)
    if run.state in ("starting", "running"):
        _menu(run, key, opened)
    else:
        _duplicate_button(run, key, opened)


def draw_refusal(run: Run, key: str) -> None:
    """Why the last wish for `run` was not granted; gone when the run is in another state."""
    kept: tuple[str, str, UserError] | None = st.session_state.get(f"{key}.refusal")
    if kept is not None and kept[:2] == (run.id, run.state):
        st.error(plain(sentence(kept[2])), icon=":material/error:")


def draw_waiting(store: Store, run: Run, key: str) -> None:
    """What keeps a waiting run besides those before it, and where it stands among the others of its owner."""
    if run.waiting and draining(store):
        st.info(_("The administrator lets no training begin at the moment; it keeps its place."),
                icon=":material/info:")
    if run.state != "queued" or waiting_runs(store, run.owner) < 2:
        return
    field = f"{key}.priority"
    st.session_state[field] = run.priority
    st.segmented_control(_("Among your own waiting runs"), list(PRIORITIES), key=field, required=True,
                         format_func=lambda number: _(PRIORITIES[number]), on_change=_act,
                         args=(key, run, lambda store: store.set_priority(run.owner, run.id, st.session_state[field])))


def resumable(run: Run) -> bool:
    """Whether `run` has something left to do that it can go on with."""
    if run.state in ("paused", "failed"):
        return True
    recipe = recipe_of(run)
    return run.state == "stopped" and recipe is not None and run.epoch < recipe.epochs


def copy_name(name: str, taken: set[str]) -> str:
    """A name like `name` that is not `taken`: with the next number in brackets."""
    base = _NUMBERED.sub("", name)
    number = 2
    while (found := f"{base[:LONGEST_NAME - len(str(number)) - 3].rstrip()} ({number})") in taken:
        number += 1
    return found


def _resume_button(run: Run, key: str) -> None:
    complaint = unreadable(run)
    begun = run.attempt > 0
    st.button(_("Resume") if begun else _("Queue again"), type="primary" if run.state == "paused" else "secondary",
              icon=":material/play_arrow:", key=f"{key}.resume", disabled=complaint is not None, on_click=_act,
              args=(key, run, lambda store: store.resume(run.owner, run.id)),
              help=plain(complaint) if complaint else
              None if not begun else _("Go on from where it was kept, as if it had never been interrupted")
              if run.secured else _(NOTHING_KEPT))


def _stop_button(run: Run, key: str) -> None:
    waits = run.state == "queued" and run.attempt == 0
    label = _("Cancel") if waits else _("Stop for good") if run.state == "paused" else _("Stop")
    text = _("Take it out of the queue") if waits else _("Stop the training and keep what it has learned")
    again = ".again" if run.state == "queued" and run.wish == "stop" else ""
    st.button(label, icon=":material/stop:", key=f"{key}.stop{again}", disabled=run.state == "stopping", help=text,
              on_click=_act, args=(key, run, partial(_stop, run)))


def _stop(run: Run, store: Store) -> None:
    now = store.run(run.owner, run.id)
    # Asked again, a run does without a model of what it has learned: a double click does not mean that.
    if now is None or now.wish != "stop" or run.wish == "stop":
        store.request_stop(run.owner, run.id)


def _more_epochs(run: Run, key: str) -> None:
    complaint, recipe = unreadable(run), recipe_of(run)
    with st.popover(_("More epochs"), icon=":material/add:", disabled=complaint is not None or recipe is None,
                    key=f"{key}.more.{run.id}.{run.attempt}"):
        st.markdown(_("Train this run further, from where it ended. Complete epochs: {epoch}").format(epoch=run.epoch)
                    if run.secured else _(NOTHING_KEPT))
        field = f"{key}.epochs.{run.id}"
        st.number_input(_("More epochs to train"), 1, MOST_EPOCHS, recipe.epochs if recipe else 1, key=field)
        st.button(_("Train for more epochs"), type="primary", icon=":material/play_arrow:", key=f"{key}.continue",
                  on_click=_act, args=(f"{key}.further", run, lambda store: store.continue_for(
                      run.owner, run.id, st.session_state[field])))
        draw_refusal(run, f"{key}.further")


def _learning_rate(run: Run, key: str) -> None:
    recipe = recipe_of(run)
    if recipe is None:
        return
    field = f"{key}.rate.{run.id}"
    scheduled = recipe.schedule is not None
    with st.popover(_("Learning rate"), icon=":material/tune:", key=f"{key}.steer.{run.id}", disabled=scheduled,
                    help=_("The schedule gives the learning rate of every batch") if scheduled else None):
        st.markdown(_("Train on with another learning rate, from the next batch on. The timeline records it."))
        if run.series is not None:
            st.caption(_("It is that of this run alone: the others of its series keep theirs."))
        st.number_input(_("New learning rate"), min_value=_LEAST_RATE, max_value=MOST_RATE, format="%.3g",
                        value=run.rate or recipe.optimizer.learning_rate, step=recipe.optimizer.learning_rate / 10,
                        key=field)
        st.button(_("Set the learning rate"), type="primary", icon=":material/check:", key=f"{key}.steer.set",
                  on_click=_act, args=(f"{key}.steered", run, lambda store: store.set_learning_rate(
                      run.owner, run.id, st.session_state[field])))
        if run.rate is not None:
            st.caption(_("{rate} is set at the next batch.").format(rate=decimal(run.rate)))
        draw_refusal(run, f"{key}.steered")


def _duplicate_button(run: Run, key: str, opened: str) -> None:
    st.button(_(DUPLICATE), icon=_MENU_ICONS[DUPLICATE], key=f"{key}.duplicate.{run.id}", on_click=_duplicate,
              args=(run, key, opened), help=_("Train the same network with the same recipe, as a run of its own"))


def _menu(run: Run, key: str, opened: str) -> None:
    options = [NOT_AFTER_EPOCH if run.wish == "stop_after_epoch" else AFTER_EPOCH, DUPLICATE]
    st.menu_button(_("More"), options, key=f"{key}.menu", on_click=_choose, args=(run, key, opened),
                   format_func=lambda text: f"{_MENU_ICONS[text]} {_(text)}")


@whole()
def _choose(run: Run, key: str, opened: str) -> None:
    chosen = st.session_state[f"{key}.menu"]
    if chosen == DUPLICATE:
        _duplicate(run, key, opened)
    elif chosen == AFTER_EPOCH:
        _act(key, run, lambda store: store.request_stop(run.owner, run.id, after_epoch=True))
    elif chosen == NOT_AFTER_EPOCH:
        _act(key, run, lambda store: store.resume(run.owner, run.id))


def _duplicate(run: Run, key: str, opened: str) -> None:
    def wish(store: Store) -> None:
        if st.session_state.get(f"{key}.copied") == run.id:
            # A second click, before the browser shows the copy, means the same one.
            return
        name = copy_name(run.name, run_names(store, run.owner))
        st.session_state[opened] = store.duplicate(run.owner, run.id, name)
        st.session_state[f"{key}.copied"] = run.id

    _act(key, run, wish)


@whole()
def _act(key: str, run: Run, wish: Callable[[Store], None]) -> None:
    """Have `wish` come true; what stands in its way is kept for `draw_refusal`."""
    st.session_state.pop(f"{key}.refusal", None)
    try:
        supervisor.ensure_running()
        wish(Store())
    except UserError as error:
        st.session_state[f"{key}.refusal"] = (run.id, run.state, error)
