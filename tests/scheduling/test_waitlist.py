"""A seat that frees is offered to exactly one person in line, and held for them until they answer."""

from contextlib import suppress
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from patients.models import Episode
from scheduling.calendar import materialise
from scheduling.enrolling import end_enrollment, enroll
from scheduling.group_seats import unpromised_seats
from scheduling.leaving import discharge
from scheduling.models import Booking, Enrollment, Group, SeatOffer, WaitlistEntry
from scheduling.offer_mail import still_wanted
from scheduling.offers import accept_offer, decline_offer, offer_free_seats, offer_seat, take_back_offer
from scheduling.waitlist import add_to_waitlist, remove_from_waitlist
from tests import make

pytestmark = pytest.mark.django_db
NEXT_MONDAY = make.MONDAY + timedelta(weeks=1)


def full_group(seats: int = 1, **fields: Any) -> tuple[Group, list[Enrollment]]:
    """A Monday group with its sessions and nobody's seat free, and the places in it."""
    group, fay = make.group(capacity=seats, **fields), make.user()
    materialise(day=make.NOW.date(), weeks=8, groups=[group], now=make.NOW)
    said = {"actor": fay, "group": group, "from_on": make.NOW.date(), "now": make.NOW}
    return group, [enroll(episode=make.episode(), **said) for _ in range(seats)]


def leave(place: Enrollment, last_on: Any = None) -> None:
    day = last_on or make.NOW.date()
    end_enrollment(actor=make.user(), enrollment=place, last_on=day, now=make.NOW)


def offered_to() -> list[Episode]:
    return [offer.entry.episode for offer in SeatOffer.objects.open().order_by("pk")]


def let_pass(offer: SeatOffer) -> None:
    """Its end, by the database's clock."""
    SeatOffer.objects.filter(pk=offer.pk).update(
        offered_at=Now() - timedelta(hours=24), expires_at=Now() - timedelta(seconds=1)
    )


def test_a_seat_that_frees_is_offered_to_exactly_one_person_and_once() -> None:
    group, (place,) = full_group()
    make.waiting(make.episode(), group)
    first = make.waiting(make.episode(), group, priority=1)
    assert offer_free_seats(now=make.NOW) == 0
    leave(place)
    assert offer_free_seats(now=make.NOW) == 1 and offer_free_seats(now=make.NOW) == 0
    offer = SeatOffer.objects.get()
    assert (offer.entry, offer.seat, offer.from_on) == (first, 1, NEXT_MONDAY)
    assert offer.expires_at - offer.offered_at == timedelta(hours=24)


def test_of_equal_priority_the_one_who_waited_longest_is_first() -> None:
    group, (place,) = full_group()
    late, early = make.waiting(make.episode(), group), make.waiting(make.episode(), group)
    WaitlistEntry.objects.filter(pk=early.pk).update(added_at=late.added_at - timedelta(days=3))
    leave(place)
    offer_free_seats(now=make.NOW)
    assert offered_to() == [early.episode]


def test_each_free_seat_has_its_own_person_also_when_the_capacity_grew() -> None:
    group, (place, _) = full_group(seats=2)
    entries = [make.waiting(make.episode(), group) for _ in range(3)]
    leave(place)
    group.sessions.update(capacity=3)
    Group.objects.filter(pk=group.pk).update(capacity=3)
    assert offer_free_seats(now=make.NOW) == 2
    assert offered_to() == [entry.episode for entry in entries[:2]]
    assert sorted(SeatOffer.objects.values_list("seat", flat=True)) == [2, 3]


def test_a_seat_that_frees_later_is_offered_from_that_day_and_not_too_early() -> None:
    group, (place,) = full_group()
    make.waiting(make.episode(), group)
    leave(place, NEXT_MONDAY + timedelta(weeks=3))
    assert offer_free_seats(now=make.NOW) == 0
    leave(place, NEXT_MONDAY)
    assert offer_free_seats(now=make.NOW) == 1
    assert SeatOffer.objects.get().from_on == NEXT_MONDAY + timedelta(weeks=1)


def test_a_guest_in_one_session_moves_the_first_day_behind_it() -> None:
    group, (place,) = full_group()
    leave(place)
    session = group.sessions.earliest("starts_at")
    Booking.objects.filter(session=session).delete()
    make.booking(session, make.episode())
    make.waiting(make.episode(), group)
    offer_free_seats(now=make.NOW)
    assert SeatOffer.objects.get().from_on == session.occurs_on + timedelta(weeks=1)


def test_someone_who_is_enrolled_for_later_keeps_that_seat() -> None:
    group, (place,) = full_group()
    leave(place)
    later = NEXT_MONDAY + timedelta(weeks=12)
    make.enrollment(make.episode(), group, from_on=later)
    assert unpromised_seats(group, make.NOW) is None


def test_accepting_enrolls_from_the_offered_day_and_ends_the_wait() -> None:
    group, (place,) = full_group()
    entry, fay = make.waiting(make.episode(), group), make.user()
    leave(place)
    offer_free_seats(now=make.NOW)
    offer = SeatOffer.objects.get()
    place = accept_offer(actor=fay, offer=offer, now=make.NOW)
    assert (place.episode, place.from_on) == (entry.episode, NEXT_MONDAY)
    assert Booking.objects.active().filter(episode=entry.episode).count() == 8
    entry.refresh_from_db()
    offer.refresh_from_db()
    assert (entry.outcome, offer.answer, offer.enrollment) == ("enrolled", "accepted", place)
    assert accept_offer(actor=fay, offer=offer, now=make.NOW) == place


def test_no_thanks_ends_the_wait_and_the_next_one_is_asked() -> None:
    group, (place,) = full_group()
    first, second = make.waiting(make.episode(), group), make.waiting(make.episode(), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    offer = decline_offer(actor=make.user(), offer=SeatOffer.objects.get(), now=make.NOW)
    assert offer_free_seats(now=make.NOW) == 1 and offered_to() == [second.episode]
    first.refresh_from_db()
    assert first.outcome == "declined"
    with pytest.raises(Refused, match="was declined"):
        accept_offer(actor=make.user(), offer=offer, now=make.NOW)


def test_an_offer_that_passed_frees_the_seat_for_the_next_and_keeps_the_person_in_line() -> None:
    group, (place,) = full_group()
    first, second = make.waiting(make.episode(), group), make.waiting(make.episode(), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    passed = SeatOffer.objects.get()
    let_pass(passed)
    with pytest.raises(Refused, match="This offer ended"):
        accept_offer(actor=make.user(), offer=passed, now=make.NOW)
    assert offer_free_seats(now=make.NOW) == 1 and offered_to() == [second.episode]
    let_pass(SeatOffer.objects.open().get())
    assert offer_free_seats(now=make.NOW) == 0
    first.refresh_from_db()
    assert first.ended_at is None and SeatOffer.objects.filter(answer="expired").count() == 2


def test_a_person_may_offer_the_seat_out_of_turn_but_not_twice() -> None:
    group, (place,) = full_group()
    first, second = make.waiting(make.episode(), group, priority=1), make.waiting(make.episode(), group)
    fay = make.user()
    with pytest.raises(Refused, match="no free seat"):
        offer_seat(actor=fay, entry=second, now=make.NOW)
    leave(place)
    offer = offer_seat(actor=fay, entry=second, now=make.NOW)
    assert offer_seat(actor=fay, entry=second, now=make.NOW) == offer
    with pytest.raises(Refused, match="Take that offer back first"):
        offer_seat(actor=fay, entry=first, now=make.NOW)
    take_back_offer(actor=fay, offer=offer, now=make.NOW)
    assert offer_seat(actor=fay, entry=first, now=make.NOW).entry == first
    with pytest.raises(Refused, match="taken back"):
        accept_offer(actor=fay, offer=offer, now=make.NOW)


def test_a_promised_seat_is_not_given_away_by_enrolling_someone_else() -> None:
    group, (place,) = full_group()
    entry, fay = make.waiting(make.episode(), group), make.user()
    leave(place)
    offer_free_seats(now=make.NOW)
    said = {"actor": fay, "group": group, "from_on": NEXT_MONDAY, "now": make.NOW}
    with pytest.raises(Refused, match="promised to someone on the waitlist") as refusal:
        enroll(episode=make.episode(), **said)
    assert refusal.value.status == 409 and not Enrollment.objects.filter(from_on=NEXT_MONDAY).exists()
    enroll(episode=entry.episode, **said)
    offer_free_seats(now=make.NOW)
    offer, place = SeatOffer.objects.get(), Enrollment.objects.get(episode=entry.episode)
    assert (offer.answer, offer.enrollment) == ("accepted", place)


def test_an_offer_that_passed_holds_no_seat_even_before_the_bell_rings() -> None:
    group, (place,) = full_group()
    make.waiting(make.episode(), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    let_pass(SeatOffer.objects.get())
    enroll(actor=make.user(), episode=make.episode(), group=group, from_on=NEXT_MONDAY, now=make.NOW)


def test_a_clash_refuses_in_words_and_the_offer_stays() -> None:
    group, (place,) = full_group()
    entry = make.waiting(make.episode(), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    make.booking(make.session(day=NEXT_MONDAY), entry.episode)
    with pytest.raises(Refused, match="at that time already"):
        accept_offer(actor=make.user(), offer=SeatOffer.objects.get(), now=make.NOW)
    assert SeatOffer.objects.standing().count() == 1
    assert not Enrollment.objects.filter(episode=entry.episode).exists()


def test_whoever_is_discharged_waits_no_more() -> None:
    group, (place,) = full_group()
    gone, second = make.waiting(make.episode(), group), make.waiting(make.episode(), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    said = {"actor": make.user(), "kind": "completed", "on": make.NOW.date(), "now": make.NOW}
    discharge(episode=gone.episode, **said)
    offer_free_seats(now=make.NOW)
    gone.refresh_from_db()
    assert gone.outcome == "removed" and offered_to() == [second.episode]


def test_removing_takes_the_offer_back_and_twice_changes_nothing() -> None:
    group, (place,) = full_group()
    entry, fay = make.waiting(make.episode(), group), make.user()
    leave(place)
    offer_free_seats(now=make.NOW)
    ended_at = remove_from_waitlist(actor=fay, entry=entry).ended_at
    assert remove_from_waitlist(actor=fay, entry=entry).ended_at == ended_at
    assert SeatOffer.objects.get().answer == "withdrawn"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e, g: make.enrollment(e, g), "has a place"),
        (lambda e, g: make.waiting(e, g), "waitlist already"),
        (lambda e, g: Episode.objects.filter(pk=e.pk).update(ended_on=make.MONDAY), "was discharged"),
        (lambda e, g: Group.objects.filter(pk=g.pk).update(to_on=make.MONDAY), "takes nobody"),
        (lambda e, g: type(g.track).objects.update(youngest_age=60), "is for ages 60 and older"),
    ],
)
def test_who_may_not_wait_is_told_why(change: Any, words: str) -> None:
    group, episode = make.group(), make.episode()
    change(episode, group)
    before = WaitlistEntry.objects.count()
    with pytest.raises(Refused, match=words):
        add_to_waitlist(
            actor=make.user(), episode=episode, group=group, priority=2, reason="Works late", now=make.NOW
        )
    assert WaitlistEntry.objects.count() == before


def test_the_email_is_neutral_waits_for_a_decent_hour_and_is_taken_back() -> None:
    group, (place,) = full_group()
    patient = make.portal_patient()
    make.waiting(make.episode(patient), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    message, offer = Message.objects.get(kind="offer"), SeatOffer.objects.get()
    assert message.body.startswith("Marlow Street: a place you asked about is open until ")
    assert "Sign in to answer, or call 609-555-0100." in message.body
    said = f"{message.subject_line} {message.body}".lower()
    for word in ("group", "process", "program", "iop", "clinic", "theo", "seat", "waitlist", "ana"):
        assert word not in said
    assert message.expires_at == offer.expires_at and still_wanted(message) == ""
    decline_offer(actor=patient.user, offer=offer, now=make.NOW)
    message.refresh_from_db()
    assert message.state == "withdrawn" and still_wanted(message) == "The offer was answered or ended."


def test_no_email_without_agreement() -> None:
    group, (place,) = full_group()
    make.waiting(make.episode(make.patient(email="ana@mail.example")), group)
    leave(place)
    offer_free_seats(now=make.NOW)
    assert SeatOffer.objects.count() == 1 and not Message.objects.filter(kind="offer").exists()


DEEDS = st.sampled_from(["leave", "enroll", "accept", "decline", "pass", "offer", "grow", "wait", "remove"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(DEEDS, st.integers(0, 5)), max_size=14))
def test_whatever_happens_offers_never_exceed_the_free_seats(
    deeds: list[tuple[str, int]],
) -> None:
    group, _ = full_group(seats=2)
    fay = make.user()
    for _ in range(3):
        make.waiting(make.episode(), group)
    for deed, number in deeds:
        with suppress(Refused):
            _do(deed, number, group, fay)
        offer_free_seats(now=make.NOW)
        for session in group.sessions.filter(starts_at__gt=make.NOW):
            promised = SeatOffer.objects.open().filter(group=group, from_on__lte=session.occurs_on).count()
            assert promised <= session.seats_free, (deed, session.occurs_on)
        open_ones = SeatOffer.objects.open().filter(group=group)
        assert open_ones.values("entry").distinct().count() == open_ones.count()


def _do(deed: str, number: int, group: Group, fay: Any) -> None:
    now, group = make.NOW, Group.objects.get(pk=group.pk)
    offers = list(SeatOffer.objects.open().filter(group=group).order_by("pk"))
    entries = list(WaitlistEntry.objects.waiting().filter(group=group).order_by("pk"))
    places = list(group.enrollments.filter(to_on__isnull=True).order_by("pk"))
    if deed == "leave" and places:
        leave(places[number % len(places)], NEXT_MONDAY if number % 2 else None)
    elif deed == "enroll":
        enroll(actor=fay, episode=make.episode(), group=group, from_on=NEXT_MONDAY, now=now)
    elif deed == "wait":
        make.waiting(make.episode(), group, priority=1 + number % 3)
    elif deed == "grow":
        group.sessions.update(capacity=group.capacity + 1)
        Group.objects.filter(pk=group.pk).update(capacity=group.capacity + 1)
    elif deed == "offer" and entries:
        offer_seat(actor=fay, entry=entries[number % len(entries)], now=now)
    elif deed == "remove" and entries:
        remove_from_waitlist(actor=fay, entry=entries[number % len(entries)])
    elif offers:
        offer = offers[number % len(offers)]
        if deed == "accept":
            accept_offer(actor=fay, offer=offer, now=now)
        elif deed == "decline":
            decline_offer(actor=fay, offer=offer, now=now)
        elif deed == "pass":
            let_pass(offer)


def test_discharge_ends_the_wait_and_a_place_that_was_accepted_but_not_begun() -> None:
    """An accepted offer names its enrollment, so that row stays on file and ends on its first day."""
    episode = make.episode()
    soon, other = make.group(weekday=4), make.group(weekday=3, starts=time(14))
    accepted = make.waiting(episode, soon)
    offer = make.offer(accepted, from_on=date(2026, 10, 30))
    place = accept_offer(actor=make.user(), offer=offer, now=make.NOW)
    open_offer = make.offer(make.waiting(episode, other))
    discharge(actor=make.clinician(), episode=episode, kind="completed", on=make.NOW.date(), now=make.NOW)
    place.refresh_from_db()
    open_offer.refresh_from_db()
    assert place.to_on == place.from_on
    assert open_offer.answer == "withdrawn"
    assert not WaitlistEntry.objects.waiting().filter(episode=episode).exists()
