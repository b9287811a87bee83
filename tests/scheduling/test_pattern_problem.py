"""The weekly pattern as a problem: what the planner sees of the site, in a constant number of queries."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.calendar import materialise
from scheduling.edits import Changes, Scope, edit
from scheduling.enrolling import enroll
from scheduling.models import Group, WorkingHours
from scheduling.pattern_problem import Pattern, pattern_of
from scheduling.planner.admitting import admit
from scheduling.planner.check import check
from scheduling.planner.explaining import explain
from scheduling.planner.problem import Mode, ticks
from scheduling.planner.proposals import Proposal
from scheduling.visits import book_visit
from scheduling.week_ask import WeekAsk, usual_ask
from tests import make

pytestmark = pytest.mark.django_db
FIRST = make.MONDAY + timedelta(weeks=1)


@pytest.fixture
def theo() -> User:
    return make.clinician()


def asked(episode: Episode, **fields: Any) -> WeekAsk:
    usual = usual_ask(episode, FIRST, with_family=False)
    return usual.__class__(**(usual.__dict__ | fields))


def seen(episode: Episode, **fields: Any) -> Pattern:
    return pattern_of(episode, asked(episode, **fields), make.NOW)


def block(lead: User, *weekdays: int, **fields: Any) -> list[Group]:
    """Three hours of groups on each of these days, on the calendar."""
    made = [
        make.group(lead=lead, weekday=day, starts=time(9 + n), name=f"Group {n}", **fields)
        for day in weekdays
        for n in range(3)
    ]
    materialise(day=make.MONDAY, weeks=8, groups=made, now=make.NOW)
    return made


def test_a_group_has_the_fewest_unpromised_seats_of_any_week_from_the_first_day(theo: User) -> None:
    (group, *_) = block(theo, 0, capacity=3)
    late = group.sessions.get(occurs_on=FIRST + timedelta(weeks=3))
    make.booking(late, make.episode())
    make.offer(make.waiting(make.episode(), group), from_on=FIRST)
    pattern = seen(make.episode())
    assert pattern.problem.by_section[group.pk].seats == 1
    assert pattern.problem.by_section[group.pk].minutes == 60


def test_a_clinician_is_free_when_they_work_and_lead_nothing_in_any_week(theo: User) -> None:
    WorkingHours.objects.create(staff=theo, site=make.site(), weekday=1, starts=time(9), ends=time(12))
    make.session(day=FIRST + timedelta(weeks=2, days=1), starts=time(10), lead=theo)
    free = seen(make.episode()).problem.by_clinician[theo.pk].free
    assert free[1] == ticks(540, 600) | ticks(660, 720) and free[0] == 0


def test_who_has_no_hours_on_record_is_there_from_8_to_6(theo: User) -> None:
    assert seen(make.episode()).problem.by_clinician[theo.pk].free[0] == ticks(480, 1080)


def test_only_a_prescriber_holds_medication_visits_and_nothing_else(theo: User) -> None:
    doctor = make.clinician(role=Role.PRESCRIBER)
    known = seen(make.episode()).problem.by_clinician
    assert known[doctor.pk].kinds == {"medication"}
    assert known[theo.pk].kinds == {"individual", "family"}


def test_a_person_is_free_but_for_the_hours_they_cannot_come_and_what_is_booked(theo: User) -> None:
    episode = make.episode()
    make.unavailable(episode.patient, weekday=0, starts=time(6), ends=time(15))
    make.booking(make.session(day=FIRST + timedelta(weeks=1), starts=time(16)), episode)
    free = seen(episode).patient.free
    assert free[0] == ticks(900, 960) | ticks(1020, 1320) and free[1] == ticks(360, 1320)


def test_video_is_a_way_only_with_a_consent_in_force(theo: User) -> None:
    episode = make.episode()
    assert seen(episode).patient.modes == {Mode.IN_PERSON}
    make.consent(episode.patient)
    assert seen(episode).patient.modes == set(Mode)


def test_only_tracks_that_take_them_are_planned(theo: User) -> None:
    adults, teens = make.track(), make.track(name="Teens", youngest_age=13, oldest_age=17)
    sober = make.track(name="Evening SUD", is_part2=True)
    for n, one in enumerate((adults, teens, sober)):
        make.group(one, weekday=n, lead=theo)
    assert seen(make.episode()).patient.tracks == {adults.pk}
    assert seen(make.episode(is_part2=True)).patient.tracks == {adults.pk, sober.pk}


def test_places_and_standing_visits_stay_as_they_are(theo: User) -> None:
    episode = make.episode(lead=theo)
    (group, *_) = block(theo, 0)
    enroll(actor=make.user(), episode=episode, group=group, from_on=FIRST, now=make.NOW)
    starts_at = make.session(day=FIRST, starts=time(14)).starts_at
    office = make.room(name="Office", seats=3)
    said = {"kind": "individual", "minutes": 50, "lead": theo, "room": office, "times": 6}
    book_visit(actor=make.user(), episode=episode, starts_at=starts_at, now=make.NOW, **said)
    pattern = seen(episode)
    kept = pattern.patient.kept
    assert kept.sections == {group.pk}
    assert [(one.kind, one.clinician, one.day, one.starts, one.office) for one in kept.appointments] == [
        ("individual", theo.pk, 0, 840, office.pk)
    ]
    best = admit(pattern.problem, {}, pattern.patient, moves=0)[0]
    assert kept.sections <= best.week.sections and set(kept.appointments) <= set(best.week.appointments)
    assert check(pattern.problem, {episode.patient_id: best.week}) == []


def test_days_are_counted_from_the_first_of_the_sites_own_week(theo: User) -> None:
    site = make.site()
    site.week_starts_weekday = 6
    site.save()
    (group, *_) = block(theo, 0)
    assert seen(make.episode()).problem.by_section[group.pk].day == 1


def test_a_week_that_meets_the_prescription_is_found_and_breaks_no_rule(theo: User) -> None:
    make.clinician(role=Role.PRESCRIBER)
    make.room(name="Office", seats=3)
    block(theo, 0, 2, 4)
    episode = make.episode(lead=theo)
    pattern = seen(episode)
    best = admit(pattern.problem, {}, pattern.patient, moves=0)[0]
    assert not best.marks.unmet and best.marks.minutes == 590 and best.marks.with_primary
    assert {one.kind for one in best.week.appointments} == {"individual", "medication"}
    assert check(pattern.problem, {episode.patient_id: best.week}) == []


def test_the_queries_do_not_grow_with_the_site(theo: User) -> None:
    def counted() -> int:
        found = Episode.objects.select_related("patient__site", "site").get(pk=episode.pk)
        with CaptureQueriesContext(connection) as queries:
            seen(found)
        return len(queries)

    episode = make.episode(lead=theo)
    block(theo, 0)
    few = counted()
    block(make.clinician(), 2, room=make.room(name="Birch"))
    for n in range(3):
        make.room(name=f"Office {n}", seats=3)
        make.unavailable(episode.patient, weekday=n)
        make.booking(make.session(day=FIRST + timedelta(days=n), starts=time(18)), episode)
    assert counted() == few and 10 < few <= 22


def test_people_kept_apart_are_never_planned_into_one_group(theo: User) -> None:
    episode, other = make.episode(lead=theo), make.episode(lead=theo)
    monday, *_ = block(theo, 0, 2, 4, capacity=2)
    make.room(name="Office", seats=3)
    enroll(actor=make.user(), episode=other, group=monday, from_on=make.NOW.date(), now=make.NOW)
    assert monday.pk in admit_best(seen(episode)).week.sections
    make.kept_apart(episode.patient, other.patient)
    pattern = seen(episode)
    assert pattern.problem.by_section[monday.pk].seats == 2
    assert monday.pk not in admit_best(pattern).week.sections


def admit_best(pattern: Pattern) -> Proposal:
    return admit(pattern.problem, pattern.rows.others, pattern.patient, moves=0)[0]


def test_a_program_for_another_age_is_never_theirs_whatever_gives_way(theo: User) -> None:
    teens = make.track(name="Teens", youngest_age=13, oldest_age=17)
    block(theo, 0, of=teens)
    (sud, *_) = block(make.clinician(), 2, of=make.track(name="Evening SUD", is_part2=True))
    pattern = seen(make.episode())
    assert pattern.patient.barred == {teens.pk} and not pattern.patient.tracks
    told = explain(pattern.problem, {}, pattern.patient.id)
    named = {change.track for fix in told.fixes for change in fix.changes if change.track}
    assert teens.pk not in named and named <= {sud.track_id}


def test_a_series_that_was_moved_is_seen_at_its_new_hour(theo: User) -> None:
    episode = make.episode(lead=theo)
    starts_at = at_local(FIRST, time(13), "America/New_York")
    said = {"kind": "individual", "minutes": 50, "room": make.room(name="Office", seats=3), "times": 8}
    made = book_visit(
        actor=make.user(), episode=episode, lead=theo, starts_at=starts_at, now=make.NOW, **said
    )
    first = made.sessions.earliest("starts_at")
    changes: Changes = {"on": FIRST + timedelta(days=1), "starts": time(15)}
    edit(actor=make.user(), session=first, scope=Scope.ALL, changes=changes, now=make.NOW)
    (visit,) = seen(episode).patient.kept.appointments
    assert (visit.day, visit.starts, visit.ends) == (1, 900, 950)
