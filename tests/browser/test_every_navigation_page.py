"""Every page a navigation leads to, as each role's first day shows it in the demo clinic, light and dark."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import Page

from billing.management.commands.demo_data import load
from iop_clinic.accounts.demo import Moment
from iop_clinic.accounts.models import User
from iop_clinic.navigation import NAVIGATION
from iop_clinic.roles import Role
from tests.browser.conftest import DESK, PHONE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY_MORNING = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
PORTAL = ("portal:week", "portal:checkins", "portal:progress", "portal:help")
ADMIN_LISTS = ("admin:accounts_site_changelist", "admin:patients_episode_changelist")


def pages() -> dict[str, list[str]]:
    """By role: its own home and notes, and what no role before it led to."""
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    for role, items in NAVIGATION.items():
        names = [item[0] for item in items if item]
        found[role] = [n for n in names if n == names[0] or n == "sessions:my_notes" or n not in seen]
        seen.update(names)
    found[Role.ADMINISTRATOR] += ADMIN_LISTS
    return found | {Role.PATIENT: list(PORTAL)}


def test_no_page_of_the_demo_clinic_has_a_violation(person: Callable[..., Page], eyes: Eyes) -> None:
    with time_machine.travel(WEDNESDAY_MORNING, tick=True):
        load(Moment(WEDNESDAY_MORNING))
        for role, names in pages().items():
            user = User.objects.filter(role=role).order_by("pk")[0]
            window = person(user, PHONE if user.is_patient else DESK)
            for name in names:
                answer = window.goto(reverse(name))
                assert answer is not None and answer.status == 200, name
                eyes.look(window, f"{role}-{name.replace(':', '-')}")
                over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert window.evaluate(over) <= 0, f"{name} scrolls sideways"
