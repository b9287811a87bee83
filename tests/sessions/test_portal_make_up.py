"""Choosing another time in the portal: the ways, what they make of the week, and the seat that is saved."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Episode
from scheduling.models import Booking, TherapySession
from sessions.another_time import key_of
from tests import make

NOW = datetime(2026, 10, 21, 12, 31, tzinfo=UTC)
THURSDAY, FRIDAY, SATURDAY = (make.MONDAY + timedelta(days=n) for n in (3, 4, 5))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday_morning() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana() -> Episode:
    return make.episode(make.portal_patient())


@pytest.fixture
def client(ana: Episode, sign_in: Any) -> Client:
    return sign_in(ana.patient.user)


@pytest.fixture
def lost(ana: Episode) -> Booking:
    """Ninety minutes on Thursday that the clinic called off."""
    session = make.session(day=THURSDAY, minutes=90)
    booking = make.booking(session, ana, status="cancelled_by_clinic", cancelled_at=NOW)
    TherapySession.objects.filter(pk=session.pk).update(status="cancelled")
    return booking


def saturday(**fields: Any) -> TherapySession:
    lead = make.clinician(given_name="Joon")
    return make.session(
        day=SATURDAY,
        starts=time(10),
        minutes=90,
        title="Saturday group",
        lead=lead,
        room=make.room(),
        **fields,
    )


def address(booking: Booking) -> str:
    return reverse("portal:make_up", args=[booking.public_id])


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_page_shows_the_ways_as_in_the_picture(client: Client, lost: Booking) -> None:
    saturday(capacity=8)
    page = text(client.get(address(lost)))
    for words in (
        "Make up 90 minutes",
        "Saturday group",
        "Saturday, 10:00 am to 11:30 am, Cedar room, with Joon. 8 places free.",
        "90 min, one extra trip",
        "Your week becomes 90 min.",
        "Save my seat",
    ):
        assert words in page, words


def test_no_number_of_ours_is_in_the_page(client: Client, lost: Booking) -> None:
    session = saturday()
    page = text(client.get(address(lost)))
    assert key_of(lost, session) in page and f'value="{session.pk}"' not in page


def test_choosing_saves_the_seat_and_twice_is_once(client: Client, lost: Booking) -> None:
    session = saturday()
    chosen = {"way": key_of(lost, session)}
    for _ in range(2):
        assert client.post(address(lost), chosen).url == reverse("portal:week")
    made = Booking.objects.active().get(session=session)
    assert (made.makes_up, made.booked_by) == (lost, lost.patient.user)
    page = text(client.get(address(lost)))
    assert "You chose another time already" in page and "Save my seat" not in page


def test_the_week_with_a_way_is_a_piece_of_its_own(client: Client, lost: Booking) -> None:
    saturday()
    friday = make.session(day=FRIDAY, minutes=30, title="Worry workshop")
    piece = text(client.get(address(lost), {"way": key_of(lost, friday)}, headers={"HX-Request": "true"}))
    assert piece.startswith('<div class="stack-tight" id="made"') and "<html" not in piece
    assert "With Worry workshop, Friday: <b>Your week becomes 30 min.</b>" in piece


def test_a_way_that_went_meanwhile_is_said_and_nothing_is_saved(client: Client, lost: Booking) -> None:
    session = saturday(capacity=1)
    make.booking(session, make.episode())
    other = make.session(day=FRIDAY, title="Friday group")
    answer = client.post(address(lost), {"way": key_of(lost, session)})
    assert answer.status_code == 422 and "That time is not open any more" in text(answer)
    assert client.post(address(lost), {}).status_code == 422
    assert not Booking.objects.active().filter(patient=lost.patient).exists() and other.title in text(answer)


def test_with_no_way_the_clinic_is_one_call_away(client: Client, lost: Booking) -> None:
    page = text(client.get(address(lost)))
    assert "No other session this week or next" in page and "tel:609-555-0100" in page


def test_what_the_clinic_called_off_next_week_is_on_my_week_too(ana: Episode, client: Client) -> None:
    session = make.session(day=make.MONDAY + timedelta(days=8), title="DBT skills")
    booking = make.booking(session, ana, status="cancelled_by_clinic", cancelled_at=NOW)
    TherapySession.objects.filter(pk=session.pk).update(status="cancelled")
    page = text(client.get(reverse("portal:week")))
    assert "DBT skills, Tuesday 9:00 am, is cancelled" in page and address(booking) in page
    make.session(day=make.MONDAY + timedelta(days=9), minutes=50)
    assert "That week becomes 50 min." in text(client.get(address(booking)))


def test_my_week_leads_from_the_short_hours_to_the_ways(client: Client, lost: Booking) -> None:
    link = f'href="{address(lost)}"'
    assert link in text(client.get(reverse("portal:week")))
    page = text(client.get(reverse("portal:session", args=[lost.public_id])))
    assert link in page and "Choose another time" in page
    client.post(address(lost), {"way": key_of(lost, saturday())})
    assert link not in text(client.get(reverse("portal:week")))
    assert link not in text(client.get(reverse("portal:session", args=[lost.public_id])))


def test_what_the_patient_gave_back_can_be_made_up_too(ana: Episode, client: Client) -> None:
    booking = make.booking(make.session(day=THURSDAY), ana, status="cancelled_by_patient", cancelled_at=NOW)
    assert f'href="{address(booking)}"' in text(client.get(reverse("portal:week")))


def test_a_booking_that_stands_has_nothing_to_make_up(ana: Episode, client: Client) -> None:
    instead, booking = saturday(), make.booking(make.session(day=THURSDAY), ana)
    page = text(client.get(address(booking)))
    assert "Save my seat" not in page
    answer = client.post(address(booking), {"way": key_of(booking, instead)})
    assert answer.status_code == 422 and Booking.objects.count() == 1


def test_another_patients_booking_is_not_there(lost: Booking, sign_in: Any) -> None:
    other = make.episode(make.portal_patient())
    assert sign_in(other.patient.user).get(address(lost)).status_code == 404


def test_the_page_costs_the_same_for_one_way_and_for_six(client: Client, lost: Booking) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(address(lost))
        return len(asked)

    saturday()
    client.get(address(lost))
    one = cost()
    for hour in range(8, 16):
        make.session(day=FRIDAY, starts=time(hour))
    assert cost() == one
