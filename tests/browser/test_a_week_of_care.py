"""The week of care once more, in Chromium: each step ends in what the person sees.

The story of `tests/journeys/`: the site's wall clock stands at noon and its week starts tomorrow. Later
days are reached by moving the application's clock; the reminder goes out by the database's own.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from iop_clinic.roles import Role
from patients.models import FollowUp, Patient
from scheduling.calendar import materialise
from scheduling.models import Booking
from scheduling.tasks import send_due_messages
from sessions.models import Attendance, Signature
from tests import make
from tests.browser.conftest import PHONE, Eyes
from tests.journeys.test_a_week_of_care import Story, groups, story  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opens = Callable[..., Page]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=True):
        yield


def choose(page: Page, label: str) -> None:
    page.get_by_label(label, exact=True).check(force=True)


def refer_someone(desk: Page, eyes: Eyes, told: Story) -> Patient:
    desk.goto("/referrals/")
    desk.get_by_role("link", name="New referral").click()
    desk.get_by_label("First name").fill("Ana")
    desk.get_by_label("Last name").fill("Willow")
    desk.get_by_label("Date of birth").fill("1992-02-03")
    desk.get_by_label("E-mail").fill("ana.willow@home.example")
    desk.get_by_label("First contact").fill((told.today - timedelta(days=9)).isoformat())
    desk.get_by_label("Who sent them").select_option("hospital")
    desk.get_by_label("Why they are coming").fill("Low mood since spring")
    desk.get_by_label("Payer").select_option(label="Bluestone Health")
    eyes.look(desk, "referral-form")
    desk.get_by_role("button", name=re.compile("Save|Add|Refer")).click()
    expect(desk.get_by_role("heading", name="Inquiry, waiting 9 days")).to_be_visible()
    for stage in ("Screening", "Assessment"):
        choose(desk, stage)
        desk.get_by_role("button", name="Move").click()
        expect(desk.get_by_role("heading", name=f"{stage}, waiting 9 days")).to_be_visible()
    eyes.look(desk, "referral")
    return Patient.objects.get(family_name="Willow")


def enter_measures(clinic: Page, eyes: Eyes, patient: Patient) -> None:
    enter(clinic, patient, "PHQ-9", [1, 1, 2, 2, 2, 2, 2, 1, 1], difficulty="Somewhat difficult", eyes=eyes)
    expect(clinic.get_by_role("heading", name=re.compile("14"))).to_be_visible()
    expect(clinic.locator("main")).to_contain_text("moderate")
    eyes.look(clinic, "measure-result")
    assert FollowUp.objects.filter(patient=patient).count() == 1
    enter(clinic, patient, "GAD-7", [2, 2, 2, 2, 2, 0, 0])
    expect(clinic.get_by_role("heading", name=re.compile("10"))).to_be_visible()
    clinic.goto("/follow-ups/")
    expect(clinic.locator("main")).to_contain_text("Ana Willow")
    eyes.look(clinic, "follow-ups")


def enter(
    clinic: Page,
    patient: Patient,
    name: str,
    values: list[int],
    difficulty: str = "",
    eyes: Eyes | None = None,
) -> None:
    clinic.goto(f"/patients/{patient.pk}/measures/")
    clinic.get_by_label("Measure", exact=True).select_option(label=name)
    clinic.get_by_role("button", name=re.compile("Ask|Start")).first.click()
    clinic.wait_for_load_state("networkidle")
    code = name.lower().replace("-", "")
    clinic.goto(f"/measures/{patient.responses.filter(instrument_code=code).latest('pk').pk}/")
    for number, value in enumerate(values, start=1):
        clinic.locator(f"input[name=q{number}][value='{value}']").check(force=True)
    if difficulty:
        clinic.locator("input[name=difficulty]").nth(1).check(force=True)
    if eyes:
        eyes.look(clinic, "measure-form")
    clinic.get_by_role("button", name="Finish").click()
    clinic.wait_for_load_state("networkidle")


def put_papers_in_order(desk: Page, eyes: Eyes, told: Story, patient: Patient) -> None:
    for kind in ("Treatment", "Privacy notice received", "Bill the payer"):
        desk.goto(f"/patients/{patient.pk}/consents/")
        desk.locator("form label", has_text=kind).first.click()
        desk.get_by_label("Signed by").fill("Ana Willow")
        desk.get_by_role("button", name=re.compile("Record|Save|Add")).first.click()
        desk.wait_for_load_state("networkidle")
    eyes.look(desk, "consents")
    desk.goto(f"/patients/{patient.pk}/coverage/")
    desk.get_by_label("Payer").select_option(label="Bluestone Health")
    desk.get_by_label("Member ID").fill("BH-1")
    desk.get_by_label("From", exact=True).first.fill((told.today - timedelta(days=90)).isoformat())
    desk.get_by_role("button", name=re.compile("Add|Save|Record")).first.click()
    expect(desk.locator("main")).to_contain_text("BH-1")
    eyes.look(desk, "coverage")
    make.authorization(
        patient.coverages.get(), from_on=told.today, to_on=told.today + timedelta(days=30), number="BX-48210"
    )


def admit_them(clinic: Page, eyes: Eyes, told: Story, patient: Patient) -> None:
    clinic.goto(f"/patients/{patient.pk}/admission/")
    expect(clinic.get_by_label("Hours a week")).to_have_value(re.compile("^9"))
    clinic.get_by_label("Hours a week").fill("6")
    fill_diagnosis(clinic, told)
    clinic.get_by_role("button", name="Admit").click()
    expect(clinic.get_by_role("alert").first).to_be_visible()
    clinic.get_by_label("Hours a week").fill("9")
    eyes.look(clinic, "admission")
    clinic.get_by_role("button", name="Admit").click()
    clinic.wait_for_load_state("networkidle")
    stay = patient.episodes.get().stays.get()
    assert (stay.prescribed_minutes, stay.days_a_week) == (540, 3)
    clinic.goto(f"/patients/{patient.pk}/")
    expect(clinic.locator("main")).to_contain_text("IOP 9 h a week")


def fill_diagnosis(clinic: Page, told: Story) -> None:
    clinic.get_by_label("ICD-10-CM code").fill("F33.1")
    clinic.get_by_label("In words").fill("Depression, recurrent, moderate")
    clinic.get_by_label("Primary clinician").select_option(value=str(told.theo.pk))


def sign_a_plan(clinic: Page, eyes: Eyes, told: Story, patient: Patient) -> None:
    clinic.goto(f"/patients/{patient.pk}/plan/draft/")
    said = {
        "p0-statement": "Low mood, sleeps badly, off work",
        "p0-g0-statement": "I want to get through a workday again.",
        "p0-g0-o0-statement": "Get up at seven and come to group on every program day",
        "p0-g0-o0-baseline": "14",
        "p0-g0-o0-target": "9",
        "p0-g0-o0-target_on": (told.today + timedelta(days=60)).isoformat(),
        "p0-g0-o0-i0-words": "Behavioral activation",
        "p0-g0-o0-i0-times": "3",
        "p0-g0-o0-i0-minutes": "180",
    }
    for name, words in said.items():
        clinic.locator(f"main [name='{name}']").fill(words)
    clinic.locator("[name='p0-g0-o0-instrument_code']").select_option("phq9")
    clinic.locator("[name='p0-g0-o0-i0-who']").select_option(str(told.theo.pk))
    eyes.look(clinic, "plan-form")
    clinic.get_by_role("button", name="Save draft").click()
    clinic.wait_for_load_state("networkidle")
    clinic.get_by_role("link", name=re.compile("Sign")).first.click()
    confirm_it_is_me(clinic)
    clinic.get_by_role("button", name=re.compile("Sign")).first.click()
    expect(clinic.locator("main")).to_contain_text("I want to get through a workday again.")
    assert patient.episodes.get().plans.get().signed_by == told.theo
    eyes.look(clinic, "plan")


def confirm_it_is_me(page: Page) -> None:
    """Signing asks for the password again."""
    expect(page).to_have_url(re.compile("reauthenticate"))
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state("networkidle")


def fill_the_week(desk: Page, eyes: Eyes, told: Story, patient: Patient) -> None:
    nine = groups(told)
    materialise(day=told.today, weeks=2)
    desk.goto(f"/patients/{patient.pk}/enrollment/")
    for group in nine[:8]:
        desk.locator(f"input[name=groups][value='{group.pk}']").check(force=True)
    desk.get_by_label("From", exact=True).fill(told.first.isoformat())
    expect(desk.locator("#weekly-plan")).to_contain_text("Booked 480 of 540 minutes a week, 1 h short.")
    eyes.look(desk, "enrollment")
    desk.get_by_role("button", name="Save places").click()
    desk.wait_for_load_state("networkidle")
    assert Booking.objects.active().filter(patient=patient).count() >= 8
    desk.goto(f"/patients/{patient.pk}/visit/")
    choose(desk, "Individual")
    desk.get_by_label("First day").fill((told.first + timedelta(days=1)).isoformat())
    desk.get_by_label("Starts at").fill("14:00")
    desk.get_by_label("Minutes", exact=True).fill("60")
    desk.get_by_label("With").select_option(value=str(told.theo.pk))
    desk.get_by_label("Room").select_option(label="Cedar")
    eyes.look(desk, "visit")
    desk.get_by_role("button", name=re.compile("Book")).first.click()
    desk.wait_for_load_state("networkidle")
    assert Booking.objects.active().filter(patient=patient, session__kind="individual").count() == 1


def see_the_reminder(desk: Page, eyes: Eyes, told: Story) -> None:
    send_due_messages()
    send_due_messages()
    desk.goto("/mailbox/")
    mail = desk.get_by_role("link", name=re.compile("Appointment reminder"))
    expect(mail).to_have_count(1)
    eyes.look(desk, "mailbox")
    mail.click()
    when = f"{told.first:%a} {told.first.month}/{told.first.day} at 9:00 AM"
    expect(desk.locator("main")).to_contain_text(
        f"Marlow Street: you have an appointment {when}. Questions? 609-555-0100."
    )
    eyes.look(desk, "mailbox-message")


def check_in_and_out(person: Opens, eyes: Eyes, told: Story, patient: Patient) -> None:
    with at(told.at(told.first, 9, 20)):
        desk = person(told.fay)
        desk.goto("/today/")
        eyes.look(desk, "today")
        desk.get_by_role("button", name=re.compile(r"Here\s*: Ana")).click()
        expect(desk.locator("main")).to_contain_text("Late 9:20")
        eyes.look(desk, "today-here")
    with at(told.at(told.first, 10, 1)):
        desk = person(told.fay)
        desk.goto("/today/?session=" + str(first_booking(patient).session_id))
        desk.get_by_role("button", name=re.compile(r"Leaves\s*: Ana at 10:00")).click()
        expect(desk.locator("main")).to_contain_text("Left 10:00")
    kept = Attendance.objects.get(booking=first_booking(patient))
    assert (kept.arrived_at, kept.left_at) == (told.at(told.first, 9, 20), told.at(told.first, 10))


def first_booking(patient: Patient) -> Booking:
    return Booking.objects.filter(patient=patient).order_by("session__starts_at").select_related("session")[0]


def stay_for_the_rest(told: Story, patient: Patient) -> None:
    """The second group of the first day, excused from the third; all three of the third day."""
    bookings = Booking.objects.filter(patient=patient, session__kind="group").order_by("session__starts_at")
    for booking in bookings.select_related("session__lead")[1:6]:
        if booking.session.occurs_on == told.first and booking.session.title == "Sleep":
            fields = {"absence": "excused", "reason": "Child care", "recorded_by": told.fay}
            Attendance.objects.create(booking=booking, **fields)
            continue
        make.attendance(booking, by=told.fay)


def see_the_hours(person: Opens, eyes: Eyes, told: Story, patient: Patient) -> None:
    with at(told.at(told.first, 12, 30)):
        clinic = person(told.theo)
        clinic.goto(f"/patients/{patient.pk}/")
        expect(clinic.locator("#hours, main").first).to_contain_text("Attended 1 h 40")
        eyes.look(clinic, "chart")
        clinic.goto(f"/patients/{patient.pk}/attendance/")
        expect(clinic.locator("main")).to_contain_text("9:20")
        eyes.look(clinic, "attendance")


def write_and_sign(person: Opens, eyes: Eyes, told: Story, patient: Patient) -> None:
    with at(told.at(told.first, 12, 40)):
        clinic = person(told.theo)
        booking = first_booking(patient)
        clinic.goto(f"/bookings/{booking.pk}/note/")
        clinic.get_by_text("I want to get through a workday again.").first.click()
        clinic.get_by_label("Their own note").fill("Named the Monday dread out loud for the first time.")
        eyes.look(clinic, "note")
        clinic.get_by_role("button", name="Save and sign").click()
        confirm_it_is_me(clinic)
        eyes.look(clinic, "signature")
        clinic.get_by_role("button", name=re.compile("Sign")).first.click()
        expect(clinic.locator("main")).to_contain_text("DBT skills")
        signature = Signature.objects.get(note__booking=booking)
        assert len(signature.content_sha256) == 64
        clinic.goto(f"/bookings/{booking.pk}/note/")
        expect(clinic.locator("main")).to_contain_text("Signed by Theo Quill, LCSW")
        expect(clinic.get_by_label("Their own note")).to_have_count(0)
        clinic.goto("/notes/")
        eyes.look(clinic, "my-notes")


def close_the_days(person: Opens, eyes: Eyes, told: Story, patient: Patient) -> None:
    third = told.first + timedelta(days=2)
    with at(told.at(third + timedelta(days=1), 9)):
        biller = person(told.bea)
        biller.goto(f"/day-close/{told.first.year}/{told.first.month}/{told.first.day}/")
        row = biller.get_by_role("row", name=re.compile("Ana Willow"))
        expect(row).to_contain_text("100 / 180")
        expect(row).to_contain_text("80 min under")
        biller.goto(f"/day-close/{third.year}/{third.month}/{third.day}/")
        row = biller.get_by_role("row", name=re.compile("Ana Willow"))
        expect(row).to_contain_text("180 / 180")
        expect(row).to_contain_text("0 of 3")
        row.get_by_role("link", name="Ana Willow").click()
        expect(biller.locator("#drawer")).to_contain_text("A signed note for each session")
        eyes.look(biller, "day-close")


def use_the_portal(person: Opens, eyes: Eyes, told: Story, patient: Patient) -> None:
    from patients.inviting import invite_to_portal

    account = invite_to_portal(actor=told.fay, patient=patient, now=told.now)
    make.response(patient, "phq9", due_on=told.first)
    with at(told.at(told.first, 12, 50)):
        phone = person(account, PHONE)
        phone.goto("/portal/")
        expect(phone.locator("main")).to_contain_text("1 h 40")
        eyes.look(phone, "portal-week")
        phone.goto("/portal/check-ins/")
        phone.locator("main a", has_text=re.compile("check-in|Check-in|mood", re.I)).first.click()
        for number, value in enumerate([1, 1, 2, 2, 2, 2, 2, 1, 1], start=1):
            if number == 3:
                eyes.look(phone, "portal-question")
            phone.locator("input[type=radio]").nth(value).check(force=True)
            phone.get_by_role("button", name=re.compile("Next|Finish|Done")).click()
            phone.wait_for_load_state("networkidle")
        expect(phone.locator("main")).to_contain_text("988")
        expect(phone.locator("main")).to_contain_text("Theo Quill has been asked to read it")
        eyes.look(phone, "portal-help-after-item-9")
        phone.get_by_role("link", name="One question is left").click()
        phone.locator("input[type=radio]").nth(1).check(force=True)
        phone.get_by_role("button", name="Finish").click()
        expect(phone.get_by_role("heading", name="You do not have to carry this alone")).to_be_visible()
        assert FollowUp.objects.filter(patient=patient, trigger_code__contains="phq9").count() == 2
        phone.goto("/portal/progress/")
        eyes.look(phone, "portal-progress")
        later = Booking.objects.active().filter(
            patient=patient, session__starts_at__gt=told.at(told.first, 13)
        )
        coming = later.order_by("session__starts_at")[0]
        phone.goto(f"/portal/sessions/{coming.public_id}/")
        eyes.look(phone, "portal-session")
        phone.goto(f"/portal/sessions/{coming.public_id}/cancellation/")
        if phone.locator("input[name=which]").count():
            phone.locator("input[name=which]").first.check(force=True)
        phone.locator("input[name=reason]").first.check(force=True)
        eyes.look(phone, "portal-cannot-come")
        phone.get_by_role("button", name="Tell the clinic I can’t come").click()
        phone.wait_for_load_state("networkidle")
        coming.refresh_from_db()
        assert coming.status == "cancelled_by_patient"


def look_around(person: Opens, eyes: Eyes, told: Story) -> None:
    """The pages the story passed by: week, hours, search, audit log, administration, sign-in."""
    with at(told.at(told.first, 9, 30)):
        desk = person(told.fay)
        desk.goto("/week/")
        eyes.look(desk, "week")
        desk.goto("/hours/")
        eyes.look(desk, "hours")
        desk.goto("/patients/")
        eyes.look(desk, "patients")
        desk.keyboard.press("Control+k")
        desk.keyboard.type("willow")
        expect(desk.get_by_role("option", name=re.compile("Ana Willow"))).to_be_visible()
        eyes.look(desk, "palette")
        desk.keyboard.press("Enter")
        expect(desk).to_have_url(re.compile(r"/patients/\d+/"))
        officer = person(make.user(Role.PRIVACY_OFFICER, told.site))
        officer.goto("/audit/")
        expect(officer.locator("main")).to_contain_text(re.compile("sign note", re.IGNORECASE))
        eyes.look(officer, "audit")
        admin = person(make.user(Role.ADMINISTRATOR))
        admin.goto("/admin/scheduling/group/")
        expect(admin.locator("#content")).to_contain_text("Process group")
    nobody = person(None)
    nobody.goto("/today/")
    expect(nobody.get_by_role("heading", name="Sign in")).to_be_visible()
    eyes.look(nobody, "sign-in")


def test_a_week_of_care_as_people_see_it(
    story: Story,  # noqa: F811
    person: Opens,
    eyes: Eyes,
    mailbox: Path,
) -> None:
    make.payer(), make.level(), make.rule(from_on=story.today.replace(month=1, day=1))
    desk, clinic = person(story.fay), person(story.theo)
    patient = refer_someone(desk, eyes, story)
    enter_measures(clinic, eyes, patient)
    put_papers_in_order(desk, eyes, story, patient)
    admit_them(clinic, eyes, story, patient)
    sign_a_plan(clinic, eyes, story, patient)
    Patient.objects.filter(pk=patient.pk).update(email_reminders_ok=True)
    fill_the_week(desk, eyes, story, patient)
    see_the_reminder(desk, eyes, story)
    check_in_and_out(person, eyes, story, patient)
    stay_for_the_rest(story, patient)
    see_the_hours(person, eyes, story, patient)
    write_and_sign(person, eyes, story, patient)
    close_the_days(person, eyes, story, patient)
    use_the_portal(person, eyes, story, patient)
    look_around(person, eyes, story)


def test_the_sign_in_page_takes_a_password_and_a_code(person: Opens, eyes: Eyes, mailbox: Any) -> None:
    whom = make.portal_patient()
    assert whom.user
    page = person(None, PHONE)
    page.goto("/portal/")
    page.get_by_role("link", name="E-mail me a code").click()
    page.get_by_label("E-mail").fill(whom.user.email)
    eyes.look(page, "sign-in-code")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    text = next((mailbox / "new").iterdir()).read_text()
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", text, re.M)
    assert code
    page.get_by_label("Code").fill(code.group(1))
    page.get_by_role("button", name="Confirm").click()
    expect(page).to_have_url(re.compile("/portal/"))
    eyes.look(page, "portal-empty")
