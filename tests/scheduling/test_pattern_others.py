"""Who could move for someone: what of their week the planner may change, and what it leaves alone."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.booking import cancel
from scheduling.calendar import materialise
from scheduling.edits import Scope, edit
from scheduling.enrolling import end_enrollment, enroll
from scheduling.models import Booking, Enrollment, Group, Series
from scheduling.pattern_problem import Pattern, pattern_of
from scheduling.planner.admitting import admit
from scheduling.planner.check import check
from scheduling.planner.problem import Appointment, Mode, PatientWeek, Problem, ticks
from scheduling.planner.proposals import Proposal
from scheduling.planner.swapping import loses_nothing
from scheduling.visits import book_visit
from scheduling.week_ask import WeekAsk
from tests import make

pytestmark = pytest.mark.django_db
FIRST = make.MONDAY + timedelta(weeks=1)
ASK = WeekAsk(from_on=FIRST, goal_minutes=60, least_days=1, moves=True)


def group(weekday: int = 0, name: str = "Process group", lead: User | None = None, **fields: Any) -> Group:
    room = make.room(name=f"Room {weekday} {fields.get('starts', '')}")
    made = make.group(weekday=weekday, name=name, lead=lead or make.clinician(), **{"room": room} | fields)
    materialise(day=make.MONDAY, weeks=10, groups=[made], now=make.NOW)
    return made


def kit(*groups: Group, **fields: Any) -> Episode:
    """Kit, who has been in these groups for a while."""
    whom = fields.pop("whom", None) or make.portal_patient(given_name="Kit", family_name="Bellweather")
    made = make.episode(whom, **fields)
    for one in groups:
        enroll(actor=make.user(), episode=made, group=one, from_on=make.MONDAY, now=make.NOW)
    return made


def visit(of: Episode, lead: User, on: date = FIRST, **fields: Any) -> Series:
    said: dict[str, Any] = {"kind": "individual", "minutes": 50, "times": 6, "every_weeks": 1} | fields
    said.setdefault("room", make.room(name="Office", seats=3))
    starts_at = at_local(on, said.pop("starts", time(13)), "America/New_York")
    return book_visit(actor=make.user(), episode=of, lead=lead, starts_at=starts_at, now=make.NOW, **said)


def seen(new: Episode | None = None, **fields: Any) -> Pattern:
    ask = WeekAsk(**(ASK.__dict__ | fields))
    return pattern_of(new or make.episode(make.patient(given_name="Noa")), ask, make.NOW)


def proposed(pattern: Pattern, moves: int = 3) -> list[Proposal]:
    return admit(pattern.problem, pattern.rows.others, pattern.patient, moves=moves)


def test_who_has_a_place_without_a_last_day_could_leave_it() -> None:
    monday = group(capacity=1)
    made = kit(monday)
    pattern = seen()
    assert pattern.rows.movable[made.patient_id].week == PatientWeek(frozenset({monday.pk}))
    assert pattern.problem.by_section[monday.pk].seats == 1 and pattern.seats_left(monday.pk) == 0
    assert pattern.problem.by_patient[made.patient_id].kept.sections == frozenset()


def test_a_place_that_is_not_whole_stays_as_it_is() -> None:
    ends, begins, partly, plain = group(0), group(1), group(2), group(3)
    made = kit(ends, partly, plain)
    later = Enrollment.objects.get(episode=made, group=ends)
    end_enrollment(actor=make.user(), enrollment=later, last_on=FIRST + timedelta(weeks=3), now=make.NOW)
    enroll(actor=make.user(), episode=made, group=begins, from_on=FIRST, now=make.NOW)
    one = Booking.objects.filter(session__group=partly, session__occurs_on__gt=FIRST).first()
    assert one is not None
    cancel(actor=make.user(), booking=one, reason="Away", by_patient=True, now=make.NOW)
    patient = seen().problem.by_patient[made.patient_id]
    assert patient.kept.sections == {ends.pk, begins.pk, partly.pk}
    assert patient.last.sections == {ends.pk, begins.pk, partly.pk, plain.pk}


def test_a_seat_that_is_promised_to_someone_who_waits_is_not_freed_for_another() -> None:
    monday, _, made, noa = full_monday()
    make.offer(make.waiting(make.episode(), monday), from_on=FIRST)
    pattern = seen(noa)
    assert made.patient_id not in pattern.rows.movable
    assert not proposed(pattern)[0].moved


def test_a_weekly_visit_could_move_and_its_hour_is_theirs_alone() -> None:
    theo, made = make.clinician(), kit()
    visit(made, theo)
    pattern = seen()
    here = Appointment("individual", theo.pk, 0, 780, 830, make.room(name="Office").pk)
    assert pattern.rows.movable[made.patient_id].week == PatientWeek(appointments=(here,))
    assert pattern.problem.by_clinician[theo.pk].free[0] & here.mask == here.mask


@pytest.mark.parametrize(
    "fields",
    [{"times": 20}, {"kind": "medication", "minutes": 30}, {"starts": time(13, 5)}],
    ids=["beyond the weeks planned", "medication", "off the grid"],
)
def test_a_visit_the_planner_does_not_move_takes_its_hour(fields: dict[str, Any]) -> None:
    role = Role.PRESCRIBER if fields.get("kind") == "medication" else Role.CLINICIAN
    theo, made = make.clinician(role=role), kit(group(2))
    visit(made, theo, **fields)
    pattern = seen()
    assert pattern.rows.movable[made.patient_id].visits == {}
    assert not pattern.problem.by_clinician[theo.pk].free[0] & ticks(785, 810)
    assert not pattern.problem.by_patient[made.patient_id].free[0] & ticks(785, 810)


def test_a_visit_of_which_one_date_was_changed_by_hand_stays_as_it_is() -> None:
    theo, made = make.clinician(), kit(group(2))
    one = visit(made, theo).sessions.order_by("starts_at")[2]
    edit(actor=make.user(), session=one, scope=Scope.THIS, changes={"starts": time(15)}, now=make.NOW)
    assert seen().rows.movable[made.patient_id].visits == {}


def test_people_move_by_their_own_rules() -> None:
    monday, teens = group(), group(1, of=make.track(name="Teens", youngest_age=13, oldest_age=17))
    made, video = kit(monday), group(2, mode="video", room=None)
    make.unavailable(made.patient, weekday=4, starts=time(9), ends=time(12), from_on=make.MONDAY)
    enemy = make.patient()
    make.kept_apart(made.patient, enemy)
    one = seen().problem.by_patient[made.patient_id]
    assert one.tracks == {monday.track_id} and teens.track_id != monday.track_id
    assert one.modes == {Mode.IN_PERSON} and video.mode == "video"
    assert one.free[4] & ticks(540, 720) == 0 and one.apart == {enemy.pk}
    assert (one.goal_minutes, one.rule.minutes, one.most_days) == (540, 60, 1)


def test_without_consent_to_video_nobody_is_moved_into_another_video_group() -> None:
    made = kit()
    agreed = make.consent(made.patient)
    video = group(2, mode="video", room=None)
    make.license_of(video.lead)
    enroll(actor=make.user(), episode=made, group=video, from_on=make.MONDAY, now=make.NOW)
    assert seen().problem.by_patient[made.patient_id].modes == {Mode.VIDEO}
    agreed.__class__.objects.update(revoked_at=make.NOW, revoked_how="not_recorded")
    assert seen().problem.by_patient[made.patient_id].modes == frozenset()


def test_a_substance_use_program_takes_nobody_whose_stay_is_not_marked() -> None:
    sud = make.track(name="Evening SUD", is_part2=True)
    made = kit(group(of=sud), is_part2=True)
    assert seen().problem.by_patient[made.patient_id].tracks == {sud.pk}
    Episode.objects.filter(pk=made.pk).update(is_part2=False, part2_removed_because="A mistake")
    assert seen().problem.by_patient[made.patient_id].tracks == frozenset()


def test_the_discharged_and_those_of_another_site_stay_out_of_it() -> None:
    monday = group()
    gone = kit(monday, whom=make.patient(given_name="Gus"))
    Episode.objects.filter(pk=gone.pk).update(ended_on=make.MONDAY + timedelta(days=1))
    away = make.episode(make.patient(make.other_site()))
    assert not {gone.patient_id, away.patient_id} & set(seen().rows.movable)


def test_nobody_is_looked_at_unless_it_is_asked_for() -> None:
    kit(group())
    assert seen(moves=False).rows.movable == {} and len(seen(moves=False).problem.patients) == 1


def full_monday() -> tuple[Group, Group, Episode, Episode]:
    """A full group on Monday that Kit could leave for Thursday; Noa can come on Mondays alone."""
    ruth = make.clinician(given_name="Ruth")
    monday, thursday = group(0, capacity=1, lead=ruth), group(3, lead=ruth)
    made, noa = kit(monday), make.episode(make.patient(given_name="Noa", family_name="Quill"))
    for day in range(1, 5):
        make.unavailable(noa.patient, weekday=day, starts=time(6), ends=time(22), from_on=make.MONDAY)
    return monday, thursday, made, noa


def test_a_full_group_is_open_to_someone_when_another_can_come_on_another_day() -> None:
    monday, thursday, made, noa = full_monday()
    assert proposed(seen(noa), moves=0)[0].marks.unmet
    first = proposed(seen(noa))[0]
    assert first.week.sections == {monday.pk} and not first.marks.unmet
    now = PatientWeek(frozenset({monday.pk})), PatientWeek(frozenset({thursday.pk}))
    assert first.moved == {made.patient_id: now}


def moved_to(pattern: Pattern) -> set[int]:
    return {pk for _, after in proposed(pattern)[0].moved.values() for pk in after.sections}


def test_nobody_moves_to_a_day_that_is_closed_in_one_of_the_weeks() -> None:
    _, thursday, _, noa = full_monday()
    assert moved_to(seen(noa)) == {thursday.pk}
    closed_on = FIRST + timedelta(weeks=2, days=3)
    thursday.sessions.filter(occurs_on=closed_on).update(status="cancelled")
    make.closure(make.site(), closed_on)
    assert moved_to(seen(noa)) == set()


def test_no_visit_moves_to_a_day_on_which_its_clinician_is_away_in_one_of_the_weeks() -> None:
    theo, made, pattern = make.clinician(), kit(), seen
    visit(made, theo)
    make.absence(theo, FIRST + timedelta(weeks=2, days=1))
    problem, whom = pattern().problem, made.patient_id
    here = pattern().rows.movable[whom].week
    to = {day: PatientWeek(appointments=(replace(here.appointments[0], day=day),)) for day in (1, 2)}
    person = problem.by_patient[whom]
    assert loses_nothing(problem, person, here, to[2])
    assert not loses_nothing(problem, person, here, to[1])


def test_nobody_moves_to_a_day_of_the_first_week_that_is_over_by_the_first_day() -> None:
    _, thursday, _, noa = full_monday()
    tuesday = FIRST + timedelta(days=1)
    assert moved_to(seen(noa, from_on=tuesday)) == {thursday.pk}
    friday = FIRST + timedelta(days=4)
    assert moved_to(seen(noa, from_on=friday)) == {thursday.pk}, "Monday and Thursday are over alike"


def test_who_comes_late_in_the_week_is_not_moved_to_its_begin() -> None:
    friday, monday = group(4, capacity=1), group(0)
    kit(friday)
    noa = make.episode(make.patient(given_name="Noa"))
    for day in range(4):
        make.unavailable(noa.patient, weekday=day, starts=time(6), ends=time(22), from_on=make.MONDAY)
    assert moved_to(seen(noa)) == {monday.pk}
    assert moved_to(seen(noa, from_on=FIRST + timedelta(days=2))) == set()


def test_every_proposal_that_moves_others_breaks_no_rule() -> None:
    groups = [group(day, capacity=2, starts=time(9 + n)) for day in range(4) for n in range(2)]
    for number in range(6):
        kit(*groups[number : number + 2], whom=make.patient(given_name=f"P{number}"))
    pattern = seen(goal_minutes=240, least_days=2)
    assert any(one.moved for one in proposed(pattern))
    for one in proposed(pattern):
        after = {pk: week for pk, (_, week) in one.moved.items()}
        assert _broken(pattern.problem, {**pattern.rows.others, **after, pattern.patient.id: one.week}) == []


def _broken(problem: Problem, week: dict[int, PatientWeek]) -> list[object]:
    return [one for one in check(problem, week) if one.rule != "gap"]


def test_the_number_of_queries_does_not_grow_with_the_people() -> None:
    made = group(0), group(2)
    counts = []
    for number in range(3):
        for n in range(number * 3 + 1):
            whom = kit(*made, whom=make.patient(given_name=f"P{number}{n}"))
        visit(whom, make.clinician(), starts=time(13 + number))
        noa = make.episode(make.patient(given_name="Noa"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            seen(Episode.objects.select_related("site", "patient").get(pk=noa.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 40, counts
