"""The waitlist and make-ups as the desk uses them, and a place offered in the portal."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.calendar import materialise
from scheduling.models import Booking, Enrollment, Group, SeatOffer, WaitlistEntry
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in: Any) -> Client:
    return sign_in(role=Role.FRONT_DESK)


def today() -> Any:
    return local_day(timezone.now(), "America/New_York")


def episode(**fields: Any) -> Episode:
    return make.episode(make.portal_patient(**fields), admitted_on=today() - timedelta(days=10))


def group(capacity: int = 1, **fields: Any) -> Group:
    made = make.group(weekday=(today().weekday() + 2) % 7, capacity=capacity, **fields)
    materialise(day=today(), weeks=4, groups=[made])
    return made


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def url(name: str, row: Any) -> str:
    return reverse(f"scheduling:{name}", args=[row.pk])


def test_the_desk_puts_someone_in_line_from_the_full_group(desk: Client) -> None:
    ana, full = episode(), group()
    for session in full.sessions.all():
        make.booking(session, make.episode())
    page = text(desk.get(reverse("scheduling:enrollment", args=[ana.patient_id])))
    link = f"{reverse('scheduling:waitlist_add', args=[ana.patient_id])}?group={full.pk}"
    assert link in page
    assert f'<option value="{full.pk}" selected>' in text(desk.get(link))
    typed = {"group": full.pk, "priority": 1, "reason": "New job in the afternoon"}
    assert desk.post(link, typed).url == url("waitlist", full)
    listed = text(desk.get(url("waitlist", full)))
    for words in (ana.patient.full_name, "Urgent", "New job in the afternoon", "Not yet", "No seat is free"):
        assert words in listed
    event = AuditEvent.objects.filter(verb="waitlist.read").latest("pk")
    assert event.detail["patients"] == [ana.patient_id]


def test_an_incomplete_form_names_what_is_missing_and_a_double_is_refused(desk: Client) -> None:
    ana, full = episode(), group()
    address = reverse("scheduling:waitlist_add", args=[ana.patient_id])
    answer = desk.post(address, {"group": full.pk, "priority": 3, "reason": " "})
    assert answer.status_code == 422 and "Say why, in a few words." in text(answer)
    make.waiting(ana, full)
    answer = desk.post(address, {"group": full.pk, "priority": 3, "reason": "Work"})
    assert answer.status_code == 409 and "waitlist already" in text(answer)


def test_a_seat_is_offered_by_hand_and_answered_by_phone(desk: Client) -> None:
    ana, free = episode(), group()
    entry = make.waiting(ana, free)
    assert "Offer the seat" in text(desk.get(url("waitlist", free)))
    assert desk.post(url("offer", entry)).status_code == 302
    offer = SeatOffer.objects.get()
    assert "Offered until" in text(desk.get(url("waitlist", free)))
    assert desk.post(url("offer_answer", offer), {}).status_code == 422
    assert desk.post(url("offer_answer", offer), {"answer": "accept"}).status_code == 302
    assert Enrollment.objects.get().episode == ana
    answer = desk.post(url("offer_answer", offer), {"answer": "decline"})
    assert answer.status_code == 409 and "This offer is answered:" in text(answer)


def test_a_seat_promised_elsewhere_is_refused_on_the_list_and_can_be_taken_back(desk: Client) -> None:
    free = group()
    first, second = make.waiting(episode(), free), make.waiting(make.episode(), free)
    desk.post(url("offer", first))
    answer = desk.post(url("offer", second))
    assert answer.status_code == 409 and "Take that offer back first." in text(answer)
    desk.post(url("offer_answer", SeatOffer.objects.get()), {"answer": "take_back"})
    assert "Offer taken back" in text(desk.get(url("waitlist", free)))
    assert desk.post(url("offer", second)).status_code == 302


def test_who_is_passed_over_is_named_with_the_reason_and_is_offered_nothing(desk: Client) -> None:
    free, who = group(), episode()
    make.unavailable(who.patient, weekday=free.weekday, from_on=today())
    entry, other = make.waiting(who, free), make.waiting(episode(), free)
    page = text(desk.get(url("waitlist", free)))
    assert "Passed over: Ana cannot come" in page
    assert url("offer", entry) not in page and url("offer", other) in page
    assert "Ana cannot come" in text(desk.post(url("offer", entry)))
    assert not SeatOffer.objects.exists()


def test_removing_asks_first(desk: Client) -> None:
    entry = make.waiting(episode(), group())
    assert "Take" in text(desk.get(url("waitlist_end", entry)))
    assert WaitlistEntry.objects.waiting().exists()
    assert desk.post(url("waitlist_end", entry)).status_code == 302
    assert not WaitlistEntry.objects.waiting().exists()
    assert "Nobody waits" in text(desk.get(url("waitlist", entry.group)))


def test_a_long_waitlist_costs_no_more_statements(desk: Client) -> None:
    full = group()

    def cost(people: int) -> int:
        for _ in range(people):
            make.waiting(make.episode(), full)
        with CaptureQueriesContext(connection) as asked:
            desk.get(url("waitlist", full))
        return len(asked)

    desk.get(url("waitlist", full))
    assert cost(1) == cost(12)


def test_the_patient_sees_the_offer_and_accepts_it(sign_in: Any) -> None:
    ana, free = episode(), group()
    offer = make.offer(make.waiting(ana, free), from_on=free.sessions.earliest("starts_at").occurs_on)
    client = sign_in(ana.patient.user)
    page = text(client.get(reverse("portal:week")))
    for words in ("A place is open for you", "Process group", "Held for you until", "Accept", "No thanks"):
        assert words in page
    assert client.get(reverse("portal:offer_accept", args=[offer.public_id])).status_code == 405
    for _ in range(2):
        assert client.post(reverse("portal:offer_accept", args=[offer.public_id])).status_code == 302
    assert Enrollment.objects.get().enrolled_by == ana.patient.user
    assert "A place is open for you" not in text(client.get(reverse("portal:week")))


def test_the_patient_says_no_thanks(sign_in: Any) -> None:
    ana, free = episode(), group()
    offer = make.offer(make.waiting(ana, free), from_on=today())
    client = sign_in(ana.patient.user)
    assert client.post(reverse("portal:offer_decline", args=[offer.public_id])).status_code == 302
    answer = client.post(reverse("portal:offer_accept", args=[offer.public_id]))
    assert answer.status_code == 409 and "This offer was declined." in text(answer)
    assert not Enrollment.objects.exists()


def test_a_clash_is_said_in_words_and_the_offer_stays_on_the_page(sign_in: Any) -> None:
    ana, free = episode(), group()
    session = free.sessions.earliest("starts_at")
    make.booking(make.session(day=session.occurs_on), ana)
    offer = make.offer(make.waiting(ana, free), from_on=session.occurs_on)
    client = sign_in(ana.patient.user)
    answer = client.post(reverse("portal:offer_accept", args=[offer.public_id]))
    assert answer.status_code == 409
    assert "at that time already" in text(answer) and "No thanks" in text(answer)


def test_another_patients_offer_is_not_there(sign_in: Any) -> None:
    offer = make.offer(make.waiting(episode(), group()), from_on=today())
    client = sign_in(episode().patient.user)
    for name in ("offer_accept", "offer_decline"):
        assert client.post(reverse(f"portal:{name}", args=[offer.public_id])).status_code == 404
    assert SeatOffer.objects.open().count() == 1


def test_after_a_session_is_called_off_each_person_has_ways_to_book(desk: Client) -> None:
    day = today() + timedelta(days=1)
    session = make.session(day=day, title="Process group")
    ana, other = (make.booking(session, episode()) for _ in range(2))
    instead = make.session(day=day, starts=make.time(14), title="DBT skills", capacity=1)
    answer = desk.post(
        reverse("scheduling:session_cancellation", args=[session.pk]), {"reason": "Ruth is ill"}
    )
    assert answer.url == url("make_ups", session)
    page = text(desk.get(answer.url))
    assert "2 of 2 can make it up now" in page and ana.patient.full_name in page and "DBT skills" in page
    assert desk.post(url("make_up", ana), {"session": instead.pk}).url == answer.url
    assert Booking.objects.active().get(session=instead).makes_up == ana
    page = text(desk.get(answer.url))
    assert "Made up" in page and "No session this week or next has a seat" in page
    late = desk.post(url("make_up", other), {"session": instead.pk})
    assert late.status_code == 409 and "is full" in text(late)


@pytest.mark.parametrize("typed", ["", "abc", "9" * 30, "0", "-1", "٣"])
def test_a_session_that_is_none_is_refused_in_words(desk: Client, typed: str) -> None:
    lost = make.booking(
        make.session(day=today() + timedelta(days=1), status="cancelled"), episode(),
        status="cancelled_by_clinic", cancelled_at=timezone.now(),
    )  # fmt: skip
    answer = desk.post(url("make_up", lost), {"session": typed})
    assert answer.status_code == 422 and "Choose one of the sessions." in text(answer)


def test_another_sites_waitlist_is_not_there(sign_in: Any) -> None:
    entry = make.waiting(episode(), group())
    client = sign_in(role=Role.FRONT_DESK, at=make.other_site())
    for address in (url("waitlist", entry.group), url("waitlist_end", entry)):
        assert client.get(address).status_code == 404
    assert client.post(url("offer", entry)).status_code == 404
