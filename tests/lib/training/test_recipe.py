"""What a recipe says, as JSON and as Keras would say it."""

import inspect
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from lib.data import DATASETS
from lib.errors import UserError
from lib.training.losses import OwnLoss
from lib.training.metrics import OwnMetric
from lib.training.recipe import ACTIVATIONS, CALLBACKS, LOSSES, METRICS, OPTIMIZERS, Recipe

# Not for a form: the name of the optimizer, and patterns of layer names, which run as regular expressions.
NOT_OFFERED = {"name", "kwargs", "self", "exclude_layers"}
# What needs other optimizers inside it, or is no optimizer.
NOT_CHOSEN = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "LegacyOptimizerWarning"}


def keras_parameters(kind: type) -> dict[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters
    return {name: each.default for name, each in parameters.items() if name not in NOT_OFFERED}


def defaults(kind: type[BaseModel]) -> dict[str, Any]:
    return {name: field.default for name, field in kind.model_fields.items() if name != "name"}


def test_every_optimizer_of_keras_can_be_chosen() -> None:
    import keras

    own = {name for name in dir(keras.optimizers) if inspect.isclass(getattr(keras.optimizers, name))}
    assert set(OPTIMIZERS) == own - NOT_CHOSEN | {"RAdam"}


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"RAdam"}))
def test_optimizer_has_the_fields_and_defaults_of_keras(name: str) -> None:
    import keras

    assert defaults(OPTIMIZERS[name]) == keras_parameters(getattr(keras.optimizers, name))


def test_radam_has_the_fields_and_defaults_of_its_class() -> None:
    import keras

    from lib.keras_bridge.radam import RAdam

    base = inspect.signature(keras.src.optimizers.base_optimizer.BaseOptimizer.__init__).parameters
    common = {name: each.default for name, each in base.items() if name not in NOT_OFFERED}
    assert defaults(OPTIMIZERS["RAdam"]) == common | keras_parameters(RAdam)


OURS_TO_SAY = {
    "ModelCheckpoint": {"filepath"}, "CSVLogger": {"filename"},
    "TensorBoard": {"log_dir", "profile_batch"}}
"""What a run decides by itself: where its files are; and a profile, which needs packages that no training needs."""
NOT_TO_CHOOSE = {"Callback", "CallbackList", "History", "ProgbarLogger", "LambdaCallback", "RemoteMonitor",
                                  "BackupAndRestore", "OrbaxCheckpoint"}
"""What a run has anyway, and what runs code or calls other machines."""


def test_every_callback_of_keras_has_all_its_fields() -> None:
    import keras

    names = {name for name in dir(keras.callbacks) if inspect.isclass(getattr(keras.callbacks, name))}
    assert names - NOT_TO_CHOOSE == set(CALLBACKS) - {"LearningRateStep"}
    for name in names - NOT_TO_CHOOSE:
        theirs = set(inspect.signature(getattr(keras.callbacks, name).__init__).parameters)
        # What it prints, its notes on the timeline say.
        assert set(defaults(CALLBACKS[name])) == theirs - {"self", "verbose", "kwargs"} - OURS_TO_SAY.get(name, set())


@pytest.mark.parametrize(("module", "kinds"), [("losses", LOSSES), ("metrics", METRICS)])
def test_losses_and_metrics_have_fields_of_keras(module: str, kinds: dict[str, type[BaseModel]]) -> None:
    import keras

    for name, kind in kinds.items():
        theirs = inspect.signature(getattr(getattr(keras, module), name).__init__).parameters
        assert set(defaults(kind)) <= set(theirs), name


def test_activations_are_those_of_keras_that_work_number_by_number() -> None:
    import keras

    whole = {"softmax", "log_softmax", "sparsemax", "glu"}
    with_argument = {"threshold"}
    other = {"serialize", "deserialize", "get", "swish", "hard_swish"}
    names = {name for name in dir(keras.activations) if inspect.isfunction(getattr(keras.activations, name))}
    assert set(ACTIVATIONS) == names - whole - with_argument - other


def test_data_sets_are_those_that_there_are_or_may_be_brought() -> None:
    for name in (*DATASETS, f"own-{'0' * 32}"):
        assert Recipe.from_json(Recipe(data=name).to_json()).data == name


@pytest.mark.parametrize("kind", [
    Recipe, *OPTIMIZERS.values(), *CALLBACKS.values(), *LOSSES.values(), *METRICS.values(), OwnLoss, OwnMetric])
def test_every_field_is_explained(kind: type[BaseModel]) -> None:
    for name, field in kind.model_fields.items():
        if name not in ("name", "format"):
            assert field.title, name
            assert field.description, name


@pytest.mark.parametrize("kind", [*OPTIMIZERS.values(), *CALLBACKS.values()])
def test_every_choice_is_explained(kind: Any) -> None:
    assert kind.summary
    assert kind.reference


def optimizers() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda name, rate: {"name": name, "learning_rate": rate}, st.sampled_from(sorted(OPTIMIZERS)),
                     st.floats(0, 100, exclude_min=True))


def callbacks() -> st.SearchStrategy[list[dict[str, Any]]]:
    rising = st.sets(st.integers(1, 1000), min_size=1, max_size=8).map(sorted)
    kinds = {
        "EarlyStopping": st.fixed_dictionaries({"patience": st.integers(0, 1000), "min_delta": st.floats(0, 100)}),
        "ReduceLROnPlateau": st.fixed_dictionaries({"factor": st.floats(0.01, 0.99)}),
        "ModelCheckpoint": st.fixed_dictionaries({"monitor": st.sampled_from(["val_loss", "accuracy", "recall"])}),
        "LearningRateStep": st.fixed_dictionaries({"epochs": rising}),
        "LearningRateScheduler": st.fixed_dictionaries({"schedule": st.text("epochs*0.1 \n", max_size=9)}),
        "CSVLogger": st.fixed_dictionaries({"separator": st.sampled_from(",;|\t "), "append": st.booleans()}),
        "TerminateOnNaN": st.fixed_dictionaries({"raise_error": st.booleans()}),
        "SwapEMAWeights": st.fixed_dictionaries({"swap_on_epoch": st.booleans()}),
    }
    chosen = st.lists(st.sampled_from(sorted(kinds)), unique=True)
    return chosen.flatmap(lambda names: st.tuples(*(
        kinds[name].map(lambda fields, name=name: {"name": name, **fields}) for name in names)).map(list))


def losses() -> st.SearchStrategy[dict[str, Any]]:
    formulas = st.text("xy+_ \n", max_size=9)
    own = st.fixed_dictionaries({"name": st.sampled_from(["mine", "focal_2"]), "formula": formulas})
    smooth = st.builds(lambda share: {"name": "CategoricalCrossentropy", "label_smoothing": share}, st.floats(0, 0.9))
    return st.sampled_from(sorted(LOSSES)).map(lambda name: {"name": name}) | own | smooth


def metrics() -> st.SearchStrategy[list[dict[str, Any]]]:
    own = st.fixed_dictionaries({"name": st.sampled_from(["mine", "F1"]), "formula": st.just("y_pred")}, optional={
        "over": st.sampled_from(["epoch", "batches"]), "better": st.sampled_from(["min", "max"])})
    one = st.sampled_from(sorted(METRICS)).map(lambda name: {"name": name}) | own
    return st.lists(one, max_size=4, unique_by=lambda metric: metric["name"])


@given(st.fixed_dictionaries({}, optional={
    "data": st.sampled_from(sorted(DATASETS)) | st.from_regex(r"own-[0-9a-f]{32}", fullmatch=True),
    "train_images": st.none() | st.integers(1, 1_000_000),
    "validation_fraction": st.floats(0.01, 0.9),
    "batch_size": st.integers(1, 10_000),
    "epochs": st.integers(1, 1000),
    "seed": st.integers(0, 2**31 - 1),
    "optimizer": optimizers(),
    "activation": st.none() | st.sampled_from(ACTIVATIONS),
    "callbacks": callbacks(),
    "loss": losses(),
    "metrics": metrics(),
}))
def test_json_round_trip(fields: dict[str, Any]) -> None:
    recipe = Recipe.from_json(json.dumps(fields))
    text = recipe.to_json()
    assert Recipe.from_json(text) == recipe
    assert Recipe.from_json(text).to_json() == text
    assert Recipe.from_json(text.encode()) == recipe


BAD = {
    "truncated": ('{"epochs": 5', "recipe: expected JSON"),
    "not an object": ("[]", "recipe: expected an object"),
    "too long": (" " * 100_001, "recipe: expected at most 100,000 characters"),
    "unknown key": ('{"epoch": 5}', "recipe: expected no field of this name. Received: epoch."),
    "a key twice": ('{"epochs": 5, "epochs": 6}', "recipe: expected each key once"),
    "NaN": ('{"validation_fraction": NaN}', "recipe: expected a finite number"),
    "infinite": ('{"validation_fraction": 1e999}', "recipe: expected a finite number"),
    "no epochs": ('{"epochs": 0}', "recipe.epochs: expected a number of at least 1"),
    "text for a number": ('{"epochs": "5"}', "recipe.epochs: expected a whole number"),
    "part of an epoch": ('{"epochs": 1.5}', "recipe.epochs: expected a whole number"),
    "true for a number": ('{"seed": true}', "recipe.seed: expected a whole number"),
    "negative rate": ('{"optimizer": {"name": "Adam", "learning_rate": -1}}', "learning_rate: expected a number gr"),
    "unknown optimizer": ('{"optimizer": {"name": "Eve"}}', "recipe.optimizer: expected one of 'Adam'"),
    "nameless optimizer": ('{"optimizer": {}}', "recipe.optimizer: expected an object with a name"),
    "no optimizer": ('{"optimizer": 3}', "recipe.optimizer: expected an object"),
    "field of another": ('{"optimizer": {"name": "SGD", "beta_1": 0.9}}',
                         "recipe.optimizer.SGD: expected no field of this name. Received: beta_1."),
    "two ways to clip": ('{"optimizer": {"name": "SGD", "clipnorm": 1, "clipvalue": 1}}', "expected one way to clip"),
    "callback twice": ('{"callbacks": [{"name": "EarlyStopping"}, {"name": "EarlyStopping"}]}', "each callback once"),
    "falling epochs": ('{"callbacks": [{"name": "LearningRateStep", "epochs": [3, 2]}]}', "expected each epoch once"),
    "no list": ('{"callbacks": {}}', "recipe.callbacks: expected a list"),
    "another format": ('{"format": "blockyard/1"}', "recipe.format: expected one of"),
    "unknown loss": ('{"loss": {"name": "Eve"}}', "recipe.loss: expected one of 'SparseCategoricalCrossentropy'"),
    "loss without a formula": ('{"loss": {"name": "OwnLoss"}}', "recipe.loss.OwnLoss.formula: expected a value"),
    "own loss with a name of Keras": ('{"loss": {"name": "Huber", "formula": "y_pred"}}', "nothing of Keras has"),
    "own loss that is no name": ('{"loss": {"name": "my loss", "formula": "y_pred"}}', "expected letters, digits"),
    "unknown metric": ('{"metrics": [{"name": "Eve"}]}', "recipe.metrics.0: expected one of 'TopKCategoricalAccu"),
    "metric with a name that is taken": ('{"metrics": [{"name": "val_x", "formula": "y_pred"}]}', "no number of a tra"),
    "unknown activation": ('{"activation": "softmax"}', "recipe.activation: expected one of"),
    "no name of a brought set": ('{"data": "own-../../x"}', "recipe.data: expected one of"),
    "unknown data": ('{"data": "imagenet"}', "recipe.data: expected one of"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_recipe_is_one_sentence(case: str) -> None:
    text, sentence = BAD[case]
    with pytest.raises(UserError) as caught:
        Recipe.from_json(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(UserError.from_json(json.loads(json.dumps(caught.value.to_json())))) == str(caught.value)


def test_needs_no_keras() -> None:
    code = ("import sys, lib.training, lib.training.recipe, lib.training.check\n"
            "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow')))")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_own_activation_is_part_of_the_recipe() -> None:
    own = {"name": "mine", "formula": "y = x * 2\nrelu(y)"}
    recipe = Recipe.from_json(json.dumps({"activation": own}))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert json.loads(recipe.to_json())["activation"] == own
    for wrong in ({**own, "name": "relu"}, {**own, "more": 1}, {"name": "mine"}, "mine", {**own, "formula": "\x07"}):
        with pytest.raises(UserError, match=r"^recipe(\.activation|: )"):
            Recipe.from_json(json.dumps({"activation": wrong}))
