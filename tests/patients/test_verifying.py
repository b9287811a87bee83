"""Benefits: each answer stays, the next is due by rule; estimates have their clock and are given once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.estimating import ask_estimate, estimate_due_on, give_estimate
from patients.models import BenefitVerification
from patients.verification_words import one_line, said_of
from patients.verifying import ask_again_on, to_verify
from tests import make

SignIn = Callable[..., Client]
pytestmark = pytest.mark.time_machine(make.NOW, tick=False)
TODAY = make.NOW.date()


@pytest.mark.parametrize(
    ("asked_on", "month", "ends_on", "again_on"),
    [
        (date(2026, 10, 21), 1, None, date(2026, 11, 21)),
        (date(2026, 1, 31), 7, None, date(2026, 2, 28)),
        (date(2026, 12, 20), 1, None, date(2027, 1, 1)),
        (date(2026, 12, 20), 12, None, date(2027, 1, 20)),
        (date(2026, 10, 21), 11, None, date(2026, 11, 1)),
        (date(2026, 10, 21), 1, date(2026, 10, 31), date(2026, 10, 31)),
        (date(2026, 10, 21), 1, date(2026, 10, 1), date(2026, 11, 21)),
    ],
)
def test_benefits_are_asked_again_monthly_and_when_the_plan_year_changes(
    asked_on: date, month: int, ends_on: date | None, again_on: date
) -> None:
    assert ask_again_on(asked_on, month, ends_on) == again_on


@pytest.mark.parametrize(
    ("service_on", "due_on"),
    [
        (None, date(2026, 10, 22)),  # asked for: 3 business days
        (date(2026, 11, 2), date(2026, 10, 22)),  # 10 business days ahead
        (date(2026, 10, 30), date(2026, 10, 20)),  # 9
        (date(2026, 10, 22), date(2026, 10, 20)),  # 3
        (date(2026, 10, 21), None),  # 2: none is due
    ],
)
def test_an_estimate_is_due_by_how_far_ahead_it_was_booked(
    service_on: date | None, due_on: date | None
) -> None:
    assert estimate_due_on(make.MONDAY, service_on) == due_on


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "source": "phone",
        "verified_on": TODAY,
        "representative": "Dee at the payer",
        "reference": "REF-1",
        "product": "ppo",
        "relationship": "self",
        "plan_year_month": "1",
        "in_network": "yes",
        "iop_covered": "yes",
        "telehealth_covered": "unknown",
        "authorization_needed": "yes",
        "deductible_cents": "$1,500",
        "deductible_met_cents": "500.50",
        "coinsurance_percent": "20",
        "copay_cents": "25",
        "copay_per": "day",
    } | fields


@pytest.mark.django_db
def test_an_answer_sent_twice_is_one_row_and_reads_in_dollars(sign_in: SignIn) -> None:
    coverage, client = make.coverage(make.patient()), sign_in()
    url = reverse("patients:verification_new", args=[coverage.pk])
    for _ in range(2):
        assert client.post(url, typed()).status_code == 302
    row = BenefitVerification.objects.get()
    assert (row.deductible_cents, row.deductible_met_cents, row.copay_cents) == (150_000, 50_050, 2500)
    assert row.next_due_on == date(2026, 11, 21)
    assert one_line(row) == (
        "IOP covered, authorization needed, copay $25 a day, coinsurance 20 percent, "
        "deductible $500.50 of $1,500 met"
    )
    assert ("Who answered", "Dee at the payer") in dict(said_of(row))["The answer"]
    page = client.get(reverse("patients:coverage", args=[coverage.patient_id])).content.decode()
    assert "Verified" in page and "copay $25 a day" in page
    assert client.get(reverse("patients:verification", args=[row.pk])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"representative": ""},
        {"reference": ""},
        {"verified_on": TODAY + timedelta(days=1)},
        {"verified_on": "never"},
        {"coinsurance_percent": "101"},
        {"copay_cents": "-3"},
        {"copay_cents": "1e9"},
        {"copay_cents": "12.345"},
        {"copay_per": ""},
        {"limit_count": "30", "limit_unit": ""},
        {"plan_year_month": "13"},
        {"source": "rumor"},
        {"iop_covered": ""},
        {"note": "x" * 501},
    ],
)
def test_what_no_payer_can_have_said_is_422_and_keeps_what_was_typed(
    wrong: dict[str, Any], sign_in: SignIn
) -> None:
    coverage = make.coverage(make.patient())
    url = reverse("patients:verification_new", args=[coverage.pk])
    answer = sign_in().post(url, typed(group_number="G-77") | wrong)
    assert answer.status_code == 422
    assert "G-77" in answer.content.decode()
    assert not BenefitVerification.objects.exists()


@pytest.mark.django_db
def test_the_next_answer_starts_from_the_last_without_who_said_it(sign_in: SignIn) -> None:
    coverage = make.coverage(make.patient())
    make.verification(coverage, representative="Dee", group_number="G-77", copay_cents=2500, copay_per="day")
    page = sign_in().get(reverse("patients:verification_new", args=[coverage.pk])).content.decode()
    assert "G-77" in page and "25.00" in page and "Dee" not in page


@pytest.mark.django_db
def test_the_list_names_plans_never_asked_about_first_then_those_due(sign_in: SignIn) -> None:
    never = make.coverage(make.referral().patient)
    due = make.coverage(make.episode().patient)
    make.verification(due, verified_on=TODAY - timedelta(days=40))
    fresh = make.coverage(make.episode().patient)
    make.verification(fresh, verified_on=TODAY)
    make.verification(fresh, verified_on=TODAY - timedelta(days=90))
    make.coverage(make.patient())  # neither in the program nor on the way in
    make.coverage(make.referral(make.patient(make.other_site())).patient)
    assert [row.pk for row in to_verify(make.site(), TODAY)] == [never.pk, due.pk]
    page = sign_in(role=Role.BILLER).get("/coverages/verify/").content.decode()
    assert "2 to verify" in page and "Never verified" in page


@pytest.mark.django_db
def test_the_lists_of_benefits_are_paged_and_need_a_fixed_number_of_queries(sign_in: SignIn) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    client, urls = sign_in(), ("/coverages/verify/", "/coverages/verify/?list=estimates")

    def one_more() -> None:
        patient = make.referral().patient
        make.coverage(patient)
        make.estimate(patient)

    one_more()
    client.get(urls[0])
    before = [queries(url) for url in urls]
    for _ in range(55):
        one_more()
    assert [queries(url) for url in urls] == before
    assert len(client.get(urls[1]).context["page"].object_list) == 50


@pytest.mark.django_db
def test_an_estimate_is_asked_once_and_given_once(sign_in: SignIn) -> None:
    patient, client = make.patient(), sign_in()
    url = reverse("patients:estimates", args=[patient.pk])
    for _ in range(2):
        assert client.post(url, {"asked_on": TODAY, "service_on": ""}).status_code == 302
    estimate = patient.estimates.get()
    assert estimate.due_on == date(2026, 10, 26)
    assert "1 estimate due" in client.get("/coverages/verify/?list=estimates").content.decode()
    given = reverse("patients:estimate_given", args=[estimate.pk])
    assert client.post(given, {"given_on": "2020-01-01", "amount_cents": "900"}).status_code == 422
    assert client.post(given, {"given_on": TODAY, "amount_cents": "a lot"}).status_code == 422
    assert client.post(given, {"given_on": TODAY, "amount_cents": "4,200"}).status_code == 302
    assert client.post(given, {"given_on": TODAY, "amount_cents": "1"}).status_code == 409
    estimate.refresh_from_db()
    assert estimate.amount_cents == 420_000
    assert "$4,200" in client.get(url).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked_on", "service_on", "field"),
    [
        (TODAY + timedelta(days=1), None, "asked_on"),
        (TODAY, TODAY - timedelta(days=1), "service_on"),
        (TODAY, TODAY + timedelta(days=1), "service_on"),
    ],
)
def test_an_estimate_of_impossible_days_is_refused(
    asked_on: date, service_on: date | None, field: str
) -> None:
    with pytest.raises(Refused) as no:
        ask_estimate(
            actor=make.user(), patient=make.patient(), asked_on=asked_on, service_on=service_on, now=make.NOW
        )
    assert list(no.value.fields) == [field]


@pytest.mark.django_db
def test_an_estimate_is_not_given_in_the_future() -> None:
    estimate = make.estimate(make.patient())
    with pytest.raises(Refused, match="still to come"):
        give_estimate(
            actor=make.user(), estimate=estimate, given_on=date(2027, 1, 1), amount_cents=1, now=make.NOW
        )
