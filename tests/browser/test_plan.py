"""A whole week is planned, looked at by name and accepted, in light and dark, on a desk and on a phone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import Page

from billing.management.commands.demo_data import load
from iop_clinic.accounts.demo import Moment
from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from scheduling.models import PlanRun
from scheduling.planning import work_on_next
from tests import make
from tests.browser.conftest import DESK, PHONE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY_MORNING = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_next_week_is_planned_looked_at_and_accepted(person: Callable[..., Page], eyes: Eyes) -> None:
    with time_machine.travel(WEDNESDAY_MORNING, tick=True):
        load(Moment(WEDNESDAY_MORNING))
        user = User.objects.filter(role=Role.SUPERVISOR).order_by("pk")[0]
        desk, phone = person(user, DESK), person(user, PHONE)
        desk.goto(reverse("scheduling:plans"))
        eyes.look(desk, "plans")
        desk.get_by_role("button", name="Plan this week").click()
        desk.get_by_text("Waiting to begin").wait_for()
        eyes.look(desk, "plan-waiting")
        run = PlanRun.objects.get()
        PlanRun.objects.update(seconds=5)
        work_on_next(now=WEDNESDAY_MORNING)
        for window, name in ((phone, "plan-phone"), (desk, "plan")):
            window.goto(reverse("scheduling:plan", args=[run.pk]))
            window.get_by_text("Reach their hours").wait_for()
            eyes.look(window, name)
            assert window.evaluate(OVER) <= 0
        desk.get_by_role("button", name="Accept this week").click()
        desk.get_by_text("The planned week is booked").wait_for()
        eyes.look(desk, "plan-accepted")


def test_a_sick_call_is_repaired(person: Callable[..., Page], eyes: Eyes) -> None:
    with time_machine.travel(WEDNESDAY_MORNING, tick=True):
        load(Moment(WEDNESDAY_MORNING))
        user = User.objects.filter(role=Role.SUPERVISOR).order_by("pk")[0]
        sick = User.objects.filter(role=Role.CLINICIAN, sites__in=user.sites.all()).order_by("pk")[0]
        tomorrow = (WEDNESDAY_MORNING + timedelta(days=1)).date()
        make.absence(sick, tomorrow, days=1, kind="sick")
        desk, phone = person(user, DESK), person(user, PHONE)
        desk.goto(reverse("scheduling:absences"))
        desk.get_by_role("button", name="Repair the week").first.click()
        desk.get_by_text("Reach their hours").wait_for()
        eyes.look(desk, "repair")
        phone.goto(desk.url)
        eyes.look(phone, "repair-phone")
        desk.get_by_role("button", name="Accept this week").click()
        desk.get_by_text("The planned week is booked").wait_for()
