"""Referrals: received once, moved stage by stage, and never twice for one person."""

from datetime import date, timedelta
from typing import Any

import pytest

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from patients.duplicates import possible_duplicates, use_other_chart
from patients.intake import close_referral, move_referral, refer
from patients.models import Patient, Referral, ReferralSource
from patients.models.referral import Stage
from tests import make

pytestmark = pytest.mark.django_db

TODAY = make.NOW.date()


def said(**fields: Any) -> dict[str, Any]:
    return {
        "actor": make.user(),
        "site": make.site(),
        "received_on": TODAY,
        "source": "hospital",
        "reason": "Low mood since spring",
        "given_name": "Ana",
        "family_name": "Willowby",
        "born_on": date(1992, 2, 3),
        "phone": "609-555-0142",
        "now": make.NOW,
    } | fields


def test_a_referral_of_a_new_person_opens_a_chart_at_the_inquiry_stage() -> None:
    referral = refer(**said())
    assert referral.stage == Stage.INQUIRY
    assert referral.patient.full_name == "Ana Willowby"
    assert list(referral.steps.values_list("stage", flat=True)) == [Stage.INQUIRY]
    assert set(AuditEvent.objects.values_list("verb", flat=True)) == {"patients.open_chart", "patients.refer"}


def test_the_same_form_sent_twice_is_one_referral_and_one_chart() -> None:
    form = said()
    assert refer(**form) == refer(**form)
    assert (Referral.objects.count(), Patient.objects.count()) == (1, 1)


def test_a_known_person_has_one_open_referral_at_a_time() -> None:
    patient = make.patient()
    refer(**said(patient=patient))
    with pytest.raises(Refused, match="already has an open referral") as no:
        refer(**said(patient=patient, reason="Another reason"))
    assert no.value.status == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", "  "),
        ("family_name", ""),
        ("born_on", None),
        ("born_on", TODAY + timedelta(days=1)),
        ("born_on", date(1899, 12, 31)),
        ("received_on", TODAY + timedelta(days=1)),
        ("source", "nobody"),
        ("urgency", "yesterday"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_changes_nothing(field: str, value: object) -> None:
    with pytest.raises(Refused) as no:
        refer(**said(**{field: value}))
    assert no.value.status == 422
    assert field in no.value.fields
    assert not Patient.objects.exists()


def test_a_move_is_a_step_with_who_and_when() -> None:
    referral, actor = make.referral(), make.user()
    move_referral(actor=actor, referral=referral, stage=Stage.SCREENING, note="Called back", now=make.NOW)
    referral.refresh_from_db()
    step = referral.steps.get()
    assert referral.stage == Stage.SCREENING
    assert (step.by, step.at, step.note) == (actor, make.NOW, "Called back")


def test_moving_to_the_same_stage_again_adds_no_step() -> None:
    referral, actor = make.referral(), make.user()
    for _ in range(2):
        move_referral(actor=actor, referral=referral, stage=Stage.WAITLISTED, now=make.NOW)
    assert referral.steps.count() == 1


def test_nobody_is_admitted_by_moving_a_referral() -> None:
    with pytest.raises(Refused, match="admission page"):
        move_referral(actor=make.user(), referral=make.referral(), stage=Stage.ADMITTED, now=make.NOW)


def test_a_referral_that_led_to_an_admission_stays() -> None:
    referral = make.referral(stage=Stage.ADMITTED)
    with pytest.raises(Refused, match="stays as it is"):
        move_referral(actor=make.user(), referral=referral, stage=Stage.INQUIRY, now=make.NOW)


def test_a_closed_referral_may_be_opened_again_unless_another_is_open() -> None:
    patient, actor = make.patient(), make.user()
    gone = make.referral(patient, stage=Stage.CLOSED)
    move_referral(actor=actor, referral=gone, stage=Stage.INQUIRY, now=make.NOW)
    gone.refresh_from_db()
    assert (gone.stage, gone.outcome) == (Stage.INQUIRY, "")
    close_referral(actor=actor, referral=gone, outcome="not_reached", now=make.NOW)
    make.referral(patient)
    with pytest.raises(Refused, match="open referral"):
        move_referral(actor=actor, referral=gone, stage=Stage.INQUIRY, now=make.NOW)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("Lucia", "FAIRBRAMBLE", date(1990, 5, 5), ""), "Same name"),
        (("Somebody", "Else", None, "(609) 555 0199"), "Same phone"),
        (("Lucy", "Fairbrambel", date(2001, 7, 9), ""), "Same birth date, similar name"),
        (("Fairbramble", "Lucia", date(1990, 5, 5), ""), "Similar name"),
        (("Somebody", "Else", None, "", "LUCIA@mail.example"), "Same e-mail"),
        (
            ("Lucía", "Fairbramble", date(2001, 7, 9), "+1 609-555-0199"),
            "Same name, same birth date, same phone",
        ),
    ],
)
def test_a_chart_that_may_be_this_person_is_named_with_the_reason(typed: tuple[Any, ...], why: str) -> None:
    known = make.patient(
        given_name="Lucía",
        family_name="Fairbramble",
        born_on=date(2001, 7, 9),
        phone="609-555-0199",
        email="lucia@mail.example",
    )
    make.patient(given_name="Otto", family_name="Oakensea", born_on=date(2001, 7, 9))
    assert [(row.patient, row.why) for row in possible_duplicates(*typed)] == [(known, why)]


def test_charts_of_other_sites_are_not_offered_as_duplicates() -> None:
    make.patient(make.other_site(), given_name="Ana", family_name="Willowby", born_on=date(1992, 2, 3))
    assert possible_duplicates("Ana", "Willowby", date(1992, 2, 3), "", user=make.user()) == []


def test_a_referral_ends_with_a_reason_and_says_it_in_its_steps() -> None:
    referral, actor = make.referral(next_contact_on=TODAY), make.user()
    for _ in range(2):
        close_referral(actor=actor, referral=referral, outcome="needs_higher", words="Detox", now=make.NOW)
    referral.refresh_from_db()
    step = referral.steps.get()
    assert (referral.stage, referral.outcome, referral.outcome_words) == ("closed", "needs_higher", "Detox")
    assert step.note == "Needs a higher level of care"
    assert referral.next_contact_on is None


@pytest.mark.parametrize(("outcome", "field"), [("", "outcome"), ("bored", "outcome"), ("other", "words")])
def test_a_referral_does_not_end_without_a_reason(outcome: str, field: str) -> None:
    referral = make.referral()
    with pytest.raises(Refused) as no:
        close_referral(actor=make.user(), referral=referral, outcome=outcome, now=make.NOW)
    assert (no.value.status, list(no.value.fields)) == (422, [field])
    referral.refresh_from_db()
    assert (referral.stage, referral.steps.count()) == ("inquiry", 0)


def test_closing_is_no_move_and_an_admission_cannot_be_closed() -> None:
    actor = make.user()
    with pytest.raises(Refused, match="Say why it ends"):
        move_referral(actor=actor, referral=make.referral(), stage=Stage.CLOSED, now=make.NOW)
    with pytest.raises(Refused, match="stays as it is"):
        close_referral(
            actor=actor, referral=make.referral(stage=Stage.ADMITTED), outcome="declined", now=make.NOW
        )


def test_a_place_is_in_the_directory_once_and_a_private_person_never() -> None:
    one = refer(**said(source_name="Mercy Hospital"))
    two = refer(**said(source_name="MERCY hospital", source_phone="609-555-0170", given_name="Ben"))
    assert one.sender == two.sender
    assert ReferralSource.objects.get().phone == "609-555-0170"
    family = refer(**said(source="family", source_name="Her mother", given_name="Cleo"))
    assert (family.sender, family.sent_by_name) == (None, "Her mother")
    elsewhere = refer(**said(site=make.other_site(), source_name="Mercy Hospital", given_name="Dov"))
    assert elsewhere.sender != one.sender


def test_a_second_chart_of_a_person_takes_no_referral() -> None:
    second, first = make.patient(), make.patient()
    use_other_chart(actor=make.user(), patient=second, other=first)
    second.refresh_from_db()
    with pytest.raises(Refused, match="second chart"):
        refer(**said(patient=second))


def test_the_chart_to_use_is_another_one_that_points_nowhere() -> None:
    actor, first, second, third = make.user(), make.patient(), make.patient(), make.patient()
    use_other_chart(actor=actor, patient=second, other=first)
    for patient, other, why in (
        (first, first, "this same chart"),
        (third, second, "says to use another"),
        (first, third, "says to use this one"),
        (make.episode().patient, third, "is in the program"),
    ):
        with pytest.raises(Refused, match=why):
            use_other_chart(actor=actor, patient=patient, other=other)
    use_other_chart(actor=actor, patient=second, other=None)
    second.refresh_from_db()
    assert second.use_chart is None
