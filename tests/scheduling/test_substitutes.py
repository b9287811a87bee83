"""Who could lead a session instead, in what order and why not; and handing it over in one step."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.clashes import span_of
from scheduling.models import Facilitation, TherapySession, WorkingHours
from scheduling.substitutes import Candidate, candidates, substitute, uncovered
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)
LAST_WEEK = THURSDAY - timedelta(days=7)


def ruth(**fields: Any) -> Any:
    return make.clinician(given_name="Ruth", family_name="Adeyemi", **fields)


def led_before(session: TherapySession, by: Any, days: int = 7) -> None:
    """Everyone booked in the session was in one that this clinician led so many days ago."""
    past = make.session(day=THURSDAY - timedelta(days=days), starts=time(14), lead=by)
    for booking in session.bookings.all():
        make.booking(past, booking.episode)


def beside(session: TherapySession, staff: Any) -> None:
    session.refresh_from_db()
    Facilitation.objects.create(session=session, during=span_of(session), status=session.status, staff=staff)


def handed(session: TherapySession, staff: Any, **fields: Any) -> TherapySession:
    said = {"actor": make.user(), "now": make.NOW} | fields
    return substitute(session=session, staff=staff, **said)


def of(session: TherapySession, staff: Any) -> Candidate:
    return next(one for one in candidates(session, make.NOW) if one.staff == staff)


def test_who_knows_more_of_the_patients_comes_first_then_who_leads_less_that_week() -> None:
    session = make.session(day=THURSDAY)
    first, second = make.episode(), make.episode()
    make.booking(session, first)
    make.booking(session, second)
    busy, idle, knows_one, knows_both = (make.clinician() for _ in range(4))
    make.session(day=THURSDAY, starts=time(15), lead=busy)
    led_before(session, knows_both)
    make.booking(make.session(day=LAST_WEEK, starts=time(10), lead=knows_one), first)
    found = [one for one in candidates(session, make.NOW) if one.staff in {busy, idle, knows_one, knows_both}]
    assert [one.staff for one in found] == [knows_both, knows_one, idle, busy]
    assert [one.knows_words for one in found] == [
        "Has led 2 of 2 of them", "Has led 1 of 2 of them", "New to all 2", "New to all 2"
    ]  # fmt: skip


def test_what_was_more_than_sixty_days_ago_is_forgotten() -> None:
    session, before = make.session(day=THURSDAY), make.clinician()
    make.booking(session, make.episode(admitted_on=date(2026, 6, 1)))
    led_before(session, before, days=70)
    assert of(session, before).knows_words == "Has not met the patient"


def test_those_who_cannot_come_last_with_the_reason() -> None:
    session = make.session(day=THURSDAY, lead=ruth())
    busy, away, elsewhere, lapsed = (make.clinician() for _ in range(4))
    make.session(day=THURSDAY, lead=busy, title="DBT skills")
    make.absence(away, THURSDAY)
    WorkingHours.objects.create(staff=elsewhere, site=session.site, weekday=3, starts=time(13), ends=time(17))
    make.license_of(lapsed, expires_on=THURSDAY - timedelta(days=1))
    for person, why in (
        (busy, "already leads DBT skills, Thu 10/22 at 9:00 am"),
        (away, "is away"),
        (elsewhere, "works 1:00 pm to 5:00 pm"),
        (lapsed, "license ends 10/21/2026"),
    ):
        assert why in of(session, person).why_not
        with pytest.raises(Refused, match=why):
            handed(session, person)
    order = [bool(one.why_not) for one in candidates(session, make.NOW)]
    assert order == sorted(order)


def test_a_video_session_needs_a_license_of_the_patients_state() -> None:
    session = make.session(day=THURSDAY, mode="video")
    make.booking(session, make.episode(make.patient(state_code="PA")))
    here, there = make.clinician(), make.clinician()
    make.license_of(here)
    make.license_of(there, "PA")
    assert "has no license for PA" in of(session, here).why_not and not of(session, there).why_not


def test_a_medication_visit_is_only_for_prescribers() -> None:
    session = make.session(day=THURSDAY, kind="medication", lead=make.clinician(role=Role.PRESCRIBER))
    other = make.clinician(role=Role.PRESCRIBER)
    assert "prescriber" in of(session, make.clinician()).why_not and not of(session, other).why_not


def test_the_day_and_the_right_are_said_in_words() -> None:
    session, person = make.session(day=THURSDAY), make.clinician(credential="LPC")
    assert of(session, person).day_words == "Nothing else that day"
    make.license_of(person, expires_on=date(2027, 6, 30))
    WorkingHours.objects.create(staff=person, site=session.site, weekday=3, starts=time(8), ends=time(12))
    make.session(day=THURSDAY, starts=time(10, 30), lead=person)
    found = of(session, person)
    assert (found.day_words, found.right_words) == ("3 h free that day", "LPC, NJ license to 6/30/2027")


def test_nobody_of_another_site_and_no_account_out_of_use_is_proposed() -> None:
    session = make.session(day=THURSDAY)
    there, gone, desk = make.clinician(make.other_site()), make.clinician(is_active=False), make.user()
    assert not {there, gone, desk, session.lead} & {one.staff for one in candidates(session, make.NOW)}
    with pytest.raises(Refused, match="leads no sessions at Marlow Street"):
        handed(session, there)


def test_the_substitute_leads_and_those_booked_are_told_once() -> None:
    session, other = make.session(day=THURSDAY), make.clinician()
    make.booking(session, make.episode(make.portal_patient()))
    make.booking(session, make.episode())
    led = handed(session, other, version=1)
    assert (led.lead, led.version, led.own) == (other, 2, ["lead"])
    assert handed(session, other).version == 2
    message = Message.objects.get(kind="change")
    assert "your appointment Thu 10/22 at 9:00 AM has changed." in message.body
    session.refresh_from_db()
    assert [row.staff for row in session.facilitations.all()] == [other]


def test_a_co_facilitator_may_become_the_lead() -> None:
    session, helper = make.session(day=THURSDAY), make.clinician()
    beside(session, helper)
    assert of(session, helper).is_beside and not of(session, helper).why_not
    handed(session, helper)
    assert list(session.facilitations.values_list("staff", "is_lead")) == [(helper.pk, True)]


def test_a_co_facilitator_who_is_away_keeps_nobody_from_leading() -> None:
    session, helper = make.session(day=THURSDAY), make.clinician()
    beside(session, helper)
    make.absence(helper, THURSDAY)
    assert not of(session, make.clinician()).why_not and of(session, helper).why_not


def test_a_session_begun_cancelled_or_changed_meanwhile_is_not_handed_over() -> None:
    other = make.clinician()
    for session, said in (
        (make.session(day=make.NOW.date()), "has begun"),
        (make.session(day=THURSDAY, status="cancelled"), "is cancelled"),
        (make.session(day=THURSDAY, version=2), "changed this session meanwhile"),
    ):
        with pytest.raises(Refused, match=said):
            handed(session, other, version=1)


def test_a_session_whose_lead_is_away_then_needs_a_substitute() -> None:
    lead = make.clinician()
    session = make.session(day=THURSDAY, lead=lead)
    make.session(day=THURSDAY + timedelta(days=1), lead=lead)
    away = make.absence(lead, THURSDAY)
    assert list(uncovered(session.site)) == [session]
    handed(session, make.clinician())
    assert not uncovered(session.site).exists() and away.staff == lead


def test_ranking_asks_the_same_number_of_questions_for_two_people_and_for_ten() -> None:
    session = make.session(day=THURSDAY)
    make.booking(session, make.episode())
    asked = []
    for more in (2, 8):
        for _ in range(more):
            make.license_of(make.clinician())
        with CaptureQueriesContext(connection) as queries:
            candidates(TherapySession.objects.get(pk=session.pk), make.NOW)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_page_shows_the_sessions_of_one_clinician_by_a_link(sign_in: Any) -> None:
    soon = timezone.now() + timedelta(days=1)
    mine, theirs = ruth(), make.clinician(given_name="Joon", family_name="Park")
    for lead, title in ((mine, "Morning skills"), (theirs, "Evening skills")):
        make.session(day=soon.date() + timedelta(days=1), lead=lead, title=title)
    client, url = sign_in(role=Role.FRONT_DESK), reverse("scheduling:substitutes")
    page = client.get(url).content.decode()
    assert "Morning skills" in page and "Evening skills" in page and f"lead={mine.pk}" in page
    page = client.get(url, {"lead": mine.pk}).content.decode()
    assert "Morning skills" in page and "Evening skills" not in page and "Joon Park" in page
    assert client.get(url, {"lead": "x"}).status_code == 400
