"""A job for workers that trains nothing and takes no time: the recipe of the run says how it behaves."""

import json
import signal
import time

from lib.errors import UserError


def warm_up():
    pass


def train(run, emit, load_checkpoint, save_checkpoint, asked):
    emit({"kind": "begin", "epochs": 1, "steps_per_epoch": 3})
    BEHAVIOUR[json.loads(run.recipe)["how"]](run, emit, save_checkpoint, asked)


def finish(_run, emit, *_rest):
    emit({"kind": "epoch", "epoch": 1, "logs": {"val_accuracy": 0.75}})
    emit({"kind": "evaluation", "accuracy": 0.5})


def until_stopped(_run, _emit, save_checkpoint, asked):
    while not asked():
        time.sleep(0.01)
    save_checkpoint(3, lambda folder: (folder / "weights").write_text("learned"), {"epoch": 1})


def until_allowed(run, emit, *_rest):
    while not (run.folder / "go").exists():
        time.sleep(0.01)
    emit({"kind": "evaluation", "accuracy": 0.5})


def deaf(*_rest):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def mistake(*_rest):
    raise UserError("loss", "expected a number", float("nan"))


def bug(*_rest):
    raise ZeroDivisionError("a bug")


BEHAVIOUR = {
    "finish": finish,
    "until stopped": until_stopped,
    "until allowed": until_allowed,
    "deaf": deaf,
    "mistake": mistake,
    "bug": bug,
}
