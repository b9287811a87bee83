"""Fifty at once for one offer or one seat on the real PostgreSQL: one gets it, the others a sentence.

Each guard of the waitlist is also taken away for a moment, to see what it prevents.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model

from iop_clinic.refusal import Refused
from scheduling.booking import book
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.models import Booking, Enrollment, Group, SeatOffer, WaitlistEntry
from scheduling.offers import accept_offer, decline_offer, offer_free_seats, offer_seat
from tests import make
from tests.race import bites, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
WRITERS = 50
NEXT_MONDAY = make.MONDAY + timedelta(weeks=1)


def group_with_seats(seats: int = 1) -> Group:
    group = make.group(capacity=seats)
    materialise(day=make.NOW.date(), weeks=4, groups=[group], now=make.NOW)
    return group


def refused(answers: list[Any]) -> int:
    """How many got a sentence; on a slow machine it may be "someone else is changing this"."""
    broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
    assert not broken, broken[:3]
    sentences = [answer for answer in answers if isinstance(answer, Refused)]
    assert all(one.sentence.endswith(".") and one.status == 409 for one in sentences)
    return len(sentences)


def test_fifty_clicks_on_one_offer_are_one_enrollment() -> None:
    group, fay = group_with_seats(), make.user()
    make.waiting(make.episode(), group)
    offer_free_seats(now=make.NOW)
    offer = SeatOffer.objects.select_related("entry").get()
    answers = race([lambda: accept_offer(actor=fay, offer=offer, now=make.NOW)] * WRITERS)
    assert refused(answers) < WRITERS
    assert {a.pk for a in answers if not isinstance(a, Refused)} == {Enrollment.objects.get().pk}
    assert Booking.objects.active().count() == group.sessions.count() == 4


def test_fifty_people_are_offered_the_last_seat_by_hand_and_one_gets_the_offer() -> None:
    group, fay = group_with_seats(), make.user()
    entries = [make.waiting(make.episode(), group) for _ in range(WRITERS)]
    answers = race([lambda e=e: offer_seat(actor=fay, entry=e, now=make.NOW) for e in entries])
    assert refused(answers) == WRITERS - 1 and SeatOffer.objects.count() == 1


def test_the_bell_rung_twelve_times_at_once_offers_each_seat_once() -> None:
    group = group_with_seats(3)
    for _ in range(5):
        make.waiting(make.episode(), group)
    made = race([lambda: offer_free_seats(now=make.NOW)] * 12)
    assert sum(made) == 3 and sorted(SeatOffer.objects.values_list("seat", flat=True)) == [1, 2, 3]


def test_one_holds_the_offer_and_forty_nine_others_want_the_seat() -> None:
    group, fay = group_with_seats(), make.user()
    entry = make.waiting(make.episode(), group)
    offer_free_seats(now=make.NOW)
    offer = SeatOffer.objects.select_related("entry").get()
    said = {"actor": fay, "group": group, "from_on": NEXT_MONDAY, "now": make.NOW}
    others = [make.episode() for _ in range(WRITERS - 1)]
    deeds: list[Callable[[], Any]] = [lambda e=e: enroll(episode=e, **said) for e in others]
    answers = race([*deeds, lambda: accept_offer(actor=fay, offer=offer, now=make.NOW)])
    assert refused(answers[:-1]) == WRITERS - 1
    if isinstance(answers[-1], Refused):  # waited too long for its turn; the seat is held all the same
        accept_offer(actor=fay, offer=offer, now=make.NOW)
    assert Enrollment.objects.get().episode_id == entry.episode_id


def test_a_seat_taken_this_once_and_its_offer_never_stand_together() -> None:
    group, fay = group_with_seats(), make.user()
    make.waiting(make.episode(), group)
    session = group.sessions.get(occurs_on=NEXT_MONDAY)
    people = [make.episode() for _ in range(9)]
    deeds: list[Callable[[], Any]] = [
        lambda e=e: book(actor=fay, session=session, episode=e, now=make.NOW) for e in people
    ]
    answers = race([lambda: offer_free_seats(now=make.NOW), *deeds])
    assert refused(answers[1:]) >= 8
    session.refresh_from_db()
    assert session.booked_seats + SeatOffer.objects.filter(from_on__lte=NEXT_MONDAY).count() == 1


def test_fifty_people_answer_offers_of_eight_seats_and_eight_are_enrolled() -> None:
    group, fay = group_with_seats(8), make.user()
    entries = [make.waiting(make.episode(), group) for _ in range(WRITERS)]

    def ask_and_accept(entry: WaitlistEntry) -> Enrollment:
        offer = offer_seat(actor=fay, entry=entry, now=make.NOW)
        return accept_offer(actor=fay, offer=offer, now=make.NOW)

    answers = race([lambda e=e: ask_and_accept(e) for e in entries])
    enrolled, held = Enrollment.objects.count(), SeatOffer.objects.open().count()
    assert refused(answers) == WRITERS - enrolled and enrolled + held == 8
    assert all(session.booked_seats == enrolled for session in group.sessions.all())


def test_yes_and_no_at_the_same_moment_is_one_of_them() -> None:
    group, fay = group_with_seats(), make.user()
    make.waiting(make.episode(), group)
    offer_free_seats(now=make.NOW)
    offer = SeatOffer.objects.select_related("entry").get()
    answers = race(
        [
            lambda: accept_offer(actor=fay, offer=offer, now=make.NOW),
            lambda: decline_offer(actor=fay, offer=offer, now=make.NOW),
        ]
        * 10
    )
    offer.refresh_from_db()
    assert 10 <= refused(answers) < 20
    assert Enrollment.objects.count() == (1 if offer.answer == "accepted" else 0)


def one_seat_to_two() -> None:
    group = make.group(capacity=1)
    make.offer(make.waiting(make.episode(), group), seat=1)
    make.offer(make.waiting(make.episode(), group), seat=1)


def two_seats_to_one() -> None:
    entry = make.waiting(make.episode(), make.group(capacity=2))
    make.offer(entry, seat=1)
    make.offer(entry, seat=2)


def twice_in_line() -> None:
    group, episode = make.group(), make.episode()
    make.waiting(episode, group)
    make.waiting(episode, group)


GUARDS = [
    (SeatOffer, "offer_one_per_seat", one_seat_to_two),
    (SeatOffer, "offer_one_per_person", two_seats_to_one),
    (WaitlistEntry, "waitlist_once_per_group", twice_in_line),
]


@pytest.mark.parametrize(("model", "name", "double"), GUARDS, ids=[name for _, name, _ in GUARDS])
def test_each_guard_bites_and_without_it_the_promise_is_double(
    model: type[Model], name: str, double: Callable[[], None]
) -> None:
    bites(model, name, double)


def test_even_without_the_lock_the_constraint_offers_the_last_seat_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group, fay = group_with_seats(), make.user()
    entries = [make.waiting(make.episode(), group) for _ in range(WRITERS)]
    monkeypatch.setattr("scheduling.offers.lock_group", lambda pk: Group.objects.get(pk=pk))
    deeds: list[Callable[[], Any]] = [
        lambda e=e: offer_seat(actor=fay, entry=e, now=make.NOW) for e in entries
    ]
    assert refused(race(deeds)) == WRITERS - 1 and SeatOffer.objects.open().count() == 1
