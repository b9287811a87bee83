"""Progress notes: save a draft, sign it once, add to it later. A signed note never changes.

Signature and amendment: Medicare Program Integrity Manual 3.3.2.4 and 3.3.2.5; domain reference 4.5, 5.2.
"""

from datetime import datetime
from typing import Any

from iop_clinic.accounts.models import StaffProfile, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import as_utc
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from iop_clinic.seal import seal_of
from patients.models import Objective
from patients.planning import plan_in_force
from scheduling.models import Booking
from scheduling.turns import taking_turns
from sessions.attendance_rules import attendance_of, lock_booking, require_expected
from sessions.models import Addendum, Attendance, ProgressNote, Signature
from sessions.wall import wall

SAVED_COLUMNS = (
    "goal",
    "objective",
    "participation",
    "affect",
    "risk",
    "text",
    "plan",
    "saved_at",
    "version",
)


@taking_turns
def save_note(
    *,
    actor: User,
    booking: Booking,
    objective: Objective | None,
    participation: str,
    affect: str,
    risk: str,
    text: str,
    plan: str,
    version: int,
    now: datetime,
) -> ProgressNote:
    """Save the draft of a booking's note. `version` is the one the writer saw; 0 for a note not begun."""
    booking = lock_booking(booking)
    note = note_of(booking)
    begun = note is not None
    if note is None:
        _require_beginning(booking, version, now)
        note = ProgressNote(booking=booking, author=actor)
    else:
        _require_open(actor, note, version)
    _require_objective(booking, objective)
    note.objective, note.goal = objective, objective.goal if objective else None
    note.participation, note.affect, note.risk = participation, affect, risk
    note.text, note.plan, note.saved_at = text, plan, now
    note.version = version + 1
    note.save(force_insert=not begun, update_fields=SAVED_COLUMNS if begun else None)
    record(actor, "sessions.save_note", note, site_id=booking.session.site_id, version=note.version)
    return note


def note_of(booking: Booking) -> ProgressNote | None:
    """The note of a booking with its author, or None while nobody began it."""
    note = (
        ProgressNote.objects.select_related("author", "goal", "objective").filter(booking=booking.pk).first()
    )
    if note is not None:
        note.booking = booking
    return note


def signature_of(note: ProgressNote) -> Signature | None:
    """Who signed this note, or None while it is a draft."""
    return Signature.objects.select_related("signed_by").filter(note=note.pk).first()


def may_work_on(user: User, note: ProgressNote) -> bool:
    """The author and a supervisor may change and sign a draft."""
    if user.pk == note.author_id or user.role == Role.SUPERVISOR:
        return True
    return StaffProfile.objects.filter(user=note.author_id, supervisor=user.pk).exists()


def credential_of(user: User) -> str:
    """The credential a signature carries; refused for someone with none on file."""
    credential = StaffProfile.objects.filter(user=user.pk).values_list("credential", flat=True).first()
    if not credential:
        raise Refused("Your credential is not on file. An administrator adds it, then you can sign.")
    return credential


def _require_beginning(booking: Booking, version: int, now: datetime) -> None:
    """A note begins at a session that began, for someone expected there who did not stay away."""
    if version:
        raise Refused("This note was removed meanwhile. Reload the page; your text is kept below.")
    require_expected(booking)
    name, session = booking.patient.called, booking.session
    if not session.has_begun(now):
        starts = wall(session.starts_at, session.site.time_zone)
        raise Refused(f"The session starts at {starts}. The note begins then.")
    attendance = attendance_of(booking)
    if attendance is not None and attendance.absence:
        raise Refused(
            f"{name} was not there ({attendance.get_absence_display().lower()}), so there is no note."
        )


def _require_open(actor: User, note: ProgressNote, version: int) -> None:
    if Signature.objects.filter(note=note.pk).exists():
        raise Refused("This note is signed and cannot change. Add an addendum instead.")
    if not may_work_on(actor, note):
        raise Refused(
            f"{note.author.full_name} is writing this note. Only they or a supervisor may change it."
        )
    if version != note.version:
        at = wall(note.saved_at, note.booking.session.site.time_zone)
        raise Refused(f"Not saved: this note changed at {at}. Your text is kept below.")


def _require_objective(booking: Booking, objective: Objective | None) -> None:
    """An objective is one of this patient's plan in force on the day of the session."""
    if objective is None:
        return
    plan = plan_in_force(booking.episode, booking.session.occurs_on)
    if plan is None or objective.goal.plan_id != plan.pk:
        sentence = "Pick an objective of the plan in force on the day of the session."
        raise Refused(sentence, status=422, objective=sentence)


@taking_turns
def sign_note(*, actor: User, note: ProgressNote, now: datetime) -> Signature:
    """Sign for good. Needs an objective in force, own text and both times; pressing twice signs once."""
    booking = lock_booking(note.booking)
    current = ProgressNote.objects.select_for_update().get(pk=note.pk)
    current.booking = booking
    signed = signature_of(current)
    if signed is not None:
        if signed.signed_by_id == actor.pk:
            return signed
        raise Refused(f"{signed.signed_by.full_name} signed this note already.")
    if current.version != note.version:
        raise Refused("This note changed meanwhile. Read it again, then sign.")
    attendance = _require_ready(actor, current)
    signature = Signature.objects.create(
        note=current,
        signed_by=actor,
        credential=credential_of(actor),
        signed_at=now,
        arrived_at=attendance.arrived_at,
        left_at=attendance.left_at,
        content_sha256=hash_of_signed(current, attendance.arrived_at, attendance.left_at),
    )
    record(
        actor, "sessions.sign_note", current, site_id=booking.session.site_id, sha256=signature.content_sha256
    )
    return signature


def missing_for_signing(note: ProgressNote, attendance: Attendance | None) -> list[str]:
    """What a draft still needs, in words; empty when it is ready to sign."""
    missing = []
    if attendance is None or attendance.arrived_at is None:
        missing.append("the check-in")
    elif attendance.left_at is None:
        missing.append("the check-out")
    if note.objective_id is None:
        missing.append("an objective")
    if not note.text.strip():
        missing.append("the person's own note")
    return missing


def _require_ready(actor: User, note: ProgressNote) -> Attendance:
    if not may_work_on(actor, note):
        raise Refused(f"{note.author.full_name} wrote this note. Only they or a supervisor may sign it.")
    attendance = attendance_of(note.booking)
    missing = missing_for_signing(note, attendance)
    if missing:
        raise Refused(f"Not signed yet. Still missing: {_listed(missing)}.", status=422)
    _require_objective(note.booking, note.objective)
    assert attendance is not None
    return attendance


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def content_hash(note: ProgressNote) -> str:
    """SHA-256 of what is signed: booking, objective, times, author and every word, as canonical JSON.

    A signed note is hashed with the times as signed, so the answer stays the signature's for good.
    """
    signed = signature_of(note)
    times: Any = signed or Attendance.objects.filter(booking=note.booking_id).first()
    return hash_of_signed(note, getattr(times, "arrived_at", None), getattr(times, "left_at", None))


def hash_of_signed(note: ProgressNote, arrived_at: datetime | None, left_at: datetime | None) -> str:
    """The same hash under given times: canonical JSON is sorted keys, no spaces, UTF-8."""
    return seal_of(_content(note, arrived_at, left_at))


def _content(note: ProgressNote, arrived_at: datetime | None, left_at: datetime | None) -> dict[str, Any]:
    """An objective is part of it where one is named: notes signed before there were any keep their hash."""
    named = {"objective": note.objective_id} if note.objective_id else {}
    return named | {
        "booking": note.booking_id,
        "patient": note.booking.patient_id,
        "goal": note.goal_id,
        "arrived_at": as_utc(arrived_at).isoformat() if arrived_at else None,
        "left_at": as_utc(left_at).isoformat() if left_at else None,
        "participation": note.participation,
        "affect": note.affect,
        "risk": note.risk,
        "text": note.text,
        "plan": note.plan,
        "author": note.author_id,
    }


@taking_turns
def add_addendum(*, actor: User, note: ProgressNote, text: str, reason: str, now: datetime) -> Addendum:
    """A later word on a signed note, with its reason, under the writer's own name and credential."""
    if signature_of(note) is None:
        raise Refused("This note is not signed yet. Change the draft instead.")
    fields = {"text": "Write what is added.", "reason": "Say why it is added."}
    empty = {
        name: words for name, words in fields.items() if not {"text": text, "reason": reason}[name].strip()
    }
    if empty:
        raise Refused(" ".join(empty.values()), status=422, **empty)
    addendum = Addendum.objects.create(
        note=note,
        text=text.strip(),
        reason=reason.strip(),
        author=actor,
        credential=credential_of(actor),
        at=now,
    )
    record(actor, "sessions.add_addendum", addendum, patient_id=note.booking.patient_id)
    return addendum
