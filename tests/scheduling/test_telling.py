"""A planned week says why people lack something and what to open next; both are kept with the run."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role
from scheduling import opening_words, planning
from scheduling.models import Booking, PlanRun
from scheduling.planner.changes import Change, Fix, Limit
from scheduling.planner.explaining import Explanation, explain
from scheduling.planner.problem import NOTHING, Mode
from scheduling.planner.proposals import Unmet
from scheduling.planner.propose import asked_of
from scheduling.planning import work_on_next
from scheduling.site_week import site_week
from scheduling.telling import fixes_from_ids, told_as_ids
from tests import make
from tests.scheduling.test_accepting import BEFORE, THIS, meeting, now_asked
from tests.scheduling.test_plan_runs import asked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday_before() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


def two_for_one_seat() -> list[Any]:
    """Three groups with one seat each, and two people who need all three."""
    sessions = [meeting(weekday, capacity=1) for weekday in range(3)]
    for name in ("Ana", "Bo"):
        make.enrollment(person(name), sessions[0].group)
    return sessions


def person(name: str) -> Any:
    return make.episode(make.patient(given_name=name), prescribed_minutes=180)


def done(**fields: Any) -> PlanRun:
    run = asked(**fields)
    work_on_next(now=BEFORE)
    run.refresh_from_db()
    assert run.state == PlanRun.State.DONE
    return run


def page(client: Client, run: PlanRun) -> str:
    return client.get(reverse("scheduling:plan", args=[run.pk])).content.decode()


def test_a_seat_that_others_have_is_the_reason_and_one_more_the_way_out(sign_in: Any) -> None:
    sessions = two_for_one_seat()
    run = done()
    (told,) = [one for one in run.told.values() if Limit.SEAT in one["conflict"]]
    assert told["cause"] == "contention"
    assert {one.number for one in opening_words.openings_from_ids(run.openings)} & {
        session.pk for session in sessions
    }
    said = page(sign_in(role=Role.SUPERVISOR), run)
    assert "Others have the seats or the hours they would need." in said
    assert "In the way: the seats there are" in said
    assert "One more seat in Process group" in said
    assert reverse("scheduling:session_edit", args=[sessions[0].pk]) in said
    assert "What to open next" in said
    assert not Booking.objects.exists()


def test_hours_of_their_own_are_the_reason_and_their_page_is_linked(sign_in: Any) -> None:
    two_for_one_seat()
    ana = person("Cleo")
    for weekday in range(7):
        make.unavailable(ana.patient, weekday=weekday, starts=time(0), ends=time(23, 59))
    run = done()
    assert run.told[str(ana.patient_id)]["cause"] == "own"
    said = page(sign_in(role=Role.SUPERVISOR), run)
    assert "when they can come" in said
    assert reverse("scheduling:unavailable", args=[ana.patient_id]) in said


def test_a_fix_as_it_is_kept_makes_the_week_whole() -> None:
    two_for_one_seat()
    found = now_asked()
    pk = found.problem.patients[0].id
    taken = dict(found.week)
    told = explain(found.problem, taken, pk)
    kept = fixes_from_ids(told_as_ids({pk: told})[str(pk)]["fixes"])
    assert kept == [fix.changes for fix in told.fixes]


def test_every_kind_of_change_comes_back_as_it_was() -> None:
    changes = (
        Change(Limit.OWN_TIME, day=1, starts=540, ends=600),
        Change(Limit.MODE, mode=Mode.VIDEO),
        Change(Limit.CLINICIAN, day=0, starts=0, ends=60, clinician=7, is_booked=True),
        Change(Limit.MINUTES, amount=500, was=540),
    )
    told = Explanation("own", (), (Fix(1, changes, NOTHING),), NOTHING, Unmet())
    assert fixes_from_ids(told_as_ids({1: told})["1"]["fixes"]) == [changes]


def test_nothing_gives_way_on_days_that_are_over() -> None:
    two_for_one_seat()
    wednesday = make.NOW + timedelta(days=2)
    found = asked_of(site_week(make.site(), THIS, wednesday))
    for one in found.problem.patients:
        for fix in explain(found.problem, found.week, one.id, from_day=2).fixes:
            assert all(change.day is None or change.day >= 2 for change in fix.changes)


def test_without_the_solver_the_page_says_that_it_was_counted(
    sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_for_one_seat()
    for module in (planning, opening_words):
        monkeypatch.setattr(module, "available", lambda: False)
    run = done()
    assert all(not one["points"] and one["named"] for one in run.openings)
    said = page(sign_in(role=Role.SUPERVISOR), run)
    assert "Counted in the changes that would help each person" in said
    assert "not installed here" in said


def test_a_repair_says_why_and_nothing_of_what_to_open() -> None:
    two_for_one_seat()
    run = done(kind=PlanRun.Kind.REPAIR)
    assert run.told
    assert run.openings is None


def test_a_seat_in_a_session_that_is_gone_is_not_offered_any_more(sign_in: Any) -> None:
    sessions = two_for_one_seat()
    run = done()
    for session in sessions:
        type(session).objects.filter(pk=session.pk).update(status="cancelled")
    assert "One more seat" not in page(sign_in(role=Role.SUPERVISOR), run)


def test_who_may_not_set_working_hours_is_not_sent_there(sign_in: Any) -> None:
    two_for_one_seat()
    run = done()
    assert reverse("scheduling:staff_hours") not in page(sign_in(role=Role.CASE_MANAGER), run)
