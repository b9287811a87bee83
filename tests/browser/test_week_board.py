"""The week board by keys and on a phone, in Chromium: what opens over it can be read and closed."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from iop_clinic.clock import local_day, week_of
from tests import make
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opens = Callable[..., Page]


@pytest.fixture
def address() -> str:
    """Two sessions on Monday, one on Tuesday of the week after this one, and one two weeks later."""
    monday = week_of(local_day(timezone.now(), make.site().time_zone)).next().starts_on
    for days, title in ((0, "Process group"), (1, "DBT skills"), (14, "Sleep and mood")):
        make.session(day=monday + timedelta(days=days), title=title)
    make.session(day=monday, starts=time(11), title="CBT skills")
    return f"/week/?week={monday}"


def test_arrows_walk_the_sessions_and_brackets_the_weeks_one_after_the_other(
    person: Opens, address: str
) -> None:
    page = person(make.user())
    page.goto(address)
    focused = page.locator("*:focus")
    page.locator(".sheet").focus()
    for key, title in (("Down", "Process group"), ("Down", "CBT skills"), ("Right", "DBT skills")):
        page.keyboard.press(f"Arrow{key}")
        expect(focused).to_contain_text(title)
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_contain_text("DBT skills")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_empty()
    expect(focused).to_contain_text("DBT skills")
    page.keyboard.press("[")
    page.wait_for_function("address => !location.href.endsWith(address)", arg=address)
    expect(page.locator("main")).to_contain_text("Nothing is planned")
    page.keyboard.press("]")
    expect(page.locator(".block", has_text="DBT skills")).to_be_visible()


def test_a_key_that_changes_the_week_leaves_the_focus_on_the_board(person: Opens, address: str) -> None:
    make.session(day=local_day(timezone.now(), make.site().time_zone), starts=time(23), title="Tonight")
    page = person(make.user())
    page.goto(address)
    page.locator(".sheet").focus()
    page.keyboard.press("[")
    expect(page.locator(".block", has_text="Tonight")).to_be_visible()
    expect(page.locator(".sheet")).to_be_focused()
    page.keyboard.press("]")
    expect(page.locator(".block", has_text="CBT skills")).to_be_visible()
    expect(page.locator(".sheet")).to_be_focused()


def test_a_session_opened_on_a_phone_can_be_closed_again(person: Opens, address: str) -> None:
    page = person(make.user(), PHONE)
    page.goto(address)
    page.locator(".block", has_text="Process group").click()
    expect(page.locator("#drawer h2").first).to_be_in_viewport()
    page.locator("#drawer [data-close-drawer]").click()
    expect(page.locator("#drawer")).to_be_empty()
