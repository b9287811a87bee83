"""The demo's audit trail of the last days: who checked people in, who read which chart, who signed."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from iop_clinic.accounts.demo import House, Moment
from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from patients.demo_chart import Chart
from scheduling.models import Booking
from sessions.models import Attendance, Signature

SINCE = timedelta(days=3)


def leave_trail(rows: Iterable[tuple[Chart, Booking, Attendance]], house: House, moment: Moment) -> None:
    """Only what the rows say happened, at the instant they say it did."""
    since = moment.now - SINCE
    came = [(booking, row) for _, booking, row in rows if row.recorded_at >= since]
    events = [*_attendance(came, house), *_reading(came), *_signatures(since)]
    AuditEvent.objects.bulk_create(sorted(events, key=lambda event: event.at), batch_size=1000)


def _event(actor: User, verb: str, booking: Booking, at: datetime, kind: str, pk: int | None) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor=actor,
        actor_role=actor.role,
        verb=verb,
        object_type=kind,
        object_id=pk,
        patient_id=booking.patient_id,
        site_id=booking.session.site_id,
        ip_address="192.0.2.10",
    )


def _attendance(came: list[tuple[Booking, Attendance]], house: House) -> Iterator[AuditEvent]:
    desk, kind = house.staff["dana"], Attendance._meta.label_lower
    for booking, row in came:
        verb = "sessions.mark_absent" if row.absence else "sessions.arrive"
        yield _event(desk, verb, booking, row.recorded_at, kind, row.pk)
        if row.left_at is not None:
            yield _event(desk, "sessions.leave", booking, row.left_at, kind, row.pk)


def _reading(came: list[tuple[Booking, Attendance]]) -> Iterator[AuditEvent]:
    """The clinician looks at the chart of who has come, a minute after."""
    for booking, row in came:
        if row.arrived_at is not None:
            at = row.arrived_at + timedelta(minutes=1)
            kind = booking.patient._meta.label_lower
            yield _event(booking.session.lead, "chart.read", booking, at, kind, booking.patient_id)


def _signatures(since: datetime) -> Iterator[AuditEvent]:
    signed = Signature.objects.filter(signed_at__gte=since)
    for row in signed.select_related("signed_by", "note__booking__session"):
        kind = row.note._meta.label_lower
        yield _event(row.signed_by, "sessions.sign_note", row.note.booking, row.signed_at, kind, row.note_id)
