"""Places in groups: all or nothing, refused in words a person at the desk understands."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from scheduling.booking import cancel
from scheduling.calendar import materialise
from scheduling.enrolling import Place, end_enrollment, enroll, enroll_in
from scheduling.models import Booking, Enrollment, TherapySession
from scheduling.visits import book_visit
from tests import make

pytestmark = pytest.mark.django_db
TOMORROW = make.NOW.date() + timedelta(days=1)


def enrolled(group: Any, episode: Any, **fields: Any) -> Enrollment:
    said = {"actor": make.user(), "from_on": make.MONDAY, "now": make.NOW} | fields
    return enroll(episode=episode, group=group, **said)


def test_enrolling_books_every_planned_session_not_begun() -> None:
    group = make.group(weekday=2)
    materialise(day=make.MONDAY, weeks=4, now=make.NOW)
    episode = make.episode()
    enrolled(group, episode)
    days = list(Booking.objects.values_list("session__occurs_on", flat=True))
    assert days == [date(2026, 10, 28), date(2026, 11, 4), date(2026, 11, 11)]
    seats = set(TherapySession.objects.filter(starts_at__gt=make.NOW).values_list("booked_seats", flat=True))
    assert seats == {1}


def test_enrolling_writes_the_trail_with_the_patient() -> None:
    episode = make.episode()
    enrolled(make.group(), episode)
    assert AuditEvent.objects.get(verb="scheduling.enroll").patient_id == episode.patient_id


def test_a_full_session_refuses_the_whole_enrollment_and_names_it() -> None:
    group = make.group(weekday=3, capacity=1)
    materialise(day=make.MONDAY, weeks=3, now=make.NOW)
    second = TherapySession.objects.order_by("starts_at")[1]
    make.booking(second, make.episode())
    with pytest.raises(Refused, match=r"Process group is full on Thu 10/29 \(1 of 1 seats\)"):
        enrolled(group, make.episode())
    assert Booking.objects.count() == 1 and not Enrollment.objects.exists()


def test_a_clash_refuses_the_whole_enrollment_and_names_the_other_appointment() -> None:
    episode = make.episode()
    make.booking(make.session(day=date(2026, 10, 29), starts=time(9, 30), title="Individual"), episode)
    group = make.group(weekday=3)
    materialise(day=make.MONDAY, weeks=3, now=make.NOW)
    with pytest.raises(Refused, match="Ana has Individual, Thu 10/29 at 9:30 am at that time already"):
        enrolled(group, episode)
    assert Booking.objects.count() == 1 and not Enrollment.objects.exists()


@pytest.mark.parametrize(
    ("born_on", "ages", "sentence"),
    [
        (date(2010, 5, 1), {}, "Adult Morning is for ages 18 and older. Ana is 16."),
        (date(1992, 2, 3), {"youngest_age": 13, "oldest_age": 17}, "is for ages 13 to 17. Ana is 34."),
    ],
)
def test_an_age_outside_the_track_is_refused(born_on: date, ages: dict[str, int], sentence: str) -> None:
    episode = make.episode(make.patient(born_on=born_on))
    with pytest.raises(Refused, match=sentence.replace(".", r"\.")):
        enrolled(make.group(make.track(**ages)), episode)


def test_the_same_group_twice_is_refused() -> None:
    group, episode = make.group(), make.episode()
    enrolled(group, episode)
    with pytest.raises(Refused, match="enrolled in this group on some of these days already"):
        enrolled(group, episode)


def test_a_group_of_another_site_is_refused() -> None:
    elsewhere = make.track(make.other_site())
    with pytest.raises(Refused, match="at another site"):
        enrolled(make.group(elsewhere), make.episode())


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"from_on": make.MONDAY, "to_on": make.MONDAY - timedelta(days=1)}, "to_on"),
        ({"from_on": date(2020, 1, 1)}, "from_on"),
        ({"from_on": date(2027, 1, 1)}, "from_on"),
    ],
)
def test_dates_outside_the_episode_or_the_group_are_refused(dates: dict[str, date], field: str) -> None:
    group = make.group(to_on=date(2026, 12, 31))
    with pytest.raises(Refused) as refused:
        enrolled(group, make.episode(), **dates)
    assert refused.value.status == 422 and field in refused.value.fields


def test_several_groups_are_taken_all_or_none() -> None:
    full = make.group(weekday=4, capacity=1)
    free = make.group(weekday=3)
    materialise(day=make.MONDAY, weeks=2, now=make.NOW)
    make.booking(TherapySession.objects.filter(group=full).last(), make.episode())
    with pytest.raises(Refused):
        enroll_in(
            actor=make.user(),
            episode=make.episode(),
            places=[Place(free, TOMORROW), Place(full, TOMORROW)],
            now=make.NOW,
        )
    assert Booking.objects.count() == 1 and not Enrollment.objects.exists()


def test_leaving_a_group_frees_later_seats_and_touches_no_earlier_one() -> None:
    group, episode = make.group(weekday=3), make.episode()
    materialise(day=make.MONDAY, weeks=4, now=make.NOW)
    enrollment = enrolled(group, episode)
    end_enrollment(actor=make.user(), enrollment=enrollment, last_on=date(2026, 10, 29), now=make.NOW)
    assert list(Booking.objects.active().values_list("session__occurs_on", flat=True)) == [
        date(2026, 10, 22),
        date(2026, 10, 29),
    ]
    assert TherapySession.objects.get(occurs_on=date(2026, 11, 5)).booked_seats == 0


def test_enrolling_again_after_leaving_takes_the_same_rows_one_version_on() -> None:
    group, episode, fay = make.group(weekday=3), make.episode(), make.user()
    materialise(day=make.MONDAY, weeks=2, now=make.NOW)
    enrollment = enrolled(group, episode)
    end_enrollment(actor=fay, enrollment=enrollment, last_on=make.MONDAY, now=make.NOW)
    enrolled(group, episode, from_on=TOMORROW)
    assert set(Booking.objects.values_list("status", "version")) == {("booked", 2)}


def test_a_visit_of_ones_own_goes_with_its_booking() -> None:
    episode = make.episode()
    starts_at = make.NOW + timedelta(hours=24)
    said = {"kind": "individual", "minutes": 50, "lead": make.clinician(), "room": make.room()}
    book_visit(actor=make.user(), episode=episode, starts_at=starts_at, now=make.NOW, **said)
    booking = Booking.objects.get()
    cancel(actor=make.user(), booking=booking, reason="Ill", by_patient=True, now=make.NOW)
    assert TherapySession.objects.get().status == "cancelled"
    book_visit(actor=make.user(), episode=episode, starts_at=starts_at, now=make.NOW, **said)
