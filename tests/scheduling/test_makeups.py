"""Making up cancelled time: which sessions would do, for whom, and one seat for one lost appointment."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from iop_clinic.accounts.models import License
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from patients.models import Consent, Episode
from scheduling.booking import book, cancel
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.makeups import make_up, ways_for, ways_for_all
from scheduling.models import Booking, Enrollment, TherapySession, UnavailableHours
from scheduling.moving import cancel_session
from tests import make
from tests.race import race, without

pytestmark = pytest.mark.django_db
THURSDAY, FRIDAY, SATURDAY = (make.MONDAY + timedelta(days=n) for n in (3, 4, 5))


@pytest.fixture
def ana() -> Episode:
    return make.episode()


def lost_by(of: Episode, day: date = THURSDAY, by: str = "cancelled_by_clinic", **fields: Any) -> Booking:
    """An hour the clinic called off; by the patient, the session takes place without them."""
    session = make.session(day=day, **fields)
    booking = make.booking(session, of, status=by, cancelled_at=make.NOW)
    if by == "cancelled_by_clinic":
        TherapySession.objects.filter(pk=session.pk).update(status="cancelled")
    return booking


def titles(booking: Booking) -> list[str]:
    return [way.session.title for way in ways_for(booking, make.NOW)]


def choose(booking: Booking, session: TherapySession) -> Booking:
    return make_up(actor=make.user(), booking=booking, session=session, now=make.NOW)


def test_ways_are_nearest_in_minutes_first_and_then_the_earliest(ana: Episode) -> None:
    make.session(day=SATURDAY, title="Long", minutes=150)
    make.session(day=SATURDAY, title="Saturday", minutes=70, break_minutes=10)
    make.session(day=FRIDAY, title="Friday", kind="psychoeducation")
    make.session(day=FRIDAY, title="Short", minutes=20, kind="activity")
    assert titles(lost_by(ana)) == ["Friday", "Saturday", "Short", "Long"]


@pytest.mark.parametrize(
    "no_way",
    [
        lambda: make.session(day=FRIDAY, kind="medication", capacity=4),
        lambda: make.session(day=FRIDAY, kind="individual"),
        lambda: make.session(day=FRIDAY, kind="family"),
        lambda: make.session(day=FRIDAY, counts_toward_hours=False),
        lambda: make.session(day=FRIDAY, status="cancelled"),
        lambda: make.session(make.other_site(), day=FRIDAY),
        lambda: make.session(day=make.NOW.date(), starts=time(9)),
        lambda: make.booking(make.session(day=FRIDAY, capacity=1), make.episode()),
        lambda: make.session(
            day=FRIDAY,
            group=make.group(make.track(name="Teens", youngest_age=13, oldest_age=17), weekday=4),
        ),
        lambda: make.session(
            day=FRIDAY, group=make.group(make.track(name="SUD", is_part2=True), weekday=4)
        ),
        lambda: make.session(day=FRIDAY, mode="video"),
        lambda: promised_session(),
    ],
    ids=[
        "medication", "individual", "family", "does not count", "cancelled", "other site", "begun", "full",
        "age", "Part 2", "video without consent", "promised to the waitlist",
    ],
)  # fmt: skip
def test_what_is_no_way(ana: Episode, no_way: Callable[[], Any]) -> None:
    no_way()
    assert ways_for(lost_by(ana), make.NOW) == []


def promised_session() -> None:
    group = make.group(weekday=4, capacity=1)
    make.session(day=FRIDAY, group=group, capacity=1)
    make.offer(make.waiting(make.episode(), group))


def test_where_the_patient_is_or_cannot_be_is_no_way(ana: Episode) -> None:
    make.booking(make.session(day=FRIDAY, title="Own"), ana)
    make.session(day=FRIDAY, title="Same hour", starts=time(9, 30))
    make.session(day=FRIDAY, title="At work", starts=time(14))
    make.session(day=FRIDAY, title="Later", starts=time(16))
    UnavailableHours.objects.create(
        patient=ana.patient, weekday=4, starts=time(13), ends=time(15, 30), why="work",
        from_on=make.MONDAY, recorded_by=make.user(),
    )  # fmt: skip
    ways = ways_for(lost_by(ana), make.NOW)
    assert [(way.session.title, way.is_extra_trip) for way in ways] == [("Later", False)]


def test_video_is_a_way_with_consent_and_no_trip(ana: Episode) -> None:
    make.session(day=FRIDAY, title="Online", mode="video")
    booking = lost_by(ana)
    Consent.objects.create(
        patient=ana.patient, kind=Consent.Kind.TELEHEALTH, signed_on=make.MONDAY, signed_name="Ana",
        recorded_by=make.user(),
    )  # fmt: skip
    for session in TherapySession.objects.filter(mode="video"):
        License.objects.create(user=session.lead, state_code="NJ", number="1", expires_on=date(2030, 1, 1))
    (way,) = ways_for(booking, make.NOW)
    assert way.session.title == "Online" and not way.is_extra_trip


def test_the_next_week_is_named_only_when_nothing_is_left_in_this_one(ana: Episode) -> None:
    make.session(day=make.MONDAY + timedelta(weeks=1), title="Monday")
    make.session(day=make.MONDAY + timedelta(weeks=2), title="Too late")
    booking = lost_by(ana)
    assert [(w.session.title, w.is_next_week) for w in ways_for(booking, make.NOW)] == [("Monday", True)]
    make.session(day=SATURDAY, title="Saturday")
    assert [(w.session.title, w.is_next_week) for w in ways_for(booking, make.NOW)] == [("Saturday", False)]


def test_the_sites_own_week_decides(ana: Episode) -> None:
    ana.site.week_starts_weekday = 6
    ana.site.save(update_fields=["week_starts_weekday"])
    make.session(day=make.MONDAY + timedelta(days=6), title="Sunday")
    (way,) = ways_for(lost_by(ana), make.NOW)
    assert way.is_next_week


def test_the_seat_makes_up_for_the_lost_one_and_has_its_reminder() -> None:
    ana = make.episode(make.portal_patient())
    booking, session = lost_by(ana), make.session(day=SATURDAY)
    made = choose(booking, session)
    assert (made.makes_up, made.status, made.episode) == (booking, "booked", ana)
    assert Message.objects.filter(kind="reminder", subject_id=made.pk, state="pending").exists()
    assert choose(booking, session) == made
    with pytest.raises(Refused, match="made up already: Process group, Sat 10/24"):
        choose(booking, make.session(day=FRIDAY))
    assert ways_for(booking, make.NOW) == []


def test_a_cancelled_make_up_can_be_replaced_and_even_taken_again(ana: Episode) -> None:
    booking, first, second = lost_by(ana), make.session(day=FRIDAY), make.session(day=SATURDAY)
    made = choose(booking, first)
    cancel(actor=make.user(), booking=made, reason="Ill", by_patient=True, now=make.NOW)
    made.refresh_from_db()
    again = choose(made, second)
    assert again.makes_up == booking
    cancel(actor=make.user(), booking=again, reason="Ill", by_patient=True, now=make.NOW)
    assert choose(booking, first).makes_up == booking
    assert Booking.objects.active().filter(makes_up=booking).count() == 1


def test_a_seat_booked_again_later_makes_up_for_nothing_by_itself(ana: Episode) -> None:
    booking, session, fay = lost_by(ana), make.session(day=FRIDAY), make.user()
    made = choose(booking, session)
    cancel(actor=fay, booking=made, reason="Ill", by_patient=True, now=make.NOW)
    choose(booking, make.session(day=SATURDAY))
    assert book(actor=fay, session=session, episode=ana, now=make.NOW).makes_up is None


def test_leaving_the_group_loses_no_time_but_calling_it_off_does(ana: Episode) -> None:
    group, fay = make.group(weekday=3), make.user()
    materialise(day=make.NOW.date(), weeks=1, groups=[group], now=make.NOW)
    place = enroll(actor=fay, episode=ana, group=group, from_on=make.NOW.date(), now=make.NOW)
    make.session(day=SATURDAY)
    booking = Booking.objects.get(episode=ana)
    cancel(actor=fay, booking=booking, reason="Room", by_patient=False, now=make.NOW)
    assert len(ways_for(booking, make.NOW)) == 1
    Enrollment.objects.filter(pk=place.pk).update(to_on=make.NOW.date())
    assert ways_for(booking, make.NOW) == []


def test_nothing_is_offered_for_what_did_not_count_or_to_who_has_left(ana: Episode) -> None:
    make.session(day=SATURDAY)
    assert ways_for(lost_by(ana, counts_toward_hours=False), make.NOW) == []
    booking = lost_by(ana)
    Episode.objects.filter(pk=ana.pk).update(ended_on=make.NOW.date())
    assert ways_for(booking, make.NOW) == []


def test_a_seat_that_went_meanwhile_is_refused_in_words(ana: Episode) -> None:
    booking, session = lost_by(ana), make.session(day=SATURDAY, capacity=1)
    make.booking(session, make.episode())
    with pytest.raises(Refused, match="full on Sat 10/24") as refusal:
        choose(booking, session)
    assert refusal.value.status == 409
    with pytest.raises(Refused, match="not open any more"):
        choose(booking, make.session(day=SATURDAY, kind="family"))


def test_a_whole_groups_ways_cost_the_same_however_many_people() -> None:
    def cost(people: int) -> int:
        session = make.session(day=THURSDAY)
        bookings = [make.booking(session, make.episode()) for _ in range(people)]
        cancel_session(actor=make.user(), session=session, reason="Ill", now=make.NOW)
        make.session(day=SATURDAY)
        with CaptureQueriesContext(connection) as asked:
            ways = ways_for_all(bookings, make.NOW)
        assert all(ways[booking.pk] for booking in bookings)
        return len(asked)

    assert cost(1) == cost(8) <= 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
class TestFiftyAtOnce:
    def test_for_the_last_seat_of_a_make_up_and_one_gets_it(self) -> None:
        session, fay = make.session(day=SATURDAY, capacity=1), make.user()
        bookings = [lost_by(make.episode()) for _ in range(50)]
        answers = race(
            [lambda b=b: make_up(actor=fay, booking=b, session=session, now=make.NOW) for b in bookings]
        )
        assert sum(isinstance(answer, Refused) for answer in answers) == 49
        assert Booking.objects.active().get().makes_up in bookings

    def test_one_patient_choosing_ten_ways_at_once_gets_one(self) -> None:
        booking, fay = lost_by(make.episode()), make.user()
        sessions = [make.session(day=FRIDAY, starts=time(8 + n)) for n in range(10)]
        answers = race(
            [lambda s=s: make_up(actor=fay, booking=booking, session=s, now=make.NOW) for s in sessions * 5]
        )
        broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
        assert not broken and Booking.objects.active().count() == 1

    def test_the_guard_bites_and_without_it_one_loss_is_made_up_twice(self) -> None:
        def twice() -> None:
            ana = make.episode()
            booking = lost_by(ana)
            for starts in (9, 11):
                make.booking(make.session(day=FRIDAY, starts=time(starts)), ana, makes_up=booking)

        with pytest.raises(IntegrityError, match="booking_made_up_once"), transaction.atomic():
            twice()
        with without(Booking, "booking_made_up_once"):
            twice()
        with pytest.raises(IntegrityError, match="booking_made_up_once"), transaction.atomic():
            twice()
