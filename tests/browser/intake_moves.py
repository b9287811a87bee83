"""From the first call to the day of admission, page by page."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from patients.instruments.definition import Instrument
from patients.models import Consent, FollowUp, LevelDetermination, Patient, Response
from patients.scoring import load_instruments
from tests.browser.clinic_moves import Walk, answer, draw, is_pdf, press, shows, sign_at

TRY = "form[action$='/contact/']"
# One row of a table in a document: a list of dictionaries is typed row by row.
Answers = dict[str, Any]


def refer(walk: Walk, first: str, last: str, **said: Any) -> None:
    """The call is written down with who sent them and how urgent it is; a message is left."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto("/referrals/new/")
    answer(desk, given_name=first, family_name=last, **said)
    walk.look(desk, "referral-form")
    press(desk, "Save|Add|Refer")
    walk.chart = Patient.objects.get(given_name=first, family_name=last)
    shows(desk, "Inquiry", said["source_name"])
    later = walk.day(1).isoformat()
    answer(desk.locator(TRY), channel="phone", outcome="left_message", next_on=later)
    press(desk, "Save the try")
    shows(desk, "Left a message")
    walk.look(desk, "referral")


def referral_page(walk: Walk) -> Page:
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/referrals/{walk.patient.referrals.get().pk}/")
    return desk


def reach(walk: Walk) -> None:
    desk = referral_page(walk)
    desk.get_by_text("Write down a try").click()
    answer(
        desk.locator(TRY),
        channel="phone",
        outcome="reached",
        note="Wants to come soon.",
    )
    press(desk, "Save the try")
    move(desk, "screening")


def move(page: Page, stage: str) -> None:
    """Along the pipeline, from the referral's page."""
    answer(page.locator("form[action$='/stage/']"), stage=stage)
    press(page, "Move")
    expect(page.locator("#ask-title")).to_contain_text(stage.capitalize())


def cover(walk: Walk, payer: str, member: str, **said: Any) -> None:
    """The plan that pays is put on the chart, and its benefits are asked for by phone."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/patients/{walk.pk}/coverage/")
    desk.get_by_label("Payer").select_option(label=payer)
    answer(desk, plan_name="PPO 500", member_number=member, from_on=walk.day(-200).isoformat())
    press(desk, "Add coverage")
    desk.goto(f"/coverages/{walk.patient.coverages.get().pk}/verifications/new/")
    answer(
        desk, source="phone", verified_on=walk.day(1).isoformat(), representative="Dana K.",
        reference=f"REF-{member}", product="ppo", relationship="self", iop_covered="yes", in_network="yes",
        telehealth_covered="unknown", authorization_needed="yes", authorization_way="Call before day 1",
        deductible_cents="1,500", deductible_met_cents="400", copay_cents="25", copay_per="day", **said,
    )  # fmt: skip
    walk.look(desk, "verification-form")
    press(desk, "Save the answer")
    walk.look(desk, "coverage")
    asked = walk.patient.coverages.get().verifications.get()
    desk.goto(f"/verifications/{asked.pk}/")
    shows(desk, f"REF-{member}", "1,500")
    walk.look(desk, "verification")


def print_the_packet(walk: Walk) -> None:
    desk = referral_page(walk)
    with desk.expect_download() as coming:
        desk.get_by_role("link", name="Intake packet").click()
    assert is_pdf(coming.value)


def prepare(walk: Walk, kind: str, **terms: Any) -> Consent:
    """A consent asked for by its kind: it waits for a signature, here and in the portal."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/patients/{walk.pk}/consents/new/")
    walk.look(desk, "consent-kinds")
    desk.goto(f"/patients/{walk.pk}/consents/new/?kind={kind}")
    answer(desk, **terms)
    walk.look(desk, f"consent-form-{kind}")
    press(desk, "Prepare for signature")
    walk.look(desk, f"consent-waits-{kind}")
    return walk.patient.consents.filter(kind=kind).latest("pk")


def sign_on_the_pad(walk: Walk, consent: Consent, name: str, **who: Any) -> None:
    """The device is handed over: the words, a drawn name, and back."""
    tablet = walk.desk(walk.clinic.desk)
    tablet.goto(f"/consents/{consent.pk}/signature/")
    answer(tablet, signed_name=name, agree=True, **who)
    draw(tablet)
    walk.look(tablet, "consent-pad")
    press(tablet, "Sign")
    shows(tablet, "Thank you")
    consent.refresh_from_db()
    assert consent.drawing.startswith("M") and consent.way == Consent.Way.ON_SCREEN
    tablet.goto(f"/consents/{consent.pk}/")
    shows(tablet, name, "Unchanged since it was signed")
    walk.look(tablet, "consent-signed")


def sign_in_the_portal(walk: Walk, consent: Consent, name: str) -> None:
    phone = walk.phone()
    phone.goto("/portal/consents/")
    walk.look(phone, "portal-consents")
    phone.get_by_role("link", name=consent.words).click()
    answer(phone, signed_name=name, agree=True)
    walk.look(phone, "portal-consent")
    press(phone, "Sign")
    shows(phone, "Signed")
    consent.refresh_from_db()
    assert consent.way == Consent.Way.PORTAL and consent.signed_name == name


def note_paper(walk: Walk, kind: str, name: str) -> None:
    """Signed on paper at the desk."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/patients/{walk.pk}/consents/")
    answer(desk, kind=kind, signed_name=name)
    press(desk, "Record consent")
    walk.look(desk, "consents")


def bring_a_relative(walk: Walk, name: str, who: str) -> None:
    """Someone of the family may join sessions once the consent to it is signed."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/patients/{walk.pk}/relatives/")
    answer(desk, name=name, relationship=who, phone="609-555-0161")
    press(desk, "Add relative")
    desk.get_by_role("link", name=f"Record consent for {name}").click()
    answer(desk, signed_name=name)
    press(desk, "Record|Save")
    shows(desk, "In force")
    walk.look(desk, "relatives")


def open_the_portal(walk: Walk) -> None:
    """The desk opens the patient's own account from the chart."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/patients/{walk.pk}/details/")
    walk.look(desk, "details")
    press(desk, "Open a portal account|Invite|Open")
    walk.patient.refresh_from_db()
    assert walk.patient.user is not None


def _answers(instrument: Instrument, said: list[int] | dict[str, int]) -> dict[str, int]:
    if isinstance(said, list):
        return dict(zip([item.id for item in instrument.items], said, strict=False))
    return {item.id: said.get(item.id, item.options[0].value) for item in instrument.items}


def ask(walk: Walk, code: str) -> Response:
    clinic = walk.desk(walk.lead)
    clinic.goto(f"/patients/{walk.pk}/measures/")
    answer(clinic, instrument_code=code)
    walk.look(clinic, "measures")
    press(clinic, "Ask")
    return walk.patient.responses.filter(instrument_code=code).latest("pk")


def measure(walk: Walk, code: str, said: list[int] | dict[str, int], verdict: str = "") -> Response:
    """Asked for and entered by staff, every question on one page."""
    response = ask(walk, code)
    clinic = walk.desk(walk.lead)
    clinic.goto(f"/measures/{response.pk}/")
    answer(clinic, **_answers(load_instruments()[code], said))
    walk.look(clinic, f"measure-{code}")
    press(clinic, "Finish")
    if verdict:
        expect(clinic.locator("main")).to_contain_text(re.compile(verdict))
    walk.look(clinic, f"result-{code}")
    response.refresh_from_db()
    assert response.state == "complete", (code, response.state)
    return response


def check_in(walk: Walk, code: str, said: list[int]) -> Page:
    """The patient answers on the phone, one question a page."""
    response = ask(walk, code)
    phone = walk.phone()
    phone.goto("/portal/check-ins/")
    walk.look(phone, "portal-check-ins")
    for number, value in enumerate(said, start=1):
        phone.goto(f"/portal/check-ins/{response.public_id}/{number}/")
        phone.locator(f"main input[type=radio][value='{value}']").check(force=True)
        walk.look(phone, f"portal-{code}") if number == 1 else None
        press(phone, "Next|Finish")
    response.refresh_from_db()
    return phone


def crisis(walk: Walk, answers: list[int]) -> None:
    """Item 9 of the PHQ-9 is not zero: help is on the screen, one follow-up opens and is closed in words."""
    known = set(walk.patient.follow_ups.values_list("pk", flat=True))
    phone = check_in(walk, "phq9", answers[:9])
    opened = walk.patient.follow_ups.exclude(pk__in=known).get()
    shows(phone, "You do not have to carry this alone", "988", f"{opened.owner.full_name} has been asked")
    walk.look(phone, "portal-crisis")
    phone.get_by_role("link", name="One question is left").click()
    phone.locator(f"main input[type=radio][value='{answers[9]}']").check(force=True)
    press(phone, "Finish")
    shows(phone, "You do not have to carry this alone")
    assert walk.patient.responses.filter(instrument_code="phq9").latest("pk").state == "complete"
    assert walk.patient.follow_ups.exclude(pk__in=known).get() == opened
    close(walk, opened)


def close(walk: Walk, opened: FollowUp) -> None:
    """Whoever owns it says what came of it, which cannot be left out."""
    page = walk.desk(opened.owner)
    page.goto("/follow-ups/")
    shows(page, walk.patient.full_name)
    walk.look(page, "follow-ups")
    page.goto(f"/follow-ups/{opened.pk}/")
    press(page, "Close follow-up", refused=True)
    said = "Called within the hour: thoughts without a plan, someone is there tonight."
    answer(page, outcome_kind="safe", outcome=said)
    walk.look(page, "follow-up")
    press(page, "Close follow-up")
    page.goto(f"/patients/{walk.pk}/risk/")
    shows(page, said)
    walk.look(page, "risk")
    opened.refresh_from_db()
    assert opened.closed_at is not None and opened.outcome == said


def determine(walk: Walk, kind: str, scheme: str, level: str, why: str, **said: Any) -> LevelDetermination:
    """The level of care decided on one page by this scheme and signed on the next."""
    clinic = walk.desk(walk.lead)
    clinic.goto(f"/patients/{walk.pk}/level-of-care/")
    walk.look(clinic, f"level-{kind}")
    clinic.goto(f"/patients/{walk.pk}/determinations/draft/?scheme={scheme}&kind={kind}")
    answer(clinic, kind=kind, recommended=level, actual=level, rationale=why, **said)
    walk.look(clinic, f"determination-form-{kind}")
    press(clinic, "Save and go to sign")
    decided = walk.patient.determinations.latest("pk")
    sign_at(clinic, f"/determinations/{decided.pk}/signature/", "Sign as")
    clinic.goto(f"/determinations/{decided.pk}/")
    shows(clinic, "Signed", f"{walk.lead.full_name}, {walk.lead.profile.credential}")
    walk.look(clinic, f"determination-{kind}")
    decided.refresh_from_db()
    assert decided.signed_by == walk.lead
    return decided


def admit(walk: Walk, hours: str, **said: Any) -> None:
    clinic = walk.desk(walk.lead)
    clinic.goto(f"/patients/{walk.pk}/admission/")
    expect(clinic.get_by_label("Hours a week")).to_have_value(hours)
    answer(clinic, primary_clinician=walk.lead.pk, expected_end_on=walk.day(56).isoformat(), **said)
    walk.look(clinic, "admission")
    press(clinic, "Admit")
    shows(clinic, walk.patient.called)
    walk.look(clinic, "chart")


def mark_as_substance_use(walk: Walk) -> None:
    desk = walk.desk(walk.lead)
    desk.goto(f"/patients/{walk.pk}/substance-use/")
    walk.look(desk, "substance-use")
    press(desk, "Mark as a substance-use record")
    assert walk.patient.episodes.get().is_part2


def diagnose(walk: Walk, code: str, label: str, onset: str) -> None:
    clinic = walk.desk(walk.lead)
    clinic.goto(f"/patients/{walk.pk}/diagnoses/")
    answer(clinic, code=code, label=label, onset=onset, since_on=walk.day(7).isoformat())
    walk.look(clinic, "diagnoses")
    press(clinic, "Add|Record")
    shows(clinic, code)
