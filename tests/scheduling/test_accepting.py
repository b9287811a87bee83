"""Accepting a planned week: all of it or none, against the rows as they are, and each person hears once."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from iop_clinic.clock import Week
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.accepting import STALE, accept_plan
from scheduling.booking import book
from scheduling.edits import Scope, edit
from scheduling.models import Booking, PlanRun, TherapySession
from scheduling.planner.problem import Appointment, PatientWeek
from scheduling.planner.propose import Asked, asked_of
from scheduling.planner.written import as_ids
from scheduling.site_week import site_week
from tests import make
from tests.race import race
from tests.scheduling.test_site_week import visit

BEFORE = make.NOW - timedelta(days=5)
THIS = Week(make.MONDAY)
pytestmark = pytest.mark.django_db


def now_asked() -> Asked:
    return asked_of(site_week(make.site(), THIS, BEFORE))


def planned(**weeks: PatientWeek) -> PlanRun:
    """A run that is done: it would give these people, by `p` and number, these weeks."""
    found = now_asked()
    best = dict(found.week) | {int(pk[1:]): week for pk, week in weeks.items()}
    return PlanRun.objects.create(
        site=make.site(),
        week_on=THIS.starts_on,
        seconds=1,
        state=PlanRun.State.DONE,
        asked_by=make.user(Role.SUPERVISOR),
        before=as_ids(found.week),
        best=as_ids(best),
    )


def meeting(weekday: int = 0, capacity: int = 12, **fields: Any) -> TherapySession:
    group = make.group(weekday=weekday, capacity=capacity, **fields)
    return make.session(
        day=THIS.days[weekday], group=group, lead=group.lead, room=group.room, capacity=capacity
    )


def person(name: str = "Ana", **fields: Any) -> Episode:
    return make.episode(make.portal_patient(given_name=name, **fields))


def accept(run: PlanRun) -> PlanRun:
    return accept_plan(actor=run.asked_by, run=run, now=BEFORE)


def seated(in_session: TherapySession) -> set[int]:
    return set(Booking.objects.active().filter(session=in_session).values_list("patient", flat=True))


def test_groups_come_and_go_and_each_person_hears_once() -> None:
    ana, monday, tuesday, thursday = person(), meeting(), meeting(1), meeting(3)
    make.booking(monday, ana)
    run = accept(planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({tuesday.pk, thursday.pk}))}))
    assert (run.state, run.accepted_by) == (PlanRun.State.ACCEPTED, run.asked_by)
    assert (seated(monday), seated(tuesday), seated(thursday)) == (set(), {ana.patient_id}, {ana.patient_id})
    (message,) = Message.objects.filter(kind="change")
    assert "have changed" in message.body
    assert "roup" not in message.body


def test_accepting_twice_changes_nothing() -> None:
    ana, monday = person(), meeting()
    run = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk}))})
    accept(run)
    accept(run)
    assert Booking.objects.count() == 1


def test_two_visits_may_change_places() -> None:
    ana, ben, theo, room = person(), person("Ben"), make.clinician(), make.room()
    first = visit(ana, lead=theo, room=room, starts=time(10))
    second = visit(ben, lead=theo, room=room, starts=time(11))
    now = now_asked().week
    mine, yours = now[ana.patient_id].appointments[0], now[ben.patient_id].appointments[0]
    run = planned(
        **{
            f"p{ana.patient_id}": PatientWeek(appointments=(yours,)),
            f"p{ben.patient_id}": PatientWeek(appointments=(mine,)),
        }
    )
    was = first.starts_at, second.starts_at
    accept(run)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.starts_at, first.starts_at) == was
    assert Message.objects.filter(kind="change").count() == 2


def test_a_visit_that_a_plan_moved_may_move_again_until_someone_moves_it_by_hand() -> None:
    ana, fay = person(), make.user()
    moved = visit(ana, lead=ana.primary_clinician, starts=time(10), room=make.room())
    one = now_asked().week[ana.patient_id].appointments[0]
    for day in (1, 2):
        accept(planned(**{f"p{ana.patient_id}": PatientWeek(appointments=(replace(one, day=day),))}))
        moved.refresh_from_db()
        assert moved.occurs_on == THIS.days[day] and moved.own == ["plan", "time"]
        assert not now_asked().problem.by_patient[ana.patient_id].kept.appointments
    edit(actor=fay, session=moved, scope=Scope.THIS, changes={"starts": time(11)}, now=BEFORE)
    moved.refresh_from_db()
    assert moved.own == ["time"] and now_asked().problem.by_patient[ana.patient_id].kept.appointments


def test_two_visits_at_one_time_may_change_clinicians() -> None:
    ana, ben = person(), person("Ben")
    first = visit(ana, lead=ana.primary_clinician)
    second = visit(ben, lead=ben.primary_clinician)
    now = now_asked().week
    mine, yours = now[ana.patient_id].appointments[0], now[ben.patient_id].appointments[0]
    run = planned(
        **{
            f"p{ana.patient_id}": PatientWeek(appointments=(replace(mine, clinician=yours.clinician),)),
            f"p{ben.patient_id}": PatientWeek(appointments=(replace(yours, clinician=mine.clinician),)),
        }
    )
    accept(run)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.lead, second.lead) == (ben.primary_clinician, ana.primary_clinician)


def test_a_visit_may_go_to_someone_else_and_a_missing_one_is_made() -> None:
    ana, ben, ruth = person(), person("Ben"), make.clinician(given_name="Ruth")
    moved = visit(ana, lead=ana.primary_clinician, starts=time(10))
    one = now_asked().week[ana.patient_id].appointments[0]
    new = Appointment("individual", ruth.pk, 2, 600, 650, make.room().pk)
    run = planned(
        **{
            f"p{ana.patient_id}": PatientWeek(appointments=(replace(one, clinician=ruth.pk, day=1),)),
            f"p{ben.patient_id}": PatientWeek(appointments=(new,)),
        }
    )
    accept(run)
    moved.refresh_from_db()
    assert (moved.lead, moved.occurs_on) == (ruth, THIS.days[1])
    (made,) = TherapySession.objects.filter(bookings__patient=ben.patient, bookings__status="booked")
    assert (made.lead, made.occurs_on, made.scheduled_minutes) == (ruth, THIS.days[2], 50)


def test_a_visit_that_is_dropped_frees_its_clinician() -> None:
    ana = person()
    gone = visit(ana, lead=ana.primary_clinician)
    accept(planned(**{f"p{ana.patient_id}": PatientWeek()}))
    gone.refresh_from_db()
    assert gone.status == "cancelled"


def test_a_week_that_changed_meanwhile_is_refused_whole() -> None:
    ana, ben, monday, tuesday = person(), person("Ben"), meeting(), meeting(1)
    run = planned(
        **{
            f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk})),
            f"p{ben.patient_id}": PatientWeek(frozenset({tuesday.pk})),
        }
    )
    make.booking(monday, ben)
    with pytest.raises(Refused, match=STALE):
        accept(run)
    assert Booking.objects.count() == 1
    run.refresh_from_db()
    assert run.state == PlanRun.State.DONE


def test_a_seat_that_went_to_someone_else_a_cancelled_session_and_new_hours_are_refused() -> None:
    ana, monday, tuesday = person(), meeting(capacity=1, minimum_size=1), meeting(1)
    to_monday = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk}))})
    to_tuesday = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({tuesday.pk}))})
    make.booking(monday, person("Ben"))
    with pytest.raises(Refused, match=STALE):
        accept(to_monday)
    hours = make.unavailable(ana.patient, weekday=1)
    with pytest.raises(Refused, match=STALE):
        accept(to_tuesday)
    hours.delete()
    TherapySession.objects.filter(pk=tuesday.pk).update(status="cancelled")
    with pytest.raises(Refused, match=STALE):
        accept(to_tuesday)


def test_what_is_not_ready_is_not_accepted() -> None:
    run = planned()
    PlanRun.objects.filter(pk=run.pk).update(state=PlanRun.State.FAILED)
    with pytest.raises(Refused, match="not ready"):
        accept(run)


@pytest.mark.django_db(transaction=True)
def test_of_a_plan_and_a_booking_for_one_seat_one_wins_whole(
    no_connection_left: None,
) -> None:
    for _ in range(4):
        ana, ben = person(), person("Ben")
        monday, tuesday = meeting(capacity=1, minimum_size=1), meeting(1)
        run = planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({monday.pk, tuesday.pk}))})
        actor = make.user(Role.CASE_MANAGER)
        found = race(
            [
                lambda run=run: accept(run),  # type: ignore[misc]
                lambda s=monday, b=ben, a=actor: book(actor=a, session=s, episode=b, now=BEFORE),  # type: ignore[misc]
            ]
        )
        refused = [one for one in found if isinstance(one, Exception)]
        assert len(refused) == 1, found
        assert isinstance(refused[0], Refused)
        whose = {ana.patient_id} if isinstance(found[0], PlanRun) else {ben.patient_id}
        assert seated(monday) == whose
        assert seated(tuesday) == whose & {ana.patient_id}
        TherapySession.objects.update(status="cancelled")


@pytest.mark.django_db(transaction=True)
def test_of_two_plans_for_the_same_people_one_is_accepted(no_connection_left: None) -> None:
    ana, monday, tuesday = person(), meeting(), meeting(1)
    runs = [planned(**{f"p{ana.patient_id}": PatientWeek(frozenset({one.pk}))}) for one in (monday, tuesday)]
    found = race([lambda run=run: accept(run) for run in runs])  # type: ignore[misc]
    assert sum(isinstance(one, Refused) for one in found) == 1, found
    assert Booking.objects.active().count() == 1
