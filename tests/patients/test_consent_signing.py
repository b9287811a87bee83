"""A consent asked for, signed once by someone who may, sealed, and taken back from that instant."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from patients.consent_words import VERSION, Terms
from patients.consenting import (
    Signing,
    ask_for_consent,
    content_hash,
    drop_waiting,
    give_signature,
    revoke_consent,
)
from patients.models import Consent, Patient
from tests import make

pytestmark = pytest.mark.django_db
RELEASE = Terms(
    kind="release",
    discloser="Marlow Street",
    scopes=("diagnosis", "plan"),
    recipient_names=("Dr. Ito",),
    purpose="treatment",
    expires_on=make.MONDAY + timedelta(days=365),
)
ANA = Signing(name="Ana Portal", way="on_screen", drawing="M10 20 30 40")


def ask(patient: Patient | None = None, **changed: Any) -> Consent:
    return ask_for_consent(
        actor=make.user(), patient=patient or make.patient(), terms=replace(RELEASE, **changed)
    )


def sign(consent: Consent, **changed: Any) -> Consent:
    return give_signature(actor=make.user(), consent=consent, signing=replace(ANA, **changed), now=make.NOW)


def refusal(deed: Any) -> Refused:
    with pytest.raises(Refused) as no:
        deed()
    return no.value


def test_what_is_asked_keeps_the_words_it_shows_under_their_version() -> None:
    asked = ask()
    titles = [part["title"] for part in asked.shown]
    assert titles == [
        "Patient", "Agreement", "Who gives it", "What", "To whom", "Why", "Until", "Taking it back",
        "What may happen to it", "If you say no",
    ]  # fmt: skip
    assert (asked.wording_version, asked.signed_on) == (VERSION, None)


def test_the_single_consent_says_what_may_happen_to_the_records() -> None:
    care = {"scopes": ("everything",), "recipient_names": (), "recipient_classes": ("provider", "payer")}
    asked = ask(kind="tpo", purpose="tpo", expires_on=None, **care)
    said = {part["title"]: part["words"] for part in asked.shown}
    assert "proceedings against you" in said["What may happen to it"]
    assert said["Until"] == "No end" and "My treating providers" in said["To whom"]


def test_asking_the_same_twice_is_one() -> None:
    patient = make.patient()
    assert ask(patient) == ask(patient)
    assert ask(patient, recipient_names=("Dr. Vale",)) != ask(patient)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"discloser": ""}, "discloser"),
        ({"scopes": ()}, "scopes"),
        ({"recipient_names": ()}, "recipient_names"),
        ({"intermediary": "State exchange"}, "intermediary_members"),
        ({"purpose": "other"}, "purpose"),
        ({"expires_on": None}, "expires_on"),
        ({"scopes": ("plan", "counseling_notes")}, "scopes"),
        ({"purpose": "legal"}, "purpose"),
        ({"is_irrevocable": True}, "expires_event"),
        ({"kind": "soul"}, "kind"),
    ],
)
def test_an_incomplete_consent_is_refused_at_its_field(changed: dict[str, Any], field: str) -> None:
    no = refusal(lambda: ask(**changed))
    assert (no.status, list(no.fields)) == (422, [field])


def test_a_signature_is_sealed_and_any_change_would_show() -> None:
    signed = sign(ask())
    signed.refresh_from_db()
    assert (signed.signed_on, signed.way, signed.drawing) == (make.NOW.date(), "on_screen", "M10 20 30 40")
    assert signed.content_sha256 == content_hash(signed)
    signed.shown = [*signed.shown[:-1], {"title": "If you say no", "words": "Nothing."}]
    assert signed.content_sha256 != content_hash(signed)


def test_a_signed_consent_is_not_signed_again() -> None:
    signed = sign(ask())
    assert "signed already" in refusal(lambda: sign(signed, name="Someone Else")).sentence
    signed.refresh_from_db()
    assert signed.signed_name == "Ana Portal"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "signed_name"),
        ({"signed_as": "guardian"}, "signed_authority"),
        ({"way": "paper", "signed_on": make.NOW.date() + timedelta(days=1)}, "signed_on"),
    ],
)
def test_a_signature_that_cannot_be_is_refused_at_its_field(changed: dict[str, Any], field: str) -> None:
    asked = ask()
    no = refusal(lambda: sign(asked, **changed))
    assert (no.status, list(no.fields)) == (422, [field])
    asked.refresh_from_db()
    assert asked.signed_on is None


def test_a_guardian_signs_with_why_they_may() -> None:
    signed = sign(ask(), signed_as="guardian", authority="Mother")
    assert (signed.signed_as, signed.signed_authority) == ("guardian", "Mother")


def test_on_paper_the_day_is_that_of_the_paper_on_screen_it_is_today() -> None:
    earlier = make.MONDAY - timedelta(days=3)
    assert sign(ask(), way="paper", signed_on=earlier).signed_on == earlier
    assert sign(ask(), signed_on=earlier).signed_on == make.NOW.date()


def test_one_whose_last_day_is_over_is_not_signed_any_more() -> None:
    asked = ask(expires_on=make.MONDAY)
    assert "Its last day is over" in refusal(lambda: sign(asked)).sentence


def test_what_nobody_signed_may_be_removed_what_is_signed_may_not() -> None:
    asked = ask()
    drop_waiting(actor=make.user(), consent=asked)
    assert not Consent.objects.exists()
    assert "removed meanwhile" in refusal(lambda: sign(asked)).sentence
    signed = sign(ask())
    assert (
        "taken back, not removed" in refusal(lambda: drop_waiting(actor=make.user(), consent=signed)).sentence
    )


def test_taking_back_says_who_when_and_how() -> None:
    signed, officer = sign(ask()), make.user()
    back = revoke_consent(actor=officer, consent=signed, now=make.NOW, how="verbal", dated_on=make.MONDAY)
    back.refresh_from_db()
    assert (back.revoked_at, back.revoked_by, back.revoked_how) == (make.NOW, officer, "verbal")
    assert back.revocation_dated_on == make.MONDAY


def test_what_nobody_signed_cannot_be_taken_back() -> None:
    asked = ask()
    assert (
        "Nobody signed"
        in refusal(lambda: revoke_consent(actor=make.user(), consent=asked, now=make.NOW)).sentence
    )


def test_a_criminal_justice_consent_may_hold_until_its_event() -> None:
    own = {"kind": "justice", "purpose": "justice", "is_irrevocable": True, "expires_event": "probation ends"}
    signed = sign(ask(**own))
    for how in ("written", "verbal", "portal"):
        no = refusal(lambda how=how: revoke_consent(actor=make.user(), consent=signed, now=make.NOW, how=how))
        assert "holds until probation ends" in no.sentence
    assert revoke_consent(actor=make.user(), consent=signed, now=make.NOW, how="event").revoked_at
