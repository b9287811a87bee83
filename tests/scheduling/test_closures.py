"""Closing a site over booked sessions, each cancelled or moved, all or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from iop_clinic.accounts.models import Site
from iop_clinic.clock import at_local, day_span
from iop_clinic.constraints import broken_constraint
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.closures import Closing, close
from scheduling.models import Closure, Room, TherapySession
from scheduling.public_holidays import public_holidays
from scheduling.replanning import Answer, Deed, Unsettled
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)
FRIDAY = THURSDAY + timedelta(days=1)
ZONE = "America/New_York"


def closing(day: date = THURSDAY, name: str = "Thanksgiving Day", **fields: Any) -> Closing:
    return Closing(name, "holiday", *fields.get("span", day_span(day, ZONE)))


def called_off(session: TherapySession) -> Answer:
    return Answer(Deed.CANCEL, session.version)


def put(session: TherapySession, day: date, at: time = time(9), room: Room | None = None) -> Answer:
    return Answer(Deed.MOVE, session.version, starts_at=at_local(day, at, ZONE), room=room)


def closed(
    answers: dict[TherapySession, Answer] | None = None, *closings: Closing, **fields: Any
) -> list[Closure]:
    said = {"actor": make.user(Role.DIRECTOR), "site": make.site(), "now": make.NOW} | fields
    typed = {session.pk: answer for session, answer in (answers or {}).items()}
    return close(closings=closings or [closing()], answers=typed, **said)


def test_sessions_are_cancelled_or_moved_and_each_patient_hears_once() -> None:
    gone, going = (make.session(day=THURSDAY, starts=time(hour)) for hour in (9, 11))
    both, only_moved = make.episode(make.portal_patient()), make.episode(make.portal_patient())
    make.booking(gone, both)
    make.booking(going, both)
    make.booking(going, only_moved)
    (closure,) = closed({gone: called_off(gone), going: put(going, FRIDAY, time(13))})
    for session in (gone, going):
        session.refresh_from_db()
    assert (gone.status, gone.cancel_reason) == ("cancelled", "Closed: Thanksgiving Day")
    assert (going.occurs_on, going.own, going.version) == (FRIDAY, ["time"], 2)
    said = {message.patient_id: message.body for message in Message.objects.filter(kind="change")}
    assert len(said) == 2 and "have changed" in said[both.patient_id]
    assert "was moved to Fri 10/23 at 1:00 PM" in said[only_moved.patient_id]
    assert not [body for body in said.values() if "Thanksgiving" in body] and closure.closed_by_id


def test_a_moved_session_takes_the_room_that_was_chosen() -> None:
    session, room = make.session(day=THURSDAY), make.room(name="Maple")
    closed({session: put(session, FRIDAY, room=room)})
    session.refresh_from_db()
    assert session.room == room and session.own == ["room", "time"]


def test_a_move_that_clashes_saves_nothing_and_says_what_is_in_the_way() -> None:
    session, other = (make.session(day=THURSDAY, starts=time(hour)) for hour in (9, 11))
    make.session(day=FRIDAY, lead=session.lead, title="DBT skills")
    with pytest.raises(Unsettled, match="1 session is not settled yet") as refused:
        closed({session: put(session, FRIDAY), other: called_off(other)})
    assert "already leads DBT skills" in refused.value.by_session[session.pk][0]
    other.refresh_from_db()
    assert other.status == "scheduled" and not Closure.objects.exists() and not Message.objects.exists()


def test_nothing_moves_into_time_that_closes_too() -> None:
    session = make.session(day=THURSDAY)
    with pytest.raises(Unsettled) as refused:
        closed({session: put(session, FRIDAY)}, closing(), closing(FRIDAY, "Day after"))
    assert "is closed on Fri 10/23: Day after" in refused.value.by_session[session.pk][0]


@pytest.mark.parametrize("answer", [Answer(Deed.LEAVE, 1), Answer("", 1), Answer(Deed.MOVE, 1)])
def test_a_session_is_not_left_in_closed_time(answer: Answer) -> None:
    session = make.session(day=THURSDAY)
    with pytest.raises(Unsettled) as refused:
        closed({session: answer})
    assert refused.value.by_session == {session.pk: ["Choose what becomes of it."]}


def test_a_session_moves_neither_into_the_past_nor_to_another_sites_room() -> None:
    session = make.session(day=THURSDAY)
    for answer, said in (
        (put(session, make.MONDAY), "has passed"),
        (put(session, FRIDAY, room=make.room(make.other_site(), "Willow")), "not in use at this site"),
    ):
        with pytest.raises(Unsettled) as refused:
            closed({session: answer})
        assert said in refused.value.by_session[session.pk][0]


def test_a_move_against_a_rule_that_may_be_overridden_needs_who_may_and_why() -> None:
    session, room = make.session(day=THURSDAY), make.room(name="Tiny", seats=4)
    answers = {session: put(session, FRIDAY, room=room)}
    with pytest.raises(Unsettled):
        closed(answers, reason="There is no other", actor=make.user())
    with pytest.raises(Unsettled) as refused:
        closed(answers)
    assert "reason" in refused.value.fields
    closed(answers, reason="There is no other")
    session.refresh_from_db()
    assert session.room == room and session.override and session.override.rules == ["room_too_small"]


def test_sessions_other_than_those_answered_save_nothing() -> None:
    session = make.session(day=THURSDAY)
    with pytest.raises(Unsettled, match="changed meanwhile"):
        closed({})
    with pytest.raises(Unsettled, match="changed meanwhile"):
        closed({session: Answer(Deed.CANCEL, 9)})
    assert not Closure.objects.exists()


def test_a_session_that_has_begun_stays_and_other_sites_stay_open() -> None:
    begun = make.session(day=make.NOW.date())
    there = make.session(make.other_site(), day=make.NOW.date(), starts=time(15))
    closed({}, closing(make.NOW.date(), "Burst pipe"))
    for session in (begun, there):
        session.refresh_from_db()
        assert session.status == "scheduled"


def test_several_days_close_together_and_no_time_closes_twice() -> None:
    assert len(closed({}, closing(), closing(FRIDAY, "Day after"))) == 2
    with pytest.raises(Refused, match="Marlow Street is closed then already: Day after"):
        closed({}, closing(date(2026, 12, 25)), closing(FRIDAY, "Snow"))
    assert Closure.objects.count() == 2


@pytest.mark.parametrize(
    "span",
    [
        (make.NOW + timedelta(hours=2), make.NOW + timedelta(hours=1)),
        (make.NOW - timedelta(days=2), make.NOW),
        (make.NOW, make.NOW + timedelta(days=100)),
    ],
)
def test_impossible_times_are_refused(span: tuple[datetime, datetime]) -> None:
    with pytest.raises(Refused) as refused:
        closed({}, closing(span=span))
    assert refused.value.status == 422


@contextmanager
def kept_out() -> Iterator[None]:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        yield
    assert broken_constraint(no.value) == "session_not_while_closed"


def test_postgresql_itself_keeps_sessions_out_of_closed_time() -> None:
    make.closure(day=THURSDAY)
    session = make.session(day=FRIDAY)
    with kept_out():
        make.session(day=THURSDAY)
    with kept_out():
        back = timedelta(days=1)
        TherapySession.objects.filter(pk=session.pk).update(
            starts_at=session.starts_at - back, ends_at=session.ends_at - back
        )
    cancelled = make.session(day=THURSDAY, status="cancelled")
    with kept_out():
        TherapySession.objects.filter(pk=cancelled.pk).update(status="scheduled")
    make.session(make.other_site(), day=THURSDAY)


def test_a_move_into_closed_time_is_refused_in_words() -> None:
    make.closure(day=FRIDAY)
    session = make.session(day=THURSDAY)
    with pytest.raises(Refused, match="Marlow Street is closed on Fri 10/23: Snow"):
        move(
            actor=make.user(), session=session, starts_at=session.starts_at + timedelta(days=1), now=make.NOW
        )


def test_public_holidays_are_those_of_the_state_and_of_the_nation_elsewhere() -> None:
    here = {one.name: one.on for one in public_holidays(make.site(), 2026)}
    assert here["Thanksgiving Day"] == date(2026, 11, 26) and "Lincoln's Birthday" in here
    nowhere = {one.name for one in public_holidays(Site(state_code="ZZ"), 2026)}
    assert "Thanksgiving Day" in nowhere and "Lincoln's Birthday" not in nowhere
