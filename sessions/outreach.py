"""The outreach a missed session opens: one open follow-up of a booking, owned by the primary clinician.

Domain reference 7.1 (no-show: outreach task) and 0.2 rule 8: same day while a risk follow-up is open.
"""

from datetime import datetime, timedelta

from iop_clinic.accounts.models import User
from iop_clinic.clock import day_span, local_day
from patients.followups import close_follow_up, open_follow_up
from patients.models import FollowUp
from patients.watching import see_risk
from scheduling.models import Booking
from sessions.models import Attendance

TRIGGER = "attendance.no_show"
MISSED_AT_RISK = "missed.at_risk"
MISSES_WITHIN = timedelta(days=14)
WITHIN = timedelta(hours=24)
WITHIN_AT_RISK = timedelta(hours=1)


def due_at(booking: Booking, now: datetime) -> datetime:
    """Within the hour and the same local day while a risk follow-up is open, else within 24 hours."""
    at_risk = FollowUp.objects.open().filter(patient=booking.patient_id, kind=FollowUp.Kind.RISK).exists()
    if not at_risk:
        return now + WITHIN
    tz_name = booking.session.site.time_zone
    last_minute = day_span(local_day(now, tz_name), tz_name)[1] - timedelta(minutes=1)
    return max(now, min(now + WITHIN_AT_RISK, last_minute))


def open_outreach(*, actor: User, booking: Booking, now: datetime) -> FollowUp:
    """The one open outreach of this missed booking. A second no-show after a correction opens a new one."""
    earlier = FollowUp.objects.filter(trigger_code__startswith=TRIGGER, subject_id=booking.pk)
    still_open = earlier.open().first()
    if still_open is not None:
        return still_open
    times = earlier.count()
    clinician = booking.episode.primary_clinician
    _watch_misses(actor, booking, now)
    return open_follow_up(
        actor=actor,
        patient=booking.patient,
        kind=FollowUp.Kind.OUTREACH,
        trigger_code=f"{TRIGGER}.{times + 1}" if times else TRIGGER,
        subject_id=booking.pk,
        summary=f"Missed {booking.session.title}, no call.",
        owner=clinician if clinician.is_active else None,
        due_at=due_at(booking, now),
        now=now,
    )


def _watch_misses(actor: User, booking: Booking, now: datetime) -> None:
    """A second missed session within two weeks while a risk follow-up is open asks for more than a call."""
    flags = FollowUp.objects.open().filter(patient=booking.patient_id, kind=FollowUp.Kind.RISK)
    if not flags.exclude(trigger_code=MISSED_AT_RISK).exists():
        return
    first_on = booking.session.occurs_on - MISSES_WITHIN
    missed = Attendance.objects.filter(
        booking__patient=booking.patient_id,
        booking__session__occurs_on__range=(first_on, booking.session.occurs_on),
        absence=Attendance.Absence.NO_SHOW,
    )
    if missed.exclude(booking=booking).exists():
        see_risk(actor=actor, patient=booking.patient, code=MISSED_AT_RISK, subject_id=booking.pk, now=now)


def close_outreach(*, actor: User, booking: Booking, outcome: str, now: datetime) -> None:
    """Close what the no-show opened, when it turns out not to have been one."""
    for follow_up in FollowUp.objects.open().filter(trigger_code__startswith=TRIGGER, subject_id=booking.pk):
        close_follow_up(
            actor=actor,
            follow_up=follow_up,
            outcome_kind=FollowUp.Outcome.MISTAKE,
            outcome=outcome,
            now=now,
        )
