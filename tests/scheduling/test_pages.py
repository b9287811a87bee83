"""The week's pages as people use them: who may, what is shown, what a form changes or refuses in words."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.messages.models import Message
from iop_clinic.roles import Role
from patients.models import Discharge
from scheduling.calendar import materialise
from scheduling.models import Booking, Enrollment, TherapySession
from tests import make

pytestmark = pytest.mark.django_db
PIECE = {"HX-Request": "true"}


@pytest.fixture
def desk(sign_in: Any) -> Client:
    return sign_in(role=Role.FRONT_DESK)


def today() -> Any:
    return local_day(timezone.now(), "America/New_York")


def coming(**fields: Any) -> TherapySession:
    return make.session(**({"day": today() + timedelta(days=3)} | fields))


def episode(**fields: Any) -> Any:
    whom = make.portal_patient(**fields)
    return make.episode(whom, admitted_on=today() - timedelta(days=10))


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_session_names_its_people_and_the_read_is_on_the_trail(desk: Client) -> None:
    session = coming()
    booking = make.booking(session, episode())
    page = text(desk.get(reverse("scheduling:session", args=[session.pk])))
    assert booking.patient.full_name in page and "1/12" in page
    assert AuditEvent.objects.filter(verb="session.read", object_id=session.pk).exists()


def test_the_same_address_gives_the_board_its_drawer(desk: Client) -> None:
    session = coming()
    piece = text(desk.get(reverse("scheduling:session", args=[session.pk]), headers=PIECE))
    assert piece.startswith("<aside") and "<html" not in piece


def typed(session: TherapySession, **changes: Any) -> dict[str, Any]:
    """The edit form of a session as the page shows it, with some of it changed."""
    shown = {
        "on": session.occurs_on, "starts": "09:00", "minutes": session.scheduled_minutes, "scope": "this",
        "capacity": session.capacity, "lead": session.lead_id, "mode": session.mode,
        "room": session.room_id, "version": 1,
    }  # fmt: skip
    return shown | changes


def test_changing_a_session_changes_it_once_and_tells_the_second_one(desk: Client) -> None:
    session = coming()
    url = reverse("scheduling:session_edit", args=[session.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, typed(session, starts="14:00")).status_code == 302
    answer = desk.post(url, typed(session, starts="15:00"))
    assert answer.status_code == 409 and "Someone changed this session meanwhile" in text(answer)
    assert (
        "15:00" in text(answer) and f'href="{url}">Show the session as it is now' in answer.content.decode()
    )
    session.refresh_from_db()
    assert session.version == 2


def test_a_clash_of_a_change_is_listed_with_its_way_round(desk: Client) -> None:
    lead = make.clinician(given_name="Ruth", family_name="Adeyemi")
    other = coming(lead=lead, title="DBT skills")
    free = make.clinician(given_name="Joon", family_name="Ellery")
    session = coming(lead=lead, day=today() + timedelta(days=4))
    asked = typed(session, on=other.occurs_on)
    url = reverse("scheduling:session_edit", args=[session.pk])
    answer = desk.post(url, asked)
    assert answer.status_code == 409 and "Ruth A. already leads DBT skills" in text(answer)
    way = f"{other.occurs_on} lead {free.pk}"
    assert way in text(answer)
    assert desk.post(url, asked | {"do": way}).status_code == 302
    session.refresh_from_db()
    assert (session.occurs_on, session.lead) == (other.occurs_on, free)


def test_a_choice_that_was_never_on_offer_is_refused(desk: Client) -> None:
    session = coming()
    url = reverse("scheduling:session_edit", args=[session.pk])
    for way in ("nonsense", "2026-10-26 room 999999", "2026-99-99 skip"):
        answer = desk.post(url, typed(session, starts="14:00", do=way))
        assert answer.status_code == 422 and "not on offer any more" in text(answer)


def test_a_session_that_has_begun_takes_remarks_only(desk: Client) -> None:
    session = make.session(day=today() - timedelta(days=1))
    change = reverse("scheduling:session_edit", args=[session.pk])
    assert "It stays as it is" in text(desk.get(change))
    assert desk.post(change, typed(session, starts="14:00")).status_code == 409
    url = reverse("scheduling:session_remark", args=[session.pk])
    for said in ("The projector was broken.", "The projector was broken.", " "):
        assert desk.post(url, {"text": said}).status_code == 302
    assert session.remarks.count() == 1
    page = text(desk.get(reverse("scheduling:session", args=[session.pk])))
    assert "The projector was broken." in page


def test_cancelling_a_session_needs_a_reason_and_frees_everyone(desk: Client) -> None:
    session = coming()
    make.booking(session, episode())
    url = reverse("scheduling:session_cancellation", args=[session.pk])
    assert desk.post(url, {"reason": " "}).status_code == 422
    assert desk.post(url, {"reason": "Ruth is ill"}).status_code == 302
    assert Booking.objects.get().status == "cancelled_by_clinic"
    assert "Ruth is ill" in text(desk.get(reverse("scheduling:session", args=[session.pk])))


def test_cancelling_a_booking_says_who_cancelled(desk: Client) -> None:
    booking = make.booking(coming(), episode())
    url = reverse("scheduling:booking_cancel", args=[booking.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"who": "patient", "reason": "Child care"}).status_code == 302
    booking.refresh_from_db()
    assert (booking.status, booking.cancel_reason) == ("cancelled_by_patient", "Child care")


def test_a_booking_that_has_begun_is_not_cancelled(desk: Client) -> None:
    booking = make.booking(make.session(day=today() - timedelta(days=1)), episode())
    answer = desk.post(
        reverse("scheduling:booking_cancel", args=[booking.pk]), {"who": "clinic", "reason": "x"}
    )
    assert answer.status_code == 409 and "Record an absence on Today instead" in text(answer)


def test_the_enrollment_page_counts_the_minutes_before_anything_is_saved(desk: Client) -> None:
    who = episode()
    groups = [make.group(weekday=day, room=make.room(name=f"R{day}"), minutes=180) for day in (0, 2)]
    url = reverse("scheduling:enrollment", args=[who.patient_id])
    piece = text(desk.post(url, {"groups": [g.pk for g in groups]}, headers=PIECE))
    assert "Booked 360 of 540 minutes a week, 3 h short." in piece and "<html" not in piece
    assert not Enrollment.objects.exists()


def test_enrolling_in_the_chosen_groups_books_their_sessions(desk: Client) -> None:
    who = episode()
    groups = [make.group(weekday=day, room=make.room(name=f"R{day}")) for day in (0, 2)]
    materialise(day=today(), weeks=2)
    url = reverse("scheduling:enrollment", args=[who.patient_id])
    typed = {"groups": [g.pk for g in groups], "from_on": today() + timedelta(days=1), "enroll": "1"}
    answer = desk.post(url, typed)
    assert answer.status_code == 302 and answer.url == reverse(
        "scheduling:patient_week", args=[who.patient_id]
    )
    assert Enrollment.objects.count() == 2 and Booking.objects.active().count() >= 3


def test_enrolling_in_nothing_or_without_a_day_is_refused(desk: Client) -> None:
    url = reverse("scheduling:enrollment", args=[episode().patient_id])
    answer = desk.post(url, {"from_on": today(), "enroll": "1"})
    assert answer.status_code == 422 and "Choose at least one group" in text(answer)
    assert desk.post(url, {"enroll": "1", "from_on": "soon"}).status_code == 422


def test_a_full_group_cannot_be_chosen_and_is_refused_when_it_is(desk: Client) -> None:
    group = make.group(weekday=(today().weekday() + 2) % 7, capacity=1)
    materialise(day=today(), weeks=2)
    for session in TherapySession.objects.all():
        make.booking(session, make.episode(admitted_on=today()))
    url = reverse("scheduling:enrollment", args=[episode().patient_id])
    assert "disabled" in text(desk.get(url))
    answer = desk.post(url, {"groups": [group.pk], "from_on": today(), "enroll": "1"})
    assert answer.status_code == 409 and "Process group is full on" in text(answer)


def test_groups_for_other_ages_are_not_offered(desk: Client) -> None:
    make.group(make.track(name="Adolescent", youngest_age=13, oldest_age=17), name="Teen process")
    page = text(desk.get(reverse("scheduling:enrollment", args=[episode().patient_id])))
    assert "Teen process" not in page


def test_ending_a_place_frees_later_seats(desk: Client) -> None:
    who, group = episode(), make.group(weekday=(today().weekday() + 2) % 7)
    place = make.enrollment(who, group)
    materialise(day=today(), weeks=2)
    url = reverse("scheduling:enrollment_end", args=[place.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"last_on": today()}).status_code == 302
    assert not Booking.objects.active().exists()


def visit(**fields: Any) -> dict[str, Any]:
    said = {
        "kind": "individual",
        "on": today() + timedelta(days=3),
        "starts_at": "13:00",
        "minutes": 50,
        "repeat": "1",
        "times": 3,
        "mode": "in_person",
        "lead": make.clinician(given_name="Ruth", family_name="Adeyemi").pk,
        "room": make.room(name="Office 1").pk,
    }
    return said | fields


def test_a_visit_is_booked_for_some_weeks(desk: Client) -> None:
    who = episode()
    answer = desk.post(reverse("scheduling:visit", args=[who.patient_id]), visit())
    assert answer.status_code == 302 and Booking.objects.filter(patient=who.patient).count() == 3


def test_a_clash_of_a_visit_answers_409_with_the_sentence_and_books_nothing(desk: Client) -> None:
    room = make.room(name="Office 1")
    coming(day=today() + timedelta(days=10), starts=time(13), room=room)
    answer = desk.post(reverse("scheduling:visit", args=[episode().patient_id]), visit())
    assert answer.status_code == 409 and "Office 1 is taken by Process group" in text(answer)
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"on": "2026-02-30"},
        {"on": "0001-01-01"},
        {"on": "9999-12-31"},
        {"starts_at": "25:00"},
        {"minutes": "many"},
        {"times": "999999999999999999999"},
        {"lead": "0"},
        {"room": ""},
        {"kind": "group"},
        {"mode": "phone"},
        {"on": "2020-01-06"},
    ],
)
def test_a_visit_typed_wrong_answers_422_and_books_nothing(desk: Client, typed: dict[str, Any]) -> None:
    answer = desk.post(reverse("scheduling:visit", args=[episode().patient_id]), visit(**typed))
    assert answer.status_code == 422 and "to fix before this can be saved" in text(answer)
    assert not TherapySession.objects.exists()


@pytest.mark.parametrize("name", ["enrollment", "visit", "discharge"])
def test_without_an_open_episode_the_page_says_so(sign_in: Any, name: str) -> None:
    client, url = sign_in(role=Role.CASE_MANAGER), reverse(f"scheduling:{name}", args=[make.patient().pk])
    assert "There is no open episode" in text(client.get(url))
    assert client.post(url, {"enroll": "1"}).status_code in {200, 409}


def test_the_patients_week_lists_bookings_with_their_states(desk: Client) -> None:
    who = episode()
    session = coming()
    make.booking(session, who, confirmed_at=timezone.now())
    url = reverse("scheduling:patient_week", args=[who.patient_id])
    page = text(desk.get(url, {"week": session.occurs_on.isoformat()}))
    assert "Process group" in page and "Confirmed" in page and "Cancel" in page
    piece = text(desk.get(url, headers=PIECE))
    assert piece.startswith("<section") and "Next sessions" in piece


def test_discharge_ends_what_is_ahead(sign_in: Any) -> None:
    who = episode()
    make.booking(coming(), who)
    client, url = (
        sign_in(role=Role.CASE_MANAGER),
        reverse("scheduling:discharge", args=[who.patient_id]),
    )
    assert "1 coming booking after it" in text(client.get(url))
    assert client.post(url, {"kind": "", "on": today()}).status_code == 422
    answer = client.post(url, {"kind": "completed", "on": today(), "note": "Met both goals"})
    assert answer.status_code == 302 and Discharge.objects.get().kind == "completed"
    assert not Booking.objects.active().exists()


def message(**fields: Any) -> Message:
    now = timezone.now()
    patient = make.portal_patient()
    said = {
        "site": patient.site,
        "kind": "reminder",
        "unique_key": f"reminder:{patient.pk}:1",
        "subject_id": 1,
        "patient_id": patient.pk,
        "to_address": patient.email,
        "subject_line": "Appointment reminder",
        "body": "Marlow Street: you have an appointment.",
        "due_at": now - timedelta(hours=1),
        "next_try_at": now,
        "expires_at": now + timedelta(hours=5),
    }
    return Message.objects.create(**(said | fields))


def test_messages_show_their_state_and_why_one_was_not_sent(desk: Client) -> None:
    message(state="failed", reason="The mail server refused the address (550).")
    message(state="pending")
    page = text(desk.get(reverse("scheduling:messages")))
    assert "Waiting" in page and "The mail server refused the address (550)." in page
    assert "refused" not in text(desk.get(reverse("scheduling:messages"), {"show": "waiting"}))
    assert desk.get(reverse("scheduling:messages"), {"show": "everything"}).status_code == 404


def test_a_failed_message_is_sent_again_by_hand(desk: Client) -> None:
    row = message(state="failed", reason="No such address")
    assert desk.post(reverse("scheduling:message_retry", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.state == "pending"
    assert AuditEvent.objects.filter(verb="messages.try_again", patient_id=row.patient_id).exists()


def test_a_patients_messages_are_theirs_alone(desk: Client) -> None:
    mine, other = message(), message()
    page = text(desk.get(reverse("scheduling:patient_messages", args=[mine.patient_id])))
    assert mine.to_address in page and other.to_address not in page


@pytest.mark.parametrize("role", [Role.BILLER, Role.PRESCRIBER, Role.PRIVACY_OFFICER, Role.PATIENT])
def test_places_and_messages_are_changed_only_by_those_who_may(sign_in: Any, role: Role) -> None:
    client = sign_in(role=role)
    place = make.enrollment(episode(), make.group())
    row = message(state="failed", reason="No such address")
    for name in ("scheduling:enrollment_end", "scheduling:enrollment_prolongation"):
        assert client.post(reverse(name, args=[place.pk])).status_code == 403
    assert client.post(reverse("scheduling:message_retry", args=[row.pk])).status_code == 403


def test_another_sites_places_and_messages_do_not_exist(desk: Client) -> None:
    elsewhere = make.other_site()
    whom = make.episode(make.patient(elsewhere))
    place = make.enrollment(whom, make.group(make.track(elsewhere)))
    row = message(site=elsewhere, state="failed", reason="No such address")
    for url in (
        reverse("scheduling:enrollment_end", args=[place.pk]),
        reverse("scheduling:enrollment_prolongation", args=[place.pk]),
        reverse("scheduling:message_retry", args=[row.pk]),
    ):
        assert desk.post(url).status_code == 404
