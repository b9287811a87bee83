"""What a patient may do about their own bookings: confirm, run late, not come. A GET changes nothing."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import at_local
from iop_clinic.roles import Role
from patients.models import Episode, Patient
from scheduling.models import Booking
from scheduling.portal_times import Appointment, late_choices
from tests import make

WEDNESDAY = make.MONDAY + timedelta(days=2)
HALF_PAST_EIGHT = datetime(2026, 10, 21, 12, 31, tzinfo=UTC)
CHANGES = ("confirm", "cancel", "late")


@pytest.fixture
def ana(db: None) -> Episode:
    return make.episode(make.portal_patient())


@pytest.fixture
def client(ana: Episode, sign_in: Callable[..., Client]) -> Client:
    return sign_in(ana.patient.user)


def booked(of: Episode, day: date = WEDNESDAY, starts: time = time(9), **fields: object) -> Booking:
    return make.booking(make.session(of.site, day=day, starts=starts, **fields), of)


def address(page: str, booking: Booking) -> str:
    return reverse(f"portal:{page}", args=[booking.public_id])


def state(booking: Booking) -> tuple[object, ...]:
    booking.refresh_from_db()
    return booking.status, booking.confirmed_at, booking.running_late_until, booking.cancelled_at


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_the_page_of_a_booking_says_when_where_and_with_whom(ana: Episode, client: Client) -> None:
    page = client.get(address("session", booked(ana, room=make.room(ana.site)))).content.decode()
    assert "Today, 9:00 am" in page
    assert "Process group with Theo" in page
    assert "Cedar room, 14 Marlow Street" in page


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_a_get_changes_nothing(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    before = state(booking)
    for page in ("session", "cancel", "late", "confirm"):
        for _ in range(3):
            client.get(address(page, booking))
            client.head(address(page, booking))
    assert state(booking) == before


def test_confirming_is_a_post_only(ana: Episode, client: Client) -> None:
    assert client.get(address("confirm", booked(ana))).status_code == 405


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_confirming_twice_is_confirming_once(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    for _ in range(2):
        assert client.post(address("confirm", booking)).status_code == 302
    booking.refresh_from_db()
    assert booking.confirmed_at == HALF_PAST_EIGHT
    assert AuditEvent.objects.filter(verb="scheduling.confirm").count() == 1


@pytest.mark.parametrize("page", [*CHANGES, "session"])
def test_another_patients_booking_is_not_there(page: str, client: Client) -> None:
    other = booked(make.episode(make.portal_patient()))
    before = state(other)
    answer = (
        client.post(address(page, other), {"until": "10", "reason": "No ride"}) if page != "session" else None
    )
    assert (answer or client.get(address(page, other))).status_code == 404
    assert state(other) == before


@pytest.mark.parametrize("page", CHANGES)
def test_a_booking_nobody_has_is_not_there(page: str, client: Client) -> None:
    assert client.post(reverse(f"portal:{page}", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_staff_do_not_enter_the_portal(role: Role, ana: Episode, sign_in: Callable[..., Client]) -> None:
    booking = booked(ana)
    staff = sign_in(role=role)
    for page in (*CHANGES, "session"):
        assert staff.post(address(page, booking)).status_code == 403


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_running_late_offers_ten_twenty_and_thirty_minutes(ana: Episode, client: Client) -> None:
    page = client.get(address("late", booked(ana))).content.decode()
    for words in ("9:10 am", "9:20 am", "9:30 am", "30 minutes late"):
        assert words in page


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_running_late_tells_the_clinic_about_when(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    for _ in range(2):
        assert client.post(address("late", booking), {"until": "20"}).status_code == 302
    booking.refresh_from_db()
    assert booking.running_late_until == booking.session.starts_at + timedelta(minutes=20)
    assert booking.is_active
    assert "9:20 am" in client.get(reverse("portal:week")).content.decode()


@pytest.mark.parametrize("typed", [{}, {"until": "15"}, {"until": "x" * 500}, {"until": "-10"}])
@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_a_time_that_was_not_offered_is_refused(typed: dict[str, str], ana: Episode, client: Client) -> None:
    booking = booked(ana)
    answer = client.post(address("late", booking), typed)
    assert answer.status_code == 422
    assert booking.running_late_until is None
    assert state(booking)[2] is None


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_nobody_runs_late_for_another_day(ana: Episode, client: Client) -> None:
    booking = booked(ana, day=WEDNESDAY + timedelta(days=2))
    assert client.post(address("late", booking), {"until": "10"}).status_code == 409
    assert state(booking)[2] is None


def appointment(booking: Booking, now: datetime) -> Appointment:
    return Appointment(Booking.objects.select_related("session__site").get(pk=booking.pk), now)


def test_times_gone_by_are_not_offered(ana: Episode) -> None:
    late = appointment(booked(ana, minutes=90), at_local(WEDNESDAY, time(9, 12), "America/New_York"))
    assert [choice.time for choice in late_choices(late, [])] == ["9:20 am", "9:30 am", "9:45 am"]


def test_the_next_session_of_the_day_is_offered_too(ana: Episode) -> None:
    late = appointment(booked(ana), HALF_PAST_EIGHT)
    second = appointment(booked(ana, starts=time(10, 5), title="Coping skills"), HALF_PAST_EIGHT)
    tomorrow = appointment(booked(ana, day=WEDNESDAY + timedelta(days=1)), HALF_PAST_EIGHT)
    last = late_choices(late, [late, tomorrow, second])[-1]
    assert (last.time, last.words) == ("10:05 am", "For Coping skills")


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_coming_for_the_next_session_keeps_both_places(ana: Episode, client: Client) -> None:
    first, second = booked(ana), booked(ana, starts=time(10, 5))
    assert client.post(address("late", first), {"until": "65"}).status_code == 302
    first.refresh_from_db()
    assert first.running_late_until == second.session.starts_at
    assert first.is_active


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_not_coming_gives_the_place_back_with_the_reason(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    assert client.post(address("cancel", booking), {"reason": "No ride"}).status_code == 302
    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED_BY_PATIENT
    assert booking.cancel_reason == "No ride"
    booking.session.refresh_from_db()
    assert booking.session.booked_seats == 0


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_sending_it_twice_cancels_once(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    client.post(address("cancel", booking), {"reason": "No ride"})
    before = state(booking)
    answer = client.post(address("cancel", booking), {"reason": "Something else"})
    assert answer.status_code == 200
    assert "already cancelled" in answer.content.decode()
    assert state(booking) == before


@pytest.mark.parametrize("typed", [{}, {"reason": "Because"}, {"reason": ""}])
@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_not_coming_needs_one_of_the_reasons(typed: dict[str, str], ana: Episode, client: Client) -> None:
    booking = booked(ana)
    before = state(booking)
    assert client.post(address("cancel", booking), typed).status_code == 422
    assert state(booking) == before


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_the_page_says_what_not_coming_does_to_the_hours(ana: Episode, client: Client) -> None:
    booking = booked(ana, minutes=180)
    for day in (WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)):
        booked(ana, day=day, minutes=180)
    page = client.get(address("cancel", booking)).content.decode().replace("\xa0", " ")
    assert "Takes 3 h off the week: 3 h to make up." in page


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_not_coming_that_day_gives_back_what_comes_after_too(ana: Episode, client: Client) -> None:
    first, second = booked(ana), booked(ana, starts=time(10, 5))
    tomorrow = booked(ana, day=WEDNESDAY + timedelta(days=1))
    page = client.get(address("cancel", first)).content.decode().replace("\xa0", " ")
    assert "Takes 60 minutes off the week: 7 h to make up." in page
    assert "Takes 2 h off the week: 8 h to make up." in page
    client.post(address("cancel", first), {"which": "day", "reason": "No ride"})
    assert [state(b)[0] for b in (first, second, tomorrow)] == [
        "cancelled_by_patient",
        "cancelled_by_patient",
        "booked",
    ]


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_not_coming_to_one_session_keeps_the_others(ana: Episode, client: Client) -> None:
    first, second = booked(ana), booked(ana, starts=time(10, 5))
    client.post(address("cancel", first), {"which": "one", "reason": "No ride"})
    assert (state(first)[0], state(second)[0]) == ("cancelled_by_patient", "booked")
    other = booked(ana, day=WEDNESDAY + timedelta(days=1))
    assert client.post(address("cancel", other), {"which": "day", "reason": "No ride"}).status_code == 422
    assert state(other)[0] == "booked"


def test_a_session_that_has_begun_cannot_be_given_back(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    with time_machine.travel(booking.session.starts_at + timedelta(minutes=1), tick=False):
        answer = client.post(address("cancel", booking), {"reason": "No ride"})
    assert answer.status_code == 409
    assert "609-555-0100" in answer.content.decode()
    assert state(booking)[0] == Booking.Status.BOOKED


def test_a_cancelled_booking_is_neither_confirmed_nor_late(ana: Episode, client: Client) -> None:
    booking = booked(ana)
    Booking.objects.filter(pk=booking.pk).update(
        status=Booking.Status.CANCELLED_BY_CLINIC, cancelled_at=HALF_PAST_EIGHT
    )
    with time_machine.travel(HALF_PAST_EIGHT, tick=False):
        assert client.post(address("confirm", booking)).status_code == 409
        assert client.post(address("late", booking), {"until": "10"}).status_code == 409
        assert (
            "The clinic cancelled this session." in client.get(address("session", booking)).content.decode()
        )


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_directions_are_a_link_and_nothing_is_loaded_from_there(ana: Episode, client: Client) -> None:
    answer = client.get(address("session", booked(ana)))
    page = answer.content.decode()
    assert '<a class="btn btn-primary" href="https://' in page
    assert 'rel="noreferrer noopener"' in page
    for tag in ('src="http', 'action="http', '<link rel="preconnect', "<iframe"):
        assert tag not in page


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_a_video_session_has_no_directions(ana: Episode, client: Client) -> None:
    page = client.get(address("session", booked(ana, mode="video"))).content.decode()
    assert "By video" in page
    assert "Directions" not in page


@time_machine.travel(HALF_PAST_EIGHT, tick=False)
def test_each_look_at_a_booking_is_on_the_trail(ana: Episode, client: Client) -> None:
    client.get(address("session", booked(ana)))
    read = AuditEvent.objects.get(verb="chart.read_own")
    assert read.patient_id == ana.patient_id
    assert read.actor_id == ana.patient.user_id


def test_a_staff_account_linked_to_no_chart_finds_none(sign_in: Callable[..., Client]) -> None:
    stray = sign_in(role=Role.PATIENT)
    assert stray.get(reverse("portal:week")).status_code == 404
    assert not Patient.objects.filter(user__isnull=False).exists()
