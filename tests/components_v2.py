"""What a browser does with our own components, for Streamlit's AppTest, which draws pages but not components."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def component_data(page: AppTest, key: str) -> Any:
    """What the component `key` was given to show at the last run."""
    return json.loads(_proto(page, key).json)


def trigger(page: AppTest, key: str, event: str, value: Any) -> None:
    """Run the page as after `setTriggerValue(event, value)` in the component `key`."""
    states = page._tree.get_widget_states()
    state = states.widgets.add()
    # The id under which Streamlit's front end sends the events of a component.
    state.id = f"$$STREAMLIT_INTERNAL_KEY_{_proto(page, key).id}__events"
    state.json_trigger_value = json.dumps([{"event": event, "value": value}])
    page._run(states)


def ask_card(page: AppTest, action: str, node: str, detail: Any = None, *, drawn: int | None = None) -> None:
    """Ask for an action at a card of the Build page, by a browser that has drawn the network in its state `drawn`: the
    present one if nothing is said."""
    _client, last = component_data(page, "build.cards")["seen"]
    present = component_data(page, "build.history")["seen"][2]
    events = [[last + 1, action, node, detail]]
    trigger(page, "build.cards", "asked", {
        "client": "test", "drawn": present if drawn is None else drawn, "events": events})


def press(page: AppTest, *actions: str, drawn: int | None = None) -> None:
    """Press Undo or Redo on the Build page, as often as is said, before the page can be drawn; `drawn` as above."""
    client, last, present = component_data(page, "build.history")["seen"]
    events = [[number, action] for number, action in enumerate(actions, last + 1)]
    trigger(page, "build.history", "asked", {
        "client": client or "test", "drawn": present if drawn is None else drawn, "events": events})


def card_rows(page: AppTest) -> dict[str, list[Any]]:
    """The rows of the cards by their ids."""
    return {row[0]: row for row in component_data(page, "build.cards")["cards"]}


def _proto(page: AppTest, key: str) -> Any:
    for node in page.get("bidi_component"):
        if node.proto.id.endswith(f"-{key}"):  # type: ignore[union-attr]
            return node.proto  # type: ignore[union-attr]
    raise AssertionError(f"no component {key} on the page")
