"""Hours promised: what is booked against what is prescribed, said wherever a week gets shorter."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.clock import Week, local_day, week_of
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.models import Booking
from scheduling.promised import promised, shortfalls_words
from tests import make

pytestmark = pytest.mark.django_db
WEEK = Week(make.MONDAY)
TODAY = make.NOW.date()
TZ = "America/New_York"


def someone(name: str = "Camila", prescribed: int = 540, **fields: Any) -> Episode:
    return make.episode(
        make.patient(given_name=name, family_name="Brook"), prescribed_minutes=prescribed, **fields
    )


def held(episode: Episode, day: int, minutes: int, **fields: Any) -> Booking:
    on = make.MONDAY + timedelta(days=day)
    return make.booking(make.session(day=on, minutes=minutes, starts=time(9), **fields), episode)


def test_countable_minutes_are_added_up_breaks_and_what_does_not_count_left_out() -> None:
    episode = someone()
    held(episode, 0, 180, break_minutes=15)
    held(episode, 1, 60, counts_toward_hours=False)
    held(episode, 2, 120)
    lost = held(episode, 3, 120)
    Booking.objects.filter(pk=lost.pk).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    held(episode, 8, 60)
    plan = promised({episode.patient_id: WEEK})[episode.patient_id]
    assert (plan.booked_minutes, plan.goal_minutes, plan.short_minutes) == (285, 540, 255)


def test_someone_without_a_level_that_week_is_short_of_nothing() -> None:
    whom = make.patient()
    plan = promised({whom.pk: WEEK})[whom.pk]
    assert (plan.booked_minutes, plan.goal_minutes) == (0, 0)
    assert shortfalls_words([whom], TODAY) == ""


def test_it_says_how_much_of_which_week() -> None:
    episode = someone()
    held(episode, 0, 440)
    whom, wednesday = episode.patient, TODAY
    assert shortfalls_words([whom], TODAY, wednesday) == "Camila now has 7 h 20 of 9 h booked this week."
    assert shortfalls_words([whom], TODAY, wednesday - timedelta(days=7)).endswith("booked next week.")
    assert shortfalls_words([whom], TODAY).endswith("booked in the week of Mon 10/19.")
    held(episode, 1, 100)
    assert shortfalls_words([whom], TODAY, wednesday) == ""


def test_several_people_are_named_up_to_three() -> None:
    people = [someone(name).patient for name in ("Ana", "Bea", "Cleo", "Dina")]
    enough = someone("Eve", prescribed=60)
    held(enough, 0, 60)
    said = shortfalls_words([*people, enough.patient], TODAY, TODAY)
    assert said.startswith("4 people are now short of hours this week: Ana B. (0 min of 9 h), Bea B.")
    assert said.endswith("Cleo B. (0 min of 9 h) and 1 more.")
    assert shortfalls_words([enough.patient, enough.patient], TODAY, TODAY) == ""
    assert shortfalls_words([], TODAY, TODAY) == ""


def test_a_whole_site_takes_two_statements() -> None:
    people = [someone(str(n)) for n in range(6)]
    for episode in people:
        held(episode, 0, 60)
    with CaptureQueriesContext(connection) as queries:
        promised({one.patient_id: WEEK for one in people})
    assert len(queries) == 2


def coming(minutes: int = 60, **fields: Any) -> tuple[Booking, Week]:
    day = local_day(timezone.now(), TZ) + timedelta(days=8)
    episode = someone(admitted_on=day - timedelta(days=30))
    return make.booking(make.session(day=day, minutes=minutes, **fields), episode), week_of(day)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_cancelling_an_appointment_says_what_is_left_of_the_week(sign_in: Any) -> None:
    (booking, _), client = coming(), sign_in(role=Role.FRONT_DESK)
    url = reverse("scheduling:booking_cancel", args=[booking.pk])
    page = text(client.post(url, {"who": "patient", "reason": "Ill"}, follow=True))
    assert "Camila now has 0 min of 9 h booked" in page


def test_cancelling_what_does_not_count_says_nothing(sign_in: Any) -> None:
    (booking, _), client = coming(counts_toward_hours=False), sign_in(role=Role.FRONT_DESK)
    url = reverse("scheduling:booking_cancel", args=[booking.pk])
    assert "now has" not in text(client.post(url, {"who": "patient", "reason": "Ill"}, follow=True))


def test_cancelling_a_session_names_who_is_short_now(sign_in: Any) -> None:
    (booking, _), client = coming(), sign_in(role=Role.SUPERVISOR)
    url = reverse("scheduling:session_cancellation", args=[booking.session_id])
    assert "Camila now has 0 min of 9 h booked" in text(client.post(url, {"reason": "Snow"}, follow=True))


def test_shortening_a_session_names_who_is_short_now_and_moving_it_does_not(sign_in: Any) -> None:
    (booking, _), client = coming(), sign_in(role=Role.SUPERVISOR)
    session = booking.session
    asked = {
        "on": session.occurs_on, "starts": "09:00", "minutes": 45, "scope": "this", "capacity": 12,
        "lead": session.lead_id, "mode": "in_person", "room": session.room_id, "version": 1,
    }  # fmt: skip
    url = reverse("scheduling:session_edit", args=[session.pk])
    assert "now has 45 min of 9 h booked" in text(client.post(url, asked, follow=True))
    moved = asked | {"starts": "10:00", "version": 2}
    assert "now has" not in text(client.post(url, moved, follow=True))


def test_the_visit_page_counts_the_week_with_the_visit_before_anything_is_booked(sign_in: Any) -> None:
    booking, week = coming(minutes=120)
    client = sign_in(role=Role.CASE_MANAGER)
    url = reverse("scheduling:visit", args=[booking.patient_id])
    assert "of 9 h booked this week" in text(client.get(url))
    typed = {"kind": "individual", "on": week.ends_on, "minutes": 50, "present": "yes"}
    piece = text(client.post(url, typed, headers={"HX-Request": "true"}))
    assert piece.startswith("<div") and "2 h 50 of 9 h booked" in piece
    alone = text(client.post(url, typed | {"present": "no"}, headers={"HX-Request": "true"}))
    assert "2 h of 9 h booked" in alone
    assert Booking.objects.count() == 1


def test_the_patients_week_leads_to_their_board(sign_in: Any) -> None:
    booking, _ = coming()
    page = text(sign_in(role=Role.FRONT_DESK).get(f"/patients/{booking.patient_id}/week/?week=2026-10-19"))
    assert f"/week/?week=2026-10-19&amp;patient={booking.patient_id}" in page
