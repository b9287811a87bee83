"""The database says no by itself: each named constraint of discharge and what follows, broken on purpose."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from iop_clinic.constraints import broken_constraint
from patients.models import AftercareAppointment, Discharge, FollowUpContact
from tests import make
from tests.make import NOW


def discharge(**fields: Any) -> Discharge:
    episode = make.episode(ended_on=NOW.date())
    given = {"kind": "completed", "on": NOW.date(), "is_planned": True, "by": episode.primary_clinician}
    return Discharge.objects.create(episode=episode, **(given | fields))


def appointment(**fields: Any) -> AftercareAppointment:
    return make.aftercare(make.episode(), **fields)


def appointment_twice() -> None:
    make.aftercare(appointment().episode)


def contact(**fields: Any) -> FollowUpContact:
    waiting = make.follow_up(make.patient(), make.clinician(), kind="after_discharge", subject_id=1)
    given = {"outcome": "reached", "learned": "doing_well", "called_by": waiting.owner, "called_at": NOW}
    return FollowUpContact.objects.create(follow_up=waiting, **(given | fields))


LETTER = "discharge_by_the_program_has_letter_and_appeal"
BREAKS: list[tuple[str, Callable[[], Any]]] = [
    (LETTER, lambda: discharge(kind="administrative", letter_on=NOW.date())),
    ("discharge_transfer_says_where_to", lambda: discharge(kind="step_up")),
    ("discharge_says_whether_planned", lambda: discharge(is_planned=None)),
    ("discharge_only_who_left_left_against_advice", lambda: discharge(against_advice=True)),
    ("aftercare_appointment_once", appointment_twice),
    ("aftercare_names_the_provider", lambda: appointment(provider="")),
    ("aftercare_outcome_is_whole", lambda: appointment(outcome="kept")),
    ("contact_reached_says_how_they_are", lambda: contact(learned="")),
    ("contact_readmitted_says_where", lambda: contact(learned="readmitted")),
    ("contact_need_says_what_is_done", lambda: contact(learned="needs_help")),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "attempt"), BREAKS, ids=[name for name, _ in BREAKS])
def test_the_database_itself_says_no(name: str, attempt: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = (Discharge, AftercareAppointment, FollowUpContact)
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}


@pytest.mark.django_db
def test_an_ending_from_before_may_know_less() -> None:
    discharge(kind="administrative", is_planned=None, is_history=True)
    discharge(kind="transferred", is_planned=None, is_history=True)


@pytest.mark.django_db
def test_what_came_of_a_call_cannot_be_rewritten() -> None:
    said = contact()
    with pytest.raises(DatabaseError), transaction.atomic():
        FollowUpContact.objects.filter(pk=said.pk).update(note="Other.")
