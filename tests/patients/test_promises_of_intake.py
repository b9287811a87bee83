"""The database says no by itself: referrals, benefits and files, each named constraint broken on purpose."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from iop_clinic.constraints import broken_constraint
from patients.models import (
    BenefitVerification,
    ContactTry,
    GoodFaithEstimate,
    Referral,
    ReferralSource,
    Upload,
    UploadInError,
)
from tests import make
from tests.make import MONDAY, NOW


def two_open() -> None:
    make.referral(make.referral().patient)


def sender_twice() -> None:
    for name in ("Mercy", "MERCY"):
        ReferralSource.objects.create(site=make.site(), kind="hospital", name=name)


def verification(**fields: Any) -> BenefitVerification:
    return make.verification(make.coverage(make.patient()), **fields)


def estimate(**fields: Any) -> GoodFaithEstimate:
    return make.estimate(make.patient(), **fields)


def upload(**fields: Any) -> Upload:
    return make.upload(make.patient(), **fields)


def in_error(**fields: Any) -> UploadInError:
    return UploadInError.objects.create(upload=upload(), reason="", by=make.user(), at=NOW)


BREAKS: list[tuple[str, Callable[[], Any]]] = [
    ("referral_one_open_per_patient", two_open),
    ("referral_closed_has_an_outcome", lambda: make.referral(stage="closed", outcome="")),
    ("referral_closed_has_an_outcome", lambda: make.referral(outcome="declined")),
    ("referral_other_outcome_has_words", lambda: make.referral(stage="closed", outcome="other")),
    ("referral_clock_ends_after_it_starts", lambda: make.referral(see_by=NOW - timedelta(days=99))),
    ("referral_source_once_per_site", sender_twice),
    ("referral_source_has_a_name", lambda: make.sender(name="")),
    ("referral_source_is_no_private_person", lambda: make.sender(kind="family")),
    ("verification_by_phone_names_who_and_reference", lambda: verification(source="phone")),
    ("verification_coinsurance_is_a_percent", lambda: verification(coinsurance_percent=101)),
    ("verification_plan_year_starts_in_a_month", lambda: verification(plan_year_month=13)),
    ("verification_limit_has_a_unit", lambda: verification(limit_count=30)),
    ("verification_copay_has_a_unit", lambda: verification(copay_cents=1)),
    ("verification_is_due_again_later", lambda: verification(next_due_on=MONDAY)),
    ("estimate_given_has_an_amount", lambda: estimate(given_on=MONDAY)),
    ("estimate_due_after_it_was_asked", lambda: estimate(due_on=MONDAY - timedelta(days=1))),
    ("upload_is_of_a_known_type", lambda: upload(content_type="text/html")),
    ("upload_says_what_it_is", lambda: upload(title="")),
    ("upload_is_not_empty", lambda: upload(byte_count=0)),
    ("upload_has_a_hash", lambda: upload(sha256="0")),
    ("upload_name_is_no_path", lambda: upload(stored_name="../../etc/passwd")),
    ("upload_in_error_has_a_reason", in_error),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "attempt"), BREAKS, ids=[name for name, _ in BREAKS])
def test_the_database_itself_says_no(name: str, attempt: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name


def test_every_named_constraint_is_broken_here() -> None:
    models = (
        Referral, ReferralSource, BenefitVerification, GoodFaithEstimate, Upload, UploadInError,
    )  # fmt: skip
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert named == {name for name, _ in BREAKS}


def contact_try() -> ContactTry:
    return ContactTry.objects.create(
        referral=make.referral(), at=NOW, by=make.user(), channel="phone", outcome="reached"
    )


STAYS: list[tuple[Callable[[], Any], dict[str, Any]]] = [
    (contact_try, {"note": "changed"}),
    (verification, {"iop_covered": "no"}),
    (lambda: estimate(given_on=MONDAY, amount_cents=100), {"amount_cents": 1}),
    (upload, {"title": "changed"}),
    (
        lambda: UploadInError.objects.create(upload=upload(), reason="Wrong", by=make.user(), at=NOW),
        {"reason": "changed"},
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "change"), STAYS, ids=["try", "answer", "estimate", "file", "file in error"]
)
def test_what_was_written_down_stays(made: Callable[[], Any], change: dict[str, Any]) -> None:
    row = made()
    rows = type(row).objects.filter(pk=row.pk)
    for deed in (lambda: rows.update(**change), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()
    assert rows.exists()
