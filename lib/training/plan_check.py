"""What is wrong with the plan of a training: its schedule, its rules, and the two together; and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator

from lib.arch import Architecture
from lib.errors import UserError
from lib.formula import FormulaError
from lib.i18n import N_
from lib.machine import precisions
from lib.training.callbacks import RATE_CHANGERS, LearningRateScheduler, ModelCheckpoint, SwapEMAWeights
from lib.training.epoch_rates import EPOCH_NAMES
from lib.training.rates import schedule_problem
from lib.training.recipe import Recipe
from lib.training.rule_check import check_layers, check_rule
from lib.training.schedules import Plan, checked_rate


def plan_problems(architecture: Architecture, recipe: Recipe, batches: int) -> Iterator[UserError]:
    """Everything that keeps the schedule and the rules of `recipe` from being used.

    Args:
        architecture: one without mistakes.
        batches: how many an epoch has.
    """
    if recipe.schedule is not None:
        plan = Plan(recipe.optimizer.learning_rate, batches, recipe.epochs)
        if problem := schedule_problem(recipe.schedule, plan):
            yield problem
        if others := rate_changers(recipe):
            yield UserError("schedule", N_("expected nothing else that changes the learning rate beside a schedule"),
                            ", ".join(others))
    yield from _callback_problems(recipe)
    if recipe.precision not in precisions():
        yield UserError("precision", N_("expected {names}, for this machine computes well in nothing else; float16 "
                                        "needs a GPU, and bfloat16 that or a processor that has it"),
                        recipe.precision, names=", ".join(precisions()))
    for rule in recipe.rules:
        yield from (problem.within("rules") for problem in check_rule(rule, tuple(recipe.monitored)))
        if problem := check_layers(rule, architecture):
            yield problem.within("rules")
    freezing = [rule.name for rule in recipe.rules if rule.layers]
    if freezing and recipe.precision == "mixed_float16":
        yield UserError("precision", N_("expected no float16 beside rules that freeze layers, for the loss is scaled "
                                        "for those that learn at the beginning"), ", ".join(freezing))
    if freezing and recipe.optimizer.use_ema:
        yield UserError("use_ema", N_("expected no averaging of the weights beside rules that freeze layers, for it "
                                      "moves frozen ones too"), ", ".join(freezing))


def _callback_problems(recipe: Recipe) -> Iterator[UserError]:
    for callback in recipe.callbacks:
        if isinstance(callback, LearningRateScheduler):
            try:
                checked_rate(callback.schedule, EPOCH_NAMES)
            except FormulaError as error:
                yield error.within("LearningRateScheduler.schedule")
        elif isinstance(callback, ModelCheckpoint) and callback.save_best_only and callback.save_freq:
            yield UserError("ModelCheckpoint.save_freq", N_("expected none where only the best is saved, for that is "
                                                            "known between epochs"), callback.save_freq)
        elif isinstance(callback, SwapEMAWeights) and not recipe.optimizer.use_ema:
            yield UserError("SwapEMAWeights", N_("expected an optimizer that averages the weights (use_ema)"),
                            recipe.optimizer.name)


def rate_changers(recipe: Recipe) -> tuple[str, ...]:
    """The names of the callbacks and rules that change the learning rate."""
    changing = (callback.name for callback in recipe.callbacks if isinstance(callback, RATE_CHANGERS))
    return (*changing, *(rule.name for rule in recipe.rules if rule.changes_rate))


def plan_repairs(recipe: Recipe) -> Iterator[tuple[str, dict[str, str], Recipe]]:
    """What could be taken out of a recipe: what the button says, its values, and the recipe without it."""
    others = rate_changers(recipe)
    if recipe.schedule is not None and others:
        without = {"callbacks": tuple(each for each in recipe.callbacks if not isinstance(each, RATE_CHANGERS)),
                   "rules": tuple(rule for rule in recipe.rules if not rule.changes_rate)}
        yield N_("Keep the schedule, without {names}"), {"names": ", ".join(others)}, recipe.model_copy(update=without)
        yield N_("Train without the schedule"), {}, recipe.model_copy(update={"schedule": None})
    if recipe.precision != "float32":
        yield N_("Compute in float32"), {}, recipe.model_copy(update={"precision": "float32"})
    swaps = any(isinstance(callback, SwapEMAWeights) for callback in recipe.callbacks)
    if swaps and not recipe.optimizer.use_ema:
        averaging = recipe.optimizer.model_copy(update={"use_ema": True})
        yield N_("Average the weights"), {}, recipe.model_copy(update={"optimizer": averaging})
    if recipe.optimizer.use_ema:
        plain = recipe.optimizer.model_copy(update={"use_ema": False})
        yield N_("Do not average the weights"), {}, recipe.model_copy(update={"optimizer": plain})
