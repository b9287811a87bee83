"""Short this week: who is, what could be done, one press that offers it, and offers answered by phone."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from patients.models import Episode
from scheduling.booking import book
from scheduling.models import Booking, MakeUpOffer, TherapySession
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY, FRIDAY, SATURDAY = (make.MONDAY + timedelta(days=n) for n in (3, 4, 5))
PAGE, EVERYONE = "/hours/short/", "/hours/short/offers/"


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[Any]:
    with time_machine.travel(make.NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def fay() -> User:
    return make.user()


@pytest.fixture
def client(fay: User, sign_in: Any) -> Client:
    return sign_in(fay)


def short(minutes: int = 60, **fields: Any) -> Episode:
    """An hour is booked on Thursday, and `minutes` are missing."""
    ana = make.episode(make.patient(**fields), prescribed_minutes=60 + minutes)
    make.booking(make.session(day=THURSDAY), ana)
    return ana


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def offer(client: Client, to: Episode, *sessions: TherapySession, **extra: Any) -> Any:
    keys = [str(session.pk) for session in sessions]
    return client.post(reverse("sessions:make_up_offer", args=[to.patient_id]), {"way": keys}, **extra)


def test_the_page_says_who_is_short_and_what_each_way_gives(client: Client) -> None:
    ana = short(80, given_name="Ana", family_name="Short")
    make.booking(make.session(day=THURSDAY, starts=time(13)), make.episode(prescribed_minutes=60))
    make.authorization(make.coverage(ana.patient), to_on=FRIDAY)
    make.session(day=FRIDAY, title="Skills", minutes=80, capacity=3)
    make.session(day=FRIDAY, starts=time(13), title="Arts", minutes=40)
    make.session(day=SATURDAY, title="Make-up group", minutes=90)
    page = text(client.get(PAGE))
    for words in (
        "1 short this week",
        "Ana Short",
        "80 min short",
        "Skills, Fri 10/23 9:00 am",
        "3 seats free; one extra trip",
        "reaches 2 h 20",
        "40 min still short",
        "Not covered: Sat 10/24",
        "Offer these",
    ):
        assert words in page, words
    assert page.index("Skills") < page.index("Arts") < page.index("Not covered")
    assert AuditEvent.objects.filter(verb="sessions.read_short_week").exists()


def test_missed_time_counts_as_missing(client: Client) -> None:
    ana = make.episode(prescribed_minutes=60)
    missed = make.booking(make.session(day=make.MONDAY), ana)
    make.attendance(missed, late_minutes=20)
    make.session(day=FRIDAY, minutes=20)
    page = text(client.get(PAGE))
    assert "20 min short" in page and "reaches 1 h" in page


def test_one_press_holds_the_seats_and_shows_until_when(client: Client) -> None:
    ana, friday, saturday = short(), make.session(day=FRIDAY), make.session(day=SATURDAY)
    page = text(offer(client, ana, friday, saturday, follow=True))
    assert "The seats are held until" in page and "Held until" in page and "Take back" in page
    assert sorted(seat.session_id for seat in MakeUpOffer.objects.get().seats.all()) == [
        friday.pk,
        saturday.pk,
    ]
    assert MakeUpOffer.objects.get().short_minutes == 60
    assert offer(client, ana, friday).status_code == 302 and MakeUpOffer.objects.count() == 1


def test_bad_input_is_a_sentence_and_nothing_is_held(client: Client, fay: User) -> None:
    ana, friday = short(), make.session(day=FRIDAY, group=make.group(weekday=4), capacity=1)
    nothing = client.post(reverse("sessions:make_up_offer", args=[ana.patient_id]))
    assert nothing.status_code == 422 and "Choose at least one way." in text(nothing)
    book(actor=fay, session=friday, episode=make.episode(), now=make.NOW)
    gone = offer(client, ana, friday)
    assert gone.status_code == 409 and "The free seats have changed meanwhile." in text(gone)
    enough = make.episode(prescribed_minutes=60)
    make.booking(make.session(day=THURSDAY), enough)
    assert "is not short of hours any more" in text(offer(client, enough, friday))
    assert not MakeUpOffer.objects.exists()


def test_the_phone_answers_too(client: Client) -> None:
    friday = make.session(day=FRIDAY)
    for name, said, answer in (
        ("acceptance", {"way": "1"}, "accepted"),
        ("refusal", {}, "declined"),
        ("withdrawal", {}, "withdrawn"),
    ):
        made = make.make_up_offer(short(), [friday])
        client.post(reverse(f"sessions:make_up_{name}", args=[made.pk]), said)
        made.refresh_from_db()
        assert made.answer == answer
    assert Booking.objects.active().filter(session=friday).count() == 1
    again = client.post(reverse("sessions:make_up_acceptance", args=[made.pk]), {"way": "1"})
    assert again.status_code == 409 and "This offer was taken back." in text(again)
    odd = client.post(reverse("sessions:make_up_acceptance", args=[made.pk]), {"way": "³"})
    assert odd.status_code == 422 and "Choose one of these." in text(odd)


def test_everyone_is_offered_something_after_a_look(client: Client) -> None:
    ana, ben = short(90), short(60)
    declined = make.make_up_offer(short(), answer="declined", answered_at=make.NOW)
    one = make.session(day=FRIDAY, group=make.group(weekday=4), capacity=1, minutes=90)
    make.session(day=SATURDAY, minutes=60)
    look = client.get(EVERYONE)
    assert "2 people would get an offer" in text(look) and not MakeUpOffer.objects.open().exists()
    values = [row.value for row in look.context["proposals"]]
    assert values[0] == f"{ana.pk}:{one.pk}"
    assert "Offered to 2 people" in text(client.post(EVERYONE, {"offer": values}, follow=True))
    assert set(MakeUpOffer.objects.open().values_list("episode", flat=True)) == {ana.pk, ben.pk}
    assert declined.episode.patient.full_name in text(client.get(PAGE))


def test_who_cannot_be_offered_any_more_is_named_and_the_others_have_theirs(
    client: Client, fay: User
) -> None:
    ana, ben = short(90), short(60)
    one = make.session(day=FRIDAY, group=make.group(weekday=4), capacity=1, minutes=90)
    two = make.session(day=SATURDAY, minutes=60)
    book(actor=fay, session=one, episode=make.episode(), now=make.NOW)
    said = {"offer": [f"{ana.pk}:{one.pk}", f"{ben.pk}:{two.pk}", "nonsense", f"{'9' * 30}:1"]}
    page = text(client.post(EVERYONE, said, follow=True))
    assert "Offered to 1 person" in page and f"Not offered. {ana.patient.short_name}" in page
    assert client.post(EVERYONE).status_code == 422


def test_another_site_sees_none_of_it(sign_in: Any) -> None:
    ana, friday = short(), make.session(day=FRIDAY)
    otto = sign_in(at=make.other_site())
    assert ana.patient.full_name not in text(otto.get(PAGE))
    assert offer(otto, ana, friday).status_code == 404
    made = make.make_up_offer(ana, [friday])
    assert otto.post(reverse("sessions:make_up_withdrawal", args=[made.pk])).status_code == 404


def test_many_people_cost_no_more_statements(client: Client) -> None:
    make.session(day=FRIDAY)
    client.get(PAGE)
    counts = []
    for people in (1, 7):
        for _ in range(people):
            short()
            make.make_up_offer(short(), [make.session(day=SATURDAY)])
        with CaptureQueriesContext(connection) as seen:
            client.get(PAGE)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 30, counts


def test_the_hours_board_and_todays_rail_lead_here(client: Client) -> None:
    ana = short()
    assert f'href="{PAGE}"' in client.get(reverse("sessions:hours_board")).text
    assert f'href="{PAGE}#patient-{ana.patient_id}"' in client.get(reverse("sessions:today_rail")).text
