"""A week starts on the day the payer says, else the site: hours, lists, portal and make-ups agree."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.clock import Week
from iop_clinic.roles import Role
from patients.models import Coverage, Episode, Payer
from patients.weeks import all_own_weeks, own_weeks
from scheduling.ahead import weeks_ahead
from scheduling.makeups import ways_for
from scheduling.models import Booking
from scheduling.promised import shortfalls_words, with_visit
from sessions.another_time import another_time
from sessions.hours_board import weeks_of_people
from sessions.ledger import weeks_of
from sessions.my_progress import weekly_hours
from sessions.today.rail import rail_of
from tests import make

pytestmark = pytest.mark.django_db
SUNDAY = 6
TODAY = make.NOW.date()  # Wednesday, Oct 21
SITES, OWN = Week(make.MONDAY), Week(make.MONDAY - timedelta(days=1))
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def wednesday_morning() -> object:
    with time_machine.travel(make.NOW, tick=False):
        yield


def covered(of: Episode, starts_weekday: int | None, **fields: object) -> Coverage:
    by, _ = Payer.objects.get_or_create(name=f"Payer {starts_weekday}", week_starts_weekday=starts_weekday)
    defaults = {"member_number": "M1", "from_on": date(2026, 1, 1)}
    return Coverage.objects.create(patient=of.patient, payer=by, **(defaults | fields))


def said_in(client: Client, name: str, *args: object) -> str:
    page = client.get(reverse(name, args=args))
    assert page.status_code == 200
    return page.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def held(of: Episode, on: date, minutes: int = 180, **fields: object) -> Booking:
    return make.booking(make.session(of.site, day=on, starts=time(9), minutes=minutes, **fields), of)


@pytest.fixture
def ana() -> Episode:
    """Three hours on the Sunday before, on Thursday, and on the Sunday after: six of nine in her week."""
    of = make.episode(make.portal_patient(given_name="Ana"))
    covered(of, SUNDAY)
    make.attendance(held(of, OWN.starts_on))
    held(of, TODAY + timedelta(days=1))
    held(of, SITES.ends_on, minutes=120)
    return of


def test_the_first_payer_in_force_says_where_the_week_starts_and_else_the_site() -> None:
    nobody, second, first, ended = (make.episode() for _ in range(4))
    covered(second, SUNDAY, rank=2)
    covered(first, SUNDAY)
    covered(first, 2, rank=2)
    covered(ended, SUNDAY, to_on=TODAY - timedelta(days=1))
    covered(ended, None, from_on=TODAY)
    for of, week in ((nobody, SITES), (second, SITES), (first, OWN), (ended, SITES)):
        assert own_weeks(of.patient).of(TODAY) == week


def test_the_weeks_of_many_take_one_statement_and_are_those_of_one() -> None:
    people = [make.episode() for _ in range(4)]
    for of in people[:2]:
        covered(of, SUNDAY)
    with CaptureQueriesContext(connection) as asked:
        found = all_own_weeks(of.patient_id for of in people)
    assert len(asked) == 1
    assert found == {of.patient_id: own_weeks(of.patient) for of in people}


def test_where_the_payer_changes_every_day_has_its_week_and_none_is_passed_over() -> None:
    of = make.episode()
    covered(of, SUNDAY, to_on=TODAY)
    covered(of, 3, from_on=TODAY + timedelta(days=1))
    own = own_weeks(of.patient)
    assert own.of(TODAY) == OWN
    assert own.of(TODAY + timedelta(days=1)) == Week(TODAY + timedelta(days=1))
    week, days = own.of(TODAY - timedelta(days=30)), set[date]()
    for _ in range(9):
        assert own.before(own.after(week)).starts_on <= week.starts_on
        days |= set(week)
        week = own.after(week)
    assert {TODAY + timedelta(days=n) for n in range(-30, 20)} <= days


def test_a_payer_starts_its_week_on_a_weekday_or_leaves_it_to_the_site() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Payer.objects.create(name="Never", week_starts_weekday=7)
    with pytest.raises(ValidationError):
        Payer(name="Never", week_starts_weekday=7).full_clean()
    Payer(name="As the site", week_starts_weekday=None).full_clean()


def test_the_hours_board_counts_each_persons_own_week_and_says_its_days(
    ana: Episode, sign_in: SignIn
) -> None:
    other = make.episode(make.patient(given_name="Mona"))
    held(other, OWN.starts_on)
    held(other, SITES.ends_on, minutes=120)
    rows = weeks_of_people(Episode.objects.all(), site=ana.site, on=TODAY, now=make.NOW)
    found = {row.patient_id: (row.week, row.ledger.attended_minutes, row.short_minutes) for row in rows}
    assert found == {ana.patient_id: (OWN, 180, 180), other.patient_id: (SITES, 0, 420)}
    page = sign_in(role=Role.CLINICIAN, at=ana.site).get(reverse("sessions:hours_board")).content.decode()
    assert page.count("Sun Oct 18 to Sat 24") == 1
    assert f"?week={OWN.starts_on}" in page and f"?week={SITES.starts_on}" in page
    assert {row.short_minutes for row in rail_of(ana.site, make.NOW, with_hours=True).short} == {180, 420}


def test_chart_portal_and_attendance_tell_the_same_week(ana: Episode, sign_in: SignIn) -> None:
    staff, me = sign_in(role=Role.CLINICIAN, at=ana.site), sign_in(ana.patient.user)
    chart = said_in(staff, "sessions:hours", ana.patient_id)
    assert "Short by 3 h this week" in chart and "Sun Oct 18 to Sat 24" in chart
    assert "3 h to make up" in said_in(me, "portal:week")
    assert "Short by 3 h this week" in said_in(staff, "sessions:attendance", ana.patient_id)
    assert [week for week, _ in weeks_of(episode=ana, now=make.NOW)] == [OWN.next(), OWN]
    assert weekly_hours(ana, TODAY, make.NOW).weeks[-1][0] == OWN


def test_the_patients_page_turns_their_own_weeks_and_leads_to_the_board_beside(
    ana: Episode, sign_in: SignIn
) -> None:
    staff = sign_in(role=Role.FRONT_DESK, at=ana.site)
    answer = staff.get(reverse("scheduling:patient_week", args=[ana.patient_id]))
    shown = {name: answer.context[name] for name in ("before", "this", "after", "board")}
    assert shown == {
        "before": "?week=2026-10-11",
        "this": "?week=2026-10-18",
        "after": "?week=2026-10-25",
        "board": f"{reverse('scheduling:week')}?week=2026-10-19&patient={ana.patient_id}",
    }
    assert len(answer.context["bookings"]) == 2
    board = staff.get(shown["board"]).content.decode()
    assert "6 h of 9 h booked in the week of Sun 10/18" in board
    assert weeks_ahead(ana, own_weeks(ana.patient), TODAY)[0].week == OWN.next()


def test_words_about_hours_are_of_the_persons_own_week(ana: Episode) -> None:
    mona = make.episode(make.patient(given_name="Mona", family_name="Vale"))
    said = shortfalls_words([ana.patient], SITES.ends_on, TODAY)
    assert said == "Ana now has 2 h of 9 h booked next week."
    both = shortfalls_words([ana.patient, mona.patient], SITES.ends_on, TODAY)
    assert both.startswith("2 people are now short of hours in their week with Sun 10/25: Ana ")
    assert with_visit(ana.patient, own_weeks(ana.patient), TODAY, 60, TODAY).words == "7 h of 9 h"


def test_lost_time_is_made_up_in_the_payers_week_first(ana: Episode) -> None:
    lost = Booking.objects.get(episode=ana, session__occurs_on=TODAY + timedelta(days=1))
    Booking.objects.filter(pk=lost.pk).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    make.session(ana.site, day=SITES.ends_on, starts=time(14), title="Sunday")
    (way,) = ways_for(lost, make.NOW)
    assert way.is_next_week
    (choice,) = another_time(lost, make.NOW).choices
    assert choice.ledger.booked_minutes == 120 and choice.week_becomes.startswith("That week")
    make.session(ana.site, day=OWN.ends_on, title="Saturday")
    assert [(w.session.title, w.is_next_week) for w in ways_for(lost, make.NOW)] == [("Saturday", False)]


def test_what_giving_back_costs_is_of_the_payers_week(ana: Episode, sign_in: SignIn) -> None:
    sunday = Booking.objects.get(episode=ana, session__occurs_on=SITES.ends_on)
    page = said_in(sign_in(ana.patient.user), "portal:cancel", sunday.public_id)
    assert "Takes 2 h off the week: 9 h to make up." in page


def test_the_doors_bring_the_payers_week_along(ana: Episode, sign_in: SignIn) -> None:
    staff, me = sign_in(role=Role.CLINICIAN, at=ana.site), sign_in(ana.patient.user)
    for client, address in (
        (staff, reverse("sessions:hours", args=[ana.patient_id])),
        (me, reverse("portal:week")),
    ):
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        payers = [query["sql"] for query in asked if "patients_payer" in query["sql"]]
        assert len(payers) == 1 and "given_name" in payers[0]
