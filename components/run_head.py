"""The head of a run: its name, its state, its buttons, and one line about what it is."""

from __future__ import annotations

import streamlit as st

from components import session
from components.numbers import decimal, grouped
from components.run_controls import draw_controls
from components.run_state import draw_badge
from components.run_texts import unreadable, unsaid, ways
from components.text import plain
from components.whole import whole
from lib import data
from lib.arch import Architecture
from lib.data import SOURCES
from lib.i18n import N_, _
from lib.runs.history import History
from lib.runs.store import Run
from lib.training.recipe import Recipe
from lib.weights.start import START


def draw_head(run: Run, key: str, opened: str) -> None:
    """Its name and state, and what can be done with it; `opened` is where in the session state a new run is left."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.subheader(plain(run.name), anchor=False, width="content")
            draw_badge(run.state)
        with st.container(horizontal=True, width="content"):
            draw_controls(run, key, opened)
            complaint = unreadable(run)
            if st.button(_("Train again"), icon=":material/replay:", key="run.again", disabled=complaint is not None,
                         help=plain(complaint) if complaint else
                         _("Back to this network and its recipe, to change them and train again")):
                _take_up(run)
                st.query_params.pop("run", None)
                st.rerun(scope="app")


@whole()
def _take_up(run: Run) -> None:
    """Make the network and the recipe of `run` the present ones."""
    network = Architecture.from_json(run.architecture)
    if network.to_json() != session.network().to_json():
        session.put_network(network, N_("take the network of {name}"), name=run.name)
        session.add_notice(_("This is the network of {name}. Undo on the Build page brings back yours.").format(
            name=run.name))
    session.put_recipe(Recipe.from_json(run.recipe))


def draw_facts(run: Run, recipe: Recipe | None, history: History) -> None:
    """One line: data, sizes, optimizer, and what the network has to learn with."""
    began = history.began or {}
    facts = [plain(data.title(recipe.data))] if recipe else []
    if began:
        facts.append(_("{train} images to learn from, {validation} held out").format(
            train=grouped(began["train_images"]), validation=grouped(began["validation_images"])))
        if began.get("source") in SOURCES:
            facts.append(_(SOURCES[began["source"]]))
    if recipe:
        rate = _("learning rate {rate}").format(rate=decimal(recipe.optimizer.learning_rate))
        facts += [f"{recipe.optimizer.name} ({rate})", _("batches of {size}").format(size=grouped(recipe.batch_size))]
        facts += ways(recipe)
    facts.append(_("{count} parameters").format(count=grouped(run.parameters)))
    if recipe and recipe.activation:
        facts.append(_("hidden activations: {name}").format(name=plain(str(recipe.activation))))
    if (run.folder / START).exists():
        facts.append(_("began with weights that had been learned before"))
    st.caption(" · ".join(facts))
    if complaint := unsaid(run):
        st.warning(plain(complaint), icon=":material/warning:")
