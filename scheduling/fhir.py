"""Appointments as FHIR R4 shapes; what came of one is known a floor above."""

from iop_clinic.fhir import TERMS, Resource, coded, instant, reference, resource
from scheduling.models import Booking, TherapySession

CANCELLED = f"{TERMS}/appointment-cancellation-reason"


def appointment(row: Booking, came_to: str = "") -> Resource:
    """One booking. `came_to` is fulfilled or noshow where attendance says so; else the booking says.

    The patient and who leads are the only people in it.
    """
    session = row.session
    status = came_to or _status(row)
    people = [
        {
            "actor": reference("Patient", row.patient_id),
            "status": "declined" if _by_patient(row) else "accepted",
        },
        {"actor": {"display": session.lead.full_name}, "status": "accepted"},
        {"actor": {"display": session.place}, "status": "accepted"},
    ]
    return resource(
        "Appointment",
        row.pk,
        status=status,
        cancelationReason=_reason(row) if status == "cancelled" else None,
        serviceType=[{"text": session.get_kind_display()}],
        description=session.title,
        start=instant(session.starts_at),
        end=instant(session.ends_at),
        minutesDuration=session.scheduled_minutes,
        created=instant(row.booked_at),
        participant=people,
    )


def _by_patient(row: Booking) -> bool:
    return row.status == Booking.Status.CANCELLED_BY_PATIENT


def _status(row: Booking) -> str:
    off = row.session.status == TherapySession.Status.CANCELLED
    return "booked" if row.is_active and not off else "cancelled"


def _reason(row: Booking) -> Resource:
    return coded(CANCELLED, "pat" if _by_patient(row) else "prov", row.cancel_reason)
