"""What happened as FHIR R4 shapes: an Appointment a booking, an Encounter a visit, a Composition a note."""

from iop_clinic.fhir import ACT_CODE, Resource, instant, narrative, period, reference, resource
from patients.models import Patient
from scheduling.fhir import appointment
from scheduling.models.group import Mode
from scheduling.record import own_bookings
from sessions.models import Addendum, Attendance, ProgressNote
from sessions.record import own_attendance, own_notes

# By FHIR's own words: who told us in time had it cancelled, who did not come without a word is a no-show.
CAME_TO = {
    "": "fulfilled",
    Attendance.Absence.EXCUSED: "cancelled",
    Attendance.Absence.LATE_CANCEL: "cancelled",
    Attendance.Absence.NO_SHOW: "noshow",
}


def session_resources(patient: Patient) -> list[Resource]:
    """Bookings, visits and signed notes; four queries."""
    marks = {mark.booking_id: mark for mark in own_attendance(patient)}
    came = {pk for pk, mark in marks.items() if mark.arrived_at is not None}
    return [
        *(
            appointment(row, CAME_TO[marks[row.pk].absence] if row.pk in marks else "")
            for row in own_bookings(patient)
        ),
        *(_encounter(marks[pk]) for pk in marks if pk in came),
        *(made for note in own_notes(patient) for made in _note(note, note.booking_id in came)),
    ]


def _encounter(row: Attendance) -> Resource:
    """Someone was there, from arrival to leaving; its number is the attendance's booking."""
    booking, session = row.booking, row.booking.session
    assert row.arrived_at is not None
    by_video = session.mode == Mode.VIDEO
    return resource(
        "Encounter",
        row.booking_id,
        status="finished" if row.left_at else "in-progress",
        type=[{"text": session.get_kind_display()}],
        subject=reference("Patient", booking.patient_id),
        episodeOfCare=[reference("EpisodeOfCare", booking.episode_id)],
        participant=[{"individual": {"display": session.lead.full_name}}],
        appointment=[reference("Appointment", booking.pk)],
        period=period(row.arrived_at, row.left_at),
        location=[{"location": {"display": session.place}}],
    ) | {"class": {"system": ACT_CODE, "code": "VR" if by_video else "AMB"}}


def _note(note: ProgressNote, came: bool) -> list[Resource]:
    """As it was signed, then each addendum, which says what it appends to."""
    session, signature = note.booking.session, note.signature
    subject = reference("Patient", note.booking.patient_id)
    said = (
        ("Goal", note.goal.statement if note.goal else ""),
        ("Objective", note.objective.statement if note.objective else ""),
        ("Took part", note.get_participation_display()),
        ("Mood", note.affect),
        ("Risk", note.get_risk_display()),
        ("Note", note.text),
        ("Next step", note.plan),
    )
    made = resource(
        "Composition",
        f"note-{note.pk}",
        status="amended" if note.addenda.all() else "final",
        type={"text": "Progress note"},
        subject=subject,
        encounter=reference("Encounter", note.booking_id) if came else None,
        date=instant(signature.signed_at),
        author=[{"display": note.author.full_name}],
        title=f"Progress note, {session.title}",
        attester=[
            {
                "mode": "professional",
                "time": instant(signature.signed_at),
                "party": {"display": f"{signature.signed_by.full_name}, {signature.credential}"},
            }
        ],
        section=[{"title": title, "text": narrative(words)} for title, words in said if words],
    )
    return [made, *(_addendum(row, note, subject) for row in note.addenda.all())]


def _addendum(row: Addendum, note: ProgressNote, subject: Resource | None) -> Resource:
    return resource(
        "Composition",
        f"note-addendum-{row.pk}",
        status="final",
        type={"text": "Addendum"},
        subject=subject,
        date=instant(row.at),
        author=[{"display": f"{row.author.full_name}, {row.credential}"}],
        title="Addendum to a progress note",
        relatesTo=[{"code": "appends", "targetReference": reference("Composition", f"note-{note.pk}")}],
        section=[{"title": "Addendum", "text": narrative(f"{row.text}\nWhy: {row.reason}")}],
    )
