"""Fifty at once for a held seat on the real PostgreSQL: one wins, the others get a sentence."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.db.models import F, Model
from django.db.models.functions import Now

from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.booking import book
from scheduling.make_up_answer import accept_make_ups
from scheduling.make_up_offers import (
    decline_make_ups,
    end_late_make_ups,
    offer_make_ups,
    take_back_make_ups,
)
from scheduling.models import Booking, HeldSeat, MakeUpOffer, TherapySession
from tests import make
from tests.race import bites, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
WRITERS = 50
FRIDAY = make.MONDAY + timedelta(days=4)


def one_seat() -> TherapySession:
    return make.session(day=FRIDAY, capacity=1, group=make.group(weekday=4, capacity=1))


def refused(answers: list[Any]) -> int:
    broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
    assert not broken, broken[:3]
    sentences = [answer for answer in answers if isinstance(answer, Refused)]
    assert all(one.sentence.endswith(".") and one.status == 409 for one in sentences)
    return len(sentences)


def counted(of: TherapySession) -> tuple[int, int]:
    """Seats booked and held, and that the counters say what the rows say."""
    of.refresh_from_db()
    booked = Booking.objects.active().filter(session=of).count()
    held = HeldSeat.objects.filter(session=of, freed_at__isnull=True).count()
    assert (of.booked_seats, of.held_seats) == (booked, held) and booked + held <= of.capacity
    return booked, held


def offering(to: Episode, session: TherapySession, fay: Any) -> MakeUpOffer:
    return offer_make_ups(
        actor=fay, episode=to, week=Week(make.MONDAY), ways=[[session]], short_minutes=60, now=make.NOW
    )


def test_one_accepts_the_held_seat_and_forty_nine_others_want_to_book_it() -> None:
    session, fay, ana = one_seat(), make.user(), make.episode()
    offer = offering(ana, session, fay)
    deeds: list[Callable[[], Any]] = [
        lambda e=e: book(actor=fay, session=session, episode=e, now=make.NOW)
        for e in [make.episode() for _ in range(WRITERS - 1)]
    ]
    deeds.append(lambda: accept_make_ups(actor=fay, offer=offer, way=1, now=make.NOW))
    answers = race(deeds)
    assert refused(answers[:-1]) == WRITERS - 1
    if isinstance(answers[-1], Refused):  # waited too long for its turn; the seat is held all the same
        accept_make_ups(actor=fay, offer=offer, way=1, now=make.NOW)
    assert counted(session) == (1, 0) and Booking.objects.get().episode_id == ana.pk


def test_fifty_clicks_on_one_offer_are_one_booking() -> None:
    session, fay = one_seat(), make.user()
    offer = offering(make.episode(), session, fay)
    answers = race([lambda: accept_make_ups(actor=fay, offer=offer, way=1, now=make.NOW)] * WRITERS)
    assert refused(answers) < WRITERS and counted(session) == (1, 0)


def test_two_ways_accepted_at_once_are_one_of_them() -> None:
    early, late = (make.session(day=FRIDAY, starts=time(hour)) for hour in (9, 11))
    fay = make.user()
    offer = make.make_up_offer(make.episode(), [early], [late])
    deeds: list[Callable[[], Any]] = [
        lambda way=n % 2 + 1: accept_make_ups(actor=fay, offer=offer, way=way, now=make.NOW)
        for n in range(20)
    ]
    refused(race(deeds))
    assert Booking.objects.count() == 1 and counted(early)[1] == counted(late)[1] == 0


def test_fifty_people_are_offered_the_last_seat_and_one_holds_it() -> None:
    session, fay = one_seat(), make.user()
    people = [make.episode() for _ in range(WRITERS)]
    answers = race([lambda e=e: offering(e, session, fay) for e in people])
    assert refused(answers) == WRITERS - 1 and counted(session) == (0, 1)


def test_even_without_the_lock_the_check_holds_the_last_seat_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session, fay = one_seat(), make.user()
    people = [make.episode() for _ in range(WRITERS)]
    unlocked = TherapySession.objects.select_related("site", "room", "lead", "group__track")
    monkeypatch.setattr(
        "scheduling.make_up_offers.lock_sessions", lambda pks: list(unlocked.filter(pk__in=list(pks)))
    )
    answers = race([lambda e=e: offering(e, session, fay) for e in people])
    assert refused(answers) == WRITERS - 1 and counted(session) == (0, 1)


def test_yes_no_taking_back_and_the_bell_at_the_same_moment_is_one_of_them() -> None:
    session, fay = one_seat(), make.user()
    offer = offering(make.episode(), session, fay)
    said = {"actor": fay, "offer": offer, "now": make.NOW}
    deeds: list[Callable[[], Any]] = [
        lambda: accept_make_ups(way=1, **said),
        lambda: decline_make_ups(**said),
        lambda: take_back_make_ups(**said),
        lambda: end_late_make_ups(now=make.NOW),
    ]
    refused(race(deeds * 5))
    offer.refresh_from_db()
    assert offer.answer in ("accepted", "declined", "withdrawn")
    assert counted(session) == (int(offer.answer == "accepted"), 0)


def test_accepting_an_offer_that_ends_in_this_moment_never_splits_a_seat() -> None:
    session, fay = one_seat(), make.user()
    offer, other = offering(make.episode(), session, fay), make.episode()
    MakeUpOffer.objects.update(offered_at=F("offered_at") - timedelta(days=2), expires_at=Now())
    deeds: list[Callable[[], Any]] = [
        lambda: accept_make_ups(actor=fay, offer=offer, way=1, now=make.NOW),
        lambda: end_late_make_ups(now=make.NOW),
        lambda: book(actor=fay, session=session, episode=other, now=make.NOW),
    ]
    answers = race(deeds * 5)
    assert refused([answers[n] for n in range(0, 15, 3)]) == 5
    booked, held = counted(session)
    assert held == 0 and booked <= 1


def two_offers_to_one() -> None:
    ana = make.episode()
    for _ in range(2):
        make.make_up_offer(ana, [make.session(day=FRIDAY)])


def two_seats_in_one_session() -> None:
    session = make.session(day=FRIDAY)
    offer = make.make_up_offer(make.episode(), [session])
    HeldSeat.objects.create(offer=offer, session=session, starts_at=session.starts_at, ways=[2])


def a_seat_too_many() -> None:
    session = one_seat()
    for _ in range(2):
        make.make_up_offer(make.episode(), [session])


GUARDS: list[tuple[type[Model], str, Callable[[], None]]] = [
    (MakeUpOffer, "make_up_offer_one_per_week", two_offers_to_one),
    (HeldSeat, "held_seat_once_per_offer", two_seats_in_one_session),
    (TherapySession, "session_never_overbooked", a_seat_too_many),
]


@pytest.mark.parametrize(("model", "name", "double"), GUARDS, ids=[name for _, name, _ in GUARDS])
def test_each_guard_bites_and_without_it_the_promise_is_broken(
    model: type[Model], name: str, double: Callable[[], None]
) -> None:
    bites(model, name, double)
