"""Graphviz at work: the program `dot` in a process of its own, with bounds of time and memory."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from math import ceil, sqrt
from threading import BoundedSemaphore
from typing import Final, Literal, get_args

from lib.errors import UserError
from lib.i18n import N_

Format = Literal["png", "svg"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_SECONDS: Final = 30.0
_MEMORY: Final = 2 * 2**30
_TURNS: Final = BoundedSemaphore(2)
"""So many pictures at a time in this process; others wait."""

_POINTS: Final = 72
_DPI: Final = 144
_LONGEST_SIDE: Final = 32_000
_MOST_PIXELS: Final = 60_000_000
_SIZE: Final = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')

NO_GRAPHVIZ: Final = N_("expected the program dot of Graphviz on this machine: apt-get install graphviz, "
                        "or brew install graphviz")
_TOO_LONG: Final = N_("expected a network that can be laid out in {seconds} seconds; close its composites")
_FAILED: Final = N_("expected a network that Graphviz can draw; close its composites")


def draw(dot: str, form: Format) -> bytes:
    """The picture that the text `dot` describes. A PNG has 144 dots per inch, or fewer where it would be too large.

    Raises:
        UserError: there is no Graphviz, or it needs too long or too much.
    """
    svg = _run(dot, "-Tsvg")
    if form == "svg":
        return svg
    width, height = _size_of(svg)
    fitting = min(_LONGEST_SIDE / max(width, height), sqrt(_MOST_PIXELS / (width * height)))
    return _run(dot, "-Tpng", f"-Gdpi={min(_DPI, _POINTS * fitting):.2f}")


def _size_of(svg: bytes) -> tuple[float, float]:
    """Width and height of an SVG of Graphviz in points."""
    found = _SIZE.search(svg)
    if found is None:
        raise UserError("picture", _FAILED)
    return max(float(found[1]), 1.0), max(float(found[2]), 1.0)


def _run(dot: str, *options: str) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise UserError("picture", NO_GRAPHVIZ)
    with _TURNS:
        process = subprocess.Popen(
            [program, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"})
        try:
            _bound(process.pid)
            answer, _nothing = process.communicate(dot.encode(), timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise UserError("picture", _TOO_LONG, seconds=ceil(_SECONDS)) from None
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
    if process.returncode or not answer:
        raise UserError("picture", _FAILED)
    return answer


def _bound(pid: int) -> None:
    """Limits for a process that has not begun to read: memory and seconds of work."""
    if hasattr(resource, "prlimit"):
        limits = ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, ceil(_SECONDS)), (resource.RLIMIT_CORE, 0))
        for kind, most in limits:
            resource.prlimit(pid, kind, (most, most))
