"""The database says no by itself: each named constraint of the rules of measures and of handovers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from iop_clinic.accounts.models import Site
from iop_clinic.constraints import broken_constraint
from patients.models import Handover, MeasureRule, Response
from tests import make
from tests.make import MONDAY, NOW
from tests.race import bites

DAY = timedelta(days=1)


def rule(**fields: Any) -> MeasureRule:
    return MeasureRule.objects.create(**({"instrument_code": "edeq", "moment": "weekly"} | fields))


def twice() -> None:
    rule()
    rule(is_active=False)


def handover(**fields: Any) -> Handover:
    said = {"handed_at": NOW, "expires_at": NOW + DAY, "handed_by": make.clinician()} | fields
    if "patient" not in said:
        said["patient"] = make.patient()
    return Handover.objects.create(**said)


def handed_twice() -> None:
    handover(patient=handover().patient)


def no_number() -> None:
    Site.objects.filter(pk=make.site().pk).update(missed_measures_alert=0)


BREAKS: list[tuple[str, Callable[[], Any]]] = [
    ("measure_rule_once", twice),
    ("measure_rule_prefix_is_of_a_diagnosis", lambda: rule(asked_of="diagnosis")),
    ("measure_rule_prefix_is_of_a_diagnosis", lambda: rule(code_prefix="F3")),
    ("measure_rule_level_is_of_a_level", lambda: rule(asked_of="level")),
    ("measure_rule_level_is_of_a_level", lambda: rule(level=make.level())),
    ("measure_rule_prefix_has_icd_shape", lambda: rule(asked_of="diagnosis", code_prefix="f3")),
    ("measure_rule_prefix_has_icd_shape", lambda: rule(asked_of="diagnosis", code_prefix="U07")),
    ("measure_rule_moment_is_known", lambda: rule(moment="daily")),
    ("measure_rule_is_asked_of_someone_known", lambda: rule(asked_of="someone")),
    ("measure_rule_names_a_measure", lambda: rule(instrument_code="")),
    ("handover_ends_after_it_starts", lambda: handover(expires_at=NOW)),
    ("handover_one_open_per_patient", handed_twice),
    ("site_missed_measures_are_some", no_number),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "deed"), BREAKS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(BREAKS)])
def test_the_database_refuses(name: str, deed: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        deed()
    assert broken_constraint(refused.value) == name


@pytest.mark.django_db
def test_without_its_guard_a_measure_is_asked_twice_a_week() -> None:
    whom = make.patient()
    make.asked_by_rule(whom)
    bites(
        Response, "response_asked_by_rule_once_a_week", lambda: make.asked_by_rule(whom, due_on=MONDAY + DAY)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["F", "F3", "F33", "F33.", "F33.1", "C7A", "F40.01"])
def test_a_diagnosis_may_begin_like_this(prefix: str) -> None:
    assert rule(asked_of="diagnosis", code_prefix=prefix).pk
