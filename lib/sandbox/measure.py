"""What a layer in Python puts out, and which weights it makes: asked of the sandbox, from outside."""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from lib.arch.block import Shape
from lib.arch.own_python import Measured, OwnPython
from lib.errors import UserError
from lib.i18n import N_
from lib.sandbox import mistakes
from lib.sandbox.folder import remove
from lib.sandbox.launch import Box
from lib.settings import settings

JOB: Final = "lib.training.measuring"
SECONDS: Final = 120
_ROOM: Final = 20_000_000
_FOLDER: Final = "sandbox"
OFF: Final = N_("expected a server that lets layers in Python run: whoever runs it can set BLOCKYARD_TRUSTED_PYTHON=1")
BUSY: Final = N_("expected nobody else to measure a layer at this moment; try it again in a few seconds")
NO_MEASURE: Final = N_("expected a layer whose output has a size that is known, and at most 100 weights")
_measuring: Final = threading.Lock()


def measured(own: OwnPython, inputs: tuple[Shape, ...], wait: float = 30.0) -> Measured:
    """Build the layer once in the sandbox, for inputs of these shapes; takes as long as TensorFlow needs to begin.

    One is measured at a time, whoever asks.

    Args:
        own: the layer.
        inputs: shapes of one example, without the batch.
        wait: seconds to wait for others.

    Raises:
        UserError: the server does not let it run, cannot, or the layer is none.
    """
    if not settings().trusted_python:
        raise UserError(own.name, OFF)
    if not _measuring.acquire(timeout=wait):
        raise UserError(own.name, BUSY)
    folder = settings().home.resolve() / _FOLDER / secrets.token_hex(16)
    try:
        return _asked(own, inputs, folder)
    finally:
        remove(folder)
        with suppress(OSError):
            folder.parent.rmdir()
        _measuring.release()


def _asked(own: OwnPython, inputs: tuple[Shape, ...], folder: Path) -> Measured:
    box = Box(JOB, folder, {"name": own.name, "code": own.code, "inputs": inputs}, SECONDS, _ROOM)
    try:
        while True:
            for words in box.hear(0.25):
                if "failed" in words:
                    raise mistakes.error(words["failed"])
                return Measured.model_validate({**words, "text": own.digest, "inputs": inputs})
    except ValidationError:
        raise UserError(own.name, NO_MEASURE) from None
    finally:
        box.close()
