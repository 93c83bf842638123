"""One run as it trains and after: state, progress, numbers, curves, callbacks; then its evaluation and its files."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.downloads import draw_downloads
from components.evaluation_view import draw_evaluation
from components.inside_view import PACE, draw_inside, draw_looks, section
from components.live_chart import live_chart
from components.numbers import UNKNOWN, decimal, duration, grouped, percent
from components.owner import owner
from components.run_beside import draw_beside, draw_told
from components.run_compare import compared
from components.run_controls import draw_refusal, draw_waiting
from components.run_head import draw_facts, draw_head
from components.run_history import told_so_far
from components.run_series import draw_together, ended_so_far, siblings
from components.run_state import draw_sentence
from components.run_texts import recipe_of
from components.task_pictures import makes_images
from components.text import plain, sentence
from components.what_if import draw_what_if
from lib.errors import UserError
from lib.i18n import _
from lib.runs import supervisor
from lib.runs.history import History
from lib.runs.overview import foreseen
from lib.runs.store import NO_RUN, Outlook, Run, Store

QUICK: Final = 0.5
STEADY: Final = 1.0
REST: Final = 3.0
SOON: Final = 2
"""A waiting run at this place in line, or before it, may start at any moment."""
OPENED: Final = "run.opened"
_KEY: Final = "run"
_LOOKING: Final = "run.looking"


def draw_run(run_id: str) -> bool:
    """The run `run_id` of this browser, kept up to date while it is not over; returns whether there is one."""
    store = Store()
    run = store.run(owner(), run_id)
    if run is None:
        st.warning(plain(sentence(UserError("", NO_RUN))), icon=":material/search_off:")
        return False
    if not run.over:
        supervisor.ensure_running()
    pace = tick(run, foreseen(store, run))
    again = pace if run.active else None
    st.fragment(_live, run_every=again)(run_id, run.active, pace)
    # Lists that are open would close where the page is drawn anew around them: what has any stands apart from that.
    st.fragment(draw_beside)(run_id)
    st.fragment(draw_told, run_every=again)(run_id)
    if recipe := recipe_of(run):
        st.fragment(draw_what_if)(run_id, recipe, again)
    looking = run.active and st.session_state.get(_LOOKING, False)
    st.fragment(_inside, run_every=PACE if looking else None)(run_id, looking)
    if run.over:
        _afterwards(store, run)
        st.fragment(_rest, run_every=REST)(run_id, run.last_event, ended_so_far(store, run))
    return True


def tick(run: Run, outlook: Outlook | None) -> float | None:
    """Seconds between two looks at `run`: fewer while someone waits for its first point or for its end.

    Who has others before it in the queue looks less often, so that a whole class can wait without a load.
    """
    if run.over:
        return None
    if run.state == "paused" or (outlook is not None and outlook.position > SOON):
        return REST
    return STEADY if run.state == "running" and run.progress > 0 else QUICK


def _rest(run_id: str, last_event: int, siblings_over: int) -> None:
    """Look now and then whether a run that has ended goes on, as from another tab, or is gone, and how far those are
    that differ from it by their seed alone."""
    store = Store()
    run = store.run(owner(), run_id)
    if run is None or run.last_event != last_event or ended_so_far(store, run) != siblings_over:
        st.rerun(scope="app")


def _live(run_id: str, active: bool, pace: float | None) -> None:
    """What changes from moment to moment; the whole page follows when another pace is due, as at the end.

    Of a run that no worker has in hand, only what stands before it changes: the rest is drawn once.
    """
    if OPENED in st.session_state:
        st.query_params["run"] = st.session_state.pop(OPENED)
        st.rerun(scope="app")
    store = Store()
    run = store.run(owner(), run_id)
    if run is None:
        st.rerun(scope="app")
    history = told_so_far(store, run)
    recipe = recipe_of(run)
    epochs = recipe.epochs if recipe else (history.began or {}).get("epochs", run.epoch)
    draw_head(run, _KEY, OPENED)
    draw_facts(run, recipe, history)
    outlook = foreseen(store, run)
    if active or run.over:
        draw_refusal(run, _KEY)
        draw_sentence(run, outlook, epochs)
    else:
        st.fragment(_ahead, run_every=pace)(run, pace, epochs)
    st.progress(_share(run, history), text=progress_text(run, history, epochs))
    _metrics(run, history)
    together = siblings(store, run)
    draw_together(together)
    live_chart([[each.id for each in together], *compared(store, run)], f"run.curves.{run.id}", run.over,
               list(recipe.measured) if recipe else [])
    if history.probes and makes_images(history.probes[-1]):
        # What a network makes of images is what is to be watched, and not kept behind a line.
        draw_looks(run, history.probes, f"run.{run.id}.made")
    if (run.active, tick(run, outlook)) != (active, pace):
        st.rerun(scope="app")


def _inside(run_id: str, looking: bool) -> None:
    """What happens inside the network; looked at again and again only while it is open and the run trains."""
    store = Store()
    run = store.run(owner(), run_id)
    if run is None:
        return
    history, recipe = told_so_far(store, run), recipe_of(run)
    if not history.probes and not (recipe and recipe.inside):
        return
    key = f"run.{run.id}"
    box = section(key)
    st.session_state[_LOOKING] = box.open
    if box.open:
        with box:
            draw_inside(run, history, max(history.epoch, recipe.epochs if recipe else 1), f"{key}.look")
    if (run.active and box.open) != looking:
        st.rerun(scope="app")


def _ahead(seen: Run, pace: float | None, epochs: int) -> None:
    """What keeps a run that waits or is paused; the whole page follows when something else of it has changed."""
    store = Store()
    run = store.run(owner(), seen.id)
    outlook = foreseen(store, run) if run else None
    if run is None or (run.name, run.last_event, tick(run, outlook)) != (seen.name, seen.last_event, pace):
        st.rerun(scope="app")
    draw_refusal(run, _KEY)
    draw_sentence(run, outlook, epochs)
    draw_waiting(store, run, _KEY)


def progress_text(run: Run, history: History, epochs: int) -> str:
    """The line above the progress bar."""
    if not run.attempt:
        return _("Not started yet")
    epoch = max(history.epoch, 0 if run.over else 1)
    parts = [_("Epoch {epoch} of {epochs}").format(epoch=epoch, epochs=epochs)] if epochs else []
    speed = run.images_per_second if run.over else history.speed
    if speed and (run.active or run.over):
        parts.append(_("{count} images/s").format(count=grouped(round(speed))))
    if run.over:
        parts.append(_("took {time}").format(time=duration(run.trained)))
    elif not run.active:
        parts.append(_("{time} of training so far").format(time=duration(run.trained)))
    elif history.remaining is not None:
        parts.append(_("about {time} left").format(time=duration(history.remaining)))
    return " · ".join(parts)


def _share(run: Run, history: History) -> float:
    return 1.0 if run.state == "finished" else min(max(history.progress, 0.0), 1.0)


def _metrics(run: Run, history: History) -> None:
    last = history.epochs[-1] if history.epochs else {}
    loss, accuracy = last.get("loss"), last.get("accuracy")
    if not run.over and history.batches["loss"]:
        loss, accuracy = history.batches["loss"][-1], history.batches["accuracy"][-1]
    with st.grid(4, min_column_width=150):
        st.metric(_("Training loss"), decimal(loss, 3), border=True)
        st.metric(_("Training accuracy"), percent(accuracy), border=True)
        st.metric(_("Validation accuracy"), percent(last.get("val_accuracy")), border=True, help=_best(run))
        st.metric(_("Test accuracy"), percent(run.test_accuracy if history.evaluation else None, 2), border=True,
                  help=_("Measured once, at the end, on images that took no part in the training"))


def _best(run: Run) -> str:
    best = percent(run.best_val_accuracy, 2) if run.best_val_accuracy is not None else UNKNOWN
    return _("Measured after every epoch on the images held out; the best so far: {best}").format(best=best)


def _afterwards(store: Store, run: Run) -> None:
    history = told_so_far(store, run)
    if history.evaluation:
        draw_evaluation(history.evaluation, f"run.{run.id}")
    st.subheader(_("Take it home"), anchor=False)
    draw_downloads(store, run, f"run.{run.id}.file")
