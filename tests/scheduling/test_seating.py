"""New sessions of a weekly group ask of each person what enrolling asked; who has no seat is shown."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import Week
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.models import Booking, Enrollment, Group, Override, TherapySession
from scheduling.promised import promised
from scheduling.seating import without_seat
from scheduling.weeks import Plan
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)


def made(group: Group, weeks: int = 1) -> TherapySession:
    materialise(day=make.NOW.date(), weeks=weeks, groups=[group], now=make.NOW)
    return TherapySession.objects.filter(group=group).order_by("starts_at")[0]


def seated(session: TherapySession) -> set[int]:
    return set(session.bookings.active().values_list("episode", flat=True))


def why(session: TherapySession) -> dict[int, str]:
    return {place.episode_id: said for place, said in without_seat(session)}


def test_who_cannot_come_then_or_is_elsewhere_has_no_seat_and_it_is_said_why() -> None:
    group, (comes, works, busy) = make.group(weekday=3), [make.episode() for _ in range(3)]
    for episode in (comes, works, busy):
        make.enrollment(episode, group)
    make.unavailable(works.patient, ends=time(15))
    make.booking(make.session(day=THURSDAY, title="Art"), busy)
    session = made(group)
    assert seated(session) == {comes.pk}
    assert why(session) == {
        works.pk: "Ana cannot come Thu 10/22 at 9:00 am (work, 9:00 am to 3:00 pm).",
        busy.pk: "Ana has Art, Thu 10/22 at 9:00 am at that time already.",
    }
    week = promised(dict.fromkeys([comes.patient_id, works.patient_id], Week(make.MONDAY)))
    assert week == {comes.patient_id: Plan(60, 540), works.patient_id: Plan(0, 540)}


def test_an_enrollment_that_went_ahead_does_so_on_later_dates_too() -> None:
    group, episode, by = make.group(weekday=3), make.episode(), make.user(Role.SUPERVISOR)
    place = make.enrollment(episode, group)
    make.unavailable(episode.patient)
    rules = ["patient_unavailable"]
    place.override = Override.objects.create(rules=rules, reason="Leaves early.", allowed_by=by)
    place.save(update_fields=["override"])
    session = made(group)
    assert seated(session) == {episode.pk} and why(session) == {}
    assert Booking.objects.get().override == place.override


def test_a_video_group_seats_who_has_a_consent_and_a_license_on_that_day() -> None:
    group = make.group(weekday=3, mode="video", room=None)
    make.license_of(group.lead)
    agreed, ended, never = [make.episode() for _ in range(3)]
    for episode in (agreed, ended, never):
        make.enrollment(episode, group)
    make.consent(agreed.patient)
    make.consent(ended.patient, expires_on=THURSDAY)
    far = make.episode(make.patient(state_code="PA"))
    make.consent(far.patient)
    make.enrollment(far, group)
    first = made(group, weeks=2)
    assert seated(first) == {agreed.pk, ended.pk}
    second = TherapySession.objects.get(occurs_on=THURSDAY + timedelta(weeks=1))
    assert seated(second) == {agreed.pk}
    assert "no consent to video sessions in force on Thu 10/29" in why(second)[ended.pk]
    assert "has no license for PA" in why(second)[far.pk]


def test_a_seat_that_one_person_cannot_use_goes_to_the_next() -> None:
    group, people = make.group(weekday=3, capacity=1), [make.episode() for _ in range(3)]
    for episode in people:
        make.enrollment(episode, group)
    make.unavailable(people[0].patient)
    session = made(group)
    assert seated(session) == {people[1].pk}
    assert why(session)[people[2].pk] == "Process group is full on Thu 10/22 (1 of 1 seats)."


def test_who_gave_up_a_seat_or_has_left_is_not_shown_as_without_one() -> None:
    group, gone, left = make.group(weekday=3), make.episode(), make.episode()
    make.enrollment(gone, group)
    Enrollment.objects.filter(pk=make.enrollment(left, group).pk).update(to_on=make.MONDAY)
    session = made(group)
    Booking.objects.filter(episode=gone).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    assert why(session) == {} and why(make.session(day=THURSDAY)) == {}


def test_more_people_and_more_weeks_are_no_more_queries() -> None:
    counts = []
    for people, weeks in ((2, 2), (8, 8)):
        group = make.group(weekday=3, starts=time(8 + people), name=f"For {people}")
        for _ in range(people):
            make.enrollment(make.episode(), group)
        with CaptureQueriesContext(connection) as queries:
            made(group, weeks)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_session_lists_who_has_a_place_but_no_seat_and_the_read_is_recorded(sign_in: Any) -> None:
    day: date = timezone.now().date() + timedelta(days=3)
    group, episode = make.group(weekday=day.weekday()), make.episode(admitted_on=day - timedelta(days=30))
    make.enrollment(episode, group)
    make.unavailable(episode.patient, weekday=day.weekday(), from_on=day)
    materialise(day=day, weeks=1, groups=[group], now=timezone.now())
    session = TherapySession.objects.get()
    address = reverse("scheduling:session", args=[session.pk])
    page = sign_in(role=Role.FRONT_DESK).get(address).content.decode()
    assert "Has a place, but no seat" in page and "cannot come" in page
    assert episode.patient.full_name in page
    assert AuditEvent.objects.get(verb="session.read").detail["patients"] == [episode.patient_id]
