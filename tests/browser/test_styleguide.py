"""The style guide in Chromium: axe, console, sideways scroll, and the palette by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from iop_clinic.styleguide import PAGES
from tests.browser.conftest import DESK, PHONE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTAL = {"portal_week", "portal_makeup", "portal_checkin", "portal_progress"}


def open_page(person: Callable[..., Page], settings: Any, page: str, size: dict[str, int]) -> Page:
    settings.DEMO = True
    window = person(None, size)
    window.goto(f"/styleguide/?page={page}")
    return window


@pytest.mark.parametrize("page", PAGES)
def test_a_pattern_has_no_violation(
    person: Callable[..., Page], settings: Any, eyes: Eyes, page: str
) -> None:
    window = open_page(person, settings, page, PHONE if page in PORTAL else DESK)
    eyes.look(window, f"guide-{page}")


@pytest.mark.parametrize("page", PAGES)
def test_no_pattern_scrolls_sideways(person: Callable[..., Page], settings: Any, page: str) -> None:
    widths = (320, 390, 768) if page in PORTAL else (1024, 1183, 1440, 1920)
    window = open_page(person, settings, page, DESK)
    for width in widths:
        window.set_viewport_size({"width": width, "height": 900})
        over = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{page} at {width}"


def test_ctrl_k_opens_the_palette_and_esc_gives_the_focus_back(
    person: Callable[..., Page], settings: Any
) -> None:
    window = open_page(person, settings, "today", DESK)
    found = '<a class="palette-row" href="#x">Ana Reyes</a>'
    address = window.locator("#palette form").get_attribute("action")
    window.route(f"**{address}", lambda route: route.fulfill(body=found, content_type="text/html"))
    window.get_by_role("button", name="Late", exact=True).first.focus()
    window.keyboard.press("Control+k")
    window.keyboard.type("ana")
    expect(window.get_by_role("option", name="Ana Reyes")).to_have_attribute("aria-selected", "true")
    window.keyboard.press("Escape")
    expect(window.locator("#palette")).to_be_hidden()
    expect(window.get_by_role("button", name="Late", exact=True).first).to_be_focused()
