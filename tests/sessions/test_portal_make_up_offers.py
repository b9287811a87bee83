"""Ways held for a patient in the portal: shown on My week, accepted or declined by a form of its own."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from patients.models import Episode
from scheduling.models import Booking, MakeUpOffer
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY, FRIDAY, SATURDAY = (make.MONDAY + timedelta(days=n) for n in (3, 4, 5))
WEEK = "/portal/"


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[Any]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def ana() -> Episode:
    ana = make.episode(make.portal_patient(), prescribed_minutes=140)
    make.booking(make.session(day=THURSDAY), ana)
    return ana


@pytest.fixture
def client(ana: Episode, sign_in: Any) -> Client:
    return sign_in(ana.patient.user)


@pytest.fixture
def offer(ana: Episode) -> MakeUpOffer:
    """Saturday's group, or two shorter ones on Friday."""
    lead = {"lead": make.clinician(given_name="Joon")}
    saturday = make.session(
        day=SATURDAY, starts=time(10), minutes=90, title="Saturday group", room=make.room(), **lead
    )
    skills = make.session(day=FRIDAY, minutes=50, title="Skills", **lead)
    arts = make.session(day=FRIDAY, starts=time(10), minutes=40, title="Arts", mode="video", **lead)
    make.consent(ana.patient)
    make.license_of(lead["lead"])
    return make.make_up_offer(ana, [saturday], [skills, arts], short_minutes=80)


def answer(client: Client, name: str, offer: MakeUpOffer, way: str = "", **extra: Any) -> Any:
    said = {"way": way} if way else {}
    return client.post(reverse(f"portal:make_up_{name}", args=[offer.public_id]), said, **extra)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_my_week_shows_the_ways(client: Client, offer: MakeUpOffer) -> None:
    page = text(client.get(WEEK))
    for words in (
        "Held for you until",
        "Make up 80 minutes",
        "Saturday group",
        "Saturday, 10:00 am to 11:30 am, Cedar room, with Joon.",
        "90 min. Your week becomes 2 h 30.",
        "Skills and Arts",
        "Then Friday, 10:00 am to 10:40 am, by video, with Joon.",
        "Accept",
        "No thanks",
    ):
        assert words in page, words


def test_accepting_saves_the_seats_and_the_card_goes(client: Client, offer: MakeUpOffer) -> None:
    page = text(answer(client, "accept", offer, "2", follow=True))
    assert "Your seat is saved: Friday, Skills and Arts." in page and "Held for you" not in page
    assert Booking.objects.active().count() == 3
    again = answer(client, "accept", offer, "2")
    assert again.status_code == 302 and Booking.objects.count() == 3


def test_no_thanks_gives_the_seats_back(client: Client, offer: MakeUpOffer) -> None:
    page = text(answer(client, "decline", offer, follow=True))
    assert "Thank you for telling us." in page and "Held for you" not in page
    assert not offer.seats.filter(freed_at__isnull=True).exists()


@pytest.mark.parametrize("way", ["", "9", "²", "1 OR 1", "99999999999999999999"])
def test_an_odd_choice_is_a_sentence_and_the_ways_again(client: Client, offer: MakeUpOffer, way: str) -> None:
    refused = answer(client, "accept", offer, way)
    assert refused.status_code == 422
    assert "Choose one of these." in text(refused) and "Saturday group" in text(refused)


def test_an_offer_that_ended_is_not_shown_and_says_so(client: Client, offer: MakeUpOffer) -> None:
    MakeUpOffer.objects.update(offered_at=F("offered_at") - timedelta(days=2), expires_at=Now())
    assert "Held for you" not in text(client.get(WEEK))
    late = answer(client, "accept", offer, "1")
    assert late.status_code == 409 and "This offer ended" in text(late) and "No thanks" not in text(late)


def test_a_way_whose_session_was_cancelled_is_shown_no_more(client: Client, offer: MakeUpOffer) -> None:
    seat = offer.seats.get(session__title="Saturday group")
    type(seat.session).objects.filter(pk=seat.session_id).update(status="cancelled")
    page = text(client.get(WEEK))
    assert "Saturday group" not in page and "Skills and Arts" in page


def test_someone_elses_offer_is_nowhere(offer: MakeUpOffer, sign_in: Any) -> None:
    other = make.portal_patient()
    make.episode(other)
    client = sign_in(other.user)
    assert "Held for you" not in text(client.get(WEEK))
    for name in ("accept", "decline"):
        assert answer(client, name, offer, "1").status_code == 404
    offer.refresh_from_db()
    assert offer.answer == ""
