"""Building a layer in Python once, in the sandbox, to see what it puts out and which weights it makes."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import keras

from lib.errors import UserError
from lib.keras_bridge.python_layer import BROKEN, python_layer, said


def main(told: int) -> None:
    """Read {"name", "code", "inputs"}, and tell {"output", "weights"} or {"failed"}."""
    order = json.loads(sys.stdin.readline())
    try:
        answer: dict[str, Any] = _measured(order)
    except UserError as error:
        answer = {"failed": error.to_json()}
    except Exception as error:
        answer = {"failed": UserError(order["name"], BROKEN, problem=said(error)).to_json()}
    os.write(told, json.dumps(answer).encode() + b"\n")


def _measured(order: dict[str, Any]) -> dict[str, Any]:
    layer = python_layer(order["name"], order["code"])
    output = layer(*(keras.Input(tuple(shape)) for shape in order["inputs"]))
    return {"output": list(output.shape[1:]),
            "weights": [{"name": weight.name, "shape": list(weight.shape), "trainable": weight.trainable}
                        for weight in layer.weights]}
