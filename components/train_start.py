"""Before a training: the recipe, what will be trained, what stands in its way, and the button that starts it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from components import session
from components.navigation import ROOT
from components.numbers import duration, grouped
from components.owner import owner
from components.run_state import LOOKS
from components.run_texts import recipe_of
from components.start_weights import Prepare, choose_weights
from components.text import plain
from components.train_form import draw_form
from components.units import compact
from components.whole import whole
from lib import data
from lib.arch import Architecture, analyse
from lib.data import Dataset
from lib.data.tasks import CLASSIFY
from lib.errors import UserError, shortened
from lib.i18n import N_, _
from lib.runs import supervisor
from lib.runs.series import MOST_SEEDS, seeds_of, with_seeds
from lib.runs.states import TITLES
from lib.runs.store import LONGEST_NAME, Run, Store
from lib.training.check import check
from lib.training.estimate import Estimate, estimate, too_large
from lib.training.recipe import Recipe
from lib.training.repair import Repair, repairs

RUN: Final = "run"
_NAME: Final = "train.name"
_STARTED: Final = "train.started"
_TICK: Final = 2.0
_LONGEST_BASE: Final = 70
_SEEDS_WIDTH: Final = 150
_LONGEST_LABEL: Final = 40
_MOST_SHOWN: Final = 4


def draw_start() -> None:
    """The form on the left, the summary with its button on the right."""
    runs = Store().runs(owner())
    under_way = any(not run.over for run in runs)
    st.fragment(_active_runs, run_every=_TICK if under_way else None)()
    left, right = st.columns([5, 3], gap="large")
    with left:
        recipe, dataset = draw_form(session.recipe())
    session.put_recipe(recipe)
    with right, st.container(border=True):
        _summary(session.network(), recipe, dataset, runs)
    for notice in session.take_notices():
        st.toast(plain(notice))


def _open_run(run_id: str) -> None:
    """Show the run `run_id` from now on, also after F5: its id stands in the address."""
    st.query_params[RUN] = run_id
    st.rerun()


def _active_runs() -> None:
    """One line that leads back to the trainings that are under way."""
    active = [run for run in Store().runs(owner()) if not run.over]
    if not active:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{_('Under way:')}]", width="content")
        for run in active[:_MOST_SHOWN]:
            if st.button(plain(shortened(run.name, _LONGEST_LABEL)), icon=LOOKS[run.state].icon, type="tertiary",
                         key=f"train.watch.{run.id}", help=_(TITLES[run.state])):
                _open_run(run.id)
        if len(active) > _MOST_SHOWN:
            st.page_link(ROOT / "pages/runs.py", label=_("and {count} more").format(count=len(active) - _MOST_SHOWN))


def _summary(architecture: Architecture, recipe: Recipe, dataset: Dataset | None, runs: Sequence[Run]) -> None:
    """What will be trained and how long that takes, and the button; `runs` are those of this owner so far."""
    total = analyse(architecture).total
    title = plain(architecture.name) or _("Network without a name")
    st.markdown(f"### {title}")
    st.markdown(_("**{parameters}** parameters :gray[· {macs} multiply-adds an image]").format(
        parameters=grouped(total.parameters), macs=grouped(total.macs)))
    if dataset is not None:
        st.markdown(f"**{plain(data.title(recipe.data))}** :gray[· {plain(dataset.source_note)}]")
    st.markdown(_("**{epochs}** epochs with **{optimizer}** :gray[· learning rate {rate:g}]").format(
        epochs=grouped(recipe.epochs), optimizer=recipe.optimizer.name, rate=recipe.optimizer.learning_rate))
    if len(architecture.outputs) > 1 and recipe.task == CLASSIFY:
        st.caption(_("{count} outputs: each learns the classes. The loss is the sum of theirs, the accuracy that of "
                     "{first}.").format(count=len(architecture.outputs), first=plain(next(iter(architecture.outputs)))))
    name = _run_name(architecture, runs)
    problems = _problems(architecture, recipe, dataset)
    weights = choose_weights(architecture, runs) if not problems else None
    if dataset is not None and not problems:
        found = estimate(architecture, recipe, len(dataset.y_train), _known_speed(architecture, recipe, runs))
        if too_much := too_large(found):
            problems = [too_much]
        else:
            _expectation(found)
    for problem in problems:
        st.error(plain(str(problem)), icon=":material/error:")
    if dataset is not None and problems:
        _repair(repairs(architecture, recipe, len(dataset.y_train)))
    ready = dataset is not None and not problems and weights is not None
    count = _seeds(recipe)
    label = _("Train") if count == 1 else _("Train with {count} seeds").format(count=count)
    if st.button(label, type="primary", icon=":material/play_arrow:", width="stretch", key="train.start",
                 shortcut="Mod+Enter", disabled=not ready) and weights:
        _start(architecture, with_seeds(name, recipe, count), total.parameters, weights)
    else:
        st.session_state.pop(_STARTED, None)
    if problems:
        st.page_link(ROOT / "pages/build.py", label=_("Open the network on the Build page"),
                     icon=":material/deployed_code:")


def _expectation(found: Estimate) -> None:
    """How long it will take and what it needs, as ranges."""
    seconds, memory = (tuple(map(round, found.seconds)), found.memory)
    st.caption(_("About {quick} to {slow} of training, {low} to {high} of memory").format(
        quick=duration(seconds[0]), slow=duration(seconds[1]), low=compact(memory[0], "B"),
        high=compact(memory[1], "B")),
        help=_("Reckoned from the network and the recipe; once a run of this network has ended here, from its speed. "
               "The wait for a free place comes before it."))


def _known_speed(architecture: Architecture, recipe: Recipe, runs: Sequence[Run]) -> float | None:
    """Images a second of the last run of the same network and batch size."""
    text = architecture.to_json()
    same = (run for run in runs if run.images_per_second and run.architecture == text)
    for run in same:
        trained = recipe_of(run)
        if trained is not None and _costs(trained) == _costs(recipe):
            return run.images_per_second
    return None


def _costs(recipe: Recipe) -> tuple[object, ...]:
    """What decides how long an image takes, beside the network."""
    return recipe.batch_size, recipe.task, recipe.augmentation


def _problems(architecture: Architecture, recipe: Recipe, dataset: Dataset | None) -> Sequence[UserError]:
    return check(architecture, recipe, len(dataset.y_train) if dataset is not None else None)


def _repair(offered: Iterable[Repair]) -> None:
    for number, repair in enumerate(offered):
        if st.button(plain(str(repair)), icon=":material/build:", key=f"train.repair.{number}", width="stretch"):
            with whole():
                session.put_network(repair.architecture, N_("change the network to suit the data"))
                session.put_recipe(repair.recipe)
            st.rerun()


def _run_name(architecture: Architecture, runs: Sequence[Run]) -> str:
    """The name that this run will have: typed, or the network's with a number."""
    base = architecture.name[:_LONGEST_BASE] or _("Network")
    suggested = _("{name}, run {number}").format(name=base, number=len(runs) + 1)
    typed = st.text_input(_("Name of this run"), key=_NAME, placeholder=suggested, max_chars=LONGEST_NAME)
    return typed.strip() if typed and typed.strip() else suggested


def _seeds(recipe: Recipe) -> int:
    """With how many seeds to train: each is a run of its own, and they are looked at together."""
    count = st.number_input(_("Seeds"), 1, MOST_SEEDS, 1, key="train.seeds", width=_SEEDS_WIDTH, help=_(
        "Train several times with nothing but another seed, to see how much is chance: the curves stand as mean and "
        "band on one chart, the results as mean and standard deviation"))
    if count > 1:
        st.caption(_("One run each with the seeds {seeds}: the time above is that of one of them").format(
            seeds=", ".join(map(str, seeds_of(recipe, int(count))))))
    return int(count)


def _start(architecture: Architecture, recipes: Sequence[tuple[str, str]], parameters: int, weights: Prepare) -> None:
    """Submit the run and show it; a second click, before the page shows it, means the same run."""
    try:
        with whole():
            if _STARTED not in st.session_state:
                supervisor.ensure_running()
                run_ids = Store().submit_series(owner(), architecture.to_json(), recipes, parameters, weights)
                st.session_state[_STARTED] = run_ids[0]
                del st.session_state[_NAME]
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _open_run(st.session_state[_STARTED])
