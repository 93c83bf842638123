"""Temporary files of processes that may be killed: in a folder of the home, where the next one removes them.

TensorFlow writes a source file for every function that it compiles, and removes it only at an orderly end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from lib.runs.processes import ProcessId

NAME: Final = "tmp"


def use_own_folder(home: Path) -> None:
    """From now on this process has its temporary files in a folder of its own; those of dead processes are removed.

    Raises:
        OSError: there is no room for a folder.
    """
    folder = home / NAME
    own = folder / str(ProcessId.of(os.getpid()))
    own.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(own)
    for other in folder.iterdir():
        if not ProcessId.parse(other.name).alive:
            shutil.rmtree(other, ignore_errors=True)
