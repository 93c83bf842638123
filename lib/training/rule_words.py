"""A rule as a sentence: "At the end of every epoch, if val_loss > 2 * best_val_loss: stop the training."."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lib.i18n import N_, _
from lib.training.rules import (
    BATCHES,
    Freeze,
    Moment,
    MultiplyLearningRate,
    Rule,
    SaveModel,
    SetLearningRate,
    Unfreeze,
    WriteNote,
)

Say = Callable[[str], str]

ALWAYS: Final[dict[Moment, str]] = {
    "on_train_begin": N_("At the beginning of the training"),
    "on_epoch_begin": N_("At the beginning of every epoch"),
    "on_train_batch_begin": N_("Before every batch"),
    "on_train_batch_end": N_("After every batch"),
    "on_epoch_end": N_("At the end of every epoch"),
    "on_train_end": N_("At the end of the training"),
}
SOMETIMES: Final[dict[Moment, str]] = {
    "on_epoch_begin": N_("Every {every} epochs, at the beginning"),
    "on_train_batch_begin": N_("Every {every} batches, before the batch"),
    "on_train_batch_end": N_("Every {every} batches, after the batch"),
    "on_epoch_end": N_("Every {every} epochs, at the end"),
}
CHOSEN: Final[dict[Moment, str]] = {
    "on_epoch_begin": N_("At the beginning of {epochs}"),
    "on_epoch_end": N_("At the end of {epochs}"),
}
IN_EPOCHS: Final = N_("{moment}, in {epochs}")
IF: Final = N_("{moment}, if {condition}: {action}.")
IF_FIRST: Final = N_("{moment}, but only the first time that {condition}: {action}.")
ONLY_FIRST: Final = N_("{moment}, but only the first time: {action}.")
PLAIN: Final = "{moment}: {action}."


def described(rule: Rule, say: Say = _) -> str:
    """What `rule` does, in the words of `say`: those of the language of the moment, or as they are written here."""
    condition = one_line(rule.condition)
    sentence = (IF_FIRST if condition else ONLY_FIRST) if rule.once else (IF if condition else PLAIN)
    return say(sentence).format(moment=_moment(rule, say), condition=condition, action=_action(rule, say))


def _moment(rule: Rule, say: Say) -> str:
    numbered = N_("epoch {epochs}") if len(rule.epochs) == 1 else N_("epochs {epochs}")
    epochs = say(numbered).format(epochs=", ".join(map(str, rule.epochs)))
    if rule.epochs and rule.when in CHOSEN:
        return say(CHOSEN[rule.when]).format(epochs=epochs)
    often = rule.every > 1 and rule.when in SOMETIMES
    moment = say(SOMETIMES[rule.when]).format(every=rule.every) if often else say(ALWAYS[rule.when])
    if rule.epochs and rule.when in BATCHES:
        return say(IN_EPOCHS).format(moment=moment, epochs=epochs)
    return moment


def _action(rule: Rule, say: Say) -> str:
    match rule.action:
        case MultiplyLearningRate(factor=factor):
            return say(N_("multiply the learning rate by {factor}")).format(factor=f"{factor:g}")
        case SetLearningRate(rate=rate):
            return say(N_("set the learning rate to {rate}")).format(rate=one_line(rate) or "…")
        case SaveModel():
            return say(N_("save the model as {file}")).format(file=rule.file)
        case Freeze(layers=layers):
            return say(N_("freeze {layers}")).format(layers=_listed(layers, say))
        case Unfreeze(layers=layers):
            return say(N_("let {layers} learn")).format(layers=_listed(layers, say))
        case WriteNote(text=text):
            return say(N_("note “{text}”")).format(text=text)
    return say(N_("stop the training"))


def _listed(layers: tuple[str, ...], say: Say) -> str:
    return ", ".join(layers) or say(N_("layers"))


def one_line(formula: str) -> str:
    """A formula of several lines on one."""
    lines = (line.partition("#")[0].strip() for line in formula.splitlines())
    return "; ".join(line for line in lines if line)
