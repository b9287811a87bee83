"""Today once its sessions are over: the page says so, what is left to do, and what comes next."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.clock import at_local
from scheduling.models import Booking, TherapySession
from sessions.attendance import arrive
from sessions.today.ahead import ahead_of
from sessions.today.day import read_day
from tests import make

pytestmark = pytest.mark.django_db
WEDNESDAY = make.MONDAY + timedelta(days=2)


def evening(day: date = WEDNESDAY) -> datetime:
    return at_local(day, time(18), "America/New_York")


def said(now: datetime) -> str:
    ahead = ahead_of(read_day(make.site(), now))
    return f"{ahead.title}. {ahead.words}" if ahead else ""


@pytest.fixture
def process() -> TherapySession:
    return make.session(day=WEDNESDAY, title="Process group")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "Next: tomorrow 9:00 am, Skills."),
        (5, "Next: Monday 9:00 am, Skills."),
        (12, "Next: Mon, Nov 2, 9:00 am, Skills."),
    ],
)
def test_after_the_last_session_the_next_one_is_named(process: TherapySession, days: int, words: str) -> None:
    make.session(day=WEDNESDAY + timedelta(days=days), title="Skills", lead=process.lead)
    assert said(evening()) == f"All done for today. {words}"


def test_while_a_session_is_still_to_come_nothing_is_done(process: TherapySession) -> None:
    assert said(process.starts_at - timedelta(hours=1)) == ""
    assert said(process.ends_at - timedelta(minutes=1)) == ""
    assert said(process.ends_at) != ""


def test_a_day_without_sessions_says_when_the_next_one_is(process: TherapySession) -> None:
    assert said(evening(WEDNESDAY - timedelta(days=1))) == (
        "No sessions today. Next: tomorrow 9:00 am, Process group."
    )


def test_a_cancelled_session_and_one_of_another_site_do_not_come_next(process: TherapySession) -> None:
    make.session(day=WEDNESDAY + timedelta(days=1), status="cancelled")
    make.session(make.other_site(), day=WEDNESDAY + timedelta(days=1))
    assert said(evening()) == "All done for today. Nothing is planned ahead yet."


def test_a_day_is_not_done_while_something_is_left_to_record(process: TherapySession) -> None:
    inside, _ = (make.booking(process, make.episode(lead=process.lead)) for _ in range(2))
    assert said(evening()).startswith("Today’s sessions are over. 2 bookings without attendance. Nothing")
    arrive(actor=process.lead, booking=inside, at=process.starts_at, now=process.starts_at)
    assert "1 booking without attendance. 1 check-out missing. " in said(evening())
    Booking.objects.update(status="cancelled_by_patient", cancelled_at=process.starts_at)
    assert "without attendance" not in said(evening()), "who said they would not come owes no mark"


def test_the_page_says_it_above_the_last_roster(
    process: TherapySession, sign_in: Callable[..., Client]
) -> None:
    with time_machine.travel(evening(), tick=False):
        page = sign_in().get(reverse("sessions:today")).text
    assert page.index("All done for today") < page.index("<h2>Process group</h2>")
