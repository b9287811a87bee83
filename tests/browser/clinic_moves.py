"""Hands for a long story in the browser: whose window it is, on which day, and how a form is filled and sent.

A `Walk` is one person's way through the clinic. Its clock is the application's; every window is opened,
used and closed within `at(...)`, as a day at work ends with signing out.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
import typst
from playwright.sync_api import Download, Locator, Page, Response, expect

from iop_clinic.accounts.models import Site, StaffProfile, User
from iop_clinic.clock import at_local, local_day
from iop_clinic.paper import pdf
from iop_clinic.roles import Role
from patients.models import LevelOfCare, Patient, TreatmentPlan
from tests import make
from tests.browser.conftest import DESK, PHONE, PICTURES, Eyes

Opens = Callable[..., Page]
# A Monday; the story of each person is told in days after their first call.
FIRST_CALL = date(2026, 8, 10)
TWICE = """() => [...document.querySelectorAll("main [id]")].map(one => one.id)
    .filter((id, place, all) => all.indexOf(id) !== place)"""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Clinic:
    """One site with somebody in every role; Ivy is supervised, so her signature waits for Sol's."""

    site: Site
    desk: User
    theo: User
    ivy: User
    sol: User
    doctor: User
    manager: User
    biller: User
    privacy: User

    @classmethod
    def opened(cls) -> "Clinic":
        site = make.site()
        sol = make.clinician(site, "LCSW", Role.SUPERVISOR, given_name="Sol", family_name="Barrow")
        ivy = make.clinician(site, "LAC", given_name="Ivy", family_name="Sands")
        StaffProfile.objects.filter(user=ivy).update(supervisor=sol)
        make.level()
        fewer = {"name": "Outpatient", "kind": "op", "position": 1}
        hours = {"adult_minutes": 120, "adolescent_minutes": 120}
        LevelOfCare.objects.get_or_create(code="OP", defaults=fewer | hours)
        return cls(
            site=site,
            desk=make.user(Role.FRONT_DESK, site, given_name="Fay", family_name="Lowe"),
            theo=make.clinician(site, given_name="Theo", family_name="Quill"),
            ivy=ivy,
            sol=sol,
            doctor=make.clinician(site, "MD", Role.PRESCRIBER, given_name="Mara", family_name="Oduya"),
            manager=make.user(Role.CASE_MANAGER, site, given_name="Cal", family_name="Reeve"),
            biller=make.user(Role.BILLER, site, given_name="Bea", family_name="Hart"),
            privacy=make.user(Role.PRIVACY_OFFICER, site, given_name="Pia", family_name="Frost"),
        )


@dataclass
class Walk:
    """`looks` turns on axe, pictures and the check that nothing runs over the side of a page."""

    clinic: Clinic
    opens: Opens
    eyes: Eyes
    lead: User
    name: str
    looks: bool = False
    now: datetime = make.NOW
    windows: dict[tuple[int, int], Page] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    chart: Patient | None = None

    @property
    def patient(self) -> Patient:
        assert self.chart is not None
        return self.chart

    @property
    def pk(self) -> int:
        return self.patient.pk

    @property
    def plan(self) -> TreatmentPlan:
        return TreatmentPlan.objects.filter(episode__patient=self.patient).latest("version")

    def day(self, after: int) -> date:
        return FIRST_CALL + timedelta(days=after)

    def local(self, at: datetime) -> date:
        return local_day(at, self.clinic.site.time_zone)

    def days_to(self, day: date) -> int:
        return (day - FIRST_CALL).days

    @contextmanager
    def at(self, after: int, hour: int = 9, minute: int = 0) -> Iterator[date]:
        """So many days after the first call, at this hour of the clinic's wall clock."""
        day = self.day(after)
        self.now = at_local(day, time(hour, minute), self.clinic.site.time_zone)
        with time_machine.travel(self.now, tick=True):
            yield day
            for page in self.windows.values():
                page.context.close()
            self.windows.clear()

    def desk(self, user: User) -> Page:
        return self._window(user, DESK)

    def phone(self) -> Page:
        """The patient's own phone."""
        self.patient.refresh_from_db()
        assert self.patient.user is not None
        return self._window(self.patient.user, PHONE)

    def _window(self, user: User, size: dict[str, int]) -> Page:
        place = (user.pk, size["width"])
        if place not in self.windows:
            page = self.opens(user, size)
            page.on("response", self._answered)
            self.windows[place] = page
        return self.windows[place]

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.eyes.faults.append(f"{response.status} at {response.url}")

    def look(self, page: Page, name: str) -> None:
        """Once at each page by its name."""
        if not self.looks or name in self.seen:
            return
        self.seen.add(name)
        self.eyes.look(page, f"path-{name}")
        if page.evaluate(OVER) > 0:
            self.eyes.faults.append(f"{name}: wider than its window")
        twice = page.evaluate(TWICE)
        if twice:
            self.eyes.faults.append(f"{name}: the same id twice: {twice}")


def answer(place: Page | Locator, **said: Any) -> None:
    """Fill fields by their names: words, a day, a choice, True or False, several ticks as a list."""
    form = place.locator("main") if isinstance(place, Page) else place
    for name, value in said.items():
        found = form.locator(f"[name='{name}']")
        kind = found.first.evaluate("field => field.type")
        if kind == "radio":
            form.locator(f"[name='{name}'][value='{value}']").check(force=True)
        elif kind == "checkbox" and isinstance(value, list):
            for one in found.all():
                one.set_checked(one.get_attribute("value") in value, force=True)
        elif kind == "checkbox":
            found.set_checked(value, force=True)
        elif kind == "select-one":
            found.select_option(str(value))
        else:
            found.fill(str(value))


def press(page: Page, words: str, *, refused: bool = False) -> None:
    """Press the button of these words and arrive; what is to fix is on the page only when `refused`."""
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(f"^{words}")).first.click()
    faults = page.locator("main .summary, main .field-error, main .notice-bad")
    if refused:
        expect(faults.first).to_be_visible()
    else:
        said = faults.all_inner_texts()
        assert not said, f"{page.url}: {said}"


def prove(page: Page) -> None:
    """Where a page asks again who you are, the password is typed."""
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(make.PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="Confirm").click()


def sign_at(page: Page, address: str, words: str = "Sign") -> None:
    page.goto(address)
    prove(page)
    press(page, words)


def draw(page: Page) -> None:
    """A name on the signature pad, stroke by stroke."""
    pad = page.locator("[data-signature-pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    for stroke in (
        [(40, 130), (80, 50), (110, 130), (150, 90), (190, 130)],
        [(230, 60), (250, 130), (330, 80)],
    ):
        spots = [(box["x"] + x * box["width"] / 600, box["y"] + y * box["height"] / 200) for x, y in stroke]
        page.mouse.move(*spots[0])
        page.mouse.down()
        for spot in spots[1:]:
            page.mouse.move(*spot, steps=3)
        page.mouse.up()


def shows(page: Page, *words: str) -> None:
    for one in words:
        expect(page.locator("main")).to_contain_text(one)


@pytest.fixture
def paper_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """With PICTURES set, every PDF is kept as pictures of its pages, too."""
    if not os.environ.get("PICTURES"):
        return
    made, compiled = iter(range(1, 1000)), pdf._compiled

    def kept(data: str, *, accessible: bool) -> bytes:
        PICTURES.mkdir(parents=True, exist_ok=True)
        pages: Any = typst.compile(
            input=str(pdf._TEMPLATE), root=str(pdf._FOLDER), format="png", ppi=80.0, sys_inputs={"data": data}
        )
        number = next(made)
        for place, picture in enumerate(pages if isinstance(pages, list) else [pages], start=1):
            (PICTURES / f"paper-{number}-{place:02}.png").write_bytes(picture)
        return compiled(data, accessible=accessible)

    monkeypatch.setattr(pdf, "_compiled", kept)


def is_pdf(given: Download) -> bytes:
    """Its bytes, which begin as a PDF does and are not empty."""
    content = given.path().read_bytes()
    assert content.startswith(b"%PDF-") and len(content) > 10_000, len(content)
    return content


def downloaded(page: Page, words: str) -> bytes:
    """The PDF that pressing this button gives."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=words).click()
    return is_pdf(coming.value)
