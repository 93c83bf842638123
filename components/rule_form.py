"""The rules of a recipe as a list that can be added to: each with its fields, and in words what it does."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components import form, own, session
from components.held import hold, key, shown
from components.text import plain
from lib.arch import Architecture, analyse
from lib.errors import UserError
from lib.i18n import N_, _
from lib.training.recipe import Recipe
from lib.training.rule_check import check_layers, check_rule, freezable
from lib.training.rule_words import described
from lib.training.rules import (
    ACTIONS,
    MOST_RULES,
    Freeze,
    MultiplyLearningRate,
    Rule,
    SaveModel,
    SetLearningRate,
    StopTraining,
    Unfreeze,
    WriteNote,
)

EXAMPLES: Final[tuple[tuple[str, Rule], ...]] = (
    (N_("Slower at epochs 4, 7 and 9"), Rule(name="slower", epochs=(4, 7, 9))),
    (N_("Stop when it gets much worse"), Rule(
        name="stop", when="on_epoch_end", condition="val_loss > 2 * best_val_loss", action=StopTraining())),
    (N_("Slower when it gets worse"), Rule(
        name="halve", when="on_epoch_end", condition="val_loss > best_val_loss",
        action=MultiplyLearningRate(factor=0.5))),
    (N_("Warm up in the first epoch"), Rule(
        name="warm_up", when="on_train_batch_begin", epochs=(1,),
        action=SetLearningRate(rate="0.003 * batch / batches"))),
    (N_("Keep the model of the best epoch"), Rule(
        name="keep", when="on_epoch_end", condition="val_accuracy > best_val_accuracy", action=SaveModel())),
    (N_("Freeze layers after an epoch"), Rule(name="freeze", when="on_epoch_begin", epochs=(3,), action=Freeze())),
    (N_("Write a note"), Rule(
        name="note", when="on_epoch_end", condition="val_accuracy > 0.9", once=True,
        action=WriteNote(text="90 %"))),
)
"""What a rule can begin as: what the button says, and the rule."""


def draw_rules(recipe: Recipe, architecture: Architecture) -> Recipe:
    """All rules, each to be changed or removed, and the button that adds one."""
    logs = tuple(recipe.monitored)
    count = len(recipe.rules)
    drawn = [_rule(number, rule, count, architecture, logs) for number, rule in enumerate(recipe.rules)]
    rules = [rule for rule in drawn if rule is not None]
    names = [rule.name.lower() for rule in rules]
    if len(set(names)) < len(names):
        st.markdown(f":red[:material/error: {plain(_('Two rules cannot have the same name.'))}]")
        rules = list(recipe.rules)
    if len(rules) < MOST_RULES and (added := _added(len(rules))):
        rules.append(_renamed(added, {rule.name.lower() for rule in rules}))
    changed = recipe.model_copy(update={"rules": tuple(rules)})
    if len(rules) != len(recipe.rules):
        session.put_recipe(changed)
        st.rerun()
    return changed


def _rule(number: int, rule: Rule, count: int, architecture: Architecture, logs: tuple[str, ...]) -> Rule | None:
    """One rule of so many as it is now; None if it is removed."""
    prefix = f"recipe.rules.{number}"
    with st.container(key=f"recipe.rule.{number}", border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                place = st.empty()
            # Once it is gone, a second click must not mean the one that stands in its place.
            removed = st.button(_("Remove"), icon=":material/delete:", type="tertiary",
                                key=f"{prefix}.remove.of.{count}",
                                help=_("Remove the rule {name}").format(name=rule.name))
        rule = form.draw(rule, prefix, skip=("action",))
        rule = rule.model_copy(update={"action": _action(number, rule.action, architecture)})
        place.markdown(f"**{plain(described(rule))}**")
        mistakes = [*check_rule(rule, logs), *filter(None, [_layer_mistake(rule, architecture)])]
        for mistake in mistakes:
            st.markdown(f":red[:material/error: {plain(str(mistake))}]")
    return None if removed else rule


def _layer_mistake(rule: Rule, architecture: Architecture) -> UserError | None:
    return None if analyse(architecture).problems else check_layers(rule, architecture)


def _action(number: int, action: Any, architecture: Architecture) -> Any:
    name = f"rules.{number}.action"
    hold(name, action.name)
    chosen = st.selectbox(_("Action"), list(ACTIONS), key=key(name), format_func=lambda each: _(ACTIONS[each].summary))
    if chosen != action.name:
        layers = {"layers": action.layers} if chosen in ("Freeze", "Unfreeze") and hasattr(action, "layers") else {}
        action = ACTIONS[chosen].model_validate(layers)
        shown()[key(name)] = chosen
    if isinstance(action, Freeze | Unfreeze):
        return action.model_copy(update={"layers": _layers(number, action.layers, architecture)})
    return form.draw(action, f"recipe.rules.{number}.{action.name}")


def _layers(number: int, present: tuple[str, ...], architecture: Architecture) -> tuple[str, ...]:
    name = f"rules.{number}.layers"
    hold(name, list(present))
    there = () if analyse(architecture).problems else freezable(architecture)
    chosen = st.multiselect(_("Layers"), list(dict.fromkeys([*there, *present])), key=key(name),
                            placeholder=_("none"), help=_("Layers that have weights"))
    shown()[key(name)] = chosen
    return tuple(chosen)


def _added(count: int) -> Rule | None:
    """The rule that was chosen to be added to so many; the list of them closes then."""
    with st.popover(_("Add a rule"), icon=":material/add:", key=f"recipe.rules.add.to.{count}"):
        for number, (title, rule) in enumerate(EXAMPLES):
            if st.button(_(title), key=f"recipe.rules.add.{number}.to.{count}", help=plain(described(rule)),
                         width="stretch"):
                return rule
        for number, rule in enumerate(own.saved("rule")):
            if st.button(_("{name} (your own)").format(name=rule.name), key=f"recipe.rules.own.{number}.to.{count}",
                         help=plain(described(rule)), width="stretch"):
                return Rule.model_validate(rule.model_dump())
    return None


def _renamed(rule: Rule, taken: set[str]) -> Rule:
    """`rule` under a name that none has yet."""
    names = (rule.name if number == 1 else f"{rule.name}_{number}" for number in range(1, MOST_RULES + 2))
    return rule.model_copy(update={"name": next(name for name in names if name.lower() not in taken)})
