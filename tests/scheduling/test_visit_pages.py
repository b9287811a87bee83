"""Booking visits, places and unavailable hours as people do it: plain forms, with the ways round clashes."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.clock import local_day
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.models import Booking, Enrollment, Series, TherapySession, UnavailableHours
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor(sign_in: Any) -> Client:
    return sign_in(role=Role.SUPERVISOR)


@pytest.fixture
def desk(sign_in: Any) -> Client:
    return sign_in(role=Role.FRONT_DESK)


def today() -> date:
    return local_day(timezone.now(), "America/New_York")


FIRST = timedelta(days=3)


def episode() -> Any:
    return make.episode(admitted_on=today() - timedelta(days=10))


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def visit(**fields: Any) -> dict[str, Any]:
    said = {
        "kind": "individual",
        "on": today() + FIRST,
        "starts_at": "13:00",
        "minutes": 50,
        "repeat": "1",
        "times": 3,
        "mode": "in_person",
        "present": "yes",
    }
    said |= fields
    said.setdefault("lead", make.clinician(given_name="Ruth", family_name="Adeyemi").pk)
    said.setdefault("room", make.room(name="Office 1").pk)
    return said


def page_of(who: Any) -> str:
    return reverse("scheduling:visit", args=[who.patient_id])


def test_a_clash_is_listed_with_its_ways_and_a_chosen_way_books(desk: Client) -> None:
    who, room, other = episode(), make.room(name="Office 1"), make.room(name="Office 2")
    day = today() + FIRST + timedelta(weeks=1)
    make.session(day=day, starts=time(13), room=room, title="Staff meeting")
    typed = visit(room=room.pk)
    answer = desk.post(page_of(who), typed)
    page = text(answer)
    assert answer.status_code == 409 and not Series.objects.exists()
    assert "One date clashes. Nothing is booked yet" in page and "Office 1 is taken by Staff meeting" in page
    for way in (f"{day} skip", f"{day} room {other.pk}"):
        assert f'<option value="{way}">' in page
    assert "anyway" not in page and "Why you go ahead" not in page
    assert desk.post(page_of(who), typed | {"do": f"{day} room {other.pk}"}).status_code == 302
    assert TherapySession.objects.get(occurs_on=day, series__isnull=False).room == other


def test_ways_chosen_stay_chosen_while_others_are_left(desk: Client) -> None:
    who, room = episode(), make.room(name="Office 1")
    days = [today() + FIRST + timedelta(weeks=n) for n in range(2)]
    for day in days:
        make.session(day=day, starts=time(13), room=room)
    answer = desk.post(page_of(who), visit(room=room.pk) | {"do": f"{days[0]} skip"})
    assert answer.status_code == 409
    assert f'name="do" value="{days[0]} skip" checked' in text(answer)


def test_a_supervisor_goes_ahead_with_a_reason(supervisor: Client) -> None:
    who, room, day = episode(), make.room(name="Office 1"), today() + FIRST
    make.session(day=day, starts=time(13), room=room)
    typed = visit(room=room.pk, repeat="0") | {"do": f"{day} anyway"}
    answer = supervisor.post(page_of(who), typed)
    assert answer.status_code == 422 and "Say why, in a few words." in text(answer)
    answer = supervisor.post(page_of(who), typed | {"reason": "They share the table"})
    assert answer.status_code == 302 and answer.url.endswith(f"?week={day}")
    made = TherapySession.objects.get(series__isnull=False)
    page = text(supervisor.get(reverse("scheduling:session", args=[made.pk])))
    assert "They share the table" in page


def test_going_ahead_without_the_right_is_403_and_books_nothing(desk: Client) -> None:
    who, room, day = episode(), make.room(name="Office 1"), today() + FIRST
    make.session(day=day, starts=time(13), room=room)
    typed = visit(room=room.pk, repeat="0") | {"do": f"{day} anyway", "reason": "Because"}
    answer = desk.post(page_of(who), typed)
    assert answer.status_code == 403 and "may go ahead here" in text(answer)
    assert not Series.objects.exists()


@pytest.mark.parametrize("choice", ["skip", "2026-13-40 skip", "2026-10-26 lead 999999", "2026-10-26 fly"])
def test_a_choice_that_was_never_on_offer_is_refused(desk: Client, choice: str) -> None:
    answer = desk.post(page_of(episode()), visit() | {"do": choice})
    assert answer.status_code == 422 and "not on offer any more" in text(answer)
    assert not Series.objects.exists()


def test_a_family_visit_without_the_patient_shows_on_their_week(desk: Client) -> None:
    who = episode()
    rosa = make.relative(who.patient)
    typed = visit(kind="family", repeat="0", relatives=[rosa.pk], present="no")
    answer = desk.post(page_of(who), typed)
    assert answer.status_code == 302 and not Booking.objects.exists()
    week = text(desk.get(answer.url))
    assert "About Ana, without Ana" in week and "Counts toward no hours" in week
    page = text(desk.get(reverse("scheduling:session", args=[TherapySession.objects.get().pk])))
    assert "90846, about Ana" in page and "Rosa Testperson, mother" in page


def test_places_can_be_taken_and_ended_on_one_page(desk: Client) -> None:
    who, weekday = episode(), (today().weekday() + 2) % 7
    held, new = make.group(weekday=weekday), make.group(weekday=(weekday + 1) % 7, room=make.room(name="Oak"))
    place = make.enrollment(who, held, from_on=today())
    materialise(day=today(), weeks=4)
    url, until = (
        reverse("scheduling:enrollment", args=[who.patient_id]),
        today() + timedelta(days=12),
    )
    typed = {"from_on": today(), "enroll": "1", "groups": [new.pk]}
    typed |= {f"until_{held.pk}": until, f"until_{new.pk}": until + timedelta(days=7)}
    assert desk.post(url, typed).status_code == 302
    place.refresh_from_db()
    assert place.to_on == until and Enrollment.objects.get(group=new).to_on == until + timedelta(days=7)
    week = text(desk.get(reverse("scheduling:patient_week", args=[who.patient_id])))
    assert "From the week of" in week and "of 9 h are booked" in week


def test_a_date_in_the_way_of_a_place_can_be_skipped_or_the_group_left_out(desk: Client) -> None:
    who = episode()
    day = today() + timedelta(days=2)
    group = make.group(weekday=day.weekday())
    materialise(day=today(), weeks=2)
    make.booking(make.session(day=day, starts=time(9, 30), title="Individual"), who)
    url = reverse("scheduling:enrollment", args=[who.patient_id])
    typed = {"from_on": today(), "enroll": "1", "groups": [group.pk]}
    answer = desk.post(url, typed)
    page = text(answer)
    assert answer.status_code == 409 and "Ana has Individual" in page and not Enrollment.objects.exists()
    assert f'<option value="leave {group.pk}">' in page
    assert desk.post(url, typed | {"do": f"leave {group.pk}"}).status_code == 422
    assert desk.post(url, typed | {"do": "skip soon"}).status_code == 422
    assert desk.post(url, typed | {"do": f"skip {group.pk} {day}"}).status_code == 302
    assert Enrollment.objects.get().group == group
    assert not Booking.objects.filter(session__group=group, session__occurs_on=day).exists()


def test_unavailable_hours_are_added_on_several_days_and_ended(desk: Client) -> None:
    who = episode()
    url = reverse("scheduling:unavailable", args=[who.patient_id])
    typed = {"weekdays": ["1", "3"], "starts": "09:00", "ends": "17:00", "why": "work", "from_on": today()}
    assert desk.post(url, typed).status_code == 302 and desk.post(url, typed).status_code == 302
    assert UnavailableHours.objects.count() == 2
    assert "Tuesday, 9:00 am to 5:00 pm" in text(desk.get(url))
    week = text(desk.get(reverse("scheduling:patient_week", args=[who.patient_id])))
    assert "Thursday, 9:00 am to 5:00 pm" in week
    tuesday, thursday = UnavailableHours.objects.order_by("weekday")
    end = reverse("scheduling:unavailable_end", args=[tuesday.pk])
    assert desk.get(end).status_code == 200
    assert desk.post(end, {"last_on": today() + timedelta(days=30)}).status_code == 302
    tuesday.refresh_from_db()
    assert tuesday.to_on == today() + timedelta(days=30)
    end = reverse("scheduling:unavailable_end", args=[thursday.pk])
    assert desk.post(end, {"last_on": today() - timedelta(days=1)}).status_code == 302
    assert not UnavailableHours.objects.filter(pk=thursday.pk).exists()


def test_sessions_booked_in_unavailable_hours_are_counted(desk: Client) -> None:
    who, day = episode(), today() + timedelta(days=3)
    make.booking(make.session(day=day), who)
    make.unavailable(who.patient, weekday=day.weekday(), from_on=today())
    page = text(desk.get(reverse("scheduling:unavailable", args=[who.patient_id])))
    assert "1 coming session is booked in these hours." in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"weekdays": []}, "Choose at least one day."),
        ({"ends": "08:00"}, "The hours end before they start."),
        ({"to_on": "2020-01-01"}, "The last day is before the first."),
        ({"starts": "nine"}, "Enter a valid time."),
        ({"weekdays": ["9"]}, "9 is not one of the available choices"),
    ],
)
def test_unavailable_hours_typed_wrong_are_refused_in_words(
    desk: Client, typed: dict[str, Any], said: str
) -> None:
    url = reverse("scheduling:unavailable", args=[episode().patient_id])
    good = {"weekdays": ["1"], "starts": "09:00", "ends": "17:00", "why": "work", "from_on": today()}
    answer = desk.post(url, good | typed)
    assert answer.status_code == 422 and said in text(answer)
    assert not UnavailableHours.objects.exists()
