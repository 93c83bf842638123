"""A sandboxed process that does what no training does; what, its order says."""

# It does it by the calls themselves.
# ruff: noqa: PTH102, PTH103, PTH123

import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

given = json.loads(sys.argv[1])
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from lib.sandbox.enter import Plan, enter  # noqa: E402

TOLD = os.dup(1)


def no_end():
    while True:
        os.write(TOLD, b"x" * 65536)


def nested():
    os.write(TOLD, b"[" * 200_000 + b"\n")


def no_object():
    os.write(TOLD, b"12\n")


def silent():
    while True:
        time.sleep(1)


def files():
    for number in range(10_000):
        Path(str(number)).touch()
    silent()


def deep():
    for _ in range(2_000):
        os.mkdir("d")
        os.chdir("d")
    silent()


def large():
    with open("large", "wb") as file:
        file.truncate(900_000_000)
    silent()


def threads():
    with suppress(RuntimeError):
        for _ in range(2_000):
            threading.Thread(target=silent, daemon=True).start()
    silent()


def gone():
    os._exit(7)


def junk():
    """Files of all names, beside one that is a result."""
    Path("model.keras").write_text("a model")
    for name in ("x.py", ".hidden", "a b", "<b>.saved.keras", "한.saved.keras", "model.keras.py"):
        Path(name).write_text("junk")
    os.makedirs("tensorboard/train")
    Path("tensorboard/train/<img src=x>").write_text("junk")
    os.mkdir("checkpoints")
    Path("checkpoints/state.json").write_text("{}")
    os._exit(0)


enter(Plan.read(given["plan"])._replace(kept=(TOLD,)))
globals()[given["job"]]()
