"""What waits for one person, and a tablet handed over to answer it; the sign-in on the device ends with that.

The device keeps no right but its handover: these responses of this patient, for a short while.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.checkin import CheckIn, due_checkins
from patients.models import Handover, Patient, Response
from patients.offering import in_our_words, may_ask_in_portal
from patients.scoring import Instrument

LASTS = timedelta(minutes=45)


@dataclass(frozen=True)
class Waiting:
    """Everything due: what patients answer themselves, and what staff ask or type in from a paper form."""

    checkins: list[CheckIn]
    by_staff: list[tuple[Response, Instrument]]

    @property
    def count(self) -> int:
        return len(self.checkins) + len(self.by_staff)


def waiting_for(patient: Patient, day: date) -> Waiting:
    """What is due by that day; three queries at most."""
    checkins = due_checkins(patient, day)
    rows = list(Response.objects.waiting().filter(patient=patient, due_on__lte=day).order_by("due_on", "pk"))
    instruments = in_our_words([row.instrument_code for row in rows])
    found = [(row, instruments[row.instrument_code]) for row in rows if row.instrument_code in instruments]
    newest = {one.id: (row, one) for row, one in found if not may_ask_in_portal(one)}
    return Waiting(checkins, list(newest.values()))


@transaction.atomic
def hand_over(*, actor: User, patient: Patient, now: datetime) -> Handover:
    """Open what is due for this patient on a tablet; an older handover ends. 409 when nothing is."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    due = due_checkins(patient, local_day(now, patient.site.time_zone))
    if not due:
        raise Refused("Nothing is due that can be answered on a tablet.")
    Handover.objects.filter(patient=patient, ended_at=None).update(ended_at=now)
    made = Handover.objects.create(patient=patient, handed_by=actor, handed_at=now, expires_at=now + LASTS)
    made.responses.set([one.response for one in due])
    record(actor, "patients.hand_over", made, site_id=patient.site_id, responses=len(due))
    return made


@transaction.atomic
def take_back(*, handover: Handover, now: datetime) -> None:
    """The tablet is given back: it opens nothing any more. Ended before stays as it was."""
    ended = Handover.objects.filter(pk=handover.pk, ended_at=None).update(ended_at=now)
    if ended:
        record(None, "patients.take_back", handover, site_id=handover.patient.site_id)


def open_handovers(now: datetime) -> QuerySet[Handover]:
    """Those that still open something."""
    rows = Handover.objects.filter(ended_at=None, expires_at__gt=now)
    return rows.select_related("patient__site", "handed_by")


def checkins_of(handover: Handover) -> list[CheckIn]:
    """The responses handed over, with the words patients may see, in the order they were asked."""
    rows = list(handover.responses.order_by("due_on", "pk"))
    instruments = in_our_words([row.instrument_code for row in rows])
    for row in rows:
        row.patient = handover.patient
    return [
        CheckIn(row, instruments[row.instrument_code])
        for row in rows
        if row.instrument_code in instruments and may_ask_in_portal(instruments[row.instrument_code])
    ]
