"""Tries attacks at the command line, which asks what the pages ask, and prints how each ended, what it took, and what
it did to the machine: `python -m tests.attacks.run FOLDER`, one JSON document.

In a process of its own: so that the memory is that of the attacks, that no code of theirs finds anything, and that
limits hold which end it where one of them fills the machine.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from lib.__main__ import main

MOST_SECONDS = 20.0
"""Of the processor, for one attack; an attack that takes as long ends the process."""
MOST_MEMORY = 1 << 30
# Not "compile": formulas and the headers of arrays are read by Python's parser, which runs nothing.
EVENTS = re.compile(
    r"(socket|subprocess|shutil|ctypes|pickle|marshal|pty|ftplib|urllib|webbrowser)\.|import$|exec$|code\.__new__|"
    r"os\.(system|exec|fork|posix_spawn|spawn|remove|rename|rmdir|mkdir|link|symlink|chmod|chown|putenv|truncate|kill)")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Writes down whatever this process does besides reading and computing, while it is told to."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.watching = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if opened or EVENTS.match(event):
            self.seen.append(f"{event} {str(arguments[:2])[:120]}")


def said(case: dict[str, Any]) -> tuple[int, str]:
    """How the command line takes the file of the attack: its status and its words."""
    context = case.get("context") or {}
    words = ["check", case["kind"], case["file"]]
    if "input_shape" in context:
        words += ["--input-shape", ",".join(map(str, context["input_shape"]))]
    if "weights" in context:
        words += ["--weights", ",".join(context["weights"])]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as told:
        status = main(words)
    return status, told.getvalue()


def tried(case: dict[str, Any], watch: Watch) -> dict[str, Any]:
    """How the attack ended, with seconds of the processor, the most kilobytes held meanwhile, and what was done."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    begin, watch.seen, watch.watching = time.process_time(), [], True
    status, words = said(case)
    watch.watching = False
    signal.setitimer(signal.ITIMER_PROF, 0)
    return {"id": case["id"], "kind": case["kind"], "expected": case["expected"], "status": status, "said": words,
            "seconds": time.process_time() - begin, "kilobytes": most_memory(), "did": watch.seen}  # fmt: skip


def most_memory() -> int:
    """The most kilobytes that this program has held; what `resource` tells may be its parent's."""
    (held,) = re.findall(r"VmHWM:\s*([0-9]+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(held)


def control(watch: Watch) -> None:
    """What is written, asked and started is seen: otherwise that nothing was done would say nothing."""
    watch.watching = True
    socket.socket().close()
    subprocess.run(["true"], check=True)
    Path("control").write_text("x", encoding="ascii")
    Path("control").unlink()
    watch.watching = False
    kinds = {entry.partition(" ")[0] for entry in watch.seen}
    assert {"socket.__new__", "subprocess.Popen", "open", "os.remove"} <= kinds, kinds


def all_of(folder: Path) -> list[dict[str, Any]]:
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    watch = Watch()
    control(watch)
    for case in cases:  # once unwatched: what is imported at its first use is none of theirs
        said(case)
    return [tried(case, watch) for case in cases]


if __name__ == "__main__":
    print(json.dumps(all_of(Path(sys.argv[1]))))
