"""The level of care of an episode as one story, the latest first: stays, hours, findings, certifications."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from iop_clinic.durations import in_hours
from patients.due import day_words
from patients.models import (
    Certification,
    Episode,
    LevelDetermination,
    LevelOfCareStay,
    Patient,
    Prescription,
)


@dataclass(frozen=True)
class Told:
    """One entry: when, what (in strong words), the rest, who said it, and where it is read whole."""

    on: date
    mark: str
    strong: str
    words: str = ""
    who: str = ""
    url: str = ""
    chip: str = ""
    tone: str = ""


def story_of(patient: Patient, episode: Episode | None, day: date) -> list[Told]:
    """Everything told of this episode and of the admission before it; four queries."""
    rows = patient.determinations.signed().select_related("signed_by", "superseded_by")
    if episode is None:
        return [_finding(row, day) for row in rows]
    prescribed = list(episode.prescriptions.select_related("prescribed_by"))
    stays = list(episode.stays.select_related("level", "determination__signed_by"))
    told = [_stay(stay, prescribed, day) for stay in stays]
    begins = {stay.from_on for stay in stays}
    told += [_hours(row, day) for row in prescribed if row.from_on not in begins]
    told += [_finding(row, day) for row in rows if row.episode_id in (None, episode.pk)]
    told += [_certified(row, day) for row in episode.certifications.select_related("signed_by", "payer")]
    return sorted(told, key=lambda one: one.on, reverse=True)


def span_words(from_on: date, to_on: date | None, day: date) -> str:
    """ "from Nov 3", "since Oct 1", "Oct 1 to Nov 2"."""
    if to_on is not None:
        return f"{day_words(from_on, day)} to {day_words(to_on, day)}"
    return f"{'from' if from_on > day else 'since'} {day_words(from_on, day)}"


def weekly_words(minutes: int, days: int) -> str:
    return f"{in_hours(minutes)} a week, {days} day{'s' if days != 1 else ''}"


def _stay(stay: LevelOfCareStay, prescribed: list[Prescription], day: date) -> Told:
    """With who prescribed it where other hours were said to begin that day; the last word counts."""
    said = next((row for row in prescribed if row.from_on == stay.from_on), None)
    holds = stay.from_on <= day and (stay.to_on is None or day <= stay.to_on)
    who = said.prescribed_by.full_name if said else ""
    if not who and stay.determination is not None and stay.determination.signed_by is not None:
        who = stay.determination.signed_by.full_name
    weekly = weekly_words(stay.prescribed_minutes, stay.days_a_week)
    words = f"{weekly}, {span_words(stay.from_on, stay.to_on, day)}"
    below = stay.prescribed_minutes < stay.standard_minutes
    chip = f"Below {in_hours(stay.standard_minutes)}" if below else "Now" if holds else ""
    return Told(
        stay.from_on,
        "route",
        stay.level.name,
        f"{words}. {stay.reason}" if stay.reason else words,
        who,
        chip=chip,
        tone="warn" if below else "info" if holds else "",
    )


def _hours(row: Prescription, day: date) -> Told:
    """Other hours that something said later has replaced."""
    words = (
        f"{weekly_words(row.prescribed_minutes, row.days_a_week)}, {span_words(row.from_on, row.to_on, day)}"
    )
    return Told(
        row.from_on,
        "hourglass",
        "Other hours, replaced",
        f"{words}. {row.reason}",
        row.prescribed_by.full_name,
    )


def _finding(row: LevelDetermination, day: date) -> Told:
    words = f"{row.get_scheme_display()}: {row.recommended_words}"
    if row.differs:
        words = f"{row.get_scheme_display()}: {row.recommended_words} recommended, {row.actual_words} given"
    superseded = getattr(row, "superseded_by", None) is not None
    signer = row.signed_by
    return Told(
        row.decided_on,
        "clipboard-list",
        f"{row.get_kind_display()} determined",
        f"{words}. {row.difference_said}" if row.differs else words,
        f"{signer.full_name}, {row.credential}" if signer else "",
        reverse("patients:determination", args=[row.pk]),
        chip="Superseded" if superseded else "Differs" if row.differs else "",
        tone="line" if superseded else "warn" if row.differs else "",
    )


def _certified(row: Certification, day: date) -> Told:
    payer = f" for {row.payer.name}" if row.payer else ""
    return Told(
        row.from_on,
        "badge-check",
        row.get_kind_display(),
        f"{row.get_level_kind_display()}{payer}, {span_words(row.from_on, row.to_on, day)}",
        f"{row.signed_by.full_name}, {row.credential}",
        reverse("patients:certification", args=[row.pk]),
    )
