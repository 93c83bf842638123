"""Makes the files of all attacks, in a process of its own: `python -m tests.attacks.build attacks.jsonl FOLDER`.

The recipes of the collection are Python and know the file that they write as `path`. What comes of it, and of the
published exploits, is listed in FOLDER/cases.json.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.attacks.exploits import exploits

ENDINGS = {"arch_json": "json", "expression": "txt", "h5": "h5", "keras": "keras", "npz": "npz", "zip": "zip"}


def made(attack: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """The attack with its file; None where it is none of files."""
    ending = ENDINGS.get(attack["kind"])
    if ending is None:
        return None
    path = folder / f"{attack['id']}.{ending}"
    if "recipe" in attack:
        exec(attack["recipe"], {"path": str(path)})
    else:
        path.write_bytes(attack["payload"].encode("utf-8", errors="surrogatepass"))
    return {"context": {}, **attack, "file": str(path)}


def main(collection: Path, folder: Path) -> None:
    os.chdir(folder)
    told = collection.read_text(encoding="utf-8").splitlines() if collection.exists() else []
    cases = [case for line in told if (case := made(json.loads(line), folder))]
    (folder / "cases.json").write_text(json.dumps([*cases, *exploits(folder)]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
