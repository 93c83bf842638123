"""Where the thing in work can be used at once: buttons that lead on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import streamlit as st
from pydantic import BaseModel, ValidationError

from components import session
from components.navigation import ROOT
from components.selection import choose
from components.whole import whole
from lib.arch import Architecture, Block, edit
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.custom import Lambda
from lib.arch.blocks.custom_layer import CustomLayer
from lib.arch.blocks.python_layer import PythonLayer
from lib.data.tasks import CLASSIFY
from lib.errors import UserError
from lib.i18n import N_, _
from lib.training.goals import suits, targets_of, with_metrics

_USED: Final = "formulas.used"


class Use(NamedTuple):
    """One way to use a thing: the words of its button, its icon, what it does, and the page that it leads to."""

    title: str
    icon: str
    do: Callable[[Any], bool]
    page: str


def draw_use(kind: str, thing: BaseModel | UserError, ready: bool) -> None:
    """A button for each way; they wait while it is not `ready`."""
    with st.container(horizontal=True, gap="small"):
        for number, use in enumerate(USES.get(kind, ())):
            if st.button(_(use.title), icon=use.icon, key=f"formulas.use.{number}", disabled=not ready) and _done(
                    use, thing):
                st.switch_page(ROOT / "pages" / f"{use.page}.py")
    st.session_state.pop(_USED, None)


@whole()
def _done(use: Use, thing: Any) -> bool:
    """Do it; a second click, before the browser shows where that leads, means the same."""
    asked = (use.title, str(thing))
    if st.session_state.get(_USED) == asked:
        return True
    if not use.do(thing):
        return False
    st.session_state[_USED] = asked
    return True


def insert(block: Block) -> bool:
    """Put a block at the end of the network that the Build page shows, and open it; whether it could be done."""
    new: list[str] = []

    def change(architecture: Architecture) -> Architecture:
        new.append(edit.unique_id(architecture, block))
        return edit.insert(architecture, block)

    error = session.edit(change, N_("insert {id}"), id=edit.unique_id(session.architecture(), block))
    if error:
        session.add_notice(str(error))
    else:
        choose(new[-1])
    return error is None


def _lambda(thing: Any) -> bool:
    return insert(Lambda(formula=thing.formula))


def _layer(thing: Any) -> bool:
    return insert(CustomLayer(layer=thing))


def _python(thing: Any) -> bool:
    return insert(PythonLayer(layer=thing))


def _activation_block(thing: Any) -> bool:
    return insert(Activation(activation=thing))


def into_recipe(**fields: Any) -> bool:
    """Give fields of the recipe other values; whether that could be done."""
    recipe = session.recipe()
    values = {name: getattr(recipe, name) for name in type(recipe).model_fields}
    try:
        session.put_recipe(type(recipe).model_validate({**values, **fields}))
    except ValidationError as error:
        session.add_notice(str(UserError.from_validation("", error)))
        return False
    return True


def _activation(thing: Any) -> bool:
    return into_recipe(activation=thing)


def _loss(thing: Any) -> bool:
    return into_recipe(loss=thing)


def _metric(thing: Any) -> bool:
    recipe = session.recipe()
    if recipe.task == CLASSIFY:
        return into_recipe(metrics=_beside(recipe.metrics, thing))
    # Of a task the first answer that a formula can be of.
    targets = targets_of(recipe.task)
    output = next((name for name, target in targets.items() if suits(thing, target.kind)), next(iter(targets)))
    present = next((each.metrics for each in recipe.outputs if each.output == output), ())
    return into_recipe(outputs=with_metrics(recipe.outputs, output, _beside(present, thing)))


def _beside(metrics: tuple[Any, ...], thing: Any) -> tuple[Any, ...]:
    return (*(one for one in metrics if one.log_name != thing.log_name), thing)


def _rule(thing: Any) -> bool:
    others = tuple(rule for rule in session.recipe().rules if rule.name.lower() != thing.name.lower())
    return into_recipe(rules=(*others, thing))


def _schedule(thing: Any) -> bool:
    return into_recipe(schedule=thing)


USES: Final[Mapping[str, tuple[Use, ...]]] = {
    "lambda": (Use(N_("Insert it into the network"), ":material/add_box:", _lambda, "build"),),
    "layer": (Use(N_("Insert it into the network"), ":material/add_box:", _layer, "build"),),
    "python": (Use(N_("Insert it into the network"), ":material/add_box:", _python, "build"),),
    "loss": (Use(N_("Train with this loss"), ":material/play_circle:", _loss, "train"),),
    "metric": (Use(N_("Train with this metric"), ":material/play_circle:", _metric, "train"),),
    "rule": (Use(N_("Train with this rule"), ":material/play_circle:", _rule, "train"),),
    "schedule": (Use(N_("Train with this schedule"), ":material/play_circle:", _schedule, "train"),),
    "activation": (
        Use(N_("Insert it into the network"), ":material/add_box:", _activation_block, "build"),
        Use(N_("Train with it in every hidden layer"), ":material/play_circle:", _activation, "train"),
    ),
}
