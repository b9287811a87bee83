"""Putting a session back at the instant its room, its clinician or its patient is booked: one wins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from scheduling.booking import book
from scheduling.models import Booking, TherapySession
from scheduling.moving import cancel_session
from scheduling.placing import schedule_session
from scheduling.putting_back import Chosen, put_back
from tests import make
from tests.race import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
THURSDAY = make.NOW.date() + timedelta(days=1)
ROUNDS = 5


def lost() -> tuple[TherapySession, Callable[[], Any]]:
    """A cancelled session with one person, and the deed that puts both back."""
    by, session = make.user(), make.session(day=THURSDAY)
    booking = make.booking(session, make.episode(make.portal_patient()))
    cancel_session(actor=by, session=session, reason="Snow", now=make.NOW)
    session.refresh_from_db()
    chosen = Chosen(session.version, frozenset({booking.pk}))
    return session, lambda: put_back(actor=by, session=session, chosen=chosen, now=make.NOW)


def one_won(answers: list[Any]) -> None:
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(answers) - len(refused) == 1, answers
    assert all(isinstance(one, Refused) and one.status == 409 and one.sentence for one in refused), refused


@pytest.mark.parametrize("scarce", ["room", "lead"])
def test_one_has_the_room_or_the_clinician(scarce: str) -> None:
    for _ in range(ROUNDS):
        session, back = lost()
        own = {"room": make.room(name=f"Other {session.pk}"), "lead": make.clinician()}
        said: Any = {"actor": make.user(), "site": session.site, "kind": "group", "title": "Art"}
        said |= {"starts_at": session.starts_at, "minutes": 60, "capacity": 9}
        said |= own | {scarce: getattr(session, scarce)}
        one_won(race([back, lambda said=said: schedule_session(**said)]))
        then = TherapySession.objects.scheduled().filter(**{scarce: getattr(session, scarce)})
        assert then.count() == 1


def test_one_has_the_patient() -> None:
    for _ in range(ROUNDS):
        session, back = lost()
        episode, other = session.bookings.get().episode, make.session(day=THURSDAY)
        by = make.user()
        said = {"actor": by, "session": other, "episode": episode, "now": make.NOW}
        one_won(race([back, lambda said=said: book(**said)]))
        assert Booking.objects.active().filter(episode=episode).count() == 1


def test_many_put_it_back_and_it_is_back_once() -> None:
    session, back = lost()
    answers = race([back] * 20)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    session.refresh_from_db()
    assert (session.status, session.version, session.booked_seats) == ("scheduled", 3, 1)
    assert session.bookings.get().version == 2
    assert Message.objects.filter(kind="change", body__contains="takes place after all").count() == 1
