"""The rules of a recipe at work: they decide by numbers, and what they did and why becomes a note on the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf, nan
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import keras
from numpy.typing import NDArray

from lib.arch import Architecture
from lib.i18n import N_
from lib.training.decide import Decision
from lib.training.live import plain
from lib.training.recipe import Recipe
from lib.training.rule_check import keras_layers
from lib.training.rules import BATCHES, Freeze, Moment, Rule, SaveModel, StopTraining, Unfreeze, WriteNote
from lib.training.run import Emit
from lib.training.saving import save_model
from lib.training.watched import learning_rate

MOST_TOLD: Final = 20
"""Firings at batches that each rule tells one by one; of more, each epoch tells how many there were."""
RATE: Final = N_("learning rate {before} → {after}{because}")
STAYED: Final = N_("learning rate stays {before}, for the formula gives none that can be used{because}")
STOPPED: Final = N_("training stopped{because}")
SAVED: Final = N_("model saved as {file}{because}")
FROZEN: Final = N_("{layers} frozen; weights that still learn: {count}{because}")
UNFROZEN: Final = N_("{layers} learning; weights that learn now: {count}{because}")
NOTED: Final = "{text}{because}"
MORE: Final = N_("fired {count} more times in this epoch, at batches {first} to {last}")


class Where(NamedTuple):
    """Where a training is: the epoch, from 1; the batch in it, from 1; and the batches learned from so far."""

    epoch: int = 0
    batch: int = 0
    step: int = 0


class Total(NamedTuple):
    """How many there are of each in the whole training, but for the batches, which are those of an epoch."""

    epochs: int
    batches: int

    @property
    def steps(self) -> int:
        """All batches."""
        return self.epochs * self.batches


class Rules:
    """All rules of one training, and what they remember.

    Args:
        recipe: one without mistakes, as is the architecture.
        model: compiled, its optimizer built for every layer that may ever learn.
        emit: takes the notes.
        folder: that of the run, for saved models.
    """

    source: ClassVar[str] = "rules"

    def __init__(self, recipe: Recipe, architecture: Architecture, model: keras.Model, emit: Emit, folder: Path,
                 total: Total) -> None:
        self._model, self._emit, self._folder, self._total = model, emit, folder, total
        self._better = recipe.monitored
        self._decisions = [Decision(rule, tuple(self._better)) for rule in recipe.rules]
        self._layers = {rule.name: keras_layers(architecture, rule.layers) for rule in recipe.rules}
        self._untold: dict[str, list[int]] = {}
        self._best: dict[str, float] = {}
        self.listening = frozenset(rule.when for rule in recipe.rules)
        """The moments at which any rule may fire."""
        self.files = [folder / rule.file for rule in recipe.rules if rule.file]
        """Where models are saved."""

    @property
    def frozen(self) -> frozenset[str]:
        """The layers, of those that rules freeze or let learn, that do not learn now."""
        return frozenset(name for names in self._layers.values() for name in names
                         if not self._model.get_layer(name).trainable)

    def at(self, when: Moment, where: Where, logs: Callable[[], Mapping[str, float | None]] = dict) -> bool:
        """Let those rules decide whose moment it is; `logs` is asked only by those that read them.

        Returns:
            Whether any fired.
        """
        fired = False
        for decision in self._decisions:
            if decision.rule.when == when:
                fact = self._facts(where, logs)
                number = where.step + (when == "on_train_batch_begin")
                numbers = decision.fires(where.epoch, number, fact)
                if numbers is not None:
                    self._act(decision, where, numbers, fact)
                    fired = True
        return fired

    def tell_rest(self, where: Where) -> None:
        """Tell of what was not told one by one, when the epoch is over or left."""
        for name, (count, first, last) in self._untold.items():
            rule = next(decision.rule for decision in self._decisions if decision.rule.name == name)
            self._note(rule, where, MORE, count=count, first=first, last=last)
        self._untold = {}

    def compare(self, logs: Mapping[str, float]) -> None:
        """Remember the best numbers of all complete epochs."""
        for name, value in logs.items():
            better = min if self._better.get(name) == "min" else max
            self._best[name] = better(self._best.get(name, value), value)

    def remembered(self) -> dict[str, Any]:
        """All that they remember."""
        return {"fired": {decision.rule.name: decision.fired for decision in self._decisions},
                "untold": self._untold, "best": self._best, "frozen": sorted(self.frozen)}

    def arrays(self) -> list[NDArray[Any]]:
        """They remember no arrays."""
        return []

    def remember(self, state: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Take back what `remembered` gave, and freeze what was frozen."""
        for decision in self._decisions:
            decision.fired = state["fired"][decision.rule.name]
        self._untold, self._best = dict(state["untold"]), dict(state["best"])
        for names in self._layers.values():
            for name in names:
                self._model.get_layer(name).trainable = name not in state["frozen"]

    def _facts(self, where: Where, logs: Callable[[], Mapping[str, float | None]]) -> Callable[[str], float]:
        counts = {**where._asdict(), **self._total._asdict(), "steps": self._total.steps}

        def fact(name: str) -> float:
            if name in counts:
                return float(counts[name])
            if name == "learning_rate":
                return learning_rate(self._model)
            if name.startswith("best_"):
                of = name.removeprefix("best_")
                return self._best.get(of, inf if self._better.get(of) == "min" else -inf)
            value = logs().get(name)
            return nan if value is None else value

        return fact

    def _act(self, decision: Decision, where: Where, numbers: Mapping[str, float],
             fact: Callable[[str], float]) -> None:
        rule = decision.rule
        message, values = self._done(decision, fact)
        if rule.when in BATCHES and decision.fired > MOST_TOLD:
            count, first, _last = self._untold.get(rule.name, (0, where.batch, 0))
            self._untold[rule.name] = [count + 1, first, where.batch]
            return
        because = {"batch": where.batch, **numbers} if rule.when in BATCHES else numbers
        self._note(rule, where, message, **values, because=_because(because))

    def _done(self, decision: Decision, fact: Callable[[str], float]) -> tuple[str, dict[str, Any]]:
        """Do what the rule says; what happened as a message and its values."""
        rule, model = decision.rule, self._model
        match rule.action:
            case StopTraining():
                model.stop_training = True
                return STOPPED, {}
            case SaveModel():
                assert rule.file is not None
                save_model(model, self._folder / rule.file)
                return SAVED, {"file": rule.file}
            case Freeze(layers=layers) | Unfreeze(layers=layers):
                message = FROZEN if isinstance(rule.action, Freeze) else UNFROZEN
                self._set_trainable(self._layers[rule.name], message == UNFROZEN)
                learning = sum(weight.shape.num_elements() for weight in model.trainable_variables)
                return message, {"layers": ", ".join(layers), "count": learning}
            case WriteNote(text=text):
                return NOTED, {"text": text}
        return self._changed_rate(decision, fact)

    def _set_trainable(self, names: Iterable[str], trainable: bool) -> None:
        for name in names:
            self._model.get_layer(name).trainable = trainable

    def _changed_rate(self, decision: Decision, fact: Callable[[str], float]) -> tuple[str, dict[str, Any]]:
        exact = float(keras.ops.convert_to_numpy(self._model.optimizer.learning_rate))
        after = decision.rate(exact, fact)
        if after is None:
            return STAYED, {"before": plain(exact)}
        self._model.optimizer.learning_rate = after
        return RATE, {"before": plain(exact), "after": learning_rate(self._model)}

    def _note(self, rule: Rule, where: Where, message: str, **values: Any) -> None:
        self._emit({"kind": "note", "epoch": max(1, where.epoch), "source": rule.name, "action": rule.action.name,
                    "message": message, "values": values})


def _because(numbers: Mapping[str, float]) -> str:
    """The numbers that made a rule fire, in brackets; nothing where it needed none."""
    listed = ", ".join(f"{name} = {value:.6g}" for name, value in numbers.items())
    return f" ({listed})" if listed else ""
