"""A sandboxed process that does what no training does; what, its order says."""

# It does it by the calls themselves.
# ruff: noqa: PTH102, PTH103, PTH108, PTH123

import ctypes
import json
import os
import platform
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

given = json.loads(sys.argv[1])
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from lib.sandbox.enter import Plan, enter  # noqa: E402

TOLD = os.dup(1)
LIBC = ctypes.CDLL(None, use_errno=True)
FALLOCATE = {"x86_64": 285, "aarch64": 47}


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


def reserved():
    """Takes room behind the end of a file, of which its size says nothing."""
    descriptor = os.open("history.csv", os.O_RDWR | os.O_CREAT)
    keep_size = 1
    taken = LIBC.syscall(ctypes.c_long(FALLOCATE[platform.machine()]), ctypes.c_long(descriptor),
                         ctypes.c_long(keep_size), ctypes.c_long(0), ctypes.c_long(200 << 20))
    os._exit(8 if taken < 0 else 9)


def removed():
    """Holds a file that is in no folder any more."""
    descriptor = os.open("held", os.O_RDWR | os.O_CREAT)
    os.unlink("held")
    os.write(descriptor, b"x")
    silent()


def locked():
    """A folder in which files can be made and not listed, and a result that nobody may read."""
    os.mkdir("checkpoints", 0o300)
    Path("checkpoints/hidden").write_text("junk")
    os.close(os.open("model.keras", os.O_CREAT | os.O_WRONLY, 0o4000))
    os.umask(0o777)
    os.mkdir("tensorboard")
    os._exit(0)


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


enter(Plan(*given["plan"])._replace(kept=(TOLD,)))
globals()[given["job"]]()
