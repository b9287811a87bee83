"""Fifty writers at once on the real PostgreSQL: one wins, the others get a sentence, never an error page.

Each guard of the database is also taken away for a moment, to see the double booking it prevents.
"""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from scheduling.booking import book, cancel
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.feeds import living_feed, make_feed
from scheduling.models import Booking, CalendarFeed, CoFacilitator, Facilitation, TherapySession
from scheduling.placing import schedule_session
from scheduling.visits import book_visit
from tests import make
from tests.moves import move
from tests.race import bites, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
WRITERS = 50
THURSDAY = make.NOW.date() + timedelta(days=1)


def one_won(answers: list[Any], winners: int = 1) -> None:
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
    assert not broken, broken[:3]
    assert len(answers) - len(refused) == winners
    assert all(one.sentence.endswith(".") and one.status == 409 for one in refused)


def nothing_is_double() -> None:
    """The invariants of the week, asked of the rows themselves."""
    for session in TherapySession.objects.all():
        taken = session.bookings.filter(status="booked").count()
        assert taken == session.booked_seats <= session.capacity
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scheduling_booking a JOIN scheduling_booking b ON a.id < b.id"
            " AND a.patient_id = b.patient_id AND a.during && b.during"
            " AND a.status = 'booked' AND b.status = 'booked'"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM scheduling_therapysession a JOIN scheduling_therapysession b ON a.id < b.id"
            " AND (a.lead_id = b.lead_id OR a.room_id = b.room_id) AND a.during && b.during"
            " AND a.status = 'scheduled' AND b.status = 'scheduled'"
        )
        assert cursor.fetchone() == (0,)


def scheduled(fay: Any, site: Any, lead: Any, room: Any) -> Callable[[], Any]:
    return lambda: schedule_session(
        actor=fay,
        site=site,
        kind="group",
        title="Process group",
        starts_at=make.NOW + timedelta(days=1),
        minutes=60,
        lead=lead,
        room=room,
        capacity=12,
    )


def test_fifty_writers_for_the_last_seat_and_one_gets_it() -> None:
    session, fay = make.session(day=THURSDAY, capacity=2), make.user()
    make.booking(session, make.episode())
    episodes = [make.episode() for _ in range(WRITERS)]
    one_won(race([lambda e=e: book(actor=fay, session=session, episode=e, now=make.NOW) for e in episodes]))
    nothing_is_double()


def test_fifty_writers_for_eight_seats_and_eight_get_one() -> None:
    session, fay = make.session(day=THURSDAY, capacity=8), make.user()
    episodes = [make.episode() for _ in range(WRITERS)]
    answers = race([lambda e=e: book(actor=fay, session=session, episode=e, now=make.NOW) for e in episodes])
    one_won(answers, winners=8)
    nothing_is_double()


def test_fifty_writers_for_one_patients_same_hour_and_one_gets_it() -> None:
    episode, fay = make.episode(), make.user()
    sessions = [make.session(day=THURSDAY) for _ in range(WRITERS)]
    one_won(race([lambda s=s: book(actor=fay, session=s, episode=episode, now=make.NOW) for s in sessions]))
    nothing_is_double()


def test_fifty_writers_for_one_clinicians_same_hour_and_one_gets_it() -> None:
    site, lead, fay = make.site(), make.clinician(), make.user()
    rooms = [make.room(site, f"Room {n}") for n in range(WRITERS)]
    one_won(race([scheduled(fay, site, lead, room) for room in rooms]))
    nothing_is_double()


def test_fifty_writers_for_one_room_and_one_gets_it() -> None:
    site, room, fay = make.site(), make.room(), make.user()
    leads = [make.clinician(site) for _ in range(WRITERS)]
    one_won(race([scheduled(fay, site, lead, room) for lead in leads]))
    nothing_is_double()


def test_the_same_booking_sent_twenty_times_is_one_booking() -> None:
    session, episode, fay = make.session(day=THURSDAY), make.episode(), make.user()
    answers = race([lambda: book(actor=fay, session=session, episode=episode, now=make.NOW)] * 20)
    assert {answer.pk for answer in answers} == {Booking.objects.get().pk}


def test_whole_enrollments_race_for_the_last_place_and_none_is_half_done() -> None:
    group, fay = make.group(weekday=3, capacity=1), make.user()
    materialise(day=make.MONDAY, weeks=4, now=make.NOW)
    episodes = [make.episode() for _ in range(12)]
    answers = race(
        [
            lambda e=e: enroll(actor=fay, episode=e, group=group, from_on=make.MONDAY, now=make.NOW)
            for e in episodes
        ]
    )
    one_won(answers)
    assert Booking.objects.count() == 4 and len(set(Booking.objects.values_list("patient", flat=True))) == 1
    nothing_is_double()


def test_two_series_of_visits_with_one_clinician_never_interleave() -> None:
    lead, fay = make.clinician(), make.user()
    said = {"actor": fay, "kind": "individual", "minutes": 50, "lead": lead, "times": 6, "now": make.NOW}
    starts_at = make.NOW + timedelta(days=1)
    pairs = [(make.episode(), make.room(name=f"Office {n}")) for n in range(8)]
    deeds = [lambda e=e, r=r: book_visit(episode=e, room=r, starts_at=starts_at, **said) for e, r in pairs]
    one_won(race(deeds))
    assert Booking.objects.count() == 6
    nothing_is_double()


def test_materialising_four_times_at_once_makes_each_session_once() -> None:
    group, episode = make.group(), make.episode()
    make.enrollment(episode, group)
    made = race([lambda: materialise(day=make.MONDAY, weeks=8)] * 4)
    assert sum(made) == 8 and TherapySession.objects.count() == Booking.objects.count() == 8


def test_two_rounds_at_once_keep_people_and_co_facilitators_single() -> None:
    lead, beside = make.clinician(), make.clinician()
    for hour in (9, 10, 11):
        group = make.group(lead=lead, starts=time(hour))
        CoFacilitator.objects.create(group=group, staff=beside)
        make.enrollment(make.episode(make.portal_patient()), group)
    made = race([lambda: materialise(day=make.MONDAY, weeks=8)] * 2)
    assert sum(made) == 24 and Facilitation.objects.count() == 48
    assert Booking.objects.count() == Message.objects.filter(kind="reminder").count() == 24
    nothing_is_double()


def test_ten_new_addresses_of_one_calendar_at_once_leave_one_that_answers() -> None:
    lead = make.clinician()
    secrets = race([lambda: make_feed(actor=lead, owner=lead, now=make.NOW)] * 10)
    assert [bool(living_feed(secret)) for secret in secrets].count(True) == 1


def test_someone_enrolled_while_sessions_are_made_misses_none() -> None:
    group, episode, fay = make.group(weekday=3), make.episode(), make.user()
    answers = race(
        [
            lambda: materialise(day=make.NOW.date(), weeks=8, now=make.NOW),
            lambda: enroll(actor=fay, episode=episode, group=group, from_on=THURSDAY, now=make.NOW),
        ]
    )
    assert not [a for a in answers if isinstance(a, Exception)], answers
    assert Booking.objects.active().count() == TherapySession.objects.count() == 8


def test_book_cancel_and_move_mixed_at_random_keep_the_week_sound() -> None:
    fay = make.user()
    sessions = [make.session(day=THURSDAY, capacity=3) for _ in range(3)]
    episodes = [make.episode() for _ in range(6)]
    held = [make.booking(sessions[n % 3], episodes[n]) for n in range(3)]
    deeds: list[Callable[[], Any]] = []
    for n, episode in enumerate(episodes):
        deeds += [
            lambda e=episode, s=s: book(actor=fay, session=s, episode=e, now=make.NOW) for s in sessions
        ]
        deeds.append(
            lambda b=held[n % 3]: cancel(actor=fay, booking=b, reason="Ill", by_patient=True, now=make.NOW)
        )
        deeds.append(
            lambda s=sessions[n % 3], n=n: move(
                actor=fay, session=s, starts_at=s.starts_at + timedelta(hours=n), now=make.NOW
            )
        )
    answers = race(deeds)
    assert not [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)], answers
    nothing_is_double()


def second_seat() -> None:
    session = make.session(day=THURSDAY, capacity=1)
    make.booking(session, make.episode())
    make.booking(session, make.episode())


def second_place() -> None:
    episode = make.episode()
    make.booking(make.session(day=THURSDAY), episode)
    make.booking(make.session(day=THURSDAY), episode)


def second_lead() -> None:
    lead = make.clinician()
    make.session(day=THURSDAY, lead=lead)
    make.session(day=THURSDAY, lead=lead)


def second_in_room() -> None:
    room = make.room()
    make.session(day=THURSDAY, room=room)
    make.session(day=THURSDAY, room=room)


def same_group_twice() -> None:
    group = make.group()
    make.session(day=THURSDAY, group=group)
    make.session(day=THURSDAY, group=group)


def second_address() -> None:
    lead = make.clinician()
    for letter in ("a", "b"):
        CalendarFeed.objects.create(staff=lead, made_by=lead, secret_hash=letter * 64)


GUARDS = [
    (CalendarFeed, "feed_one_address_a_staff", second_address),
    (TherapySession, "session_never_overbooked", second_seat),
    (Booking, "booking_patient_in_one_place", second_place),
    (Facilitation, "facilitator_in_one_place", second_lead),
    (TherapySession, "session_room_holds_one", second_in_room),
    (TherapySession, "session_once_per_group_and_day", same_group_twice),
]


@pytest.mark.parametrize(("model", "name", "double"), GUARDS, ids=[name for _, name, _ in GUARDS])
def test_each_guard_bites_and_without_it_the_double_booking_happens(
    model: type[Model], name: str, double: Callable[[], None]
) -> None:
    bites(model, name, double)


def test_without_the_trigger_the_counter_would_not_move() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        session = make.session(day=THURSDAY, capacity=1)
        for _ in range(2):
            make.booking(session, make.episode())
        session.refresh_from_db()
        assert (session.bookings.count(), session.booked_seats) == (2, 0)
        transaction.set_rollback(True)
    with pytest.raises(IntegrityError, match="session_never_overbooked"), transaction.atomic():
        second_seat()


def test_a_booking_cannot_claim_other_times_than_its_session() -> None:
    session, other = make.session(day=THURSDAY), make.session(day=THURSDAY + timedelta(days=1))
    other.refresh_from_db()
    with pytest.raises(IntegrityError, match="booking_keeps_session_times"), transaction.atomic():
        booking = make.booking(session, make.episode())
        Booking.objects.filter(pk=booking.pk).update(during=other.during)
