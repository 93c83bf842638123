"""The picture on the Build page: it opens and closes composites, and a click in it opens a card."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from lib.arch import edit, presets, read_block
from tests.components_v2 import component_data, trigger
from tests.pages.test_build import PAGE

KEY = "build.graph"


def opened(preset: str = "mini-resnet") -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.run()
    page.session_state["draft.architecture"] = presets.load(preset).to_json()
    page.run()
    assert not page.exception
    return page


def picture(page: AppTest) -> str:
    return str(component_data(page, KEY)["picture"])


def composite() -> str:
    return next(node.id for node in presets.load("mini-resnet").nodes if node.block and node.block.name == "Residual")


def test_a_composite_opens_and_closes_and_other_edits_leave_it_open() -> None:
    page, name = opened(), composite()
    assert f'data-part="{name}"' not in picture(page)
    trigger(page, KEY, "fold", name)
    assert f'data-part="{name}"' in picture(page)
    assert page.session_state["build.chosen"] != name, "opening it does not choose it"
    first = presets.load("mini-resnet").nodes[0].id
    trigger(page, KEY, "pick", first)
    page.number_input(key=f"block.{first}.filters").set_value(9).run()
    assert f'data-part="{name}"' in picture(page)
    trigger(page, KEY, "fold", name)
    assert f'data-part="{name}"' not in picture(page)


def test_what_is_open_is_open_again_after_the_block_went_and_came_back() -> None:
    page, name = opened(), composite()
    trigger(page, KEY, "fold", name)
    before = page.session_state["draft.architecture"]
    page.session_state["draft.architecture"] = edit.blank().to_json()
    page.run()
    assert f'data-part="{name}"' not in picture(page)
    page.session_state["draft.architecture"] = before
    page.run()
    assert f'data-part="{name}"' in picture(page)


def test_a_click_opens_the_card_and_nonsense_from_the_browser_does_nothing() -> None:
    page, name = opened(), composite()
    trigger(page, KEY, "pick", name)
    assert page.session_state["build.chosen"] == name
    shown = picture(page)
    for event, value in (("pick", "nobody"), ("pick", 7), ("fold", "nobody/1"), ("fold", None), ("fold", ["a"]),
                         ("fold", f"{name}/{'a' * 1_000}")):
        trigger(page, KEY, event, value)
        assert not page.exception
        assert page.session_state["build.chosen"] == name
        assert picture(page) == shown


def test_the_card_of_a_composite_and_the_palette_show_what_is_inside() -> None:
    page, name = opened(), composite()
    trigger(page, KEY, "pick", name)
    assert [element for element in page.html if "inside-drawing" in str(element.value)]
    page.button(key="build.add").click().run()
    shown = [element for element in page.html if "<details" in str(element.value)]
    assert len(shown) >= 15
    assert not page.exception


def test_the_picture_of_a_network_inside_a_network_opens_level_by_level() -> None:
    page = opened("lenet5")
    model = read_block("Model", {"architecture": presets.load("mini-resnet").to_data()}, "m")
    network = edit.insert(edit.blank(), model)
    name = network.nodes[0].id
    page.session_state["draft.architecture"] = network.to_json()
    page.run()
    trigger(page, KEY, "fold", name)
    inner = composite()
    assert f'data-open="{name}/{inner}"' in picture(page)
    before = picture(page).count(f'data-part="{name}"')
    trigger(page, KEY, "fold", f"{name}/{inner}")
    assert picture(page).count(f'data-part="{name}"') > before
