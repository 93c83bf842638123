"""A job for workers that trains nothing and takes no time: the recipe of the run says how it behaves."""

import json
import os
import signal
import time

from lib.errors import UserError


def warm_up():
    pass


def train(run, emit, load_checkpoint, save_checkpoint, should_stop):
    recipe = json.loads(run.recipe)
    emit({"kind": "begin", "epochs": 1, "steps_per_epoch": 3})
    match recipe["how"]:
        case "finish":
            emit({"kind": "epoch", "epoch": 1, "logs": {"val_accuracy": 0.75}})
            emit({"kind": "evaluation", "accuracy": 0.5})
        case "until stopped":
            while not should_stop():
                time.sleep(0.01)
            save_checkpoint(3, lambda folder: (folder / "weights").write_text("learned"), {"epoch": 1})
        case "until allowed":
            while not (run.folder / "go").exists():
                time.sleep(0.01)
            emit({"kind": "evaluation", "accuracy": 0.5})
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                time.sleep(1)
        case "mistake":
            raise UserError("loss", "expected a number", float("nan"))
        case "bug":
            raise ZeroDivisionError("a bug")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
