"""Repairing a week: substitutes first, then moves for those it touches, nobody else, and all by one verb."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.clock import Week
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.accepting import STALE, accept_plan
from scheduling.models import Booking, PlanRun, TherapySession
from scheduling.planner.differences import differences
from scheduling.planner.written import from_ids
from scheduling.planning import work_on_next
from scheduling.repairs import propose_repair
from tests import make
from tests.scheduling.test_accepting import accept, meeting, person, seated
from tests.scheduling.test_site_week import visit

BEFORE = make.NOW - timedelta(days=5)
THIS = Week(make.MONDAY)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday_before() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


def repaired() -> PlanRun:
    return propose_repair(actor=make.user(Role.CASE_MANAGER), site=make.site(), week=THIS, now=BEFORE)


def changed(run: PlanRun) -> list[int]:
    return [one.patient for one in differences(from_ids(run.before), from_ids(run.best))]


def test_a_group_whose_lead_is_sick_goes_to_a_substitute_and_its_people_stay() -> None:
    ana, ruth = person(), make.clinician(given_name="Ruth")
    monday = meeting(lead=make.clinician())
    make.booking(monday, ana)
    make.absence(monday.lead)
    make.absence(ana.primary_clinician)
    run = repaired()
    assert (run.state, run.substitutes) == (PlanRun.State.DONE, {monday.pk: ruth.pk})
    accept(run)
    monday.refresh_from_db()
    assert monday.lead == ruth
    assert seated(monday) == {ana.patient_id}
    (message,) = Message.objects.filter(kind="change")
    assert "has changed" in message.body


def test_with_nobody_to_lead_it_its_people_come_to_another_group() -> None:
    ana, monday, tuesday = person(), meeting(lead=make.clinician()), meeting(1)
    make.booking(monday, ana)
    make.absence(monday.lead)
    for staff in (ana.primary_clinician, tuesday.lead):
        make.absence(staff)
    run = repaired()
    assert run.substitutes == {}
    accept(run)
    assert (seated(monday), seated(tuesday)) == (set(), {ana.patient_id})


def test_only_who_had_a_visit_with_them_gets_another_hour() -> None:
    ana, ben = person(), person("Ben")
    make.room()
    mine = visit(ana, lead=ana.primary_clinician, starts=time(10))
    theirs = visit(ben, lead=ben.primary_clinician, starts=time(10))
    make.absence(ana.primary_clinician)
    run = repaired()
    assert changed(run) == [ana.patient_id]
    accept(run)
    mine.refresh_from_db()
    assert mine.occurs_on != make.MONDAY or mine.lead != ana.primary_clinician
    theirs.refresh_from_db()
    assert theirs.occurs_on == make.MONDAY


def test_who_lost_a_group_to_a_closed_day_gets_another(sign_in: Any) -> None:
    ana, tuesday = person(), meeting(1)
    off = meeting()
    lost = make.booking(off, ana, status="cancelled_by_clinic", cancelled_at=BEFORE, went_with_session=True)
    closure = make.closure()
    TherapySession.objects.filter(pk=off.pk).update(status="cancelled", called_off_for=closure)
    run = repaired()
    assert changed(run) == [lost.patient_id]
    accept(run)
    assert seated(tuesday) == {ana.patient_id}


def test_a_substitute_who_is_taken_meanwhile_is_refused_whole() -> None:
    ana, ruth = person(), make.clinician(given_name="Ruth")
    monday = meeting(lead=make.clinician())
    make.booking(monday, ana)
    make.absence(monday.lead)
    make.absence(ana.primary_clinician)
    run = repaired()
    make.session(lead=ruth)
    with pytest.raises(Refused):
        accept_plan(actor=run.asked_by, run=run, now=BEFORE)
    monday.refresh_from_db()
    assert monday.lead != ruth
    TherapySession.objects.filter(pk=monday.pk).update(status="cancelled")
    with pytest.raises(Refused, match=STALE):
        accept_plan(actor=run.asked_by, run=run, now=BEFORE)


def test_a_longer_look_stays_near_the_week_as_it_was() -> None:
    ana, ben = person(), person("Ben")
    make.room()
    visit(ana, lead=ana.primary_clinician, starts=time(10))
    visit(ben, lead=ben.primary_clinician, starts=time(10))
    make.absence(ana.primary_clinician)
    run = make.plan_run(kind="repair", state="queued")
    work_on_next(now=BEFORE)
    run.refresh_from_db()
    assert run.state == PlanRun.State.DONE
    assert changed(run) == [ana.patient_id]


def test_the_pages_of_leave_and_substitutes_lead_to_the_repair(sign_in: Any) -> None:
    client: Client = sign_in(role=Role.SUPERVISOR)
    ana, monday = person(), meeting(lead=make.clinician())
    make.booking(monday, ana)
    make.absence(monday.lead)
    for address in (
        reverse("scheduling:absences"),
        reverse("scheduling:session_substitute", args=[monday.pk]),
    ):
        assert "Repair the week" in client.get(address).content.decode()
    answer = client.post(reverse("scheduling:repairs"), {"week": "2026-10-19"}, follow=True)
    said = answer.content.decode()
    assert "Someone else would lead" in said
    assert "Look for a better one" in said
    assert Booking.objects.count() == 1
    client.post(reverse("scheduling:repairs"), {"week": "2026-10-19", "better": ""})
    assert PlanRun.objects.filter(kind="repair", state="queued").count() == 1
    assert client.post(reverse("scheduling:repairs"), {"week": "2019-01-01"}).status_code == 422
