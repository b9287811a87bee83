"""Notes as pages: written by the treating team, signed after a password, read by few, changed by nobody."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.accounts.models import StaffProfile
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Objective
from scheduling.models import Booking
from sessions.models import Addendum, Attendance, ProgressNote, Signature
from sessions.notes import content_hash, sign_note
from tests import make

EVENING = make.NOW + timedelta(hours=8)
pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def evening() -> Iterator[Any]:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def booking() -> Booking:
    made = make.booking(make.session(day=make.MONDAY + timedelta(days=2)), make.episode())
    make.plan(made.episode)
    make.attendance(made, late_minutes=9)
    return made


def typed(booking: Booking, **fields: Any) -> dict[str, Any]:
    objective = Objective.objects.get(goal__plan__episode=booking.episode_id)
    return {
        "objective": objective.pk,
        "participation": "active",
        "affect": "Calmer",
        "risk": "none",
        "text": "Named the Monday dread.",
        "plan": "",
        "version": "0",
    } | fields


def write(client: Client, booking: Booking, **fields: Any) -> Any:
    return client.post(reverse("sessions:note", args=[booking.pk]), typed(booking, **fields))


def confirm_password(client: Client) -> None:
    """What signing asks for once: the password again."""
    answer = client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    assert answer.status_code == 302


def test_the_page_shows_the_session_and_its_minutes(booking: Booking, sign_in: SignIn) -> None:
    make.attendance(make.booking(booking.session, make.episode(make.patient(given_name="Other"))))
    html = sign_in(booking.session.lead).get(reverse("sessions:note", args=[booking.pk])).content.decode()
    assert "9:09 to 10:00" in html
    assert "9 min late" in html
    assert "51 of 60" in html
    assert "“I want to get through a workday again.”" in html
    assert "Other" not in html


def test_a_draft_is_saved_and_read_back(booking: Booking, sign_in: SignIn) -> None:
    client = sign_in(booking.session.lead)
    assert write(client, booking).status_code == 302
    html = client.get(reverse("sessions:note", args=[booking.pk])).content.decode()
    assert "Named the Monday dread." in html
    assert 'name="version" value="1"' in html


def test_a_clash_keeps_both_texts(booking: Booking, sign_in: SignIn) -> None:
    client = sign_in(booking.session.lead)
    write(client, booking, text="The first word.")
    answer = write(client, booking, text="The second word.")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "The first word." in html
    assert "The second word." in html
    assert 'name="version" value="1"' in html
    assert write(client, booking, text="Both words.", version="1").status_code == 302


def test_signing_asks_for_the_password_and_then_binds(booking: Booking, sign_in: SignIn) -> None:
    client = sign_in(booking.session.lead)
    to_sign = write(client, booking, sign="1")
    note = ProgressNote.objects.get()
    assert to_sign.url == reverse("sessions:signature", args=[note.pk])
    assert client.get(to_sign.url).url.startswith(reverse("account_reauthenticate"))
    assert client.post(to_sign.url, {"version": "1"}).status_code == 302
    assert not Signature.objects.exists()
    confirm_password(client)
    assert "By signing you say" in client.get(to_sign.url).content.decode()
    assert client.post(to_sign.url, {"version": "1"}).url == reverse("sessions:my_notes")
    assert Signature.objects.get().content_sha256 == content_hash(ProgressNote.objects.get())
    assert AuditEvent.objects.filter(verb="sessions.sign_note", actor=booking.session.lead).exists()


@pytest.mark.parametrize("version", ["0", "7", "x", ""])
def test_a_version_nobody_read_is_not_signed(booking: Booking, sign_in: SignIn, version: str) -> None:
    client = sign_in(booking.session.lead)
    write(client, booking)
    confirm_password(client)
    url = reverse("sessions:signature", args=[ProgressNote.objects.get().pk])
    assert client.post(url, {"version": version}).status_code in (409, 422)
    assert not Signature.objects.exists()


def test_what_is_missing_is_said_before_signing(booking: Booking, sign_in: SignIn) -> None:
    client = sign_in(booking.session.lead)
    Attendance.objects.update(left_at=None)
    write(client, booking, objective="", text="")
    confirm_password(client)
    url = reverse("sessions:signature", args=[ProgressNote.objects.get().pk])
    html = client.get(url).content.decode()
    for lacking in ("the check-out", "an objective", "own note"):
        assert f"Still missing: {lacking}" in html or lacking in html
    assert client.post(url, {"version": "1"}).status_code == 422


@pytest.fixture
def signed(booking: Booking) -> ProgressNote:
    note = make.note(booking, objective=Objective.objects.get())
    sign_note(actor=note.author, note=note, now=EVENING)
    return note


def test_a_crafted_post_does_not_change_a_signed_note(signed: ProgressNote, sign_in: SignIn) -> None:
    before = content_hash(signed)
    for version in ("0", "1", "2"):
        answer = write(sign_in(signed.author), signed.booking, text="Changed", version=version)
        assert answer.status_code == 409
    assert content_hash(ProgressNote.objects.get()) == before


def test_the_admin_cannot_change_or_delete_a_signed_note(signed: ProgressNote, sign_in: SignIn) -> None:
    client = sign_in(role=Role.ADMINISTRATOR)
    for model, pk in (("progressnote", signed.pk), ("signature", signed.signature.pk)):
        base = f"/admin/iop_sessions/{model}/{pk}"
        assert "Named the Monday dread" not in client.get(f"{base}/change/").content.decode()
        assert client.post(f"{base}/change/", {"text": "Changed"}).status_code == 403
        assert client.post(f"{base}/delete/", {"post": "yes"}).status_code == 403
        assert client.post(f"/admin/iop_sessions/{model}/add/", {}).status_code == 403
    assert content_hash(ProgressNote.objects.get()) == Signature.objects.get().content_sha256


def test_a_signed_note_is_read_and_added_to(signed: ProgressNote, sign_in: SignIn) -> None:
    client = sign_in(make.clinician())
    html = client.get(reverse("sessions:note", args=[signed.booking_id])).content.decode()
    assert "Signed by" in html
    assert "<textarea" not in html
    url = reverse("sessions:addendum", args=[signed.pk])
    assert client.post(url, {"text": "More", "reason": ""}).status_code == 422
    assert not Addendum.objects.exists()
    client.post(url, {"text": "Her sister called.", "reason": "New information"})
    listed = client.get(reverse("sessions:notes", args=[signed.booking.patient_id])).content.decode()
    assert "Her sister called." in listed
    assert "New information" in listed


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.DIRECTOR])
def test_readers_read_and_do_not_write(signed: ProgressNote, sign_in: SignIn, role: Role) -> None:
    client = sign_in(role=role)
    assert "Signed by" in client.get(reverse("sessions:note", args=[signed.booking_id])).content.decode()
    assert write(client, signed.booking).status_code == 403
    assert client.get(reverse("sessions:addendum", args=[signed.pk])).status_code == 403


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BILLER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR])
def test_others_do_not_read_notes(signed: ProgressNote, sign_in: SignIn, role: Role) -> None:
    client = sign_in(role=role)
    assert client.get(reverse("sessions:note", args=[signed.booking_id])).status_code == 403
    assert client.get(reverse("sessions:notes", args=[signed.booking.patient_id])).status_code == 403


def test_a_draft_stays_with_its_author(booking: Booking, sign_in: SignIn) -> None:
    make.note(booking, text="Half a thought.")
    for client in (sign_in(role=Role.DIRECTOR), sign_in(make.clinician())):
        html = client.get(reverse("sessions:note", args=[booking.pk])).content.decode()
        assert "Draft, not signed." in html
        assert "Half a thought." not in html
        listed = client.get(reverse("sessions:notes", args=[booking.patient_id])).content.decode()
        assert "Half a thought." not in listed


def test_a_goal_opens_the_notes_that_name_it(signed: ProgressNote, sign_in: SignIn) -> None:
    url = reverse("sessions:notes", args=[signed.booking.patient_id])
    client = sign_in(make.clinician())
    assert signed.goal is not None
    assert "Named the Monday" in client.get(url, {"goal": signed.goal.pk}).content.decode()
    other = make.plan(make.episode()).goals.get()
    assert "Toward" not in client.get(url, {"goal": other.pk}).content.decode()


def test_my_notes_lists_what_i_owe_with_its_age(booking: Booking, sign_in: SignIn, evening: Any) -> None:
    lead = booking.session.lead
    html = sign_in(lead).get(reverse("sessions:my_notes")).content.decode()
    assert "1 note to sign" in html
    assert "Not begun" in html
    assert "7 h" in html
    evening.move_to(EVENING + timedelta(hours=20))
    make.note(booking)
    html = sign_in(lead).get(reverse("sessions:my_notes")).content.decode()
    assert "Draft" in html
    assert 'class="num warn">27 h' in html
    assert "All signed" in sign_in(make.clinician()).get(reverse("sessions:my_notes")).content.decode()


def test_nobody_owes_a_note_for_imported_attendance_or_an_absence(booking: Booking, sign_in: SignIn) -> None:
    lead = booking.session.lead
    Attendance.objects.update(source=Attendance.Source.IMPORT)
    assert "All signed" in sign_in(lead).get(reverse("sessions:my_notes")).content.decode()
    Attendance.objects.update(source="desk", arrived_at=None, left_at=None, absence="no_show")
    assert "All signed" in sign_in(lead).get(reverse("sessions:my_notes")).content.decode()


def test_an_old_draft_is_never_forgotten(booking: Booking, sign_in: SignIn, evening: Any) -> None:
    make.note(booking)
    evening.move_to(EVENING + timedelta(days=90))
    html = sign_in(booking.session.lead).get(reverse("sessions:my_notes")).content.decode()
    assert "1 note to sign" in html
    assert "90 days" in html


def test_a_supervisor_sees_the_team(booking: Booking, sign_in: SignIn) -> None:
    boss = make.clinician(role=Role.SUPERVISOR)
    StaffProfile.objects.filter(user=booking.session.lead).update(supervisor=boss)
    html = sign_in(boss).get(reverse("sessions:my_notes")).content.decode()
    assert "Your team" in html
    assert booking.patient.full_name in html
    assert html.count("All signed") == 1, "it is said of the supervisor's own notes alone"


def test_all_signed_is_said_once_where_nobody_owes_a_note(booking: Booking, sign_in: SignIn) -> None:
    boss = make.clinician(role=Role.SUPERVISOR)
    StaffProfile.objects.filter(user=make.clinician()).update(supervisor=boss)
    html = sign_in(boss).get(reverse("sessions:my_notes")).content.decode()
    assert html.count("All signed") == 1
    assert "None of their notes are waiting." in html


@pytest.mark.parametrize(
    "wrong",
    [
        {"objective": "999999"},
        {"objective": "x"},
        {"participation": "maybe"},
        {"risk": "some"},
        {"text": "x" * 6001},
        {"version": "-1"},
        {"version": "x"},
        {"version": "9" * 30},
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    booking: Booking, sign_in: SignIn, wrong: dict[str, str]
) -> None:
    answer = write(sign_in(booking.session.lead), booking, **wrong)
    assert answer.status_code in (409, 422)
    assert not ProgressNote.objects.exists()
