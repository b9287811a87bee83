"""Discharge and after: aftercare, summary, papers given out, the first call, what a reviewer asks for."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q
from playwright.sync_api import Page, expect

from patients.documents.reader import load_documents
from patients.models import (
    Certification,
    ClinicalDocument,
    Disclosure,
    FollowUp,
    PlanReview,
    Signature,
)
from tests.browser.care_moves import episode_of
from tests.browser.clinic_moves import Walk, answer, downloaded, press, shows


def appoint(walk: Walk, provider: str, after: int, **said: Any) -> None:
    page = walk.desk(walk.clinic.manager)
    page.goto(f"/patients/{walk.pk}/aftercare/")
    answer(page, provider=provider, on=walk.day(after).isoformat(), made_by="clinic", **said)
    walk.look(page, "aftercare-form")
    press(page, "Note appointment")
    shows(page, provider)
    walk.look(page, "aftercare")


def discharge(walk: Walk, done: list[str], **said: Any) -> None:
    """The checklist is read, then the stay ends; the calls after 7, 30 and 90 days open."""
    page = walk.desk(walk.lead)
    page.goto(f"/patients/{walk.pk}/discharge/")
    checks = page.locator("section[aria-labelledby=check-title]")
    for words in done:
        expect(
            checks.locator("li", has_text=words)
            .get_by_title("Done")
            .or_(checks.locator("li", has_text=words).locator(".quiet").first)
        ).to_be_visible()
    page.wait_for_load_state("networkidle")
    walk.look(page, "discharge-form")
    answer(page, kind="completed", on=walk.now.date().isoformat(), is_planned="yes", **said)
    press(page, "Discharge")
    shows(page, "Discharged", "Call 7 days after discharge", "Call 90 days after discharge")
    page.wait_for_load_state("networkidle")
    walk.look(page, "discharged")
    assert episode_of(walk).ended_on == walk.now.date()


def summary(walk: Walk, said: dict[str, Any], *words: str) -> ClinicalDocument:
    """Drafted from the record; only what the record cannot know is written; the rest is read."""
    page, form = walk.desk(walk.lead), load_documents()["discharge_summary"]
    page.goto(f"/patients/{walk.pk}/discharge/")
    press(page, "Draft the summary from the record")
    for number, part in enumerate(form.parts, start=1):
        answer(page, **{one.id: said[one.id] for one in part.questions if one.id in said})
        walk.look(page, f"summary-{number}")
        press(page, "Save and go on" if number < len(form.parts) else "Save and finish")
    shows(page, *words)
    walk.look(page, "summary")
    return walk.patient.documents.filter(kind="discharge_summary").latest("pk")


def _ask_to_give(walk: Walk, parts: list[str], recipient: str, **said: Any) -> Page:
    page = walk.desk(walk.clinic.manager)
    page.goto(f"/patients/{walk.pk}/release/")
    walk.look(page, "release")
    for title in parts:
        page.locator("fieldset label", has_text=title).first.locator("input").check(force=True)
    answer(page, recipient=recipient, **({"recipient_kind": "payer", "purpose": "payment"} | said))
    return page


def give_out(walk: Walk, parts: list[str], recipient: str, **said: Any) -> bytes:
    """One PDF of these parts; the disclosure keeps its size and seal."""
    content = downloaded(_ask_to_give(walk, parts, recipient, **said), "Make the PDF")
    row = Disclosure.objects.filter(patient=walk.patient).latest("pk")
    assert (row.recipient, row.content_bytes) == (recipient, len(content))
    return content


def may_not_give(walk: Walk, parts: list[str], recipient: str, why: str, **said: Any) -> None:
    before = Disclosure.objects.count()
    page = _ask_to_give(walk, parts, recipient, **said)
    press(page, "Make the PDF", refused=True)
    shows(page, why)
    walk.look(page, "release-refused")
    assert Disclosure.objects.count() == before


def take_back(walk: Walk, words: str) -> None:
    """The patient takes a consent back on their phone."""
    phone = walk.phone()
    phone.goto("/portal/consents/")
    phone.get_by_role("link", name=words).click()
    press(phone, "Take it back")
    shows(phone, "taken back")


def first_call(walk: Walk, provider: str) -> None:
    """Seven days after: reached, doing well, and the appointment was kept."""
    page = walk.desk(walk.lead)
    call = FollowUp.objects.get(patient=walk.patient, trigger_code="discharge.7")
    page.goto(f"/follow-ups/{call.pk}/")
    kept = page.locator("fieldset", has_text=f"Appointment with {provider}")
    kept.locator("input[value=kept]").check(force=True)
    answer(page, outcome="reached", learned="doing_well", note="Sleeps well, went on Thursday.")
    walk.look(page, "call")
    press(page, "Note the call")
    shows(page, "Reached: doing well")
    page.goto(f"/patients/{walk.pk}/aftercare/")
    shows(page, "Kept")
    call.refresh_from_db()
    assert call.closed_at is not None


def accounting(walk: Walk, told: list[str], for_patient: list[str]) -> None:
    """What left the house, and what of it the patient may ask to be told."""
    page = walk.desk(walk.clinic.privacy)
    page.goto(f"/patients/{walk.pk}/disclosures/")
    expect(page.locator("main tbody tr")).to_have_count(len(told))
    shows(page, *told)
    walk.look(page, "disclosures")
    page.goto(f"/patients/{walk.pk}/disclosures/?show=accounting")
    expect(page.locator("main tbody tr")).to_have_count(len(for_patient))
    shows(page, *for_patient)
    walk.look(page, "accounting")


# Every part a record can be given out in, by the words of its box.
ALL_PARTS = [
    "Biopsychosocial assessment", "Safety plan", "Continuing-care plan", "Discharge summary",
    "Treatment plan", "Level of care", "Certification", "Medication and allergies",
    "Measures and scores", "Attendance and hours", "Signed progress notes",
]  # fmt: skip
# What 42 CFR 2.31 wants in a consent: whose, who gives, what, to whom, why, until when, and taking it back.
ELEMENTS = {"Patient", "Who gives it", "What", "To whom", "Why", "Until", "Taking it back"}


def reviewers_table(walk: Walk) -> list[str]:
    """Every signature on the chart: days after the first call, the document, who signed it and how."""
    rows = [*_of_consents(walk), *_of_the_level(walk), *_of_documents(walk)]
    return [f"{walk.days_to(day)} {title}: {who}" for day, title, who in sorted(rows)]


def _of_consents(walk: Walk) -> Iterator[tuple[date, str, str]]:
    for row in walk.patient.consents.exclude(signed_on=None):
        assert row.signed_on is not None
        yield row.signed_on, row.get_kind_display(), f"{row.signed_name}, {row.get_way_display().lower()}"


def _of_the_level(walk: Walk) -> Iterator[tuple[date, str, str]]:
    for decided in walk.patient.determinations.exclude(signed_at=None).select_related("signed_by"):
        yield decided.decided_on, f"Level: {decided.actual}", f"{decided.signed_by}, {decided.credential}"
    for made in Certification.objects.filter(episode__patient=walk.patient).select_related("signed_by"):
        yield made.signed_on, "Certification", f"{made.signed_by}, {made.credential}"


def _of_documents(walk: Walk) -> Iterator[tuple[date, str, str]]:
    ours = Q(document__patient=walk.patient) | Q(plan__episode__patient=walk.patient)
    for row in Signature.objects.filter(ours).select_related("document", "plan"):
        kind = row.document.kind if row.document else ""
        title = load_documents()[kind].title if kind else "Treatment plan"
        letters = f", {row.credential}" if row.credential else ""
        yield walk.local(row.signed_at), title, f"{row.signed_name}{letters} ({row.part})"
    for review in PlanReview.objects.filter(plan__episode__patient=walk.patient).exclude(signed_at=None):
        yield review.reviewed_on, "Plan review", f"{review.author} (clinician)"
    for done in walk.patient.reconciliations.select_related("signed_by"):
        yield done.on, "Medication review", f"{done.signed_by}, {done.credential}"
