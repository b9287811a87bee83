"""Good faith estimates for people who pay themselves: due by the clock, given once, in writing.

No Surprises Act, 45 CFR 149.610; clock: domain reference 3.1.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from patients.access_clock import business_days_after, business_days_between
from patients.models import GoodFaithEstimate, Patient

FAR_AHEAD, AHEAD = 10, 3  # business days


def estimate_due_on(asked_on: date, service_on: date | None) -> date | None:
    """Booked 10 business days ahead or more, or asked for without a booking: 3 business days. Booked 3 to 9
    ahead: 1 business day. Nearer than that none is due.
    """
    if service_on is None or business_days_between(asked_on, service_on) >= FAR_AHEAD:
        return business_days_after(asked_on, 3)
    if business_days_between(asked_on, service_on) >= AHEAD:
        return business_days_after(asked_on, 1)
    return None


@transaction.atomic
def ask_estimate(
    *, actor: User, patient: Patient, asked_on: date, now: datetime, service_on: date | None = None
) -> GoodFaithEstimate:
    """Start the clock of an estimate; the same one asked twice is one. 422 for days that cannot be."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if asked_on > local_day(now, patient.site.time_zone):
        raise Refused("That day is still to come.", status=422, asked_on="In the future.")
    if service_on is not None and service_on < asked_on:
        raise Refused(
            "The first service is before it was booked.", status=422, service_on="Before it was booked."
        )
    due_on = estimate_due_on(asked_on, service_on)
    if due_on is None:
        said = "Booked under 3 business days ahead: none is due, unless they ask. Then leave the day empty."
        raise Refused(said, status=422, service_on=said)
    said_before = {"patient": patient, "asked_on": asked_on, "service_on": service_on}
    same = GoodFaithEstimate.objects.filter(**said_before).first()
    if same is not None:
        return same
    made = GoodFaithEstimate.objects.create(due_on=due_on, recorded_by=actor, **said_before)
    record(actor, "patients.ask_estimate", made)
    return made


@transaction.atomic
def give_estimate(
    *, actor: User, estimate: GoodFaithEstimate, given_on: date, amount_cents: int, now: datetime
) -> GoodFaithEstimate:
    """It was given in writing: when, and over how much. Given is given; a second time is refused 409."""
    rows = GoodFaithEstimate.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("patient__site").get(pk=estimate.pk)
    if held.given_on is not None:
        raise Refused("This estimate was given already. Another one is a new estimate.")
    if given_on > local_day(now, held.patient.site.time_zone):
        raise Refused("That day is still to come.", status=422, given_on="In the future.")
    if given_on < held.asked_on:
        raise Refused("Given before it was asked for.", status=422, given_on="Before it was asked for.")
    held.given_on, held.amount_cents = given_on, amount_cents
    held.save(update_fields=["given_on", "amount_cents"])
    record(actor, "patients.give_estimate", held)
    return held


def estimates_due(site: Site) -> QuerySet[GoodFaithEstimate]:
    """Not given yet, the earliest due first."""
    rows = GoodFaithEstimate.objects.filter(given_on__isnull=True, patient__site=site)
    return rows.select_related("patient").order_by("due_on", "pk")
