"""Hours in which a patient cannot come: work, school, care. Asked before anything is booked for them."""

from collections.abc import Iterable
from datetime import date, datetime, time

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local
from iop_clinic.refusal import Refused
from patients.models import Patient
from scheduling.models import Booking, UnavailableHours
from scheduling.models.group import Weekday
from scheduling.turns import taking_turns


@taking_turns
def add_unavailable(
    *,
    actor: User,
    patient: Patient,
    weekdays: Iterable[int],
    starts: time,
    ends: time,
    why: str,
    from_on: date,
    to_on: date | None = None,
) -> list[UnavailableHours]:
    """The same hours (wall clock of the site) on each of these weekdays. 422 names what was typed wrong."""
    chosen = sorted({int(day) for day in weekdays})
    _require_possible(chosen, starts, ends, why, from_on, to_on)
    Patient.objects.select_for_update(no_key=True).only("pk").get(pk=patient.pk)
    said = {"starts": starts, "ends": ends, "why": why, "from_on": from_on, "to_on": to_on}
    known = UnavailableHours.objects.filter(patient=patient, weekday__in=chosen, **said)
    there = set(known.values_list("weekday", flat=True))
    made = UnavailableHours.objects.bulk_create(
        UnavailableHours(patient=patient, weekday=day, recorded_by=actor, **said)
        for day in chosen
        if day not in there
    )
    record(actor, "scheduling.add_unavailable", patient, rows=len(made))
    return made


@taking_turns
def end_unavailable(*, actor: User, hours: UnavailableHours, last_on: date) -> None:
    """The last day of these hours. Hours that would end before they begin are taken off the list."""
    rows = UnavailableHours.objects.select_for_update(of=("self",)).select_related("patient")
    hours = rows.get(pk=hours.pk)
    record(actor, "scheduling.end_unavailable", hours, site_id=hours.patient.site_id)
    if last_on < hours.from_on:
        hours.delete()
        return
    hours.to_on = last_on
    hours.save(update_fields=["to_on"])


def hours_on_file(patient: Patient, day: date) -> list[UnavailableHours]:
    """Those that hold on the day or later, by weekday and time."""
    rows = UnavailableHours.objects.filter(patient=patient)
    return [one for one in rows if one.to_on is None or one.to_on >= day]


def booked_in(patient: Patient, hours: Iterable[UnavailableHours], now: datetime) -> int:
    """How many coming bookings of the patient are in these hours."""
    held, tz_name = list(hours), patient.site.time_zone
    coming = Booking.objects.active().filter(patient=patient, session__starts_at__gt=now)
    times = coming.values_list("session__occurs_on", "session__starts_at", "session__ends_at")
    return sum(
        any(
            one.holds_on(day)
            and starts_at < at_local(day, one.ends, tz_name)
            and at_local(day, one.starts, tz_name) < ends_at
            for one in held
        )
        for day, starts_at, ends_at in times
    )


def _require_possible(
    weekdays: list[int], starts: time, ends: time, why: str, from_on: date, to_on: date | None
) -> None:
    def no(sentence: str, field: str) -> Refused:
        return Refused(sentence, status=422, **{field: sentence})

    if not weekdays or not set(weekdays) <= set(Weekday.values):
        raise no("Choose at least one day.", "weekdays")
    if why not in UnavailableHours.Why.values:
        raise no("Choose why.", "why")
    if ends <= starts:
        raise no("The hours end before they start.", "ends")
    if to_on is not None and to_on < from_on:
        raise no("The last day is before the first.", "to_on")
