"""A newcomer’s week in Chromium: planned around a job, booked, seen in the portal; and one that cannot be."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from iop_clinic.clock import week_of, zone
from iop_clinic.roles import Role
from patients.models import Episode
from patients.portal_words import day_words
from patients.prescribing import prescribed_on
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.models import Enrollment, Group
from tests import make
from tests.browser.conftest import DESK, PHONE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opens = Callable[..., Page]
MORNING, EVENING = (0, 2, 4), (0, 1, 3)


def monday() -> date:
    return week_of(timezone.now().date()).next().starts_on


def program(
    name: str, weekdays: tuple[int, ...], starts: int, since: date | None = None, **fields: str
) -> None:
    track, ruth = make.track(name=name, **fields), make.clinician(given_name="Ruth")
    groups = [
        make.group(
            track,
            lead=ruth,
            weekday=day,
            starts=time(starts + n),
            name=title,
            room=make.room(name=f"{name} room"),
            from_on=monday() - timedelta(days=90),
        )
        for day in weekdays
        for n, title in enumerate(("Process", "Skills", "Sleep and mood"))
    ]
    materialise(day=since or timezone.now().date(), weeks=8, groups=groups, now=timezone.now())


def newcomer(works_until: int | None, from_hour: int = 6) -> Episode:
    made = make.episode(make.portal_patient(), admitted_on=monday(), lead=make.clinician(given_name="Wen"))
    make.room(name="Office", seats=3)
    make.clinician(given_name="Abena", role=Role.PRESCRIBER)
    for day in range(5) if works_until else ():
        said = {"starts": time(from_hour), "ends": time(works_until or 0), "from_on": monday()}
        make.unavailable(made.patient, weekday=day, **said)
    return made


def test_a_newcomer_who_works_until_three_is_planned_booked_and_sees_it(person: Opens, eyes: Eyes) -> None:
    program("Mornings", MORNING, 9)
    program("Evenings", EVENING, 16, tone="eve")
    episode = newcomer(15)
    page = person(make.user())
    page.goto(f"/patients/{episode.patient_id}/week/")
    page.get_by_role("link", name="Plan the week").click()
    expect(page.locator("main")).to_contain_text("Proposed: Evenings")
    expect(page.locator("main")).to_contain_text("Work Mon to Fri, 6:00 am to 3:00 pm")
    eyes.look(page, "planner-week")
    page.get_by_role("button", name="Book this week").click()
    expect(page.locator("body")).to_contain_text("week is booked: 9 groups and 2 visits.")
    phone = person(episode.patient.user, PHONE)
    phone.goto(f"/portal/?week={monday()}")
    expect(phone.locator("main")).to_contain_text("Mon")
    eyes.look(phone, "planner-portal")
    assert Enrollment.objects.filter(episode=episode).count() == 9


def test_a_week_that_cannot_be_is_explained_relaxed_and_booked(person: Opens, eyes: Eyes) -> None:
    program("Mornings", MORNING, 9)
    episode = newcomer(11)
    page = person(make.user())
    page.goto(f"/patients/{episode.patient_id}/planner/")
    expect(page.locator("main")).to_contain_text("No week fits yet. The closest is")
    expect(page.locator("main")).to_contain_text("cannot all be true")
    eyes.look(page, "planner-none")
    page.get_by_role("link", name="Change hours").first.click()
    for _ in range(5):
        page.locator("main a[href*='/unavailable/'][href$='/end/']").first.click()
        page.get_by_label("Last day of these hours").fill(str(monday() - timedelta(days=1)))
        page.get_by_role("button", name="End hours").click()
    page.goto(f"/patients/{episode.patient_id}/planner/")
    expect(page.locator("main")).to_contain_text("Proposed: Mornings")
    page.get_by_role("button", name="Book this week").click()
    expect(page.locator("body")).to_contain_text("week is booked")
    assert Group.objects.filter(enrollments__episode=episode).count() == 9


def settled(given_name: str, family_name: str, groups: list[Group]) -> Episode:
    """Someone who has been coming to these groups since last week."""
    whom = make.portal_patient(given_name=given_name, family_name=family_name)
    made = make.episode(whom, admitted_on=monday() - timedelta(days=14))
    for one in groups:
        enroll(actor=make.user(), episode=made, group=one, from_on=made.admitted_on, now=timezone.now())
    return made


def test_an_admission_that_is_only_possible_when_another_moves(person: Opens, eyes: Eyes) -> None:
    program("Mornings", (0, 1, 2, 4), 9, since=monday())
    full = Group.objects.get(weekday=0, name="Process")
    Group.objects.filter(pk=full.pk).update(capacity=1)
    full.sessions.update(capacity=1)
    kit = settled("Kit", "Bellweather", list(Group.objects.filter(weekday__in=(0, 2, 4))))
    episode = newcomer(None)
    make.unavailable(episode.patient, weekday=1, starts=time(6), ends=time(22), from_on=monday())
    page = person(make.user())
    page.goto(f"/patients/{episode.patient_id}/planner/")
    expect(page.locator("main")).to_contain_text("No week fits yet")
    eyes.look(page, "planner-moves-offered")
    page.get_by_role("link", name="Look at weeks that move other people").click()
    expect(page.locator("main")).to_contain_text("1 other person moves for it")
    expect(page.locator("main")).to_contain_text("Kit Bellweather")
    expect(page.locator("main")).to_contain_text("Hours unchanged")
    eyes.look(page, "planner-moves")
    page.set_viewport_size(PHONE)
    eyes.look(page, "planner-moves-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(DESK)
    assert Enrollment.objects.filter(episode=kit, to_on=None).count() == 9, "nothing before it is accepted"
    page.get_by_role("button", name="Book this week and move them").click()
    expect(page.locator("body")).to_contain_text("week is booked: 9 groups and 2 visits.")
    assert not Enrollment.objects.filter(episode=kit, group=full, to_on=None).exists()
    today = timezone.now().astimezone(zone(episode.site.time_zone)).date()
    seen = ((kit, monday() + timedelta(days=1), ", 9:00 am"), (episode, monday(), ""))
    for who, day, first in seen:
        phone = person(who.patient.user, PHONE)
        phone.goto("/portal/")
        expect(phone.locator("main")).to_contain_text(f"{day_words(day, today)}{first}")
        eyes.look(phone, f"planner-moved-{day:%a}")


def test_a_week_that_cannot_be_is_prescribed_shorter_in_one_press_and_booked(
    person: Opens, eyes: Eyes
) -> None:
    program("Mornings", MORNING, 9)
    episode = newcomer(10)
    stay = episode.stays.get()
    case_manager, supervisor = person(make.user(Role.CASE_MANAGER)), person(make.user(Role.SUPERVISOR), PHONE)
    case_manager.goto(f"/patients/{episode.patient_id}/planner/")
    expect(case_manager.locator("main")).to_contain_text("No week fits yet. The closest is")
    eyes.look(case_manager, "planner-prescribe")
    case_manager.locator(".change-acts a", has_text="Prescribe").first.click()
    expect(case_manager.get_by_label("Why")).to_have_value(
        "The planner found no week for what was prescribed before"
    )
    eyes.look(case_manager, "prescribed-hours")
    case_manager.get_by_role("button", name="Prescribe").click()
    expect(case_manager.locator("main")).to_contain_text("Proposed: Mornings")
    case_manager.get_by_role("button", name="Book this week").click()
    expect(case_manager.locator("body")).to_contain_text("week is booked")
    supervisor.goto(f"/patients/{episode.patient_id}/prescribed-hours/")
    expect(supervisor.locator("main")).to_contain_text("The planner found no week")
    eyes.look(supervisor, "prescribed-hours-phone")
    assert supervisor.evaluate("document.documentElement.scrollWidth <= innerWidth")
    held = prescribed_on(episode, monday())
    assert held is not None
    assert held.prescribed_minutes < stay.prescribed_minutes
    assert Enrollment.objects.filter(episode=episode).count() == 6


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_small_screens(person: Opens, eyes: Eyes, width: int) -> None:
    program("Mornings", MORNING, 9)
    episode = newcomer(None)
    page = person(make.user(), {"width": width, "height": 900})
    page.goto(f"/patients/{episode.patient_id}/planner/?change=1")
    expect(page.locator("main")).to_contain_text("Proposed: Mornings")
    eyes.look(page, f"planner-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
