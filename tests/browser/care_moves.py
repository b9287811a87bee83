"""The weeks of care: medication reviewed, sessions attended and noted, hours seen, the level stepped down."""

import re
from datetime import date, time, timedelta
from typing import Any

from playwright.sync_api import expect

from patients.models import Episode, Objective, TreatmentPlan
from scheduling.models import Booking
from sessions.models import Attendance, ProgressNote
from sessions.notes import sign_note
from tests import make
from tests.browser.clinic_moves import Walk, answer, press, prove, shows

GROUP = "Process group"


def list_medication(walk: Walk, lines: list[dict[str, Any]], allergy: dict[str, Any] | None) -> None:
    """What is taken is written down, and allergies are asked for; both by the lead clinician."""
    page = walk.desk(walk.lead)
    for line in lines:
        page.goto(f"/patients/{walk.pk}/medication/new/")
        answer(page, source="patient", from_on=walk.day(-30).isoformat(), **line)
        walk.look(page, "medication-new")
        press(page, "Add to the list")
    page.goto(f"/patients/{walk.pk}/allergies/")
    if allergy:
        answer(page, **allergy)
        press(page, "Record allergy")
    else:
        press(page, "No known allergies")
    walk.look(page, "allergies")


def medication_visit(walk: Walk, **lines: dict[str, Any]) -> None:
    """The prescriber goes through the list by the name of each drug and signs the review."""
    page = walk.desk(walk.clinic.doctor)
    page.goto(f"/patients/{walk.pk}/medication-review/")
    for drug, said in lines.items():
        box = page.locator("fieldset.box", has_text=drug)
        name = box.locator("[name$='-adherence']").get_attribute("name")
        assert name
        prefix = name.removesuffix("adherence")
        answer(page, **{f"{prefix}{key}": value for key, value in said.items()})
    answer(page, with_whom="patient", at_visit=True, note="Sleeps better; side effects gone over.")
    walk.look(page, "medication-review")
    press(page, "Sign the review")
    walk.look(page, "medication")
    page.goto(f"/medication-reviews/{walk.patient.reconciliations.latest('pk').pk}/")
    shows(page, "Signed by Mara Oduya, MD")
    walk.look(page, "medication-reviewed")


def book(walk: Walk, after: int, kind: str = "group", title: str = GROUP, minutes: int = 180) -> Booking:
    """A session of that day with this person in it."""
    session = make.session(
        walk.clinic.site, day=walk.day(after), minutes=minutes, lead=walk.lead, kind=kind, title=title
    )
    return make.booking(session, episode_of(walk), walk.clinic.desk)


def episode_of(walk: Walk) -> Episode:
    return walk.patient.episodes.latest("admitted_on")


def arrive(walk: Walk, booking: Booking) -> None:
    """At the desk: here on time."""
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/today/?session={booking.session_id}")
    walk.look(desk, "today")
    desk.get_by_role("button", name=re.compile(rf"Here\s*: {walk.patient.called}")).click()
    expect(desk.locator("main")).to_contain_text("1 of 1 here")
    shows(desk, walk.patient.called)


def leave(walk: Walk, booking: Booking) -> None:
    desk = walk.desk(walk.clinic.desk)
    desk.goto(f"/today/?session={booking.session_id}")
    desk.get_by_role("button", name=re.compile(rf"Leaves\s*: {walk.patient.called}")).click()
    expect(desk.locator("main")).to_contain_text("Left 12:0")
    kept = Attendance.objects.get(booking=booking)
    assert kept.left_at and kept.arrived_at


def note(walk: Walk, booking: Booking, text: str, step: str) -> None:
    """A note that names an objective of the plan, saved and signed."""
    page = walk.desk(walk.lead)
    page.goto(f"/bookings/{booking.pk}/note/")
    page.locator("main input[name=objective]").first.check(force=True)
    answer(page, participation="active", risk="none", affect="tired, then lighter", text=text, plan=step)
    walk.look(page, "note")
    press(page, "Save and sign")
    prove(page)
    walk.look(page, "note-signature")
    press(page, "Sign")
    page.goto(f"/bookings/{booking.pk}/note/")
    shows(page, f"Signed by {walk.lead.full_name}", text)
    walk.look(page, "note-signed")


def a_day_through_the_pages(walk: Walk, after: int, text: str) -> None:
    """One day in the group as the desk and the lead see it: here, gone, written up."""
    booking = book(walk, after)
    with walk.at(after, 9):
        arrive(walk, booking)
    with walk.at(after, 12, 1):
        leave(walk, booking)
    with walk.at(after, 12, 30):
        note(walk, booking, text, "One small act before the next group.")


def weeks(walk: Walk, plan: TreatmentPlan, after: range, texts: list[str], minutes: int = 180) -> None:
    """Days in the group from `after`, each attended and with a signed note about one objective in turn."""
    aims = list(Objective.objects.filter(goal__plan=plan).order_by("goal__position", "position"))
    for number, day in enumerate(after):
        if walk.day(day).weekday() not in (0, 2, 4):
            continue
        booking = book(walk, day, minutes=minutes)
        make.attendance(booking, by=walk.clinic.desk)
        written = make.note(
            booking, by=walk.lead, objective=aims[number % len(aims)], participation="active", risk="none",
            text=texts[number % len(texts)],
        )  # fmt: skip
        sign_note(actor=walk.lead, note=written, now=booking.session.ends_at + timedelta(minutes=10))


def alone(walk: Walk, plan: TreatmentPlan, days: list[int], kind: str, minutes: int, text: str) -> None:
    """Individual or family hours in the afternoon, attended and noted."""
    aim = Objective.objects.filter(goal__plan=plan).order_by("goal__position", "position")[0]
    for day in days:
        session = make.session(
            walk.clinic.site, day=walk.day(day), starts=time(14), minutes=minutes, lead=walk.lead, kind=kind,
            title=f"{kind.capitalize()} session", capacity=1,
        )  # fmt: skip
        booking = make.booking(session, episode_of(walk), walk.clinic.desk)
        make.attendance(booking, by=walk.clinic.desk)
        written = make.note(
            booking, by=walk.lead, objective=aim, participation="active", risk="none", text=text
        )
        sign_note(actor=walk.lead, note=written, now=session.ends_at + timedelta(minutes=10))


def see_the_weeks(walk: Walk, words: str) -> None:
    """The hours, the attendance, the notes and the golden thread as the lead reads them."""
    page = walk.desk(walk.lead)
    page.goto(f"/patients/{walk.pk}/attendance/")
    shows(page, "Attended")
    walk.look(page, "attendance")
    page.goto(f"/patients/{walk.pk}/hours/")
    walk.look(page, "hours")
    page.goto(f"/patients/{walk.pk}/notes/")
    walk.look(page, "notes")
    assert ProgressNote.objects.filter(booking__episode__patient=walk.patient).count() > 3
    page.goto(f"/patients/{walk.pk}/plan/thread/")
    shows(page, words)
    walk.look(page, "thread")
    page.goto(f"/patients/{walk.pk}/")
    page.wait_for_load_state("networkidle")
    walk.look(page, "chart-in-care")


def step_down(walk: Walk, hours: str, days: int, day: date) -> None:
    """The determination stands; from that day on the level is outpatient and the hours are fewer."""
    page = walk.desk(walk.lead)
    page.goto(f"/patients/{walk.pk}/level-of-care/change/")
    page.get_by_label("Level of care").select_option(label="Outpatient")
    answer(page, from_on=day.isoformat(), hours=hours, days_a_week=days)
    walk.look(page, "level-change")
    press(page, "Change level")
    shows(page, f"Outpatient, {hours} h a week")
    walk.look(page, "level-changed")
    stays = list(episode_of(walk).stays.order_by("from_on"))
    assert [stay.level.code for stay in stays] == ["IOP", "OP"]
    assert stays[0].to_on == day - timedelta(days=1) and stays[1].from_on == day
