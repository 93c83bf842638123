"""The picture of the Build page in a real browser: opening what is inside, sharing, one's way in a large net."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from lib.arch import presets
from tests.browser.app import drawn
from tests.browser.conftest import Visit

SAME = {"filters": 8, "kernel_size": 3, "padding": "same"}


def network(tmp_path: Path, nodes: list[dict[str, Any]], outputs: dict[str, str], *inputs: str) -> Path:
    file = tmp_path / "network.json"
    shapes = {name: [16, 16, 8] for name in inputs or ("input",)}
    file.write_text(json.dumps({"format": "blockyard/1", "inputs": shapes, "nodes": nodes, "outputs": outputs}))
    return file


def opened(visit: Visit, file: Path, last: str, **context: Any) -> Page:
    """A new visitor who has opened a file."""
    page = visit("/", **context)
    page.get_by_role("button", name=re.compile("^File|파일")).click()
    page.locator('input[type="file"]').set_input_files(file)
    expect(box(page, last)).to_have_count(1)
    page.keyboard.press("Escape")
    drawn(page)
    return page


def box(page: Page, node: str) -> Locator:
    return page.locator(f'svg [data-node="{node}"]')


def parts(page: Page, node: str) -> Locator:
    return page.locator(f'svg [data-part="{node}"]')


def handle(page: Page, path: str) -> Locator:
    return page.locator(f'svg [data-open="{path}"]')


def nested(tmp_path: Path) -> Path:
    inner = json.loads(presets.load("mini-resnet", (16, 16, 8)).to_json())
    return network(tmp_path, [
        {"id": "res", "block": "Residual", "config": {"filters": 8}, "inputs": ["input"]},
        {"id": "model", "block": "Model", "config": {"architecture": inner}, "inputs": ["res"]},
    ], {"out": "model"})  # fmt: skip


def composite_inside() -> str:
    return next(node.id for node in presets.load("mini-resnet").nodes if node.block and node.block.name == "Residual")


def test_a_residual_opens_by_click_closes_again_and_leaves_the_card_as_it_was(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit, nested(tmp_path), "model")
    expect(parts(page, "res")).to_have_count(0)
    handle(page, "res").click()
    expect(parts(page, "res")).to_have_count(7)
    expect(parts(page, "res").nth(0)).to_have_attribute("aria-label", re.compile(r"^conv1, Conv2D, 16.×.16.×.8"))
    expect(handle(page, "res")).to_have_attribute("aria-expanded", "true")
    expect(box(page, "res")).to_have_attribute("aria-pressed", "false")
    frame = page.locator("svg .ground").bounding_box()
    assert frame
    for part in parts(page, "res").all():
        inner = part.bounding_box()
        assert inner
        assert frame["x"] < inner["x"]
        assert inner["x"] + inner["width"] < frame["x"] + frame["width"]
        assert frame["y"] < inner["y"]
        assert inner["y"] + inner["height"] < frame["y"] + frame["height"]
    parts(page, "res").nth(2).click()
    expect(box(page, "res")).to_have_attribute("aria-pressed", "true")
    handle(page, "res").click()
    expect(parts(page, "res")).to_have_count(0)
    expect(box(page, "res")).to_have_attribute("aria-pressed", "true")


def test_what_is_nested_opens_and_closes_with_the_keyboard(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit, nested(tmp_path), "model")
    inner = composite_inside()
    box(page, "model").focus()
    page.keyboard.press("Tab")
    expect(handle(page, "model")).to_be_focused()
    page.keyboard.press("Enter")
    expect(handle(page, f"model/{inner}")).to_have_count(1)
    expect(handle(page, "model")).to_be_focused()
    before = parts(page, "model").count()
    page.keyboard.press("Tab")
    expect(handle(page, f"model/{inner}")).to_be_focused()
    page.keyboard.press("Space")
    expect(parts(page, "model")).not_to_have_count(before)
    expect(handle(page, f"model/{inner}")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(parts(page, "model")).to_have_count(before)
    box(page, "model").focus()
    page.keyboard.press("-")
    expect(parts(page, "model")).to_have_count(0)
    page.keyboard.press("+")
    expect(parts(page, "model")).to_have_count(before)


def test_all_uses_of_one_layer_light_up_together(visit: Visit, tmp_path: Path) -> None:
    file = network(tmp_path, [
        {"id": "one", "block": "Conv2D", "config": SAME, "inputs": ["left"]},
        {"id": "two", "shares": "one", "inputs": ["right"]},
        {"id": "sum", "block": "Add", "inputs": ["one", "two"]},
    ], {"out": "sum"}, "left", "right")  # fmt: skip
    page = opened(visit, file, "sum")
    expect(page.locator("svg .tie")).to_have_count(1)
    expect(box(page, "two")).to_have_attribute("aria-label", re.compile("shares one"))
    box(page, "sum").hover()
    expect(page.locator("svg .kin")).to_have_count(0)
    box(page, "two").hover()
    expect(page.locator("svg .kin")).to_have_count(2)
    page.mouse.move(0, 0)
    expect(page.locator("svg .kin")).to_have_count(0)
    box(page, "one").click()
    expect(page.locator("svg .kin")).to_have_count(2)


def large(tmp_path: Path, count: int = 150) -> Path:
    nodes = [
        {"id": f"n{i}", "block": "Conv2D", "config": SAME, "inputs": [f"n{i - 1}" if i else "input"]}
        for i in range(count)
    ]
    return network(tmp_path, nodes, {"out": f"n{count - 1}"})


def test_a_large_network_is_found_ones_way_in(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit, large(tmp_path), "n149")
    overview = page.locator("svg.map")
    expect(overview.locator(".speck")).to_have_count(151)
    expect(box(page, "n149")).not_to_be_in_viewport()
    place = overview.bounding_box()
    assert place
    overview.click(position={"x": place["width"] / 2, "y": place["height"] - 3})
    expect(box(page, "n149")).to_be_in_viewport()
    page.get_by_role("button", name="The whole network at a glance").click()
    expect(box(page, "n0")).to_be_in_viewport()
    expect(box(page, "n149")).to_be_in_viewport()
    page.get_by_role("button", name="The whole network at a glance").click()
    expect(box(page, "n0")).not_to_be_in_viewport()
    width = box(page, "n140").bounding_box()
    page.get_by_role("button", name="Zoom in").click()
    wider = box(page, "n140").bounding_box()
    assert width
    assert wider
    assert wider["width"] > width["width"]


def test_the_picture_follows_the_chosen_card(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit, large(tmp_path, 40), "n39")
    expect(box(page, "n39")).not_to_be_in_viewport()
    page.locator('.card[data-node="n39"] .head').first.click()
    expect(box(page, "n39")).to_have_attribute("aria-pressed", "true")
    expect(box(page, "n39")).to_be_in_viewport()


def test_a_network_that_fits_has_no_tools(visit: Visit) -> None:
    page = visit("/", viewport={"width": 1280, "height": 1000})
    expect(box(page, "c1")).to_be_visible()
    expect(page.get_by_role("button", name="Zoom in")).to_have_count(0)


def test_the_inside_is_drawn_in_the_palette_in_both_themes(visit: Visit) -> None:
    for scheme in ("light", "dark"):
        page = visit("/", color_scheme=scheme)
        page.get_by_role("button", name="Add a block").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill("ConvNeXt")
        expect(dialog.get_by_text("What is inside")).to_have_count(1)
        dialog.get_by_text("What is inside").click()
        drawing = dialog.locator(".inside-drawing:visible").first
        expect(drawing.locator(".inside-box").first).to_be_visible()
        lines = drawing.locator(".inside-lines")
        assert "data:image/svg" in lines.evaluate("element => getComputedStyle(element).maskImage")
        drawing.scroll_into_view_if_needed()
        # Something is drawn between the boxes, in the colour of the text.
        area = lines.bounding_box()
        assert area
        assert area["height"] > 100
        colour = lines.evaluate("element => getComputedStyle(element).backgroundColor")
        brightness = sum(map(int, re.findall(r"\d+", colour)[:3]))
        assert (brightness > 380) == (scheme == "dark")
