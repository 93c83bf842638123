"""A layer in Python is paused, killed, gone on with and stopped: the same training, bit for bit, in the sandbox."""

import math
import os

import numpy as np
import psutil
import pytest

from lib.arch import CATALOGUE, Architecture, Node
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.own_python import Measured, MeasuredWeight, OwnPython
from lib.errors import UserError
from lib.executors.inline import InlineExecutor
from lib.runs.store import Store
from lib.training import checkpoint, sandboxed
from lib.training.recipe import Recipe
from lib.training.reporter import Reporter
from lib.weights import start
from tests.lib.runs.waiting import until
from tests.lib.training.attempts import Attempts

SHAPE = (32, 32, 3)
CODE = '''
class Noisy(layers.Layer):
    """Sums of the channels, some of them left out by chance."""

    def __init__(self, **given):
        super().__init__(**given)
        self.chance = keras.random.SeedGenerator()

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 7), name="kernel")
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")

    def call(self, x, training=False):
        self.seen.assign_add(1.0)
        x = ops.relu(x @ self.kernel)
        return keras.random.dropout(x, 0.3, seed=self.chance) if training else x
'''
RATE = 0.01


class Killed(BaseException):
    """Stands for the end of the worker."""


@pytest.fixture
def layer():
    """As the sandbox measures it."""
    own = OwnPython(name="Noisy", code=CODE)
    weights = (MeasuredWeight(name="kernel", shape=(3, 7), trainable=True),
               MeasuredWeight(name="seen", shape=(), trainable=False))
    return own.with_measured(Measured(text=own.digest, inputs=(SHAPE,), output=(32, 32, 7), weights=weights))


@pytest.fixture
def store(home, monkeypatch):
    monkeypatch.setenv("BLOCKYARD_TRUSTED_PYTHON", "1")
    return Store()


def submitted(store, layer):
    """Queued with weights that it begins with, and with another learning rate, for which it keeps its first moment."""
    architecture = Architecture({"image": SHAPE}, (
        Node("own", PythonLayer(layer=layer), ("image",)),
        Node("pool", CATALOGUE["GlobalAveragePooling2D"](), ("own",)),
        Node("drop", CATALOGUE["Dropout"](rate=0.2), ("pool",)),
        Node("out", CATALOGUE["Dense"](units=10, activation="softmax"), ("drop",))), {"out": "out"})
    recipe = Recipe(data="shapes", train_images=200, epochs=2, batch_size=32)
    run = store.submit("me", "own", architecture.to_json(), recipe.to_json(), 102, given)
    store.set_learning_rate("me", run, RATE)
    return run


def given(folder):
    """Weights by which every class is as likely as another."""
    arrays = {"own/0": np.full((3, 7), 0.5, "f4"), "own/1": np.float32(100), "out/0": np.zeros((7, 10), "f4"),
              "out/1": np.zeros(10, "f4")}
    np.savez(folder / start.START, **arrays)


class NoJob:
    """The worker's own job, which is not asked."""


def attempt(store, run_id):
    """Have a worker train it, as far as it comes."""
    run = store.claim("inline")
    assert run.id == run_id
    try:
        InlineExecutor(store, NoJob()).submit(run)
    except Killed:
        assert psutil.Process().children() == []
        store.lost(store.run("me", run_id), UserError("", "gone"))
    return store.run("me", run_id)


def wished_at_the_first_checkpoint(monkeypatch, wish):
    """Somebody wishes that while the training waits for the store."""
    flush = Reporter.flush

    def asked_meanwhile(reporter):
        wish()
        until(lambda: reporter.asked())
        flush(reporter)
        monkeypatch.setattr(Reporter, "flush", flush)

    monkeypatch.setattr(Reporter, "flush", asked_meanwhile)


def killed_after_the_first_epoch(monkeypatch):
    emit = Reporter.emit

    def ending(reporter, event):
        emit(reporter, event)
        if event["kind"] == "epoch":
            monkeypatch.setattr(Reporter, "emit", emit)
            raise Killed

    monkeypatch.setattr(Reporter, "emit", ending)


def story(store, run):
    """What a reader makes of its events."""
    reader = Attempts(None, run.folder)
    reader.read([{**event.data, "kind": event.kind} for event in store.events("me", run.id)])
    return reader.story, reader.resumed


def kept(run):
    """Every bit of its last checkpoint, chance and the optimizer with it."""
    with np.load(checkpoint.load(run.folder / "checkpoints").path / "variables.npz") as file:
        return {name: file[name].tobytes() for name in file.files}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_paused_killed_and_gone_on_with_it_is_the_same_training(store, layer, monkeypatch):
    whole = attempt(store, submitted(store, layer))
    assert (whole.state, whole.reason) == ("finished", None)
    run_id = submitted(store, layer)
    wished_at_the_first_checkpoint(monkeypatch, lambda: store.request_pause("me", run_id))
    assert attempt(store, run_id).state == "paused"
    store.resume("me", run_id)
    killed_after_the_first_epoch(monkeypatch)
    assert attempt(store, run_id).state in ("queued", "interrupted")
    parted = attempt(store, run_id)
    assert (parted.state, parted.attempt) == ("finished", 3)
    one, _never = story(store, whole)
    other, resumed = story(store, parted)
    assert [event["step"] for event in resumed] == [1, 1]
    assert one == other
    assert kept(whole) == kept(parted)
    # It began with the weights that it was given: no class was likelier than another.
    _epochs, _notes, batches, _evaluation = one
    assert batches[0][1][0] == pytest.approx(math.log(10), abs=1e-5)
    assert batches[0][1][2] == pytest.approx(RATE)


@pytest.mark.slow
def test_stopped_after_its_epoch_it_keeps_what_it_learned(store, layer, monkeypatch):
    run_id = submitted(store, layer)
    wished_at_the_first_checkpoint(monkeypatch, lambda: store.request_stop("me", run_id, after_epoch=True))
    run = attempt(store, run_id)
    assert (run.state, run.epoch, run.reason) == ("stopped", 1, None)
    assert run.test_accuracy is not None
    assert (run.folder / "model.keras").stat().st_size > 0


def test_a_wish_that_comes_with_the_order_is_heard(monkeypatch):
    hears, tells = os.pipe()
    monkeypatch.setattr(sandboxed, "_HEAR", hears)
    line = sandboxed._Line(tells)
    os.write(tells, b'{"id": "a"}\n{"asked": "stop", "rate": 0.5}\n')
    assert line.order() == {"id": "a"}
    assert (line.asked(), line.rate()) == ("stop", 0.5)
    os.close(hears)
    os.close(tells)
