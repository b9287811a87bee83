"""One demo person's rows, kept together while the rooms above add theirs."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from iop_clinic.accounts.demo import Moment
from iop_clinic.accounts.models import User
from patients.demo_cast import TRACK_DAYS, Person
from patients.models import Coverage, Episode, Objective, Patient, TreatmentPlan

NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


@dataclass
class Chart:
    """A person with their chart, episode, coverage and plans (oldest first, each with its objectives)."""

    person: Person
    patient: Patient
    episode: Episode
    clinician: User
    coverage: Coverage
    plans: list[tuple[TreatmentPlan, list[Objective]]]

    def uuid(self, *words: object) -> uuid.UUID:
        """An identifier that is the same at every load of the same day."""
        return uuid.uuid5(NAMESPACE, ":".join(map(str, ("demo", self.person.name, *words))))

    def objectives_on(self, day: date) -> list[Objective]:
        """The objectives of the signed plan in force on that day."""
        begun = [objectives for plan, objectives in self.plans if plan.signed_at and plan.effective_on <= day]
        return begun[-1] if begun else []

    def in_program_on(self, day: date) -> bool:
        ends_on = self.episode.ended_on
        return self.episode.admitted_on <= day and (ends_on is None or day <= ends_on)


def last_track_day(track: str, moment: Moment) -> date:
    """The track's last meeting day before today."""
    days = (moment.day(-n) for n in range(1, 8))
    return next(day for day in days if day.weekday() in TRACK_DAYS[track])


def coming_track_days(track: str, moment: Moment, count: int) -> list[date]:
    """The track's next days, today included."""
    days = (moment.day(n) for n in range(7 * count))
    return [day for day in days if day.weekday() in TRACK_DAYS[track]][:count]


def weekday_from(day: date, weekday: int) -> date:
    """The next such weekday, `day` itself included."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)
