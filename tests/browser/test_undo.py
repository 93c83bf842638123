"""Undo and Redo in a real browser, pressed faster than the page is drawn."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.test_build import build, filters, total

TYPED = range(7, 13)


def with_steps(visit: Visit) -> Page:
    page = build(visit)
    for number in TYPED:
        filters(page).fill(str(number))
        filters(page).press("Enter")
        expect(total(page)).to_have_text(f"{61_706 + 426 * (number - 6):,}".replace(",", "\u202f"))
    return page


def at_once(page: Page, times: int, *, shift: bool) -> None:
    """Press Ctrl+Z so often that the server cannot answer in between: without leaving the browser."""
    page.evaluate(
        """([times, shiftKey]) => {
            const press = { key: shiftKey ? "Z" : "z", code: "KeyZ", keyCode: 90, ctrlKey: true, shiftKey };
            for (let time = 0; time < times; time += 1)
                document.body.dispatchEvent(
                    new KeyboardEvent("keydown", { ...press, bubbles: true, composed: true, cancelable: true }));
        }""", [times, shift])


@pytest.mark.parametrize("slower", [1, 4])
def test_keys_that_follow_each_other_quickly_are_all_done(visit: Visit, slower: int) -> None:
    """Also where the browser is slower than the server, and sends what its fields held long before."""
    page = with_steps(visit)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    for _press in TYPED:
        page.keyboard.press("Control+z")
    expect(filters(page)).to_have_value("6")
    expect(total(page)).to_have_text("61\u202f706")
    at_once(page, 4, shift=True)
    expect(filters(page)).to_have_value("10")
    at_once(page, 3, shift=False)
    expect(filters(page)).to_have_value("7")


@pytest.mark.parametrize("clicks", [1, 2, 3])
def test_every_click_on_the_button_counts(visit: Visit, clicks: int) -> None:
    page = with_steps(visit)
    page.get_by_role("button", name="Undo").click(click_count=clicks)
    expect(filters(page)).to_have_value(str(12 - clicks))
    page.get_by_role("button", name="Redo").click(click_count=clicks)
    expect(filters(page)).to_have_value("12")


def test_undo_is_not_asked_for_where_no_network_is_built(visit: Visit) -> None:
    page = with_steps(visit)
    page.get_by_role("link", name="Data").click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.keyboard.press("Control+z")
    page.get_by_role("link", name="Build").click()
    expect(filters(page)).to_have_value("12")


def test_a_key_that_the_server_never_looked_at_is_done_a_moment_later(visit: Visit) -> None:
    """As where another run of the page takes the place of the one that it came with."""
    page = build(visit)
    lost: list[str | bytes] = []

    def join(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def send(message: str | bytes) -> None:
            if isinstance(message, bytes) and b'"undo"' in message and not lost:
                lost.append(message)
                message = message.replace(b'"client"', b'"nobody"')
            server.send(message)

        socket.on_message(send)

    page.route_web_socket("**/_stcore/stream", join)
    page.reload()
    for number in ("7", "8"):
        filters(page).fill(number)
        filters(page).press("Enter")
        expect(total(page)).to_have_text(f"{61_706 + 426 * (int(number) - 6):,}".replace(",", "\u202f"))
    page.keyboard.press("Control+z")
    expect(filters(page)).to_have_value("7")
    assert lost
    page.keyboard.press("Control+Shift+z")
    expect(filters(page)).to_have_value("8")
