"""Minimum necessary (45 CFR 164.502(b)): no page shows a role what its row of the table does not give it.

One chart is filled with marked words; every page and piece each role may open is read for them.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, Role, may
from patients.assessing import finish_measure
from patients.discharging import end_episode
from patients.models import Diagnosis, FollowUp, Response
from patients.plan_signing import sign_plan
from patients.planning import (
    GoalDraft,
    InterventionDraft,
    ObjectiveDraft,
    PlanDraft,
    ProblemDraft,
    draft_plan,
    plan_in_force,
)
from patients.scoring import load_instruments
from sessions.models import ProgressNote
from sessions.notes import sign_note
from tests import make
from tests.test_access import OBJECTS, Record, address, granted, world

pytestmark = pytest.mark.django_db

DIAGNOSIS, GOAL, NOTE, RISK, REASON = "Zqdiagnosis", "Zqgoal", "Zqnote", "Zqrisk", "Zqreason"
DRUG, ALLERGY, SUBSTANCE, REPORT = "Zqdrug", "Zqallergy", "Zqsubstance", "Zqreport"
# Who may read each marked word, by the permissions that open it.
READERS = {
    DIAGNOSIS: (Permission.SEE_CLINICAL, Permission.CLOSE_DAYS),
    GOAL: (Permission.SEE_CLINICAL,),
    NOTE: (Permission.READ_NOTES,),
    DRUG: (Permission.SEE_CLINICAL,),
    ALLERGY: (Permission.SEE_CLINICAL,),
    SUBSTANCE: (Permission.SEE_CLINICAL,),
    REPORT: (Permission.SEE_CLINICAL,),
    RISK: (Permission.WORK_FOLLOW_UPS,),
    "Item 9": (Permission.SEE_CLINICAL,),
    "Moderately severe": (Permission.SEE_CLINICAL,),
    REASON: (Permission.REFER, Permission.ADMIT),
    "Weekly therapy did not hold": (Permission.SEE_CLINICAL,),
    "Risk of relapse without structure": (Permission.SEE_CLINICAL,),
}


def marked_chart() -> tuple[Record, Any]:
    """A patient of this site, today in a session, with a marked word in every clinical place."""
    made, patient = world(make.site())
    now = timezone.now()
    episode = patient.episodes.get()
    Diagnosis.objects.filter(episode=episode).update(label=f"{DIAGNOSIS} moderate")
    lead, today = episode.primary_clinician, local_day(now, patient.site.time_zone)
    services = (InterventionDraft(words=f"{GOAL} done", who=lead),)
    aim = ObjectiveDraft(
        f"{GOAL} shown", today + timedelta(days=60), unit=GOAL, target=Decimal(1), interventions=services
    )
    problem = ProblemDraft(f"{GOAL} seen", GOAL, goals=(GoalDraft(f"{GOAL} said", (aim,)),))
    draft = PlanDraft(today, today + timedelta(days=30), (problem,), words={"needs": GOAL})
    plan = draft_plan(actor=lead, episode=episode, draft=draft)
    sign_plan(actor=lead, plan=plan, now=now)
    FollowUp.objects.filter(patient=patient).update(
        summary=f"{RISK} was 1", due_at=now + timedelta(minutes=5)
    )
    make.medication(patient, drug=DRUG)
    make.allergy(patient, ALLERGY)
    make.tox_screen(patient, (SUBSTANCE, "positive"))
    make.medication_report(patient, REPORT)
    patient.referrals.update(reason=REASON, stage="screening")
    answers = {item.id: 2 for item in load_instruments()["phq9"].items}
    response = make.response(patient, due_on=now.date() - timedelta(days=2))
    finish_measure(actor=lead, response=response, answers=answers, mode=Response.Mode.STAFF, now=now)
    note = ProgressNote.objects.get(booking__patient=patient)
    note.text = note.affect = note.plan = NOTE
    in_force = plan_in_force(episode, note.booking.session.occurs_on)
    assert in_force is not None
    note.objective = make.objective_of(in_force)
    note.goal = note.objective.goal
    note.save(update_fields=["text", "affect", "plan", "goal", "objective"])
    sign_note(actor=note.author, note=note, now=now)
    here = make.session(day=now.date(), starts=now.time().replace(microsecond=0), minutes=30, lead=lead)
    make.booking(here, episode)
    return made, patient


def words_shown(client: Any, url: str) -> set[str]:
    found = set()
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(url, headers=headers)
        if answer["Content-Type"] == "application/pdf":
            continue  # its bytes hide the words; what is on paper is tested as sheets
        text = answer.content.decode().lower()
        found |= {word for word in READERS if word.lower() in text}
    return found


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_no_page_shows_what_the_role_is_not_given(role: Role, sign_in: Any) -> None:
    made, _ = marked_chart()
    client = sign_in(role=role)
    withheld = {word for word, needed in READERS.items() if not any(may(role, one) for one in needed)}
    faults = {}
    for name in sorted(set(OBJECTS) - {"styleguide"}):  # its samples are about nobody
        if granted(role, name):
            leaked = words_shown(client, address(name, made)) & withheld
            if leaked:
                faults[name] = leaked
    answer = client.post(reverse("patients:search"), {"q": "Ana"}).content.decode()
    faults |= {f"search: {word}": {word} for word in withheld if word in answer}
    assert not faults, faults


def test_the_words_are_there_to_be_found(sign_in: Any) -> None:
    """The walk above reads the right pages: the treating clinician sees every marked word on some page."""
    made, _ = marked_chart()
    client = sign_in(role=Role.CLINICIAN)
    seen: set[str] = set()
    for name in sorted(set(OBJECTS) - {"styleguide"}):
        if granted(Role.CLINICIAN, name):
            seen |= words_shown(client, address(name, made))
    assert seen == set(READERS)


def test_the_administration_shows_that_care_happened_and_not_what_was_said(sign_in: Any) -> None:
    _, patient = marked_chart()
    episode = patient.episodes.get()
    end_episode(
        actor=episode.primary_clinician,
        episode=episode,
        kind="completed",
        on=local_day(timezone.now(), patient.site.time_zone),
        note=NOTE,
        now=timezone.now(),
    )
    client, faults = sign_in(role=Role.ADMINISTRATOR), {}
    for model in admin.site._registry:
        if model._meta.app_label not in {"patients", "iop_sessions", "scheduling", "billing"}:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        leaked = words_shown(client, reverse(f"{name}_changelist"))
        for row in model._default_manager.all()[:5]:
            leaked |= words_shown(client, reverse(f"{name}_change", args=[row.pk]))
        if leaked:
            faults[name] = leaked
    assert not faults, faults
