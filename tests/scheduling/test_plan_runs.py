"""A run of the planner: asked once, worked on by one, stopped at once, taken again when its worker dies."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling import planning
from scheduling.models import PlanRun
from scheduling.plan_runs import ask_plan, cancel_plan, claim_plan, finish, report
from scheduling.planner.written import from_ids
from scheduling.planning import work_on_next
from tests import make
from tests.race import race

BEFORE = make.NOW - timedelta(days=5)
THIS = Week(make.MONDAY)
ENDED = Now() - timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def asked(**fields: Any) -> PlanRun:
    actor = make.user(Role.SUPERVISOR)
    run = ask_plan(actor=actor, site=make.site(), week=THIS, now=BEFORE)
    PlanRun.objects.filter(pk=run.pk).update(**{"seconds": 1} | fields)
    run.refresh_from_db()
    return run


def clinic() -> Any:
    """Ana with a place in a track of three groups, nothing booked yet."""
    stay = make.episode(prescribed_minutes=180)
    for weekday in range(3):
        group = make.group(weekday=weekday)
        make.session(day=THIS.days[weekday], group=group, lead=group.lead, room=group.room)
    make.enrollment(stay, group)
    return stay


def test_asking_twice_is_one_run_and_a_week_gone_by_is_refused() -> None:
    actor = make.user(Role.SUPERVISOR)
    first = ask_plan(actor=actor, site=make.site(), week=THIS, now=BEFORE)
    assert ask_plan(actor=actor, site=make.site(), week=THIS, now=BEFORE) == first
    with pytest.raises(Refused, match="That week is over"):
        ask_plan(actor=actor, site=make.site(), week=THIS.previous().previous(), now=BEFORE)


def test_a_run_finds_the_hours_and_books_nothing() -> None:
    stay, run = clinic(), asked()
    assert work_on_next(now=BEFORE) == run
    run.refresh_from_db()
    assert (run.state, run.below, run.lease_until) == ("done", 0, None)
    assert len(from_ids(run.best)[stay.patient_id].sections) == 3 or run.cost["short"] == 0
    assert from_ids(run.before)[stay.patient_id].sections == frozenset()
    assert work_on_next(now=BEFORE) is None


def test_only_one_run_is_worked_on_at_a_time_so_that_reminders_still_go_out() -> None:
    run = asked()
    other = ask_plan(
        actor=make.user(Role.SUPERVISOR, make.other_site()), site=make.other_site(), week=THIS, now=BEFORE
    )
    assert claim_plan("one", BEFORE) == run
    assert claim_plan("two", BEFORE) is None
    finish(run, "one", PlanRun.State.DONE)
    assert claim_plan("two", BEFORE) == other


def test_a_run_whose_lease_ended_is_taken_again_before_those_that_wait_and_not_for_ever() -> None:
    run = asked(asked_at=Now() + timedelta(hours=1))
    ask_plan(actor=run.asked_by, site=make.site(), week=THIS.next(), now=BEFORE)
    PlanRun.objects.filter(pk=run.pk).update(state="running", lease_until=ENDED, attempts=1)
    assert claim_plan("two", BEFORE) == run
    assert not report(run, "one", rounds=7)
    PlanRun.objects.filter(pk=run.pk).update(lease_until=ENDED, attempts=3)
    assert claim_plan("three", BEFORE) != run
    run.refresh_from_db()
    assert run.state == PlanRun.State.FAILED


def test_stopping_keeps_what_was_found_and_the_worker_sees_it_in_its_next_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic()
    run = asked(seconds=60)
    told = planning.report

    def stop_then_report(*args: Any, **found: Any) -> bool:
        held = told(*args, **found)
        if "best" in found:
            cancel_plan(actor=run.asked_by, run=run)
        return held

    monkeypatch.setattr(planning, "report", stop_then_report)
    monkeypatch.setattr(planning, "REPORT_EVERY", 0)
    work_on_next(now=BEFORE)
    run.refresh_from_db()
    assert run.state == PlanRun.State.CANCELLED
    assert run.best
    assert run.can_be_accepted


def test_a_run_that_breaks_is_marked_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = asked()
    monkeypatch.setattr(planning, "site_week", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        work_on_next(now=BEFORE)
    run.refresh_from_db()
    assert run.state == PlanRun.State.FAILED


def test_two_runs_of_the_same_rows_and_seed_find_the_same() -> None:
    clinic()
    found = []
    for _ in range(2):
        run = asked()
        work_on_next(now=BEFORE)
        run.refresh_from_db()
        found.append(run.best)
    assert found[0] == found[1]


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_the_same_instant_one_takes_the_run(no_connection_left: None) -> None:
    asked()
    ask_plan(actor=make.user(Role.SUPERVISOR), site=make.site(), week=THIS.next(), now=BEFORE)
    names = [f"worker {number}" for number in range(8)]
    found = race([lambda name=name: claim_plan(name, BEFORE) for name in names])  # type: ignore[misc]
    assert sum(isinstance(one, PlanRun) for one in found) == 1, found
    assert not [one for one in found if isinstance(one, Exception)]


CHILD = """
import django, sys, time
django.setup()
from datetime import datetime
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[2]
from scheduling import planning
told = planning.report
def held(run, lease_by, **found):
    kept = told(run, lease_by, **found)
    if "best" in found:
        print("working", flush=True)
        time.sleep(120)
    return kept
planning.report = held
planning.work_on_next(now=datetime.fromisoformat(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_worker_is_killed_is_finished_by_the_next(no_connection_left: None) -> None:
    clinic()
    run = asked(seconds=2)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "iop_clinic.settings"}
    database = str(connection.settings_dict["NAME"])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, BEFORE.isoformat(), database],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "working"
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    assert work_on_next(now=BEFORE) is None, "its lease still stands"
    PlanRun.objects.filter(pk=run.pk).update(lease_until=ENDED)
    began = time.monotonic()
    assert work_on_next(now=BEFORE) == run
    run.refresh_from_db()
    assert (run.state, run.attempts) == (PlanRun.State.DONE, 2)
    assert time.monotonic() - began < 20
