"""Writing down what someone takes: started, changed, stopped, or taken out as entered in error.

Each is dated and says who and why; a day's list is never rewritten (domain reference 5.4).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import MedicationStatement, Patient

_DAY = timedelta(days=1)
# What a change may say anew; the rest goes on as it was.
MAY_CHANGE = ("dose", "route", "schedule", "as_needed", "reason", "source", "prescribed_here", "prescriber")
NAMES = 12


def lock_list(patient: Patient) -> None:
    """One person at a time writes on a patient's list."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


@transaction.atomic
def start_medication(
    *,
    actor: User,
    patient: Patient,
    drug: str,
    dose: str,
    schedule: str,
    source: str,
    from_on: date,
    now: datetime,
    **said: Any,
) -> MedicationStatement:
    """A new line from `from_on`; `said` may hold route, as_needed, reason, prescribed_here, prescriber,
    to_on and because. Refused 422 for a day to come, 409 when the same line is there."""
    lock_list(patient)
    _require_past(patient, from_on, now, "from_on")
    with _one_line():
        made = MedicationStatement.objects.create(
            patient=patient, drug=drug.strip(), dose=dose.strip(), schedule=schedule.strip(), source=source,
            from_on=from_on, recorded_by=actor, recorded_at=now, **said,
        )  # fmt: skip
    record(actor, "patients.start_medication", made)
    return made


@transaction.atomic
def change_medication(
    *,
    actor: User,
    statement: MedicationStatement,
    from_on: date,
    because: str,
    now: datetime,
    **said: Any,
) -> MedicationStatement:
    """From that day on it is taken otherwise; `said` holds any of MAY_CHANGE. Answers the new row.

    Refused 422 without a reason or a difference, or for a day to come; 409 when it was ended meanwhile.
    """
    lock_list(statement.patient)
    held = _running(statement)
    _require_reason(because)
    _require_past(held.patient, from_on, now, "from_on")
    if from_on <= held.from_on:
        sentence = (
            f"It began on {held.from_on:%b} {held.from_on.day}. A change comes after that day;"
            " what was typed wrong is taken out as entered in error."
        )
        raise Refused(sentence, status=422, from_on=sentence)
    was = {name: getattr(held, name) for name in MAY_CHANGE}
    if all(was[name] == value for name, value in said.items()):
        raise Refused("Nothing is different yet.", status=422)
    to_on = held.to_on
    _end(held, actor, from_on - _DAY, because, now)
    with _one_line():
        made = MedicationStatement.objects.create(
            patient=held.patient, drug=held.drug, from_on=from_on, to_on=to_on, follows=held,
            because=because.strip(), recorded_by=actor, recorded_at=now, **(was | said),
        )  # fmt: skip
    record(actor, "patients.change_medication", made, earlier_id=held.pk)
    return made


@transaction.atomic
def stop_medication(
    *, actor: User, statement: MedicationStatement, last_on: date, because: str, now: datetime
) -> MedicationStatement:
    """`last_on` is the last day it was taken. Refused as a change is."""
    lock_list(statement.patient)
    held = _running(statement)
    _require_reason(because)
    _require_past(held.patient, last_on, now, "last_on")
    if last_on < held.from_on:
        sentence = "That is before it began."
        raise Refused(sentence, status=422, last_on=sentence)
    if held.to_on is not None and held.to_on < last_on:
        raise Refused("It had ended before that day.", status=422)
    _end(held, actor, last_on, because, now)
    record(actor, "patients.stop_medication", held)
    return held


@transaction.atomic
def take_out(*, actor: User, statement: MedicationStatement, because: str, now: datetime) -> None:
    """Entered in error: no day's list has it any more, and the row stays. Twice changes nothing.

    Taking out a change lets the row before go on as this one did. Refused 409 when something follows it.
    """
    lock_list(statement.patient)
    held = MedicationStatement.objects.select_related("follows").get(pk=statement.pk)
    if held.error_at is not None:
        return
    _require_reason(because)
    if held.followed_by.true().exists():
        raise Refused("It was changed later. Take out the later change first.")
    held.error_at, held.error_by, held.error_because = now, actor, because.strip()
    held.save(update_fields=["error_at", "error_by", "error_because"])
    before = held.follows
    if before is not None:
        for name in ("to_on", "ended_at", "ended_by_id", "ended_because"):
            setattr(before, name, getattr(held, name))
        with _one_line():
            before.save(update_fields=["to_on", "ended_at", "ended_by", "ended_because"])
    record(actor, "patients.take_out_medication", held)


def _running(statement: MedicationStatement) -> MedicationStatement:
    held = MedicationStatement.objects.select_related("patient__site").get(pk=statement.pk)
    if held.error_at is not None or held.ended_at is not None:
        raise Refused("Someone has changed or stopped it meanwhile. Look at the list again.")
    return held


def _end(held: MedicationStatement, actor: User, to_on: date, because: str, now: datetime) -> None:
    held.to_on, held.ended_at, held.ended_by, held.ended_because = to_on, now, actor, because.strip()
    held.save(update_fields=["to_on", "ended_at", "ended_by", "ended_because"])


def _require_reason(because: str) -> None:
    if not because.strip():
        raise Refused("Say why.", status=422, because="Say why, in a few words.")


def _require_past(patient: Patient, day: date, now: datetime, field: str) -> None:
    if day > local_day(now, patient.site.time_zone):
        sentence = "That day has not come yet."
        raise Refused(sentence, status=422, **{field: sentence})


@contextmanager
def _one_line() -> Iterator[None]:
    end, blank = "It would end before it begins.", "Write the drug, the dose and when it is taken."
    ours = "What our prescriber said is prescribed here."
    with refused_by(
        medication_line_once="This drug is on the list already, at this dose and schedule.",
        medication_ends_after_it_starts=Refused(end, status=422, to_on=end),
        medication_says_what_and_how=Refused(blank, status=422),
        medication_ours_is_from_here=Refused(ours, status=422, prescribed_here=ours),
    ):
        yield


def drug_names(site: Site, prefix: str) -> list[str]:
    """Names this site has written down that begin so, the usual spelling and the usual ones first; one
    statement."""
    rows = MedicationStatement.objects.true().filter(patient__site=site)
    if prefix:
        rows = rows.filter(drug__istartswith=prefix)
    counted = rows.order_by().values("drug").annotate(times=Count("pk")).order_by("-times", "drug")
    found: dict[str, str] = {}
    for name in counted.values_list("drug", flat=True)[: 3 * NAMES]:
        found.setdefault(name.lower(), name)
    return list(found.values())[:NAMES]
