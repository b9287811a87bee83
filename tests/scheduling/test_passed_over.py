"""A seat is offered to who can take it; whoever cannot stays in line, and the page says why."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.calendar import materialise
from scheduling.models import Group, SeatOffer, UnavailableHours
from scheduling.offers import accept_offer, offer_free_seats, offer_seat
from scheduling.waitlist_page import waitlist_page
from tests import make

pytestmark = pytest.mark.django_db
NEXT_MONDAY = make.MONDAY + timedelta(weeks=1)


def free_group(seats: int = 1, **fields: Any) -> Group:
    group = make.group(capacity=seats, **fields)
    materialise(day=make.NOW.date(), weeks=4, groups=[group], now=make.NOW)
    return group


def busy(**fields: Any) -> Episode:
    """Booked elsewhere at the time of the group's first coming session."""
    who = make.episode(**fields)
    make.booking(make.session(day=NEXT_MONDAY, starts=time(9, 30), title="Individual"), who)
    return who


def at_work() -> Episode:
    who = make.episode()
    make.unavailable(who.patient, weekday=0)
    return who


def too_old() -> Episode:
    return make.episode(make.patient(born_on=date(1950, 1, 1)))


def offered() -> list[Episode]:
    return [offer.entry.episode for offer in SeatOffer.objects.open().order_by("pk")]


@pytest.mark.parametrize(
    ("somebody", "sentence"),
    [
        (busy, "Ana has Individual, Mon 10/26 at 9:30 am at that time already."),
        (
            at_work,
            "Ana cannot come Mon 10/26 at 9:00 am (work, 9:00 am to 5:00 pm). 3 more dates are in the way.",
        ),
        (lambda: make.episode(admitted_on=date(2026, 11, 9)), "Ana is admitted from Mon 11/9."),
        (too_old, "Adult Morning is for ages 18 to 64. Ana is 76."),
    ],
)
def test_who_cannot_take_the_seat_is_passed_over_and_the_next_is_asked(somebody: Any, sentence: str) -> None:
    group = free_group(of=make.track(oldest_age=64))
    first, second = make.waiting(somebody(), group), make.waiting(make.episode(), group)
    with pytest.raises(Refused) as refused:
        offer_seat(actor=make.user(), entry=first, now=make.NOW)
    assert (refused.value.sentence, refused.value.status) == (sentence, 409)
    assert offer_free_seats(now=make.NOW) == 1 and offered() == [second.episode]
    rows = waitlist_page(group, make.NOW).rows
    assert [(row.entry, row.why_not) for row in rows] == [(first, sentence), (second, "")]


def test_video_needs_consent_and_a_license_where_the_person_is() -> None:
    group = free_group(mode="video", room=None)
    entry = make.waiting(make.episode(), group)
    assert offer_free_seats(now=make.NOW) == 0
    make.license_of(group.lead)
    with pytest.raises(Refused, match="Ana has no consent to video sessions in force on Mon 10/26"):
        offer_seat(actor=make.user(), entry=entry, now=make.NOW)
    make.consent(entry.episode.patient)
    assert offer_free_seats(now=make.NOW) == 1


def test_once_nothing_is_in_the_way_any_more_the_person_is_asked() -> None:
    group = free_group()
    entry = make.waiting(at_work(), group)
    assert offer_free_seats(now=make.NOW) == 0 and not SeatOffer.objects.exists()
    UnavailableHours.objects.all().delete()
    assert offer_free_seats(now=make.NOW) == 1 and offered() == [entry.episode]
    assert accept_offer(actor=make.user(), offer=SeatOffer.objects.get(), now=make.NOW).group == group


def test_two_seats_go_to_the_two_who_can_in_their_order() -> None:
    group = free_group(seats=2)
    entries = [make.waiting(who, group) for who in (make.episode(), busy(), make.episode(), make.episode())]
    assert offer_free_seats(now=make.NOW) == 2
    assert offered() == [entries[0].episode, entries[2].episode]


def test_ten_who_cannot_cost_the_bell_no_more_statements_than_two() -> None:
    group = free_group()

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert offer_free_seats(now=make.NOW) == 0
        return len(asked)

    for _ in range(2):
        make.waiting(at_work(), group)
    few = statements()
    for _ in range(8):
        make.waiting(at_work(), group)
    assert statements() == few
