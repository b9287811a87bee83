"""Offers to make up time: seats held until one way is chosen, none is wanted, or time is up."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import Week
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling import make_up_mail
from scheduling.booking import book, cancel
from scheduling.make_up_answer import accept_make_ups
from scheduling.make_up_offers import (
    decline_make_ups,
    end_late_make_ups,
    offer_make_ups,
    take_back_make_ups,
    ways_left,
)
from scheduling.models import Booking, HeldSeat, MakeUpOffer, TherapySession
from scheduling.moving import cancel_session
from scheduling.offers import offer_free_seats
from scheduling.tasks import still_wanted
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
WEEK = Week(make.MONDAY)
THURSDAY, FRIDAY, SATURDAY = (make.MONDAY + timedelta(days=n) for n in (3, 4, 5))


@pytest.fixture
def ana() -> Episode:
    return make.episode()


def session(day: date = FRIDAY, **fields: Any) -> TherapySession:
    return make.session(day=day, **fields)


def one_seat(day: date = FRIDAY, **fields: Any) -> TherapySession:
    """A group's hour with a single seat."""
    group = make.group(weekday=day.weekday(), capacity=1)
    return session(day, group=group, capacity=1, **fields)


def offered(to: Episode, *ways: list[TherapySession], **fields: Any) -> MakeUpOffer:
    said: dict[str, Any] = {"actor": make.user(), "week": WEEK, "short_minutes": 60, "now": make.NOW}
    return offer_make_ups(episode=to, ways=ways, **(said | fields))


def accept(offer: MakeUpOffer, way: int = 1, **fields: Any) -> list[Booking]:
    return accept_make_ups(**({"actor": make.user(), "offer": offer, "way": way, "now": make.NOW} | fields))


def end_by_the_clock(offer: MakeUpOffer) -> None:
    """A day passes for PostgreSQL."""
    MakeUpOffer.objects.filter(pk=offer.pk).update(
        offered_at=F("offered_at") - timedelta(days=2), expires_at=Now()
    )


def held(of: TherapySession) -> int:
    of.refresh_from_db()
    return of.held_seats


def test_an_offer_holds_a_seat_in_every_session_once(ana: Episode) -> None:
    friday, early, late = session(), session(SATURDAY), session(SATURDAY, starts=time(11))
    offer = offered(ana, [friday], [early, late], [friday, late])
    assert [held(one) for one in (friday, early, late)] == [1, 1, 1]
    assert {seat.session_id: seat.ways for seat in offer.seats.all()} == {
        friday.pk: [1, 3],
        early.pk: [2],
        late.pk: [2, 3],
    }
    assert list(ways_left(offer.seats.all(), make.NOW)) == [1, 2, 3]
    assert not Booking.objects.exists()


def test_a_held_seat_is_taken_for_everyone_else(ana: Episode) -> None:
    last = one_seat()
    offered(ana, [last])
    with pytest.raises(Refused, match=r"full on Fri 10/23 \(0 of 1 seats, 1 held for an offer\)"):
        book(actor=make.user(), session=last, episode=make.episode(), now=make.NOW)
    with pytest.raises(Refused, match="full"):
        offered(make.episode(), [last])


def test_postgresql_itself_counts_held_seats_and_refuses_one_too_many(ana: Episode) -> None:
    last = one_seat()
    offer = make.make_up_offer(ana, [last])
    with pytest.raises(IntegrityError, match="session_never_overbooked"), transaction.atomic():
        make.booking(last, make.episode())
    offer.seats.update(freed_at=Now())
    assert held(last) == 0
    make.booking(last, make.episode())
    with pytest.raises(IntegrityError, match="session_never_overbooked"), transaction.atomic():
        offer.seats.update(freed_at=None)
    offer.seats.all().delete()
    assert held(last) == 0


def test_accepting_one_way_books_it_and_frees_the_others(ana: Episode) -> None:
    friday, early, late = one_seat(), one_seat(SATURDAY), session(SATURDAY, starts=time(11))
    offer = offered(ana, [friday], [early, late])
    booked = accept(offer, 2)
    assert [booking.session_id for booking in booked] == [early.pk, late.pk]
    assert [held(one) for one in (friday, early, late)] == [0, 0, 0]
    offer.refresh_from_db()
    assert (offer.answer, offer.accepted_way) == ("accepted", 2)
    assert {event.verb for event in AuditEvent.objects.filter(patient_id=ana.patient_id)} >= {
        "scheduling.offer_make_ups",
        "scheduling.accept_make_ups",
    }


def test_the_same_answer_twice_is_one_and_another_is_refused(ana: Episode) -> None:
    offer = offered(ana, [session()], [session(SATURDAY)])
    first = accept(offer)
    assert accept(offer) == first and Booking.objects.count() == 1
    with pytest.raises(Refused, match="chosen already"):
        accept(offer, 2)
    for deed in (decline_make_ups, take_back_make_ups):
        with pytest.raises(Refused, match="chosen already"):
            deed(actor=make.user(), offer=offer, now=make.NOW)


def test_offered_twice_is_one_offer(ana: Episode) -> None:
    first = offered(ana, [session()])
    assert offered(ana, [session(SATURDAY)]) == first
    assert MakeUpOffer.objects.count() == HeldSeat.objects.count() == 1


def test_what_is_accepted_makes_up_what_was_cancelled_that_week(ana: Episode) -> None:
    cancelled = {"status": "cancelled_by_patient", "cancelled_at": make.NOW}
    lost = make.booking(session(THURSDAY), ana, **cancelled)
    other = make.booking(session(THURSDAY, starts=time(11)), ana, **cancelled)
    friday, saturday = session(), session(SATURDAY)
    booked = accept(offered(ana, [friday, saturday]))
    assert [booking.makes_up_id for booking in booked] == [lost.pk, other.pk]


def test_without_anything_lost_it_is_a_plain_seat(ana: Episode) -> None:
    (booked,) = accept(offered(ana, [session()]))
    assert booked.makes_up_id is None and booked.is_active


@pytest.mark.parametrize("deed", [decline_make_ups, take_back_make_ups])
def test_no_thanks_and_taking_back_free_the_seats_once(
    ana: Episode, deed: Callable[..., MakeUpOffer]
) -> None:
    friday = session()
    offer = offered(ana, [friday])
    for _ in range(2):
        deed(actor=make.user(), offer=offer, now=make.NOW)
    assert held(friday) == 0 and MakeUpOffer.objects.open().count() == 0
    assert AuditEvent.objects.filter(verb__endswith="_make_ups").count() == 2
    with pytest.raises(Refused, match=r"^This offer was (declined|taken back)\.$"):
        accept(offer)


def test_an_offer_ends_by_the_database_clock_and_the_bell_frees_its_seats(ana: Episode) -> None:
    friday = session()
    offer = offered(ana, [friday])
    assert end_late_make_ups(now=make.NOW) == 0
    end_by_the_clock(offer)
    with pytest.raises(Refused, match="This offer ended"):
        accept(offer)
    assert held(friday) == 1
    assert end_late_make_ups(now=make.NOW) == 1 and end_late_make_ups(now=make.NOW) == 0
    offer.refresh_from_db()
    assert (held(friday), offer.answer) == (0, "expired")


def test_a_late_offer_does_not_keep_a_new_one_away(ana: Episode) -> None:
    last = one_seat()
    end_by_the_clock(offered(ana, [last]))
    assert offered(ana, [last]).answer == ""
    assert held(last) == 1


def test_it_is_held_a_day_and_never_past_the_begin_of_the_last_way(ana: Episode, settings: Any) -> None:
    def hours(offer: MakeUpOffer) -> float:
        return (offer.expires_at - offer.offered_at).total_seconds() / 3600

    assert hours(offered(ana, [session(SATURDAY)])) == pytest.approx(24)
    settings.SEAT_OFFER_HOURS = 48
    soon = session(THURSDAY, starts=time(9, 12))
    assert hours(offered(make.episode(), [soon])) == pytest.approx(24, abs=0.01)
    first = session(make.NOW.date(), starts=time(10, 12))
    assert hours(offered(make.episode(), [first], [first, soon])) == pytest.approx(1, abs=0.01)


REFUSED: dict[str, tuple[Callable[[Episode], list[TherapySession]], str]] = {
    "begun": (lambda ana: [session(make.NOW.date(), starts=time(9))], "has begun"),
    "cancelled": (lambda ana: [session(status="cancelled")], "is cancelled"),
    "own visit": (lambda ana: [session(capacity=1, kind="individual")], "one person’s own visit"),
    "other site": (lambda ana: [make.session(make.other_site(), day=FRIDAY)], "another site"),
    "next week": (lambda ana: [session(make.MONDAY + timedelta(days=8))], "another week"),
    "booked": (lambda ana: [make.booking(session(), ana).session], "is booked in"),
    "at work": (lambda ana: [make.unavailable(ana.patient) and session(THURSDAY)], "cannot come"),
    "busy": (lambda ana: [make.booking(session(), ana) and session()], "at that time already"),
    "one after the other": (lambda ana: [session(), session()], "at that time already"),
    "age": (
        lambda ana: [session(group=make.group(make.track(name="Teens", oldest_age=17), weekday=4))],
        "is for ages",
    ),
    "part 2": (
        lambda ana: [session(group=make.group(make.track(name="SUD", is_part2=True), weekday=4))],
        "is a substance-use program",
    ),
    "video": (lambda ana: [session(mode="video")], "no consent to video"),
    "nothing": (lambda ana: [], "Choose at least one way"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_held_that_is_not_for_this_person(ana: Episode, case: str) -> None:
    way, words = REFUSED[case]
    with pytest.raises(Refused, match=words):
        offered(ana, way(ana))
    assert not MakeUpOffer.objects.exists() and not HeldSeat.objects.exists()


def test_a_seat_promised_on_the_waitlist_is_not_held(ana: Episode) -> None:
    group = make.group(weekday=4, capacity=1)
    friday = session(group=group, capacity=1)
    make.offer(make.waiting(make.episode(), group))
    with pytest.raises(Refused, match="promised to someone on the waitlist"):
        offered(ana, [friday])


def test_a_held_seat_is_not_offered_on_the_waitlist(ana: Episode) -> None:
    group = make.group(weekday=4, capacity=1)
    friday = session(group=group, capacity=1)
    offered(ana, [friday])
    make.waiting(make.episode(), group)
    assert offer_free_seats(now=make.NOW) == 0


def test_the_rules_are_asked_again_when_it_is_accepted_and_the_offer_stays(ana: Episode) -> None:
    thursday, friday, saturday = session(THURSDAY), session(), session(SATURDAY)
    offer = offered(ana, [friday], [saturday], [thursday])
    book(actor=make.user(), session=session(), episode=ana, now=make.NOW)
    make.unavailable(ana.patient)
    with pytest.raises(Refused, match="Ana has Process group"):
        accept(offer)
    with pytest.raises(Refused, match="Ana cannot come"):
        accept(offer, 3)
    assert held(friday) == held(thursday) == 1
    assert accept(offer, 2)[0].session_id == saturday.pk


def test_a_session_moved_or_cancelled_is_no_way_any_more(ana: Episode) -> None:
    friday, saturday = session(), session(SATURDAY)
    offer = offered(ana, [friday], [saturday])
    move(actor=make.user(), session=friday, starts_at=friday.starts_at + timedelta(hours=3), now=make.NOW)
    cancel_session(actor=make.user(), session=saturday, reason="Snow", now=make.NOW)
    for way, words in ((1, "was moved to another time"), (2, "is cancelled")):
        with pytest.raises(Refused, match=words):
            accept(offer, way)
    assert end_late_make_ups(now=make.NOW) == 1
    offer.refresh_from_db()
    assert (offer.answer, held(friday)) == ("withdrawn", 0)


def test_the_bell_frees_seats_that_are_part_of_no_way_any_more(ana: Episode) -> None:
    soon, friday, saturday = session(make.NOW.date(), starts=time(10, 12)), session(), session(SATURDAY)
    offer = offered(ana, [soon, friday], [saturday])
    later = make.NOW + timedelta(hours=2)
    assert end_late_make_ups(now=make.NOW) == 0 and held(friday) == 1
    assert end_late_make_ups(now=later) == 0
    assert [held(one) for one in (soon, friday, saturday)] == [0, 0, 1]
    with pytest.raises(Refused, match="has begun already"):
        accept(offer, now=later)
    assert accept(offer, 2, now=later)[0].session_id == saturday.pk


def test_discharge_ends_an_offer_with_the_next_bell(ana: Episode) -> None:
    offer = offered(ana, [session()])
    Episode.objects.filter(pk=ana.pk).update(ended_on=THURSDAY)
    with pytest.raises(Refused, match="was discharged"):
        accept(offer)
    assert end_late_make_ups(now=make.NOW) == 1


def test_a_seat_given_up_can_be_offered_and_taken_again(ana: Episode) -> None:
    friday = session()
    (booked,) = accept(offered(ana, [friday]))
    cancel(actor=make.user(), booking=booked, reason="sick", by_patient=True, now=make.NOW)
    assert accept(offered(ana, [friday])) == [booked]


def test_the_mail_is_neutral_and_taken_back_with_the_answer() -> None:
    ana = make.episode(make.portal_patient())
    with time_machine.travel(make.NOW, tick=False):
        offer = offered(ana, [session()])
        message = Message.objects.get(kind=make_up_mail.KIND)
        assert "we hold times for you until" in message.body and "Sign in to choose" in message.body
        for secret in ("group", "hour", "Ana", "program", "session", "short"):
            assert secret not in message.body + message.subject_line
    assert still_wanted(message) == ""
    decline_make_ups(actor=make.user(), offer=offer, now=make.NOW)
    message.refresh_from_db()
    assert message.state == Message.State.WITHDRAWN and not mail.outbox
    assert still_wanted(message) == "The offer was answered or ended."


def test_who_wants_no_mail_gets_none(ana: Episode) -> None:
    offered(ana, [session()])
    assert not Message.objects.filter(kind=make_up_mail.KIND).exists()
