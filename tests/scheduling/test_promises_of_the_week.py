"""The database says no by itself: each named constraint of the week, broken on purpose."""

import uuid
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import F

from iop_clinic.constraints import broken_constraint
from scheduling.clashes import span_of
from scheduling.models import (
    Booking,
    CalendarFeed,
    CoFacilitator,
    Enrollment,
    Facilitation,
    Group,
    HeldSeat,
    MakeUpOffer,
    Override,
    ReferralWish,
    Remark,
    Room,
    Series,
    SeriesRelative,
    TherapySession,
    Track,
    WorkingHours,
)
from tests import make

DAY = make.MONDAY
Break = Callable[[], Any]


def twice(made: Break) -> None:
    made()
    made()


def override(**fields: Any) -> Override:
    said = {"rules": ["room_taken"], "reason": "No other room", "allowed_by": make.user()} | fields
    return Override.objects.create(**said)


def rooms() -> None:
    twice(lambda: Room.objects.create(site=make.site(), name="Cedar"))


def tracks() -> None:
    twice(lambda: Track.objects.create(site=make.site(), name="Adult Morning", tone="am"))


def group(**fields: Any) -> Group:
    return make.group(**fields)


def co_facilitators() -> None:
    of, helper = make.group(), make.clinician()
    twice(lambda: CoFacilitator.objects.create(group=of, staff=helper))


def enrollments() -> None:
    of, into = make.episode(), make.group()
    twice(lambda: make.enrollment(of, into))


def enrollment_backwards() -> None:
    place = make.enrollment(make.episode(), make.group())
    Enrollment.objects.filter(pk=place.pk).update(to_on=place.from_on - timedelta(days=1))


def hours(**fields: Any) -> WorkingHours:
    said = {"weekday": 0, "starts": time(9), "ends": time(17)} | fields
    return WorkingHours.objects.create(**({"staff": make.clinician(), "site": make.site()} | said))


def hours_twice() -> None:
    staff = make.clinician()
    twice(lambda: hours(staff=staff))


def away_twice() -> None:
    staff = make.clinician()
    twice(lambda: make.absence(staff))


def away_for_no_time() -> None:
    make.absence(make.clinician(), starts_at=make.NOW, ends_at=make.NOW)


def series(**fields: Any) -> Series:
    lead = make.clinician()
    said = {
        "site": make.site(),
        "episode": make.episode(),
        "kind": "individual",
        "first_on": DAY,
        "last_on": DAY,
        "starts": time(13),
        "room": make.room(),
        "lead": lead,
        "created_by": lead,
    }
    return Series.objects.create(**(said | fields))


def relatives() -> None:
    of = series(kind="family")
    person = make.relative(of.episode.patient)
    twice(lambda: SeriesRelative.objects.create(series=of, person=person))


def session(**fields: Any) -> TherapySession:
    return make.session(**fields)


def session_of_no_time() -> None:
    TherapySession.objects.filter(pk=session().pk).update(ends_at=F("starts_at"))


def overbooked() -> None:
    full = session(capacity=1)
    twice(lambda: make.booking(full, make.episode()))


def days_of_group() -> None:
    of = make.group()
    session(group=of)
    session(group=of, starts=time(12))


def days_of_pattern() -> None:
    of = make.group()
    session(group=of, pattern_on=DAY)
    session(group=of, pattern_on=DAY, day=DAY + timedelta(days=1))


def days_of_series() -> None:
    of = series()
    session(series=of, pattern_on=DAY)
    session(series=of, pattern_on=DAY, starts=time(12))


def of_both() -> None:
    session(group=make.group(), series=series())


def rooms_taken() -> None:
    room = make.room()
    twice(lambda: session(room=room))


def booked_twice() -> None:
    into, of = session(), make.episode()
    twice(lambda: make.booking(into, of))


def in_two_places() -> None:
    of = make.episode()
    twice(lambda: make.booking(session(), of))


def made_up_twice() -> None:
    of = make.episode()
    lost = make.booking(session(), of, status="cancelled_by_clinic", cancelled_at=make.NOW)
    for hour in (12, 14):
        make.booking(session(starts=time(hour)), of, makes_up=lost)


def cancelled_without_an_instant() -> None:
    booking = make.booking(session(), make.episode())
    Booking.objects.filter(pk=booking.pk).update(status="cancelled_by_clinic")


def facilitation(into: TherapySession, staff: Any, **fields: Any) -> None:
    into.refresh_from_db()
    Facilitation.objects.create(session=into, during=span_of(into), status=into.status, staff=staff, **fields)


def leads_twice() -> None:
    into = session()
    facilitation(into, into.lead)


def two_leads() -> None:
    facilitation(session(), make.clinician(), is_lead=True)


def leads_in_two_places() -> None:
    lead = make.clinician()
    twice(lambda: session(lead=lead))


def feed(**whose: Any) -> CalendarFeed:
    address = uuid.uuid4().hex
    return CalendarFeed.objects.create(secret_hash=address, made_by=make.user(), **whose)


def feeds_of(name: str, whose: Break) -> Break:
    def run() -> None:
        one = whose()
        twice(lambda: feed(**{name: one}))

    return run


def two_plans_at_work() -> None:
    for site in (make.site(), make.other_site()):
        make.plan_run(site, state="running", lease_until=make.NOW)


def plan_asked_twice() -> None:
    site = make.site()
    twice(lambda: make.plan_run(site, state="queued"))


def waiting_twice() -> None:
    of, into = make.episode(), make.group()
    twice(lambda: make.waiting(of, into))


def waiting(**fields: Any) -> Any:
    return make.waiting(make.episode(), make.group(), **fields)


def seat_twice() -> None:
    into = make.group()
    twice(lambda: make.offer(make.waiting(make.episode(), into)))


def person_twice() -> None:
    entry = waiting()
    make.offer(entry, seat=1)
    make.offer(entry, seat=2)


def make_up_offer(**fields: Any) -> MakeUpOffer:
    return make.make_up_offer(make.episode(), [make.session()], **fields)


def make_ups_twice() -> None:
    ana = make.episode()
    for _ in range(2):
        make.make_up_offer(ana, [make.session()])


def hold_again(**fields: Any) -> None:
    (seat,) = make_up_offer().seats.all()
    HeldSeat.objects.create(offer=seat.offer, session=seat.session, starts_at=seat.starts_at, **fields)


def booked_and_held() -> None:
    offer = make_up_offer()
    (seat,) = offer.seats.all()
    offer.seats.update(booking=make.booking(seat.session, offer.episode))


LONG_AGO = make.NOW - timedelta(days=3000)


def wish_twice() -> None:
    referral = make.referral()
    for _ in range(2):
        wish(referral=referral)


def wish(**fields: Any) -> ReferralWish:
    said = {"track": make.track(), "earliest_on": make.MONDAY, "added_by": make.user()}
    return ReferralWish.objects.create(**(said | fields))


BREAKS: list[tuple[str, Break]] = [
    ("override_has_a_reason", lambda: override(reason="")),
    ("override_names_a_rule", lambda: override(rules=[])),
    ("room_name_once_per_site", rooms),
    ("track_name_once_per_site", tracks),
    ("group_weekday_exists", lambda: group(weekday=7)),
    ("group_lasts_15_minutes_to_8_hours", lambda: group(minutes=10)),
    ("group_break_shorter_than_it", lambda: group(break_minutes=60)),
    ("group_ends_after_it_starts", lambda: group(to_on=date(2026, 1, 1))),
    ("group_in_person_has_a_room", lambda: group(room=None)),
    ("group_meets_with_at_least_one", lambda: group(minimum_size=0)),
    ("co_facilitator_once_per_group", co_facilitators),
    ("enrollment_once_at_a_time", enrollments),
    ("enrollment_ends_after_it_starts", enrollment_backwards),
    ("working_hours_weekday_exists", lambda: hours(weekday=7)),
    ("working_hours_end_after_they_start", lambda: hours(ends=time(8))),
    ("working_hours_once", hours_twice),
    ("absence_once_at_a_time", away_twice),
    ("absence_ends_after_it_starts", away_for_no_time),
    ("unavailable_weekday_exists", lambda: make.unavailable(make.patient(), weekday=7)),
    ("unavailable_ends_after_it_starts", lambda: make.unavailable(make.patient(), ends=time(8))),
    ("unavailable_to_is_after_from", lambda: make.unavailable(make.patient(), to_on=date(2026, 1, 1))),
    ("closure_once_at_a_time", lambda: twice(make.closure)),
    ("closure_ends_after_it_starts", lambda: make.closure(starts_at=make.NOW, ends_at=make.NOW)),
    ("series_is_of_visits", lambda: series(kind="group")),
    ("series_every_week_or_two", lambda: series(every_weeks=3)),
    ("series_ends_after_it_starts", lambda: series(last_on=DAY - timedelta(days=1))),
    ("series_lasts_5_minutes_to_8_hours", lambda: series(minutes=4)),
    ("series_without_the_patient_is_family", lambda: series(patient_present=False)),
    ("series_in_person_has_a_room", lambda: series(room=None)),
    ("series_relative_once", relatives),
    ("session_ends_after_it_starts", session_of_no_time),
    ("session_never_overbooked", overbooked),
    ("session_in_person_has_a_room", lambda: session(room=None)),
    ("session_once_per_group_and_day", days_of_group),
    ("session_once_per_pattern_day", days_of_pattern),
    ("session_once_per_series_day", days_of_series),
    ("session_of_group_or_series", of_both),
    ("session_shared_room_has_a_reason", lambda: session(shares_room=True)),
    ("session_called_off_is_cancelled", lambda: session(called_off_for=make.closure())),
    ("session_room_holds_one", rooms_taken),
    ("booking_once_per_session", booked_twice),
    ("booking_patient_in_one_place", in_two_places),
    ("booking_made_up_once", made_up_twice),
    ("booking_cancelled_has_an_instant", cancelled_without_an_instant),
    (
        "booking_went_with_its_session",
        lambda: make.booking(session(), make.episode(), went_with_session=True),
    ),
    ("facilitation_once_per_session", leads_twice),
    ("facilitation_one_lead", two_leads),
    ("facilitator_in_one_place", leads_in_two_places),
    (
        "remark_says_something",
        lambda: Remark.objects.create(session=session(), text="", written_by=make.user()),
    ),
    ("feed_of_one_calendar", feed),
    ("feed_one_address_a_staff", feeds_of("staff", make.clinician)),
    ("feed_one_address_a_room", feeds_of("room", make.room)),
    ("feed_one_address_a_patient", feeds_of("patient", make.patient)),
    ("waitlist_once_per_group", waiting_twice),
    ("waitlist_end_has_an_outcome", lambda: waiting(ended_at=make.NOW)),
    ("waitlist_has_a_reason", lambda: waiting(reason="")),
    ("offer_one_per_seat", seat_twice),
    ("offer_one_per_person", person_twice),
    ("offer_seat_is_numbered", lambda: make.offer(waiting(), seat=0)),
    ("offer_expires_after_it_is_made", lambda: make.offer(waiting(), expires_at=LONG_AGO)),
    ("offer_answer_has_an_instant", lambda: make.offer(waiting(), answer="declined")),
    (
        "offer_accepted_is_an_enrollment",
        lambda: make.offer(waiting(), answer="accepted", answered_at=make.NOW),
    ),
    ("make_up_offer_one_per_week", make_ups_twice),
    ("make_up_offer_expires_after_it_is_made", lambda: make_up_offer(expires_at=LONG_AGO)),
    ("make_up_offer_answer_has_an_instant", lambda: make_up_offer(answer="declined")),
    (
        "make_up_offer_accepted_is_a_way",
        lambda: make_up_offer(answer="accepted", answered_at=make.NOW),
    ),
    ("held_seat_once_per_offer", lambda: hold_again(ways=[2])),
    ("held_seat_is_in_a_way", lambda: make_up_offer().seats.update(ways=[])),
    ("held_seat_booked_is_held_no_more", booked_and_held),
    ("plan_run_one_at_a_time", two_plans_at_work),
    ("plan_run_asked_once", plan_asked_twice),
    ("plan_run_leased_while_running", lambda: make.plan_run(state="running")),
    ("plan_run_accepted_by_someone", lambda: make.plan_run(state="accepted")),
    ("plan_run_whole_says_what_to_open", lambda: make.plan_run(kind="repair", openings=[])),
    ("wish_once_per_track", wish_twice),
]
# Targets of composite foreign keys: a session's own number is in them, so that nothing else can break them.
KEYS = {"session_times_for_bookings", "session_times_for_facilitators"}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "attempt"), BREAKS, ids=[name for name, _ in BREAKS])
def test_the_database_itself_keeps_the_week(name: str, attempt: Break) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_of_the_week_is_broken_here() -> None:
    models = apps.get_app_config("scheduling").get_models()
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named - KEYS == {name for name, _ in BREAKS}
