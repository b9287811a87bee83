"""A week for which others move is booked whole: their changes and the new person's week, or nothing."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import zone
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from patients.models import Consent, Episode
from scheduling.booking import cancel
from scheduling.booking_moves import book_week_moving
from scheduling.booking_weeks import BookedWeek, VisitAsked
from scheduling.enrolling import enroll
from scheduling.models import Booking, Enrollment, Group, Series, TherapySession
from scheduling.pattern_problem import Pattern
from scheduling.planner.problem import PatientWeek
from tests import make
from tests.race import race
from tests.scheduling.test_pattern_others import FIRST, full_monday, group, kit, proposed, seen, visit

pytestmark = pytest.mark.django_db
BEFORE = FIRST - timedelta(days=1)


def accept(pattern: Pattern, *, actor: User | None = None, visits: tuple[VisitAsked, ...] = ()) -> BookedWeek:
    """Books the first proposal of this pattern, as the page does."""
    one = proposed(pattern)[0]
    groups = [pattern.rows.groups[pk] for pk in one.week.sections - pattern.patient.kept.sections]
    return book_week_moving(
        actor=actor or make.user(),
        pattern=pattern,
        moved=one.moved,
        groups=groups,
        visits=visits,
        now=make.NOW,
    )


def in_group(of: Episode, one: Group) -> list[date]:
    """The days on which they are booked in it."""
    rows = Booking.objects.active().filter(patient=of.patient, session__group=one)
    return sorted(rows.values_list("session__occurs_on", flat=True))


def everything() -> list[Any]:
    """All that a week is made of, to see whether anything of it changed."""
    return [
        sorted(Enrollment.objects.values_list("episode", "group", "from_on", "to_on")),
        sorted(Booking.objects.values_list("patient", "session", "status", "version")),
        sorted(TherapySession.objects.values_list("pk", "starts_at", "lead", "status")),
        Series.objects.count(),
        Message.objects.filter(kind="change").count(),
    ]


def test_the_other_leaves_for_another_group_and_the_new_one_takes_the_seat() -> None:
    monday, thursday, made, noa = full_monday()
    week = accept(seen(noa))
    assert [place.group_id for place in week.places] == [monday.pk]
    assert in_group(made, monday) == [] and min(in_group(noa, monday)) == FIRST
    assert in_group(made, thursday) == [day + timedelta(days=3) for day in in_group(noa, monday)]
    left, joined = Enrollment.objects.filter(episode=made).order_by("from_on")
    assert (left.group, left.to_on, joined.group, joined.from_on) == (monday, BEFORE, thursday, FIRST)


def test_each_who_moves_hears_once_in_neutral_words_and_is_on_the_trail() -> None:
    _, _, made, noa = full_monday()
    fay = make.user()
    accept(seen(noa), actor=fay)
    (message,) = Message.objects.filter(kind="change")
    assert message.patient_id == made.patient_id and "have changed" in message.body
    assert "roup" not in message.body and "Noa" not in message.body
    names = AuditEvent.objects.filter(actor=fay, patient_id=made.patient_id).values_list("verb", flat=True)
    assert {"scheduling.end_enrollment", "scheduling.enroll", "scheduling.make_room"} <= set(names)
    assert AuditEvent.objects.filter(verb="scheduling.book_week", patient_id=noa.patient_id).exists()


def full_hour() -> tuple[User, Episode, Episode, Series]:
    """Theo's only hour for Noa is Kit's, who could come later that day."""
    theo, _ = make.clinician(), make.room(name="Den", seats=3)
    made = kit(lead=theo)
    noa = make.episode(make.patient(given_name="Noa"), lead=theo)
    for day in range(1, 7):
        make.unavailable(noa.patient, weekday=day, starts=time(6), ends=time(22), from_on=make.MONDAY)
    for starts, ends in ((6, 13), (14, 22)):
        make.unavailable(noa.patient, weekday=0, starts=time(starts), ends=time(ends), from_on=make.MONDAY)
    return theo, made, noa, visit(made, theo)


def noas_hour(theo: User) -> VisitAsked:
    room = make.room(name="Den", seats=3)
    return VisitAsked("individual", theo, 0, time(13), 50, room)


def seen_alone(noa: Episode) -> Pattern:
    return seen(noa, goal_minutes=50, kinds=("individual",), therapist_id=noa.primary_clinician_id)


def test_a_weekly_visit_makes_room_and_goes_on_at_its_new_hour() -> None:
    theo, made, noa, series = full_hour()
    pattern = seen_alone(noa)
    (pair,) = proposed(pattern)[0].moved.values()
    accept(pattern, visits=(noas_hour(theo),))
    after = pair[1].appointments[0]
    hours = {one.starts_at.astimezone(zone(make.site().time_zone)).time() for one in series.sessions.all()}
    assert hours == {time(*divmod(after.starts, 60))} and hours != {time(13)}
    assert all(one.own == [] for one in series.sessions.all()), "a series that moved whole is nobody's own"
    assert Series.objects.filter(episode=noa).count() == 1
    (message,) = Message.objects.filter(kind="change")
    assert "were moved" in message.body and message.patient_id == made.patient_id


def test_who_moved_is_seen_at_the_new_hour_from_then_on() -> None:
    theo, made, noa, _ = full_hour()
    pattern = seen_alone(noa)
    (pair,) = proposed(pattern)[0].moved.values()
    accept(pattern, visits=(noas_hour(theo),))
    assert seen(made, kinds=("individual",)).patient.kept.appointments == pair[1].appointments


def _takes_the_seat(monday: Group, thursday: Group, made: Episode) -> None:
    Group.objects.filter(pk=thursday.pk).update(capacity=1)
    thursday.sessions.update(capacity=1)
    enroll(actor=make.user(), episode=make.episode(), group=thursday, from_on=FIRST, now=make.NOW)


def _cannot_come(monday: Group, thursday: Group, made: Episode) -> None:
    make.unavailable(made.patient, weekday=3, starts=time(8), ends=time(12), from_on=make.MONDAY)


def _has_one_date_less(monday: Group, thursday: Group, made: Episode) -> None:
    one = Booking.objects.active().get(patient=made.patient, session__occurs_on=FIRST + timedelta(weeks=2))
    cancel(actor=make.user(), booking=one, reason="Away", by_patient=True, now=make.NOW)


def _has_another_place(monday: Group, thursday: Group, made: Episode) -> None:
    enroll(actor=make.user(), episode=made, group=group(2), from_on=make.MONDAY, now=make.NOW)


def _is_kept_apart(monday: Group, thursday: Group, made: Episode) -> None:
    enemy = make.episode()
    enroll(actor=make.user(), episode=enemy, group=thursday, from_on=FIRST, now=make.NOW)
    make.kept_apart(made.patient, enemy.patient)


def _is_discharged(monday: Group, thursday: Group, made: Episode) -> None:
    Episode.objects.filter(pk=made.pk).update(ended_on=FIRST - timedelta(days=3))


def _gets_another_day_off(monday: Group, thursday: Group, made: Episode) -> None:
    thursday.sessions.filter(occurs_on=FIRST + timedelta(weeks=1, days=3)).update(status="cancelled")


SINCE = [
    (_takes_the_seat, "Kit’s week has changed|Someone who was to move|is full"),
    (_cannot_come, "Kit’s week has changed"),
    (_has_one_date_less, "Kit’s week has changed|Someone who was to move"),
    (_has_another_place, "Kit’s week has changed"),
    (_is_kept_apart, "Kit’s week has changed"),
    (_is_discharged, "Someone who was to move"),
    (_gets_another_day_off, "Kit’s week has changed"),
]


@pytest.mark.parametrize(("happens", "said"), SINCE, ids=[one.__name__ for one, _ in SINCE])
def test_what_has_changed_since_is_said_and_nothing_is_booked(
    happens: Callable[[Group, Group, Episode], None], said: str
) -> None:
    monday, thursday, made, noa = full_monday()
    pattern = seen(noa)
    moved, groups = proposed(pattern)[0].moved, [monday]
    happens(monday, thursday, made)
    before = everything()
    with pytest.raises(Refused, match=said) as refused:
        book_week_moving(
            actor=make.user(), pattern=pattern, moved=moved, groups=groups, visits=(), now=make.NOW
        )
    assert refused.value.status == 409 and everything() == before


def test_a_consent_to_video_withdrawn_since_stops_it() -> None:
    ruth = make.clinician(given_name="Ruth")
    make.license_of(ruth)
    fields: dict[str, Any] = {"mode": "video", "room": None, "lead": ruth}
    monday, thursday = group(0, capacity=1, **fields), group(3, **fields)
    made, noa = kit(), make.episode(make.patient(given_name="Noa"))
    for who in (made, noa):
        make.consent(who.patient)
    enroll(actor=make.user(), episode=made, group=monday, from_on=make.MONDAY, now=make.NOW)
    make.unavailable(noa.patient, weekday=3, starts=time(6), ends=time(22), from_on=make.MONDAY)
    pattern = seen(noa)
    moved = proposed(pattern)[0].moved
    assert moved[made.patient_id][1].sections == {thursday.pk}
    Consent.objects.filter(patient=made.patient).update(revoked_at=make.NOW, revoked_how="not_recorded")
    with pytest.raises(Refused, match="Kit’s week has changed"):
        book_week_moving(
            actor=make.user(), pattern=pattern, moved=moved, groups=[monday], visits=(), now=make.NOW
        )
    assert not Enrollment.objects.filter(episode=noa).exists()


def test_a_week_in_which_someone_would_lose_hours_is_not_taken() -> None:
    monday, thursday, made, noa = full_monday()
    Group.objects.filter(pk=thursday.pk).update(minutes=45)
    pattern = seen(noa)
    moved = {made.patient_id: (PatientWeek(frozenset({monday.pk})), PatientWeek(frozenset({thursday.pk})))}
    with pytest.raises(Refused, match="Kit’s week has changed"):
        book_week_moving(
            actor=make.user(), pattern=pattern, moved=moved, groups=[monday], visits=(), now=make.NOW
        )


def test_what_cannot_be_booked_for_the_new_person_moves_nobody() -> None:
    theo = make.clinician()
    monday, _, _, noa = full_monday()
    pattern = seen(noa)
    moved = proposed(pattern)[0].moved
    make.session(day=FIRST + timedelta(weeks=5, days=2), starts=time(13, 30), lead=theo)
    asked = VisitAsked("individual", theo, 2, time(13), 50, make.room(name="Office", seats=3))
    before = everything()
    with pytest.raises(Refused):
        book_week_moving(
            actor=make.user(), pattern=pattern, moved=moved, groups=[monday], visits=(asked,), now=make.NOW
        )
    assert everything() == before


def accepting(noa: Episode, groups: list[Group], by: User) -> Callable[[], BookedWeek]:
    pattern = seen(noa)
    moved = proposed(pattern)[0].moved
    assert moved
    return lambda: book_week_moving(
        actor=by, pattern=pattern, moved=moved, groups=groups, visits=(), now=make.NOW
    )


def mondays_only(name: str) -> Episode:
    made = make.episode(make.patient(given_name=name))
    for day in range(1, 7):
        make.unavailable(made.patient, weekday=day, starts=time(6), ends=time(22), from_on=make.MONDAY)
    return made


def half_moved(made: Episode, monday: Group, thursday: Group) -> bool:
    """Kit in both groups or in neither on some day from the first on."""
    ahead = [{on for on in in_group(made, one) if on >= FIRST} for one in (monday, thursday)]
    return bool(ahead[0]) == bool(ahead[1])


@pytest.mark.django_db(transaction=True)
def test_of_two_for_whom_the_same_person_would_move_one_has_the_week() -> None:
    monday, thursday, made, noa = full_monday()
    deeds = [accepting(who, [monday], make.user()) for who in (noa, mondays_only("Bo"))]
    answers = race(deeds)
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True], answers
    (refused,) = [one for one in answers if isinstance(one, Refused)]
    assert refused.status == 409 and str(refused)
    assert len(Enrollment.objects.filter(group=monday, to_on=None)) == 1
    assert not half_moved(made, monday, thursday)
    assert Message.objects.filter(kind="change").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_whose_movers_need_the_same_seat_one_has_the_week() -> None:
    ruth = make.clinician(given_name="Ruth")
    mondays = [group(0, starts=time(9 + n), capacity=1, lead=ruth) for n in range(2)]
    thursday = group(3, capacity=1, lead=ruth)
    people = [kit(one, whom=make.patient(given_name=f"P{n}")) for n, one in enumerate(mondays)]
    for n, one in enumerate(people):  # neither could take the other's hour
        make.unavailable(one.patient, weekday=0, starts=time(10 - n), ends=time(11 - n), from_on=make.MONDAY)
    newcomers = [mondays_only("Noa"), mondays_only("Bo")]
    for n, one in enumerate(newcomers):
        make.unavailable(one.patient, weekday=0, starts=time(10 - n), ends=time(11 - n), from_on=make.MONDAY)
    answers = race([accepting(who, [one], make.user()) for who, one in zip(newcomers, mondays, strict=True)])
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True], answers
    assert Enrollment.objects.filter(group=thursday).count() == 1
    assert [half_moved(who, one, thursday) for who, one in zip(people, mondays, strict=True)] == [False] * 2
    assert Enrollment.objects.filter(episode__in=newcomers).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_need_two_places_of_one_person_do_not_both_have_them() -> None:
    """Each week was looked at with the rest of the other one's as it was."""
    ruth = make.clinician(given_name="Ruth")
    monday, tuesday = (group(day, capacity=1, lead=ruth) for day in (0, 1))
    group(2, lead=ruth), group(3, lead=ruth)
    made, newcomers = kit(monday, tuesday), [mondays_only("Noa"), make.episode(make.patient(given_name="Bo"))]
    for day in (0, 2, 3, 4):
        make.unavailable(
            newcomers[1].patient, weekday=day, starts=time(6), ends=time(22), from_on=make.MONDAY
        )
    wanted = zip(newcomers, [[monday], [tuesday]], strict=True)
    answers = race([accepting(who, groups, make.user()) for who, groups in wanted])
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True], answers
    assert "Kit’s week has changed" in next(str(one) for one in answers if isinstance(one, Refused))
    assert Enrollment.objects.filter(episode=made, to_on=None).count() == 2
    assert Enrollment.objects.filter(episode=made).count() == 3
