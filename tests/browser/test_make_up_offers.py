"""Someone short is offered ways on the desk’s screen and chooses one on a phone, in the demo’s week."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from billing.management.commands.demo_data import load
from iop_clinic.accounts.demo import Moment
from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from patients.models import Patient
from tests.browser.conftest import PHONE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY_MORNING = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
NARROW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look(page: Page, eyes: Eyes, name: str) -> None:
    for size, which in (({"width": 1280, "height": 900}, "desk"), (PHONE, "phone")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        eyes.look(page, f"{name}-{which}")
        assert page.evaluate(NARROW) <= 0, f"{name} scrolls sideways on the {which}"


def test_the_desk_offers_and_the_patient_chooses(person: Callable[..., Page], eyes: Eyes) -> None:
    with time_machine.travel(WEDNESDAY_MORNING, tick=True):
        load(Moment(WEDNESDAY_MORNING))
        amara = Patient.objects.get(family_name="Willowby")
        desk: Any = person(User.objects.filter(role=Role.FRONT_DESK).order_by("pk")[0])
        desk.goto("/hours/short/")
        look(desk, eyes, "short-week")
        of_amara = desk.locator(f"#patient-{amara.pk}")
        for way in of_amara.get_by_role("checkbox").all()[:2]:
            way.check()
        of_amara.get_by_role("button", name="Offer these").click()
        expect(desk.locator(f"#patient-{amara.pk}")).to_contain_text("Held until")
        look(desk, eyes, "short-week-offered")
        desk.goto("/hours/short/offers/")
        look(desk, eyes, "offer-to-everyone")

        phone = person(amara.user, PHONE)
        phone.goto("/portal/")
        eyes.look(phone, "my-week-held")
        assert phone.evaluate(NARROW) <= 0
        phone.get_by_role("radio").last.check(force=True)
        phone.locator("section[aria-labelledby^='held-']").get_by_role("button", name="Accept").click()
        expect(phone.locator("body")).to_contain_text("Your seat is saved")
        expect(phone.locator("body")).not_to_contain_text("Make up 80 minutes")
