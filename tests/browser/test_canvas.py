"""The canvas in a real browser: a network drawn with the pointer, another with the keyboard alone, and what is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App, drawn
from tests.browser.conftest import Visit

Point = tuple[float, float]


def total(page: Page) -> Locator:
    return page.get_by_test_id("stMetricValue").first


def box(page: Page, node: str) -> Locator:
    return page.locator(f'.canvas .box[data-node="{node}"]')


def edge(page: Page, source: str, target: str) -> Locator:
    return page.get_by_role("button", name=f"Edge from {source} to {target}", exact=True)


def said(page: Page) -> Locator:
    return page.locator(".canvas .status")


def at(element: Locator, across: float = 0.5, down: float = 0.5) -> Point:
    """A point of an element, in parts of its width and height."""
    found = element.bounding_box()
    assert found is not None
    return found["x"] + across * found["width"], found["y"] + down * found["height"]


def drag(page: Page, start: Point, end: Point) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
    page.mouse.move(*end, steps=3)
    page.mouse.up()


def canvas(visit: Visit, empty: bool = True, **context: object) -> Page:
    """A new visitor at the canvas: with an empty network, or with LeNet-5."""
    page = visit("/", **context)
    if empty:
        page.get_by_role("button", name="Start from").click()
        page.get_by_role("dialog").get_by_role("button", name=re.compile("Empty|Nothing|Blank")).first.click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(total(page)).to_have_text("0")
    page.get_by_role("radio", name="Canvas").or_(page.get_by_role("button", name="Canvas")).first.click()
    expect(box(page, "input")).to_be_visible()
    drawn(page)
    return page


def drop(page: Page, title: str, across: float, down: float) -> None:
    """Drag a block from the list to a point of the canvas."""
    page.get_by_role("combobox", name="Search a block").fill(title)
    drag(page, at(page.get_by_role("option", name=title, exact=True)), at(page.locator(".canvas .view"), across, down))


def connect(page: Page, source: str, target: str) -> None:
    """Draw an edge from the port of a box to another box."""
    drag(page, at(box(page, source).locator(".port.out")), at(box(page, target)))
    expect(said(page)).to_have_text(f"{target} reads {source}.")


def test_two_inputs_a_shared_tower_and_two_outputs_are_drawn_with_the_pointer(visit: Visit) -> None:
    page = canvas(visit)
    page.get_by_role("button", name="Add an input").click()
    expect(box(page, "input_1")).to_be_visible()
    drop(page, "Conv2D", 0.3, 0.4)
    expect(box(page, "conv2d_1")).to_be_visible()
    expect(said(page)).to_have_text("conv2d_1 added; it reads nothing yet.")
    connect(page, "input", "conv2d_1")
    expect(total(page)).to_contain_text("320")
    page.get_by_role("button", name="Use its layer again").click()
    expect(box(page, "conv2d_2")).to_have_class(re.compile("sharing"))
    connect(page, "input_1", "conv2d_2")
    drop(page, "Concatenate", 0.4, 0.65)
    connect(page, "conv2d_1", "concatenate_1")
    connect(page, "conv2d_2", "concatenate_1")
    # A block that is dropped on an edge goes into it.
    drop(page, "GlobalAveragePooling2D", 0.4, 0.88)
    connect(page, "concatenate_1", "global_average_pooling2d_1")
    page.get_by_role("button", name="Tidy up").click()
    for head in ("dense_1", "dense_2"):
        drop(page, "Dense", 0.12, 0.5 + 0.2 * int(head[-1]))
        connect(page, "global_average_pooling2d_1", head)
        page.get_by_role("toolbar").get_by_role("button", name="Make it an output", exact=True).click()
        expect(box(page, head).locator(".marks .out")).to_be_visible()
    # The tower counts once: 3 x 3 x 1 x 32 + 32; each head is 64 x 64 + 64.
    expect(total(page)).to_have_text("8\u202f640")
    expect(page.get_by_role("button", name="Train this")).to_be_enabled()
    expect(page.locator(".canvas .share")).to_have_count(1)

    drop_on = edge(page, "concatenate_1", "global_average_pooling2d_1").locator(".hit")
    page.get_by_role("combobox", name="Search a block").fill("BatchNormalization")
    middle = drop_on.evaluate(
        "path => { const p = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());"
        " return [p.x, p.y] }")
    drag(page, at(page.get_by_role("option", name="BatchNormalization", exact=True)), (middle[0], middle[1]))
    expect(edge(page, "batch_normalization_1", "global_average_pooling2d_1")).to_have_count(1)
    expect(total(page)).to_have_text("8\u202f896")
    page.keyboard.press("Control+z")
    expect(total(page)).to_have_text("8\u202f640")


def test_a_network_is_drawn_with_the_keyboard_alone(visit: Visit) -> None:
    page = canvas(visit)
    keys = page.keyboard
    box(page, "input").focus()
    keys.press("/")
    expect(page.get_by_role("combobox", name="Search a block")).to_be_focused()
    keys.type("flatten")
    keys.press("Enter")
    expect(box(page, "flatten_1")).to_be_focused()
    keys.press("r")
    expect(said(page)).to_contain_text("flatten_1 reads: choose")
    keys.press("ArrowLeft")
    keys.press("Enter")
    expect(said(page)).to_have_text("flatten_1 reads input.")
    # With Shift the new block reads the one that the keyboard came from.
    keys.press("/")
    keys.type("dense")
    keys.press("Shift+Enter")
    expect(said(page)).to_have_text("dense_1 added; it reads flatten_1.")
    expect(box(page, "dense_1")).to_be_focused()
    keys.press("o")
    expect(total(page)).to_have_text("50\u202f240")
    expect(said(page)).to_have_text("dense_1 is an output.")

    # An edge is deleted by the keyboard too, and drawn again from its source.
    keys.press("e")
    expect(edge(page, "flatten_1", "dense_1")).to_be_focused()
    keys.press("Delete")
    expect(said(page)).to_have_text("dense_1 no longer reads flatten_1.")
    expect(box(page, "dense_1")).to_be_focused()
    expect(edge(page, "flatten_1", "dense_1")).to_have_count(0)
    box(page, "flatten_1").focus()
    keys.press("c")
    for _press in range(3):
        if box(page, "dense_1").evaluate("box => box.matches(':focus')"):
            break
        keys.press("ArrowRight")
    keys.press("Enter")
    expect(said(page)).to_have_text("dense_1 reads flatten_1.")
    expect(total(page)).to_have_text("50\u202f240")

    # A cycle is refused in words; Escape leaves what was begun.
    keys.press("c")
    keys.press("Escape")
    expect(said(page)).to_have_text("Cancelled.")
    keys.press("c")
    keys.press("ArrowUp")
    expect(box(page, "flatten_1")).to_be_focused()
    keys.press("Enter")
    expect(said(page)).to_contain_text("flatten_1: expected inputs that do not themselves read flatten_1")

    # Enter leads to the fields.
    box(page, "dense_1").focus()
    keys.press("Enter")
    expect(page.get_by_role("spinbutton", name="Units")).to_be_focused()
    keys.press("Control+a")
    keys.type("10")
    keys.press("Enter")
    expect(total(page)).to_have_text("7\u202f850")

    box(page, "dense_1").focus()
    keys.press("Delete")
    expect(box(page, "dense_1")).to_have_count(0)
    expect(box(page, "flatten_1")).to_be_focused()
    keys.press("Control+z")
    expect(box(page, "dense_1")).to_be_visible()


def apart(page: Page, one: str, other: str) -> tuple[float, float]:
    """How far one box stands from another, whatever is looked at, in parts of a box's width."""
    (x, y), (ox, oy) = at(box(page, one)), at(box(page, other))
    width = at(box(page, one), 1)[0] - at(box(page, one), 0)[0]
    return (ox - x) / width, (oy - y) / width


def test_boxes_stay_where_they_were_put(own_app: App, visit: Visit) -> None:
    page = canvas(visit, empty=False, app=own_app)
    automatic = apart(page, "s4", "c3")
    box(page, "c3").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(said(page)).to_have_text("c3 moved.")
    drag(page, at(box(page, "c3")), at(page.locator(".canvas .view"), 0.85, 0.5))
    put = apart(page, "s4", "c3")
    assert put[0] > automatic[0] + 1
    page.reload()
    drawn(page)
    expect(box(page, "c3")).to_be_visible()
    assert apart(page, "s4", "c3") == pytest.approx(put, abs=0.02)
    # The first change gives the draft its name.
    box(page, "c3").focus()
    page.keyboard.press("u")
    expect(box(page, "c3_1")).to_be_visible()
    page.get_by_role("link", name="Data").first.click()
    page.get_by_role("link", name="Build").first.click()
    drawn(page)
    expect(box(page, "c3_1")).to_be_visible()
    assert apart(page, "s4", "c3") == pytest.approx(put, abs=0.02)
    page.get_by_role("button", name="Tidy up").click()
    expect(said(page)).to_have_text("Tidied up.")
    assert apart(page, "s4", "c3")[0] < 0.6


def test_actions_that_follow_quickly_are_all_done_and_each_once(visit: Visit) -> None:
    page = canvas(visit, empty=False)
    box(page, "c5").focus()
    for _press in range(5):
        page.keyboard.press("u")
        box(page, "c5").focus()
    expect(page.locator(".canvas .box.sharing")).to_have_count(5)
    drawn(page)
    expect(page.locator(".canvas .box.sharing")).to_have_count(5)


def test_a_hundred_and_fifty_blocks_are_walked_by_key(visit: Visit, tmp_path: Path) -> None:
    page = canvas(visit)
    names = [f"relu_{number}" for number in range(150)]
    nodes = [{"id": name, "block": "ReLU", "config": {}, "inputs": [source]}
             for name, source in zip(names, ["input", *names], strict=False)]
    file = tmp_path / "long.json"
    file.write_text(json.dumps({"format": "blockyard/1", "inputs": {"input": [28, 28, 1]}, "nodes": nodes,
                                "outputs": {"out": names[-1]}}))
    page.get_by_role("button", name="File").click()
    page.locator('input[type="file"]').set_input_files(file)
    expect(box(page, "relu_149")).to_be_attached()
    page.keyboard.press("Escape")
    box(page, "input").focus()
    for _press in range(30):
        page.keyboard.press("ArrowDown")
    expect(box(page, "relu_29")).to_be_focused()
    expect(box(page, "relu_29")).to_be_in_viewport()
    page.keyboard.press("End")
    expect(box(page, "relu_149")).to_be_focused()
    expect(box(page, "relu_149")).to_be_in_viewport()


@pytest.mark.parametrize("context", [{"viewport": {"width": 420, "height": 900}}, {"color_scheme": "dark"}],
                         ids=["narrow", "dark"])
def test_the_canvas_is_no_wider_than_the_window(context: dict[str, object], visit: Visit) -> None:
    page = canvas(visit, empty=False, **context)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if "viewport" in context:
        blocks = page.get_by_role("combobox", name="Search a block")
        expect(blocks).to_be_hidden()
        page.get_by_role("button", name="Blocks").click()
        expect(blocks).to_be_visible()
        page.get_by_role("option", name="Dropout", exact=True).dblclick()
        expect(box(page, "dropout_1")).to_be_focused()
        expect(blocks).to_be_hidden()
