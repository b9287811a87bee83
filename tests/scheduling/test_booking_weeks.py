"""A whole week is booked at once: every place and every visit, or nothing of it."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.booking_weeks import BookedWeek, VisitAsked, book_week
from scheduling.calendar import materialise
from scheduling.models import Booking, Enrollment, Group, Series, TherapySession
from tests import make
from tests.race import race

pytestmark = pytest.mark.django_db
FIRST = make.MONDAY + timedelta(weeks=1)


def group(weekday: int = 0, **fields: Any) -> Group:
    made = make.group(weekday=weekday, room=make.room(name=f"Room {weekday}"), **fields)
    materialise(day=make.MONDAY, weeks=8, groups=[made], now=make.NOW)
    return made


def individual(lead: User | None = None, **fields: Any) -> VisitAsked:
    room = make.room(name="Office", seats=3)
    said = {"weekday": 2, "starts": time(13), "minutes": 50, "room": room} | fields
    return VisitAsked(kind=said.pop("kind", "individual"), lead=lead or make.clinician(), **said)


def booked(*groups: Group, visits: list[VisitAsked], **fields: Any) -> BookedWeek:
    said: dict[str, Any] = {"actor": make.user(), "from_on": FIRST, "now": make.NOW} | fields
    said.setdefault("episode", make.episode())
    return book_week(groups=groups, visits=visits, **said)


def days_of(series: Series) -> list[date]:
    return list(series.sessions.order_by("occurs_on").values_list("occurs_on", flat=True))


def nothing_is_booked() -> bool:
    return not (Enrollment.objects.exists() or Series.objects.exists() or Booking.objects.exists())


def test_a_week_is_places_without_a_last_day_and_visits_for_the_horizon() -> None:
    monday, friday, episode = group(0), group(4), make.episode()
    week = booked(monday, friday, visits=[individual()], episode=episode)
    assert {place.group_id for place in week.places} == {monday.pk, friday.pk}
    assert all(place.from_on == FIRST and place.to_on is None for place in week.places)
    assert days_of(week.visits[0]) == [FIRST + timedelta(weeks=n, days=2) for n in range(8)]
    assert Booking.objects.active().filter(patient=episode.patient).count() == 7 + 7 + 8
    event = AuditEvent.objects.get(verb="scheduling.book_week")
    assert (event.patient_id, event.detail["groups"], event.detail["visits"]) == (episode.patient_id, 2, 1)


def test_the_patient_is_reminded_as_of_any_booking() -> None:
    episode = make.episode(make.portal_patient())
    booked(group(), visits=[individual()], episode=episode)
    assert Message.objects.count() == Booking.objects.active().count() > 0


def test_a_family_visit_is_every_two_weeks_and_a_medication_visit_once() -> None:
    episode = make.episode()
    family = individual(kind="family", relatives=(make.relative(episode.patient),))
    doctor = make.clinician(role=make.Role.PRESCRIBER)
    once = individual(doctor, kind="medication", weekday=3, minutes=30)
    week = booked(visits=[family, once], episode=episode)
    assert days_of(week.visits[0]) == [FIRST + timedelta(weeks=n, days=2) for n in (0, 2, 4, 6)]
    assert days_of(week.visits[1]) == [FIRST + timedelta(days=3)]


def test_dates_on_which_the_site_is_closed_or_the_clinician_away_are_left_out() -> None:
    theo = make.clinician()
    make.absence(theo, FIRST + timedelta(days=2))
    make.closure(make.site(), FIRST + timedelta(weeks=2, days=2))
    week = booked(visits=[individual(theo)])
    assert week.left_out == [FIRST + timedelta(days=2), FIRST + timedelta(weeks=2, days=2)]
    assert days_of(week.visits[0])[:2] == [
        FIRST + timedelta(weeks=1, days=2),
        FIRST + timedelta(weeks=3, days=2),
    ]


def test_a_single_visit_moves_to_the_next_week_it_can_be_in() -> None:
    doctor = make.clinician(role=make.Role.PRESCRIBER)
    make.absence(doctor, FIRST + timedelta(days=2))
    week = booked(visits=[individual(doctor, kind="medication", minutes=30)])
    assert days_of(week.visits[0]) == [FIRST + timedelta(weeks=1, days=2)]


def test_visits_end_with_the_stay() -> None:
    episode = make.episode(expected_end_on=FIRST + timedelta(weeks=2))
    week = booked(visits=[individual()], episode=episode)
    assert days_of(week.visits[0]) == [FIRST + timedelta(days=2), FIRST + timedelta(weeks=1, days=2)]


def test_one_full_date_books_nothing_of_the_week() -> None:
    monday, full = group(0), group(4)
    session = full.sessions.order_by("occurs_on").last()
    assert session is not None
    TherapySession.objects.filter(pk=session.pk).update(capacity=0)
    with pytest.raises(Refused, match="is full"):
        booked(monday, full, visits=[individual()])
    assert nothing_is_booked()


def test_a_taken_clinician_hour_gives_the_places_back() -> None:
    theo = make.clinician()
    make.session(day=FIRST + timedelta(weeks=5, days=2), starts=time(13, 30), lead=theo)
    with pytest.raises(Refused, match="already leads"):
        booked(group(), visits=[individual(theo)])
    assert nothing_is_booked()


def test_an_empty_week_is_refused() -> None:
    with pytest.raises(Refused, match="nothing in this week"):
        booked(visits=[])


def _half_weeks() -> int:
    """People who have a place without their visit, or a visit without their place."""
    placed = set(Enrollment.objects.values_list("episode", flat=True))
    seen = set(Series.objects.values_list("episode", flat=True))
    return len(placed ^ seen)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_need_the_last_seat_one_has_a_whole_week_and_the_other_nothing() -> None:
    wanted, other = group(0, capacity=1), group(4)
    fay, now = make.user(), make.NOW
    people: list[Episode] = [make.episode(), make.episode()]
    asked = [individual(weekday=n, room=make.room(name=f"Office {n}", seats=3)) for n in (1, 3)]
    answers = race(
        [
            lambda who=who, visit=visit: book_week(
                actor=fay, episode=who, from_on=FIRST, groups=[other, wanted], visits=[visit], now=now
            )
            for who, visit in zip(people, asked, strict=True)
        ]
    )
    assert sorted(type(one).__name__ for one in answers) in (
        ["BookedWeek", "Clashing"],
        ["BookedWeek", "Refused"],
    )
    assert Enrollment.objects.count() == 2 and Series.objects.count() == 1 and _half_weeks() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_need_the_same_hour_one_has_a_whole_week_and_the_other_nothing() -> None:
    groups, theo = [group(0), group(4)], make.clinician()
    fay, now = make.user(), make.NOW
    people = [make.episode(), make.episode()]
    asked = [individual(theo, room=make.room(name=f"Office {n}", seats=3)) for n in (1, 2)]
    answers = race(
        [
            lambda who=who, mine=mine, visit=visit: book_week(
                actor=fay, episode=who, from_on=FIRST, groups=mine, visits=[visit], now=now
            )
            for who, mine, visit in zip(people, [groups, groups[::-1]], asked, strict=True)
        ]
    )
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True], answers
    assert Enrollment.objects.count() == 2 and Series.objects.count() == 1 and _half_weeks() == 0
