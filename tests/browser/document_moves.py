"""Documents written part by part and signed by all who should; the plan, its review, the certification."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from iop_clinic.accounts.models import User
from patients.documents.definition import Part
from patients.documents.reader import load_documents
from patients.models import Certification, ClinicalDocument, PlanReview, TreatmentPlan
from tests.browser.clinic_moves import Walk, answer, press, prove, shows, sign_at

# By question id; one answered in rows has a list of rows.
Answers = dict[str, Any]


def write(
    walk: Walk, kind: str, said: Answers, *, by: User | None = None, begin: str = "Write"
) -> ClinicalDocument:
    """Every part on its own page, to the draft."""
    page, form = walk.desk(by or walk.lead), load_documents()[kind]
    page.goto(f"/patients/{walk.pk}/documents/")
    walk.look(page, "documents")
    press(page, f"{begin} {form.title}")
    for number, part in enumerate(form.parts, start=1):
        _fill(page, part, said)
        walk.look(page, f"{kind}-{number}")
        press(page, "Save and go on" if number < len(form.parts) else "Save and finish")
    shows(page, "Draft, not signed")
    return walk.patient.documents.filter(kind=kind).latest("pk")


def _fill(page: Page, part: Part, said: Answers) -> None:
    expect(page.locator("#part-title")).to_have_text(part.title)
    for question in part.questions:
        if question.id not in said:
            continue
        if question.kind == "table":
            _fill_rows(page, question.id, said[question.id])
        else:
            answer(page, **{question.id: said[question.id]})


def _fill_rows(page: Page, question: str, rows: list[dict[str, Any]]) -> None:
    for number, row in enumerate(rows):
        if not page.locator(f"main [name='{question}-{number}-{next(iter(row))}']").count():
            with page.expect_navigation():
                page.locator("fieldset", has=page.locator(f"[name='{question}-rows']")).get_by_role(
                    "button", name="Save and add rows"
                ).click()
        answer(page, **{f"{question}-{number}-{column}": value for column, value in row.items()})


def sign(walk: Walk, document: ClinicalDocument, *, by: User | None = None) -> None:
    page, signer = walk.desk(by or walk.lead), by or walk.lead
    page.goto(f"/documents/{document.pk}/signature/")
    prove(page)
    walk.look(page, f"sign-{document.kind}")
    press(page, "(Sign|Co-sign) as")
    shows(page, signer.full_name)
    walk.look(page, f"signed-{document.kind}")


def cosign(walk: Walk, document: ClinicalDocument) -> None:
    """Whoever is supervised waits for it."""
    page = walk.desk(walk.clinic.sol)
    page.goto(f"/documents/{document.pk}/")
    shows(page, "Waits for the supervisor’s signature")
    sign(walk, document, by=walk.clinic.sol)
    expect(page.locator("main")).not_to_contain_text("Waits for the supervisor")


def patient_signs_here(walk: Walk, document: ClinicalDocument, name: str, part: str = "patient") -> None:
    page = walk.desk(walk.lead)
    page.goto(f"/documents/{document.pk}/")
    page.get_by_role("link", name=re.compile("(Patient|Guardian) signs")).click()
    answer(page, part=part, way="on_screen", signed_name=name)
    walk.look(page, f"patient-signs-{document.kind}")
    press(page, "Keep")
    shows(page, name)


def patient_signs_at_home(walk: Walk, document: ClinicalDocument, name: str) -> None:
    phone = walk.phone()
    phone.goto("/portal/care/")
    walk.look(phone, "portal-care")
    phone.goto(f"/portal/care/{document.public_id}/")
    answer(phone, signed_name=name, agreed=True)
    walk.look(phone, f"portal-{document.kind}")
    press(phone, "Sign")
    found = document.signatures.get(part="patient")
    assert (found.way, found.signed_name) == ("portal", name)


def plan(walk: Walk, problems: list[dict[str, Any]], **words: str) -> TreatmentPlan:
    """A draft with a problem, goal, objective and services in each row, signed by its clinician."""
    page = walk.desk(walk.lead)
    page.goto(f"/patients/{walk.pk}/plan/draft/")
    for number, problem in enumerate(problems):
        if number:
            press(page, "Save and add a problem")
        _problem(page, f"p{number}", problem)
    answer(page, stay_weeks=8, **words)
    walk.look(page, "plan-form")
    press(page, "Save draft")
    draft = TreatmentPlan.objects.filter(episode__patient=walk.patient).latest("pk")
    page.goto(f"/plans/{draft.pk}/signature/")
    prove(page)
    walk.look(page, "plan-signature")
    press(page, "(Sign|Co-sign) as")
    shows(page, f"Version {draft.version}, in force")
    walk.look(page, "plan")
    draft.refresh_from_db()
    return draft


def _problem(page: Page, row: str, problem: dict[str, Any]) -> None:
    said = {f"{row}-{name}": problem[name] for name in ("statement", "evidence")}
    page.locator(f"main [name='{row}-diagnosis']").select_option(index=problem.get("diagnosis", 1))
    said[f"{row}-g0-statement"] = problem["goal"]
    said |= {f"{row}-g0-o0-{name}": value for name, value in problem["objective"].items()}
    answer(page, **said)
    for number, service in enumerate(problem["services"]):
        place = f"{row}-g0-o0"
        if number:
            with page.expect_navigation():
                page.locator(f"#{place}-end button").click()
        answer(page, **{f"{place}-i{number}-{name}": value for name, value in service.items()})


def plan_signed_by_all(walk: Walk, version: TreatmentPlan, name: str, guardian: str = "") -> None:
    """The patient in the portal, a guardian on this screen, prescriber and supervisor where wanted."""
    phone = walk.phone()
    phone.goto("/portal/care/plan/")
    answer(phone, signed_name=name, agreed=True)
    walk.look(phone, "portal-plan")
    press(phone, "Sign")
    if guardian:
        page = walk.desk(walk.lead)
        page.goto(f"/plans/{version.pk}/patient-signature/?part=guardian")
        answer(page, part="guardian", way="on_screen", signed_name=guardian)
        press(page, "Keep")
    sign_at(walk.desk(walk.clinic.doctor), f"/plans/{version.pk}/signature/", "(Sign|Co-sign) as")
    if version.needs_cosignature:
        sign_at(walk.desk(walk.clinic.sol), f"/plans/{version.pk}/signature/", "(Sign|Co-sign) as")
    page = walk.desk(walk.lead)
    page.goto(f"/patients/{walk.pk}/plan/")
    expect(page.locator("main")).not_to_contain_text("Still waits")
    page.locator("#copy-answer").select_option("portal")
    press(page, "Offered a copy")
    walk.look(page, "plan-signed")


def certify(walk: Walk, need: str) -> Certification:
    page = walk.desk(walk.clinic.doctor)
    page.goto(f"/patients/{walk.pk}/certifications/new/")
    prove(page)
    answer(page, need=need)
    walk.look(page, "certify")
    press(page, "(Sign|Co-sign) as")
    shows(page, "Covered to")
    made = Certification.objects.get(episode__patient=walk.patient)
    page.goto(f"/certifications/{made.pk}/")
    shows(page, "Mara Oduya", need)
    walk.look(page, "certification")
    return made


def review(walk: Walk, version: TreatmentPlan, rated: list[dict[str, Any]], **said: Any) -> PlanReview:
    """Each objective rated with its evidence, then signed."""
    page = walk.desk(walk.lead)
    page.goto(f"/plans/{version.pk}/review/")
    rows = page.locator("fieldset.plan-box")
    assert rows.count() == len(rated)
    for number, row in enumerate(rated):
        prefix = rows.nth(number).locator("[name$='-rating']").first.get_attribute("name")
        assert prefix
        answer(page, **{f"{prefix.removesuffix('rating')}{name}": value for name, value in row.items()})
    answer(page, **said)
    walk.look(page, "plan-review")
    press(page, "Save and sign")
    prove(page)
    walk.look(page, "plan-review-signature")
    press(page, "(Sign|Co-sign) as")
    made = version.reviews.get()
    assert made.signed_at is not None
    walk.look(page, "plan-reviewed")
    return made
