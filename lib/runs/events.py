"""What an event of a training changes in the row of its run, so that a table of runs needs no events."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Protocol


class _HasItem(Protocol):
    def tolist(self) -> Any: ...


def to_text(event: dict[str, Any]) -> str:
    """`event` as JSON; numpy numbers and arrays become plain ones, and NaN stays (Python reads it again)."""
    return json.dumps(event, default=_plain, ensure_ascii=False, separators=(",", ":"))


def changes(event: dict[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the run that `event` sets; `row` has its columns as they are before."""
    match event["kind"]:
        case "begin":
            return {"epoch": 0, "progress": 0.0}
        case "resume":
            return {"epoch": int(event["epoch"]), "test_accuracy": None}
        case "batches":
            found = {name: _finite(event.get(name)) for name in ("progress", "remaining")}
            # What is kept of a run is the speed of all of it; the event also tells that of the last moments.
            found["images_per_second"] = _finite(event.get("average", event.get("images_per_second")))
            return {name: value for name, value in found.items() if value is not None}
        case "epoch":
            value = _finite(event.get("logs", {}).get("val_accuracy"))
            best = max((v for v in (value, row["best_val_accuracy"]) if v is not None), default=None)
            return {"epoch": int(event["epoch"]), "best_val_accuracy": best}
        case "checkpoint" if event["step"] > row["secured"]:
            return {"secured": event["step"], "deaths": 0}
        case "rate" if event["value"] == row["rate"]:
            return {"rate": None}
        case "evaluation":
            return {"test_accuracy": _finite(event.get("accuracy"))}
    return {}


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _plain(value: _HasItem) -> Any:
    return value.tolist()
