"""The program of a sandboxed process: it goes in first, and only then imports what has work to do there.

    python -I -B start.py '{"plan": [...], "job": "lib.training.sandboxed", "threads": 2}'

It hears and tells lines of JSON. Started by `lib.sandbox.launch` alone.
"""

import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))  # noqa: PTH100, PTH120

from lib.sandbox.enter import Plan, enter

SURROUNDINGS = {
    "BLOCKYARD_HOME": ".", "BLOCKYARD_DATA": ".", "BLOCKYARD_OFFLINE": "1", "BLOCKYARD_TRUSTED_PYTHON": "1",
    "BLOCKYARD_WORKERS": "1",
    "HOME": ".scratch", "KERAS_BACKEND": "tensorflow", "KERAS_HOME": ".scratch", "TF_CPP_MIN_LOG_LEVEL": "3",
    "TMPDIR": ".scratch",
}


def main() -> int:
    """Go in and do the job; 3 where the machine does not let it in."""
    given = json.loads(sys.argv[1])
    plan = Plan(*given["plan"])
    # What is printed, nobody hears.
    told = os.dup(1)
    os.dup2(2, 1)
    try:
        enter(plan._replace(kept=(*plan.kept, told)))
    except OSError as error:
        os.write(told, json.dumps({"refused": str(error)}).encode() + b"\n")
        return 3
    os.environ.update(SURROUNDINGS)
    if given["threads"]:
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(given["threads"])
    # Keras imports these where they are; no layer needs them, and they take a second.
    for unwanted in ("matplotlib", "sklearn"):
        sys.modules[unwanted] = None  # type: ignore[assignment]
    importlib.import_module(given["job"]).main(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
