"""Tries every attack on formulas in a file, in this process alone, and prints how each ended and what all of it cost.

`python -m tests.lib.formula.attacks attacks.jsonl`: one JSON document. Run in a process of its own, so that the memory
is that of the attacks.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lib.__main__ import main


def tried(attack: dict[str, Any], file: Path) -> dict[str, Any]:
    """How the command line takes the attack: its status, what it said, and the seconds of this processor."""
    file.write_bytes(attack["payload"].encode("utf-8", errors="surrogatepass"))
    context = attack.get("context", {})
    arguments = ["check", "expression", str(file)]
    if "input_shape" in context:
        arguments += ["--input-shape", ",".join(map(str, context["input_shape"]))]
    if "weights" in context:
        arguments += ["--weights", ",".join(context["weights"])]
    begin = time.process_time()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as said:
        status = main(arguments)
    return {"id": attack["id"], "expected": attack["expected"], "status": status, "said": said.getvalue(),
            "seconds": time.process_time() - begin}  # fmt: skip


def all_of(file: Path) -> dict[str, Any]:
    attacks = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    with TemporaryDirectory() as folder:
        ends = [tried(attack, Path(folder, "formula.txt")) for attack in attacks if attack["kind"] == "expression"]
    return {"ends": ends, "kilobytes": most_memory()}


def most_memory() -> int:
    """The most kilobytes that this program has held; what `resource` tells may be its parent's."""
    (held,) = re.findall(r"VmHWM:\s*([0-9]+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(held)


if __name__ == "__main__":
    print(json.dumps(all_of(Path(sys.argv[1]))))
