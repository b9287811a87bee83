"""Notes: drafts that never overwrite each other, signatures that bind, and nothing changes after."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Objective
from scheduling.models import Booking
from sessions.attendance import correct
from sessions.models import Addendum, Attendance, ProgressNote, Signature
from sessions.notes import add_addendum, content_hash, save_note, sign_note
from tests import make

START = datetime(2026, 10, 19, 13, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def booking() -> Booking:
    made = make.booking(make.session(), make.episode())
    make.plan(made.episode)
    make.attendance(made)
    return made


def objective_of(booking: Booking) -> Objective:
    return Objective.objects.get(goal__plan__episode=booking.episode_id)


def written(booking: Booking, actor: Any = None, version: int = 0, **fields: Any) -> ProgressNote:
    said = {
        "objective": objective_of(booking),
        "participation": "active",
        "affect": "Calmer",
        "risk": "none",
        "text": "Named the Monday dread out loud.",
        "plan": "Call her sister.",
    } | fields
    return save_note(actor=actor or booking.session.lead, booking=booking, version=version, now=END, **said)


def test_a_draft_grows_by_versions(booking: Booking) -> None:
    note = written(booking)
    assert (note.version, note.author) == (1, booking.session.lead)
    again = written(booking, version=1, text="Named it twice.")
    assert (again.pk, again.version, again.text) == (note.pk, 2, "Named it twice.")


def test_a_stale_draft_overwrites_nothing(booking: Booking) -> None:
    written(booking)
    written(booking, version=1, text="The later word.")
    for stale in (0, 1):
        with pytest.raises(Refused, match="kept below") as no:
            written(booking, version=stale, text="The older word.")
        assert no.value.status == 409
    assert ProgressNote.objects.get().text == "The later word."


def test_a_note_begins_with_its_session(booking: Booking) -> None:
    with pytest.raises(Refused, match="starts at 9:00 am"):
        save_note(
            actor=booking.session.lead, booking=booking, objective=None, participation="active", affect="",
            risk="none", text="x", plan="", version=0, now=START - timedelta(minutes=1),
        )  # fmt: skip


def test_nobody_who_stayed_away_gets_a_note(booking: Booking) -> None:
    Attendance.objects.update(arrived_at=None, left_at=None, absence="excused")
    with pytest.raises(Refused, match="was not there"):
        written(booking)


def test_an_objective_of_someone_else_or_of_an_unsigned_plan_is_refused(booking: Booking) -> None:
    other = make.plan(make.episode())
    draft = make.plan(make.episode(), signed=False)
    for wrong in (make.objective_of(other), make.objective_of(draft)):
        with pytest.raises(Refused) as no:
            written(booking, objective=wrong)
        assert "objective" in no.value.fields
    assert not ProgressNote.objects.exists()


def test_only_the_author_or_a_supervisor_changes_and_signs_a_draft(booking: Booking) -> None:
    note = written(booking)
    stranger = make.clinician()
    with pytest.raises(Refused, match="is writing this note"):
        written(booking, actor=stranger, version=1)
    with pytest.raises(Refused, match="wrote this note"):
        sign_note(actor=stranger, note=note, now=END)
    supervisor = make.clinician(role=Role.SUPERVISOR)
    changed = written(booking, actor=supervisor, version=1)
    assert changed.author == booking.session.lead
    assert sign_note(actor=supervisor, note=changed, now=END).signed_by == supervisor


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({"objective": None}, "an objective"),
        ({"text": "  "}, "own note"),
    ],
)
def test_an_unfinished_note_cannot_be_signed(booking: Booking, lacking: dict[str, Any], said: str) -> None:
    note = written(booking, **lacking)
    with pytest.raises(Refused, match=said):
        sign_note(actor=note.author, note=note, now=END)
    assert not Signature.objects.exists()


@pytest.mark.parametrize(("times", "said"), [({"left_at": None}, "check-out"), (None, "check-in")])
def test_a_note_without_both_times_cannot_be_signed(booking: Booking, times: Any, said: str) -> None:
    note = written(booking)
    rows = Attendance.objects.filter(booking=booking)
    rows.delete() if times is None else rows.update(**times)
    with pytest.raises(Refused, match=said):
        sign_note(actor=note.author, note=note, now=END)


def test_a_signature_needs_a_credential(booking: Booking) -> None:
    plain = make.user(Role.CLINICIAN)
    note = written(booking, actor=plain)
    with pytest.raises(Refused, match="credential"):
        sign_note(actor=plain, note=note, now=END)


def test_a_signature_binds_content_times_and_signer(booking: Booking) -> None:
    note = written(booking)
    signature = sign_note(actor=note.author, note=note, now=END)
    assert signature.credential == "LCSW"
    assert signature.content_sha256 == content_hash(ProgressNote.objects.get())
    assert (signature.arrived_at, signature.left_at) == (START, END)


@pytest.mark.parametrize(
    "change", [{"text": "x"}, {"plan": "x"}, {"risk": "present"}, {"affect": "x"}, {"participation": "some"}]
)
def test_the_hash_changes_with_every_word(booking: Booking, change: dict[str, str]) -> None:
    note = written(booking)
    before = content_hash(note)
    for name, value in change.items():
        setattr(note, name, value)
    assert content_hash(note) != before


def test_signing_twice_signs_once(booking: Booking) -> None:
    note = written(booking)
    first = sign_note(actor=note.author, note=note, now=END)
    assert sign_note(actor=note.author, note=note, now=END + timedelta(minutes=1)) == first
    with pytest.raises(Refused, match="signed this note already"):
        sign_note(actor=make.clinician(role=Role.SUPERVISOR), note=note, now=END)


def test_what_was_read_is_what_is_signed(booking: Booking) -> None:
    note = written(booking)
    written(booking, version=1, text="Changed behind the signer's back.")
    with pytest.raises(Refused, match="changed meanwhile"):
        sign_note(actor=note.author, note=note, now=END)


@pytest.fixture
def signed(booking: Booking) -> ProgressNote:
    note = written(booking)
    sign_note(actor=note.author, note=note, now=END)
    return note


def test_a_signed_note_cannot_be_saved_again(signed: ProgressNote) -> None:
    with pytest.raises(Refused, match="signed and cannot change"):
        written(signed.booking, version=1, text="Changed")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE iop_sessions_progressnote SET text = 'changed'",
        "DELETE FROM iop_sessions_progressnote",
        "UPDATE iop_sessions_signature SET content_sha256 = ''",
        "DELETE FROM iop_sessions_signature",
    ],
)
def test_postgresql_itself_refuses_to_change_a_signed_note(signed: ProgressNote, statement: str) -> None:
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert content_hash(ProgressNote.objects.get()) == Signature.objects.get().content_sha256


def test_times_under_a_signed_note_change_only_by_a_supervisor(signed: ProgressNote) -> None:
    row = Attendance.objects.get()
    said = {"arrived_at": START + timedelta(minutes=9), "left_at": END, "reason": "Video log"}
    for role in (Role.FRONT_DESK, Role.CLINICIAN):
        with pytest.raises(Refused, match="supervisor"):
            correct(actor=make.user(role), attendance=row, now=END, **said)  # type: ignore[arg-type]
    correct(actor=make.user(Role.SUPERVISOR), attendance=row, now=END, **said)  # type: ignore[arg-type]
    assert content_hash(ProgressNote.objects.get()) == Signature.objects.get().content_sha256


def test_an_addendum_is_a_new_row_with_author_and_reason(signed: ProgressNote) -> None:
    writer = make.clinician(credential="LPC")
    with pytest.raises(Refused) as no:
        add_addendum(actor=writer, note=signed, text="More.", reason=" ", now=END)
    assert "reason" in no.value.fields
    add_addendum(actor=writer, note=signed, text="Her sister called.", reason="New information", now=END)
    row = Addendum.objects.get()
    assert (row.author, row.credential, row.at) == (writer, "LPC", END)
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        Addendum.objects.update(text="x")


def test_a_draft_takes_no_addendum(booking: Booking) -> None:
    note = written(booking)
    with pytest.raises(Refused, match="not signed yet"):
        add_addendum(actor=note.author, note=note, text="x", reason="y", now=END)


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_lose_no_text(no_connection_left: None) -> None:
    booking = make.booking(make.session(), make.episode())
    make.plan(booking.episode)
    make.attendance(booking)
    lead = booking.session.lead
    written(booking)
    barrier, outcomes = Barrier(2), []

    def save(text: str) -> None:
        try:
            barrier.wait()
            outcomes.append(written(booking, actor=lead, version=1, text=text).version)
        except Refused as no:
            outcomes.append(no.status)
        finally:
            connection.close()

    threads = [Thread(target=save, args=(text,)) for text in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [2, 409]
