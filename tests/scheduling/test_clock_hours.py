"""A clinic chooses 12 or 24 hours: every page of the week follows, messages do not."""

from datetime import time
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from iop_clinic.accounts.models import Site
from iop_clinic.roles import Role
from iop_clinic.wall import TWENTY_FOUR
from scheduling.reminders import reminder_text
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _has_24_hours() -> None:
    make.site(clock_hours=TWENTY_FOUR)


def test_the_board_and_the_session_say_24_hours(sign_in: Any) -> None:
    session, client = make.session(starts=time(13, 30)), sign_in(role=Role.FRONT_DESK)
    board = client.get(reverse("scheduling:week"), {"week": "2026-10-19"}).content.decode()
    assert "<span>14:00</span>" in board and "13:30, " in board and " pm" not in board
    page = client.get(reverse("scheduling:session", args=[session.pk])).content.decode()
    assert "13:30 to 14:30" in page
    table = client.get(reverse("scheduling:week"), {"week": "2026-10-19", "table": 1}).content.decode()
    assert "13:30" in table and " pm" not in table


def test_a_patient_reads_the_hours_of_their_own_site(sign_in: Any) -> None:
    patient = make.portal_patient()
    make.booking(make.session(day=make.NOW.date(), starts=time(15)), make.episode(patient))
    with time_machine.travel(make.NOW, tick=False):
        page = sign_in(patient.user).get(reverse("portal:week")).content.decode()
    assert "15:00" in page and "3:00 pm" not in page


def test_another_site_of_the_same_person_goes_on_with_12(sign_in: Any) -> None:
    other = make.other_site()
    session, client = make.session(other, starts=time(13, 30)), sign_in(make.user(at=other))
    page = client.get(reverse("scheduling:session", args=[session.pk])).content.decode()
    assert "1:30 pm to 2:30 pm" in page


def test_a_message_says_12_hours_all_the_same() -> None:
    assert "Mon 10/19 at 1:30 PM" in reminder_text(make.session(starts=time(13, 30)))


def test_a_clock_has_12_hours_or_24() -> None:
    with pytest.raises(IntegrityError, match="site_clock_has_12_or_24_hours"), transaction.atomic():
        Site.objects.update(clock_hours=10)


def test_the_page_of_a_patient_says_the_hours_of_the_patients_site(sign_in: Any) -> None:
    other, both = make.other_site(), make.user()
    both.sites.add(other)
    patient = make.patient(other)
    make.booking(make.session(other, starts=time(13, 30)), make.episode(patient))
    week = reverse("scheduling:patient_week", args=[patient.pk])
    page = sign_in(both).get(week, {"week": "2026-10-19"}).content.decode()
    assert "1:30 pm to 2:30 pm" in page
