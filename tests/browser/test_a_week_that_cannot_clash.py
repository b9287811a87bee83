"""A track from nothing, someone who joins in week five, leave, a substitute and a closed day, in Chromium.

After each step the board and the patient's week show what became of it.
"""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from iop_clinic.messages.models import Message
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.models import Booking, Group, TherapySession
from tests import make
from tests.browser.conftest import Eyes
from tests.journeys.test_a_week_of_care import Story, story  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opens = Callable[..., Page]
WEEKS = timedelta(weeks=1)


def build_a_track(head: Page, eyes: Eyes, told: Story) -> Group:
    """Its second group would need Theo twice at once: the page says so, and Joon leads it instead."""
    head.goto("/week/tracks/")
    head.get_by_role("link", name="Track", exact=True).click()
    head.get_by_label("Name").fill("Adult Morning")
    eyes.look(head, "track-form")
    head.get_by_role("button", name="Add track").click()
    head.get_by_role("link", name=re.compile("Add a group")).first.click()
    fill_group(head, told, name="Process group", lead=told.theo.full_name, room="Cedar")
    eyes.look(head, "group-form")
    head.get_by_role("button", name="Add group").last.click()
    expect(head.get_by_role("heading", name=re.compile("Process group")).first).to_be_visible()
    eyes.look(head, "group")
    head.goto(f"/week/groups/new/?track={Group.objects.get().track_id}")
    fill_group(head, told, name="DBT skills", lead=told.theo.full_name, room="Birch")
    head.get_by_role("button", name="Add group").last.click()
    expect(head.locator("main")).to_contain_text("dates clash")
    eyes.look(head, "group-clashes")
    head.get_by_label("Led by").select_option(label="Joon Ellery")
    head.get_by_role("button", name="Add group").last.click()
    expect(head.get_by_role("heading", name=re.compile("DBT skills")).first).to_be_visible()
    return Group.objects.get(name="Process group")


def fill_group(head: Page, told: Story, *, name: str, lead: str, room: str) -> None:
    head.get_by_label("Name", exact=True).fill(name)
    head.get_by_label("Weekday").select_option(value=str(told.first.weekday()))
    head.get_by_label("Starts at").fill("09:00")
    head.get_by_label("Room").select_option(label=room)
    head.get_by_label("Led by").select_option(label=lead)
    head.get_by_label("First day").fill(told.first.isoformat())


def board(page: Page, day: date) -> Page:
    page.goto(f"/week/?week={day.isoformat()}")
    return page


def join_in_week_five(desk: Page, eyes: Eyes, episode: Episode, group: Group, day: date) -> None:
    desk.goto(f"/patients/{episode.patient_id}/enrollment/")
    desk.locator("tr", has_text="Process group").get_by_role("checkbox").check(force=True)
    desk.get_by_label("From", exact=True).fill(day.isoformat())
    eyes.look(desk, "enrollment")
    desk.get_by_role("button", name="Save places").click()
    desk.wait_for_load_state("networkidle")
    starts = Booking.objects.active().order_by("session__occurs_on")
    days = list(starts.values_list("session__occurs_on", flat=True))
    made = group.sessions.filter(occurs_on__gte=day).order_by("occurs_on")
    assert days[0] == day and days == list(made.values_list("occurs_on", flat=True))


def seats(page: Page, day: date) -> None:
    expect(board(page, day).locator(".block", has_text="Process group")).to_contain_text("1/12")


def patient_week(page: Page, episode: Episode, day: date) -> str:
    page.goto(f"/patients/{episode.patient_id}/week/?week={day.isoformat()}")
    return page.locator(".split > div").first.inner_text()


def go_on_leave(head: Page, eyes: Eyes, told: Story, day: date) -> None:
    head.goto("/week/absences/new/")
    head.get_by_label("Clinician").select_option(label=told.theo.full_name)
    head.get_by_label("From", exact=True).fill(day.isoformat())
    head.get_by_role("button", name="Show the sessions").click()
    expect(head.locator("main")).to_contain_text("Process group")
    head.locator("select[name^='do-']").select_option(value="leave")
    eyes.look(head, "absence")
    head.get_by_role("button", name="Record leave").click()
    head.wait_for_load_state("networkidle")
    expect(board(head, day).locator(".block", has_text="Process group")).to_contain_text("Lead away")
    eyes.look(head, "week-needs-a-substitute")


def hand_over(desk: Page, eyes: Eyes, day: date) -> None:
    session = TherapySession.objects.get(title="Process group", occurs_on=day)
    desk.goto(f"/week/sessions/{session.pk}/substitute/")
    expect(desk.locator("main")).to_contain_text("Needs a substitute")
    eyes.look(desk, "substitute")
    desk.get_by_role("button", name="Choose Nell Farrow").click()
    desk.wait_for_load_state("networkidle")
    block = board(desk, day).locator(".block", has_text="Process group")
    expect(block).to_contain_text(re.compile("Nell F.*Sub for Theo", re.DOTALL))


def close_a_day(head: Page, eyes: Eyes, day: date) -> None:
    head.goto("/week/closures/new/")
    head.get_by_label("Name").fill("Founders Day")
    head.get_by_label("From", exact=True).fill(day.isoformat())
    head.get_by_role("button", name="Show the sessions").click()
    for choice in head.locator("select[name^='do-']").all():
        choice.select_option(value="cancel")
    eyes.look(head, "closure")
    head.get_by_role("button", name=re.compile("^Close and settle 2 sessions")).click()
    head.wait_for_load_state("networkidle")
    expect(board(head, day).locator("main")).to_contain_text("Founders Day")
    eyes.look(head, "week-closed")


def test_a_week_that_cannot_clash(person: Opens, eyes: Eyes, story: Story) -> None:  # noqa: F811
    story.theo.given_name = "Theo"
    story.theo.save(update_fields=["given_name"])
    for given, family in (("Joon", "Ellery"), ("Nell", "Farrow")):
        make.clinician(story.site, given_name=given, family_name=family)
    for name in ("Cedar", "Birch"):
        make.room(story.site, name=name)
    patient = make.portal_patient(at=story.site, email_reminders_ok=True)
    episode = make.episode(patient, admitted_on=story.today)
    head = person(make.user(Role.DIRECTOR, story.site))
    desk = person(story.fay)
    fifth, sixth = story.first + 4 * WEEKS, story.first + 5 * WEEKS

    group = build_a_track(head, eyes, story)
    expect(board(head, story.first).locator(".block")).to_have_count(2)
    eyes.look(head, "week-of-a-new-track")

    join_in_week_five(desk, eyes, episode, group, fifth)
    assert "Process group" not in patient_week(desk, episode, story.first)
    assert "Process group" in patient_week(desk, episode, fifth)
    seats(desk, fifth)
    expect(board(desk, story.first).locator(".block", has_text="Process group")).to_contain_text("0/12")

    go_on_leave(head, eyes, story, fifth)
    hand_over(desk, eyes, fifth)
    assert "Nell F" in patient_week(desk, episode, fifth)

    close_a_day(head, eyes, sixth)
    assert "Cancelled by the clinic" in patient_week(desk, episode, sixth)
    eyes.look(desk, "patient-week-cancelled")
    told = Message.objects.filter(kind="change", patient_id=patient.pk).order_by("pk")
    bodies = [message.body for message in told]
    assert len(bodies) == 2 and "has changed" in bodies[0] and "was cancelled" in bodies[1]
    assert not any(word in body for body in bodies for word in ("Process", "Theo", "Nell", "Founders"))
    assert group.sessions.get(occurs_on=fifth).starts_at == story.at(fifth, 9)
    assert group.starts == time(9)
