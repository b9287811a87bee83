"""Coverage and authorizations: one first payer a day, and no approval without a number."""

from datetime import date, timedelta
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from patients.covering import add_authorization, add_coverage, answer_authorization, end_coverage
from patients.models import Authorization, Coverage, Patient
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY


def cover(patient: Patient, **fields: Any) -> Coverage:
    given = {"payer": make.payer(), "member_number": "M1", "from_on": DAY} | fields
    return add_coverage(actor=make.user(), patient=patient, **given)


def authorize(coverage: Coverage, **fields: Any) -> Authorization:
    given = {
        "service_code": "s9480",
        "units_approved": 10,
        "number": "BX-1",
        "from_on": DAY,
        "to_on": DAY + timedelta(days=27),
        "status": "approved",
    } | fields
    return add_authorization(actor=make.user(), coverage=coverage, **given)


def test_the_same_coverage_sent_twice_is_one() -> None:
    patient = make.patient()
    assert cover(patient) == cover(patient)


def test_only_one_plan_pays_first_on_a_day() -> None:
    patient = make.patient()
    first = cover(patient)
    with pytest.raises(Refused, match="Another plan pays in that place"):
        cover(patient, member_number="M2", from_on=DAY + timedelta(days=30))
    cover(patient, member_number="M2", rank=2)
    end_coverage(actor=make.user(), coverage=first, to_on=DAY + timedelta(days=29))
    cover(patient, member_number="M2", from_on=DAY + timedelta(days=30))
    assert Coverage.objects.count() == 3


@pytest.mark.parametrize("fields", [{"member_number": " "}, {"to_on": DAY - timedelta(days=1)}])
def test_coverage_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Refused) as no:
        cover(make.patient(), **fields)
    assert (no.value.status, list(no.value.fields)) == (422, list(fields))


def test_coverage_cannot_end_before_it_starts() -> None:
    with pytest.raises(Refused):
        end_coverage(actor=make.user(), coverage=cover(make.patient()), to_on=date(2020, 1, 1))


def test_an_authorization_sent_twice_is_one() -> None:
    coverage = cover(make.patient())
    assert authorize(coverage) == authorize(coverage)
    assert Authorization.objects.get().service_code == "S9480"


@pytest.mark.parametrize("fields", [{"number": ""}, {"units_approved": 0}])
def test_an_approval_has_a_number_and_units(fields: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="number and at least one unit"):
        authorize(cover(make.patient()), **fields)


def test_approved_days_of_one_code_do_not_overlap() -> None:
    coverage = cover(make.patient())
    authorize(coverage)
    with pytest.raises(Refused, match="Another approved authorization"):
        authorize(coverage, number="BX-2")
    waiting = authorize(coverage, number="", status="requested", units_approved=0, units_requested=8)
    with pytest.raises(Refused, match="Another approved authorization"):
        answer_authorization(
            actor=make.user(),
            authorization=waiting,
            status="approved",
            number="BX-2",
            units_approved=8,
            to_on=waiting.to_on,
        )
    waiting.refresh_from_db()
    assert waiting.status == "requested"


def test_an_answer_of_the_payer_is_written_on_the_request() -> None:
    asked = authorize(cover(make.patient()), number="", status="requested", units_approved=0)
    answered = answer_authorization(
        actor=make.user(),
        authorization=asked,
        status="approved",
        number=" BX-9 ",
        units_approved=8,
        to_on=asked.to_on,
        review_due_on=DAY + timedelta(days=20),
    )
    assert (answered.number, answered.units_approved, answered.status) == ("BX-9", 8, "approved")
