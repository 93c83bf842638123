"""A job for workers that trains nothing and takes no time: the recipe of the run says how it behaves."""

import json
import os
import signal
import time

from lib.errors import UserError
from lib.training import process

ENDINGS = {"stop": "stopped", "pause": "paused"}


def warm_up():
    pass


def train(run, emit, load_checkpoint, save_checkpoint, asked, rate):
    emit({"kind": "begin", "epochs": 1, "steps_per_epoch": 3})
    return BEHAVIOUR[json.loads(run.recipe)["how"]](run, emit, save_checkpoint, asked)


def finish(_run, emit, *_rest):
    emit({"kind": "epoch", "epoch": 1, "logs": {"val_accuracy": 0.75}})
    emit({"kind": "evaluation", "accuracy": 0.5})
    return "finished"


def until_stopped(_run, emit, save_checkpoint, asked):
    emit({"kind": "batches", "images_per_second": 100.0})
    while asked() not in ENDINGS:
        time.sleep(0.01)
    save_checkpoint(3, lambda folder: (folder / "weights").write_text("learned"), {"epoch": 1})
    return ENDINGS[asked()]


def until_allowed(run, emit, save_checkpoint, asked):
    while not (run.folder / "go").exists():
        if asked() == "pause":
            return "paused"
        time.sleep(0.01)
    emit({"kind": "evaluation", "accuracy": 0.5})
    return "finished"


def deaf(*_rest):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(1)


def long_first_batch(*_rest):
    time.sleep(60)


def count_threads(_run, emit, *_rest):
    emit({"kind": "evaluation", "accuracy": process.threads() / 100})
    return "finished"


def deadly(*_rest):
    os.kill(os.getpid(), signal.SIGKILL)


def mistake(*_rest):
    raise UserError("loss", "expected a number", float("nan"))


def bug(*_rest):
    raise ZeroDivisionError("a bug")


BEHAVIOUR = {
    "finish": finish,
    "until stopped": until_stopped,
    "until allowed": until_allowed,
    "deaf": deaf,
    "long first batch": long_first_batch,
    "count threads": count_threads,
    "deadly": deadly,
    "mistake": mistake,
    "bug": bug,
}
