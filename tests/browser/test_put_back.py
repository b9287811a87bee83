"""A closed day is opened again and a shared room goes on, in Chromium: on a desk's screen and on a phone."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from iop_clinic.clock import day_span
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.closures import Closing, close, hit_by
from scheduling.models import Closure, Group, TherapySession
from scheduling.replanning import Answer, Deed
from tests import make
from tests.browser.conftest import PHONE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opens = Callable[..., Page]
SCREENS = [({"width": 1280, "height": 900}, "desk"), (PHONE, "phone")]


def close_a_day(day: date) -> tuple[Closure, TherapySession, TherapySession]:
    """Two sessions are cancelled by a closure; the lead of the second is on leave by now."""
    now, site = timezone.now(), make.site()
    art, skills = (
        make.session(day=day, starts=time(hour), title=title) for hour, title in ((9, "Art"), (13, "Skills"))
    )
    for given in ("Ana", "Ben", "Cleo"):
        episode = make.episode(make.patient(given_name=given), admitted_on=day - timedelta(days=30))
        make.booking(art, episode)
        make.booking(skills, episode)
    closing = Closing("Snow", "closure", *day_span(day, site.time_zone))
    answers = {one.pk: Answer(Deed.CANCEL, one.version) for one in hit_by(site, [closing], now)}
    by = make.user(Role.DIRECTOR)
    (closure,) = close(actor=by, site=site, closings=[closing], answers=answers, now=now)
    make.absence(skills.lead, day)
    return closure, art, skills


def share_a_room(head: Page, eyes: Eyes, day: date, name: str) -> Group:
    """A new group in a room that another has each week: it goes ahead, also in the weeks after."""
    track, lead = make.track(), make.clinician(given_name="Joon")
    head.goto(f"/week/groups/new/?track={track.pk}")
    head.get_by_label("Name", exact=True).fill("Music")
    head.get_by_label("Weekday").select_option(value=str(day.weekday()))
    head.get_by_label("Starts at").fill("09:00")
    head.get_by_label("Room").select_option(label="Cedar")
    head.get_by_label("Led by").select_option(label=lead.full_name)
    head.get_by_label("First day").fill(day.isoformat())
    head.get_by_role("button", name="Add group").last.click()
    head.get_by_role("button", name="Go ahead", exact=True).click()
    head.get_by_label("Why you go ahead").fill("A folding wall.")
    head.get_by_label(re.compile("Also for the weeks after")).check(force=True)
    eyes.look(head, f"group-ahead-{name}")
    head.get_by_role("button", name="Add group").last.click()
    expect(head.locator("main")).to_contain_text("Every week: the room is shared")
    eyes.look(head, f"group-shares-{name}")
    return Group.objects.get(name="Music")


@pytest.mark.parametrize(("size", "name"), SCREENS)
def test_a_closed_day_comes_back(person: Opens, eyes: Eyes, size: dict[str, int], name: str) -> None:
    day = timezone.now().date() + timedelta(days=3)
    closure, art, skills = close_a_day(day)
    head = person(make.user(Role.SUPERVISOR), size)
    head.goto(f"/week/closures/{closure.pk}/reopening/")
    expect(head.locator("main")).to_contain_text("is away")
    eyes.look(head, f"reopening-{name}")
    head.get_by_role("button", name="Reopen and put back").click()
    expect(head.locator("body")).to_contain_text("1 session put back")
    head.goto(f"/week/sessions/{skills.pk}/")
    eyes.look(head, f"session-cancelled-{name}")
    head.get_by_role("link", name="Put back").click()
    eyes.look(head, f"session-return-{name}")
    head.get_by_role("button", name="Put back").click()
    expect(head.locator("main")).to_contain_text("1 session is not settled yet")
    eyes.look(head, f"session-return-refused-{name}")
    art.refresh_from_db()
    assert (art.status, art.booked_seats) == ("scheduled", 3)


@pytest.mark.parametrize(("size", "name"), SCREENS)
def test_a_room_is_shared_every_week(person: Opens, eyes: Eyes, size: dict[str, int], name: str) -> None:
    day = timezone.now().date() + timedelta(days=3)
    other = make.group(weekday=day.weekday(), from_on=day, room=make.room(seats=12))
    works = make.episode(make.patient(given_name="Dora"), admitted_on=day - timedelta(days=30))
    make.enrollment(works, other)
    make.unavailable(works.patient, weekday=day.weekday(), from_on=day)
    materialise(day=day, weeks=9, groups=[other], now=timezone.now())
    head = person(make.user(Role.DIRECTOR), size)
    group = share_a_room(head, eyes, day, name)
    head.get_by_role("button", name=re.compile("Take back")).click()
    expect(head.locator("main")).not_to_contain_text("Every week: the room is shared")
    group.refresh_from_db()
    assert group.override is None
    head.goto(f"/week/sessions/{other.sessions.order_by('starts_at')[0].pk}/")
    expect(head.locator("main")).to_contain_text("Has a place, but no seat")
    eyes.look(head, f"session-without-seat-{name}")
