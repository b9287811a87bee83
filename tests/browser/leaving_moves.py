"""Discharge and after it: aftercare, summary, papers given out, the first call, and what a reviewer asks for."""

from typing import Any

from playwright.sync_api import Page, expect

from iop_clinic.clock import local_day
from patients.documents.reader import load_documents
from patients.models import ClinicalDocument, Disclosure, FollowUp, Signature
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
        expect(checks.locator("li", has_text=words).get_by_title("Done").or_(
            checks.locator("li", has_text=words).locator(".quiet").first
        )).to_be_visible()
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
    "Biopsychosocial assessment", "Safety plan", "Continuing-care plan", "Discharge summary", "Treatment plan",
    "Level of care", "First certification", "Medication and allergies", "Measures and scores",
    "Attendance and hours", "Signed progress notes",
]  # fmt: skip
Row = tuple[str, int, str]


def reviewers_table(walk: Walk) -> list[Row]:
    """Every signature on the chart in time: document, days after the first call, who in which part."""
    zone = walk.clinic.site.time_zone
    rows: list[tuple[Any, Row]] = []

    def add(title: str, at: Any, who: str) -> None:
        rows.append((at, (title, (local_day(at, zone) - walk.day(0)).days, who)))

    for consent in walk.patient.consents.exclude(signed_on=None):
        title = f"Consent: {consent.get_kind_display()}"
        rows.append((consent.signed_at or consent.signed_on, (title, (consent.signed_on - walk.day(0)).days, f"{consent.get_signed_as_display().lower()}, {consent.way}")))
    for row in walk.patient.determinations.exclude(signed_at=None):
        add(f"Level: {row.get_kind_display()}", row.signed_at, f"{row.signed_by.full_name}, {row.credential}")
    for found in Signature.objects.filter(document__patient=walk.patient).select_related("document"):
        add(load_documents()[found.document.kind].title, found.signed_at, _who(found))
    for found in Signature.objects.filter(plan__episode__patient=walk.patient).select_related("plan"):
        add(f"Treatment plan {found.plan.version}", found.signed_at, _who(found))
    return [row for _, row in sorted(rows, key=lambda pair: pair[1][1:2] + (pair[1][0],))]


def _who(signature: Signature) -> str:
    letters = f", {signature.credential}" if signature.credential else ""
    return f"{signature.part}: {signature.signed_name}{letters}"
