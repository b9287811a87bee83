"""Toxicology: a specimen with its panel, results that come later, the lab's word on a positive one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.medicating import lock_list
from patients.models import Patient, ToxLine, ToxScreen
from patients.watching import see_risk

Result = ToxLine.Result
# What a usual panel asks for; any other substance is typed.
PANEL = (
    "Alcohol", "Amphetamines", "Benzodiazepines", "Buprenorphine", "Cannabis", "Cocaine", "Fentanyl",
    "Methadone", "Opiates", "Oxycodone",
)  # fmt: skip


@dataclass(frozen=True)
class LineRead:
    """One substance of the panel as it was read."""

    substance: str
    result: str
    expected: bool = False


@transaction.atomic
def record_screen(
    *,
    actor: User,
    patient: Patient,
    collected_at: datetime,
    kind: str,
    lines: Sequence[LineRead],
    ordered_by: User,
    observed: bool = False,
    note: str = "",
    now: datetime,
) -> ToxScreen:
    """A specimen and its panel. Refused 422 without a substance, with one twice, or for a time to come."""
    lock_list(patient)
    if collected_at > now:
        sentence = "That time has not come yet."
        raise Refused(sentence, status=422, collected_at=sentence)
    if not lines:
        raise Refused("Say at least one result.", status=422)
    pending = any(line.result == Result.PENDING for line in lines)
    screen = ToxScreen.objects.create(
        patient=patient, collected_at=collected_at, kind=kind, observed=observed, ordered_by=ordered_by,
        resulted_at=None if pending else now, note=note.strip(), recorded_by=actor, recorded_at=now,
    )  # fmt: skip
    with refused_by(tox_line_substance_once=Refused("A substance is there twice.", status=422)):
        ToxLine.objects.bulk_create(
            ToxLine(screen=screen, substance=one.substance.strip(), expected=one.expected, result=one.result)
            for one in lines
        )
    _watch(actor, screen, now)
    record(actor, "patients.record_tox_screen", screen, lines=len(lines))
    return screen


@transaction.atomic
def fill_in(
    *,
    actor: User,
    screen: ToxScreen,
    results: Mapping[int, str],
    confirmations: Mapping[int, str],
    now: datetime,
) -> ToxScreen:
    """Results of pending lines and the lab's word on positive ones, by the lines' numbers.

    Refused 409 for another word on a line that has one; the same word again changes nothing.
    """
    held = ToxScreen.objects.select_for_update(no_key=True).get(pk=screen.pk)
    if held.error_at is not None:
        raise Refused("This screen was taken out as entered in error.")
    lines = {line.pk: line for line in held.lines.select_for_update()}
    if not (set(results) | set(confirmations)) <= set(lines):
        raise Refused("That result is not of this screen.", status=422)
    changed = [pk for pk, said in results.items() if _say(lines[pk], "result", said, Result.PENDING)]
    changed += [pk for pk, said in confirmations.items() if _say(lines[pk], "confirmation", said, "")]
    if not changed:
        return held
    if held.resulted_at is None and not any(line.result == Result.PENDING for line in lines.values()):
        held.resulted_at = now
        held.save(update_fields=["resulted_at"])
    _watch(actor, held, now)
    record(actor, "patients.fill_in_tox_screen", held, lines=len(changed))
    return held


def _watch(actor: User, screen: ToxScreen, now: datetime) -> None:
    """A positive result nobody expected asks for a person, once a screen."""
    if ToxScreen.objects.unexpected().filter(pk=screen.pk).exists():
        see_risk(actor=actor, patient=screen.patient, code="seen.toxicology", subject_id=screen.pk, now=now)


def _say(line: ToxLine, name: str, said: str, unsaid: str) -> bool:
    """Whether it was new; a word once said stays."""
    was = getattr(line, name)
    if said in (was, unsaid):
        return False
    if was != unsaid:
        raise Refused(f"{line.substance} has a result already. A result stays as it was read.")
    if name == "confirmation" and line.result != Result.POSITIVE:
        raise Refused(f"{line.substance} is not positive, so there is nothing to confirm.", status=422)
    setattr(line, name, said)
    line.save(update_fields=[name])
    return True


@transaction.atomic
def take_out_screen(*, actor: User, screen: ToxScreen, because: str, now: datetime) -> None:
    """Entered in error: it stays on file and says nothing about the patient. Twice changes nothing."""
    held = ToxScreen.objects.select_for_update(no_key=True).get(pk=screen.pk)
    if held.error_at is not None:
        return
    if not because.strip():
        raise Refused("Say why.", status=422, because="Say why, in a few words.")
    held.error_at, held.error_by, held.error_because = now, actor, because.strip()
    held.save(update_fields=["error_at", "error_by", "error_because"])
    record(actor, "patients.take_out_tox_screen", held)
