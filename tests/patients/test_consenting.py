"""Consents: on file once, taken back at once, and asked for before an admission."""

from datetime import date, timedelta

import pytest

from iop_clinic.refusal import Refused
from patients.consenting import missing_for_admission, revoke_consent, sign_consent
from patients.models import Consent, Patient
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY


def sign(patient: Patient, kind: str = "treatment", name: str = "Ana Portal", **fields: date) -> Consent:
    return sign_consent(
        actor=make.user(), patient=patient, kind=kind, signed_name=name, **({"signed_on": DAY} | fields)
    )


def test_the_same_consent_sent_twice_is_one() -> None:
    patient = make.patient()
    assert sign(patient) == sign(patient)


def test_a_second_signer_on_the_same_day_is_refused() -> None:
    patient = make.patient()
    sign(patient)
    with pytest.raises(Refused, match="already on file"):
        sign(patient, name="Someone Else")


def test_a_consent_cannot_end_before_it_is_signed() -> None:
    with pytest.raises(Refused) as no:
        sign(make.patient(), expires_on=DAY - timedelta(days=1))
    assert (no.value.status, list(no.value.fields)) == (422, ["expires_on"])


@pytest.mark.parametrize(("kind", "name"), [("treatment", " "), ("anything", "Ana")])
def test_a_consent_has_a_known_kind_and_a_signer(kind: str, name: str) -> None:
    with pytest.raises(Refused) as no:
        sign(make.patient(), kind=kind, name=name)
    assert no.value.status == 422


def test_a_revoked_consent_stays_on_file_and_counts_no_more() -> None:
    patient = make.patient()
    sign(patient, "privacy_notice")
    consent = sign(patient)
    assert missing_for_admission(patient, DAY) == []
    revoked = revoke_consent(actor=make.user(), consent=consent, now=make.NOW)
    again = revoke_consent(actor=make.user(), consent=consent, now=make.NOW + timedelta(hours=1))
    assert revoked.revoked_at == again.revoked_at == make.NOW
    assert missing_for_admission(patient, DAY) == [Consent.Kind.TREATMENT]


def test_a_consent_counts_from_signing_to_expiry() -> None:
    patient = make.patient()
    sign(patient, expires_on=DAY + timedelta(days=7))
    on_file = [
        day for day in range(-1, 9) if patient.consents.in_force_on(DAY + timedelta(days=day)).exists()
    ]
    assert on_file == list(range(8))
