"""What a callback would have done in this training: chosen and set here, replayed on the epochs that are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import streamlit as st

from components import form
from components.numbers import decimal
from components.owner import owner
from components.run_history import told_so_far
from components.text import plain
from lib.i18n import _
from lib.runs.store import Store
from lib.training.callbacks import Callback, EarlyStopping, ReduceLROnPlateau
from lib.training.recipe import Recipe
from lib.training.replay import early_stop, reductions

_Replayed = EarlyStopping | ReduceLROnPlateau
_KINDS: Final[dict[str, type[EarlyStopping] | type[ReduceLROnPlateau]]] = {
    "EarlyStopping": EarlyStopping, "ReduceLROnPlateau": ReduceLROnPlateau}
_WIDTH: Final = 320
_KEY: Final = "run.what_if"
_CONFIGS: Final = "run.what_if.configs"
_APART: Final = ("monitor", "restore_best_weights")


def draw_what_if(run_id: str, recipe: Recipe, pace: float | None) -> None:
    """A callback with its fields, and what it would have done in the epochs of the run so far; opened when wanted.

    Args:
        pace: seconds from one look at the epochs to the next; None where there will be no more.
    """
    room = st.expander(_("What if: a callback replayed on these epochs"), icon=":material/history:", key=_KEY,
                       on_change="rerun")
    if not room.open:
        return
    with room:
        st.session_state.setdefault(f"{_KEY}.kind", "EarlyStopping")
        name = st.segmented_control(_("Callback"), list(_KINDS), key=f"{_KEY}.kind", required=True,
                                    label_visibility="collapsed")
        config = recipe.decided(_config(str(name), recipe))
        # The fields stay as they are meanwhile: a list that is open would close.
        st.fragment(_verdict, run_every=pace)(run_id, config, recipe.optimizer.learning_rate)


def _verdict(run_id: str, config: Callback, learning_rate: float) -> None:
    store = Store()
    run = store.run(owner(), run_id)
    for sentence in verdict(config, told_so_far(store, run).epochs if run else [], learning_rate):
        st.markdown(plain(sentence))


def verdict(config: Callback, rows: Sequence[dict[str, Any]], learning_rate: float) -> list[str]:
    """What `config` would have done, in sentences.

    Args:
        config: EarlyStopping or ReduceLROnPlateau, its direction decided.
        rows: the epochs, as `History.epochs` has them.
        learning_rate: at the beginning.
    """
    if not rows:
        return [_("No epoch is complete yet.")]
    if isinstance(config, EarlyStopping):
        return _stopping(config, rows)
    return _reducing(cast(ReduceLROnPlateau, config), rows, learning_rate)


def _config(name: str, recipe: Recipe) -> _Replayed:
    """The fields, which begin as the recipe has them where it has such a callback."""
    kept: dict[str, dict[str, Any]] = st.session_state.setdefault(_CONFIGS, {})
    present = next((callback for callback in recipe.callbacks if isinstance(callback, _KINDS[name])), _KINDS[name]())
    known: Any = _KINDS[name].model_validate(kept[name]) if name in kept else present
    field = _KINDS[name].model_fields["monitor"]
    place, told = f"{_KEY}.{name}.monitor", list(recipe.monitored)
    st.session_state.setdefault(place, known.monitor if known.monitor in told else told[0])
    monitor = st.selectbox(_(field.title or ""), told, key=place, help=_(field.description or ""), width=_WIDTH)
    config: _Replayed = form.draw(known.model_copy(update={"monitor": monitor}), f"{_KEY}.{name}", skip=_APART)
    kept[name] = config.model_dump(mode="json")
    return config


def _stopping(config: EarlyStopping, rows: Sequence[dict[str, Any]]) -> list[str]:
    found, last = early_stop(config, rows), rows[-1]["epoch"]
    if found is None:
        return [_("With patience {patience} it would not have stopped within these {epochs} epochs.").format(
            patience=config.patience, epochs=last)]
    told = [_("With patience {patience} it would have stopped at epoch {epoch} with {monitor} {best}, that of epoch "
              "{best_epoch}.").format(patience=config.patience, epoch=found.epoch, monitor=config.monitor,
                                      best=decimal(found.best), best_epoch=found.best_epoch)]
    choose = max if config.mode == "max" else min
    known = [row for row in rows if row.get(config.monitor) is not None]
    best = choose(known, key=lambda row: float(row[config.monitor]))
    if last > found.epoch and best["epoch"] > found.epoch:
        told.append(_("The training went on and came to {best} at epoch {epoch}.").format(
            best=decimal(best[config.monitor]), epoch=best["epoch"]))
    elif last > found.epoch:
        told.append(_("What came after that brought nothing better."))
    return told


def _reducing(config: ReduceLROnPlateau, rows: Sequence[dict[str, Any]], learning_rate: float) -> list[str]:
    found = reductions(config, rows, learning_rate)
    if not found:
        return [_("With patience {patience} it would not have lowered the learning rate within these {epochs} "
                  "epochs.").format(patience=config.patience, epochs=rows[-1]["epoch"])]
    steps = "; ".join(_("after epoch {epoch}: {before} → {after}").format(
        epoch=step.epoch, before=decimal(step.before, 3), after=decimal(step.after, 3)) for step in found)
    return [_("With patience {patience} it would have lowered the learning rate {steps}.").format(
        patience=config.patience, steps=steps),
        _("On these same numbers, that is: with another learning rate, those after the first step would have been "
          "others.")]
