"""Rows into a week to plan: the week as it is, what stays, who is free, and nobody of another site."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, at_local
from iop_clinic.roles import Role
from scheduling.models import TherapySession, WorkingHours
from scheduling.planner.check import check
from scheduling.planner.problem import ticks
from scheduling.planner.propose import Asked, asked_of
from scheduling.site_week import site_week
from tests import make

BEFORE = make.NOW - timedelta(days=5)  # the Friday before
THIS = Week(make.MONDAY)
pytestmark = pytest.mark.django_db


def asked(at: Site | None = None, week: Week = THIS, now: datetime = BEFORE) -> Asked:
    return asked_of(site_week(at or make.site(), week, now))


def visit(of: Any, day: date = make.MONDAY, starts: time = time(10), **fields: Any) -> TherapySession:
    defaults = {"kind": "individual", "title": "Individual", "capacity": 1, "minutes": 50}
    made = make.session(of.site, day=day, starts=starts, **(defaults | fields))
    make.booking(made, of)
    return made


def test_a_week_is_in_wall_minutes_also_when_the_clocks_change() -> None:
    sunday = date(2026, 11, 1)  # the clocks go back at 2:00
    stay = make.episode()
    session = make.session(day=sunday, starts=time(9), group=make.group(weekday=6))
    make.booking(session, stay)
    found = asked(week=Week(date(2026, 10, 26)))
    (one,) = found.problem.sections
    assert (one.day, one.starts, one.ends, one.minutes) == (6, 540, 600, 60)


def test_nobody_of_another_site_is_in_it() -> None:
    theirs = make.episode(make.patient(make.other_site()))
    make.booking(make.session(make.other_site(), group=make.group(make.track(make.other_site()))), theirs)
    mine = make.episode()
    found = asked()
    assert [one.id for one in found.problem.patients] == [mine.patient_id]
    assert not found.problem.sections
    assert theirs.primary_clinician_id not in found.problem.by_clinician


def test_who_is_discharged_or_has_no_prescription_is_not_planned() -> None:
    make.episode(ended_on=make.MONDAY - timedelta(days=1))
    bare = make.episode()
    bare.stays.all().delete()
    assert asked().problem.patients == ()


def test_a_clinician_is_free_in_their_hours_without_leave_and_what_they_lead() -> None:
    theo = make.clinician()
    WorkingHours.objects.create(staff=theo, site=make.site(), weekday=0, starts=time(9), ends=time(17))
    make.session(lead=theo, starts=time(9))
    starts_at = at_local(make.MONDAY, time(15), "America/New_York")
    make.absence(theo, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    free = asked().problem.by_clinician[theo.pk].free
    assert free[0] == ticks(600, 900)
    assert free[1:] == (0,) * 6


def test_who_has_no_hours_is_there_from_eight_to_six() -> None:
    theo = make.clinician()
    assert asked().problem.by_clinician[theo.pk].free == (ticks(480, 1080),) * 5 + (0, 0)


def test_a_closed_day_has_nobody_and_no_room_free() -> None:
    theo = make.clinician()
    make.room()
    stay = make.episode()
    make.closure()
    problem = asked().problem
    assert problem.by_clinician[theo.pk].free[0] == 0
    assert all(one.free[0] == 0 for one in problem.offices)
    assert problem.by_patient[stay.patient_id].free[0] == 0


def test_a_visit_may_move_unless_it_was_put_there_by_hand() -> None:
    stay = make.episode()
    moves = visit(stay, starts=time(10), lead=stay.primary_clinician)
    by_hand = visit(stay, starts=time(13), kind="family", own=["time"], lead=stay.primary_clinician)
    found = asked()
    patient = found.problem.by_patient[stay.patient_id]
    assert [found.visits[stay.patient_id, one.kind] for one in patient.kept.appointments] == [by_hand.pk]
    assert found.visits[stay.patient_id, "individual"] == moves.pk
    assert check(found.problem, found.week) == [] or {
        one.rule for one in check(found.problem, found.week)
    } == {"gap"}


def test_hours_in_which_someone_cannot_come_and_seats_that_are_promised_are_taken() -> None:
    stay = make.episode()
    make.unavailable(stay.patient, weekday=0, starts=time(9), ends=time(12))
    group = make.group(capacity=3)
    make.session(group=group, capacity=3)
    make.offer(make.waiting(make.episode(), group))
    problem = asked().problem
    assert problem.by_patient[stay.patient_id].free[0] & ticks(540, 720) == 0
    assert problem.sections[0].seats == 2


def test_who_was_short_before_weighs_more() -> None:
    long_here, new = make.episode(), make.episode(admitted_on=make.MONDAY)
    found = asked().problem.by_patient
    assert found[long_here.patient_id].weight == 3.0
    assert found[new.patient_id].weight == 1.0


def test_family_is_due_every_two_weeks_once_it_has_begun() -> None:
    stay = make.episode()
    kinds = {one.kind for one in asked().problem.by_patient[stay.patient_id].due}
    assert kinds == {"individual"}


def test_only_who_agreed_comes_by_video_and_only_a_prescriber_sees_for_medication() -> None:
    stay = make.episode()
    prescriber = make.clinician(role=Role.PRESCRIBER)
    assert asked().problem.by_patient[stay.patient_id].modes == {"in_person"}
    make.consent(stay.patient)
    problem = asked().problem
    assert problem.by_patient[stay.patient_id].modes == {"in_person", "video"}
    assert problem.by_clinician[prescriber.pk].kinds == {"medication"}
