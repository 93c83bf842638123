"""What an event of a training changes in the row of its run, so that a table of runs needs no events."""

from __future__ import annotations

import json
import math
from typing import Any, Protocol


class _HasItem(Protocol):
    def tolist(self) -> Any: ...


def to_text(event: dict[str, Any]) -> str:
    """`event` as JSON; numpy numbers and arrays become plain ones, and NaN stays (Python reads it again)."""
    return json.dumps(event, default=_plain, ensure_ascii=False, separators=(",", ":"))


def changes(event: dict[str, Any], best_val_accuracy: float | None) -> dict[str, Any]:
    """The columns of the run that `event` sets; `best_val_accuracy` is the best one so far."""
    match event["kind"]:
        case "batches":
            found = {"images_per_second": _finite(event.get("images_per_second")),
                     "progress": _finite(event.get("progress"))}
            return {name: value for name, value in found.items() if value is not None}
        case "epoch":
            value = _finite(event.get("logs", {}).get("val_accuracy"))
            best = max((v for v in (value, best_val_accuracy) if v is not None), default=None)
            return {"epoch": int(event["epoch"]), "best_val_accuracy": best}
        case "evaluation":
            return {"test_accuracy": _finite(event.get("accuracy"))}
    return {}


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _plain(value: _HasItem) -> Any:
    return value.tolist()
