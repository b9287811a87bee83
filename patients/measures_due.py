"""Which measures come due for one stay in one week, and on which day. Pure; the schedule is rows of rules.

Moments: domain reference 6.9. The baseline window: 9.1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from iop_clinic.clock import Week
from patients.measure_rules import Person, Schedule, codes_asked
from patients.models import Moment
from patients.outcomes import BASELINE_DAYS

BASELINE = timedelta(days=BASELINE_DAYS)  # an answer this long before the admission is its baseline
ARRIVES_WITHIN = timedelta(days=7)  # intake measures are still asked so long after the admission
NEAR_THE_END = timedelta(days=7)
LEFT_WITHIN = timedelta(days=7)
EVERY_WEEKS = 4


class Asked(NamedTuple):
    """One response that is there already; `week_on` where a rule asked for it."""

    instrument_code: str
    due_on: date
    moment: str
    state: str
    week_on: date | None


class Due(NamedTuple):
    """One response to ask for."""

    instrument_code: str
    due_on: date
    moment: str


@dataclass(frozen=True)
class Stay:
    """Someone in the program, lately out of it, or accepted and on the way in (then without admission)."""

    patient_id: int
    person: Person
    admitted_on: date | None = None
    ended_on: date | None = None
    expected_end_on: date | None = None
    accepted_since_on: date | None = None


def due_of(
    stay: Stay,
    schedule: Schedule,
    asked: Iterable[Asked],
    day: date,
    week: Week,
    first_session_on: date | None,
) -> list[Due]:
    """What is not asked yet of this stay in the week that holds `day`, each instrument once.

    Weekly ones are due on the day of the first session of the week, else on its first day; what opens or
    ends a stay on `day`, or on a session's day still to come.
    """
    known = list(asked)
    taken = {one.instrument_code for one in known if one.due_on in week or one.week_on == week.starts_on}
    found: dict[str, Due] = {}
    for moment in _moments(stay, day, week):
        for code in codes_asked(schedule.get(moment, ()), stay.person, day):
            if code not in taken and code not in found and not _is_done(stay, moment, code, known):
                found[code] = Due(code, _due_on(stay, moment, day, week, first_session_on), moment)
    return list(found.values())


def _moments(stay: Stay, day: date, week: Week) -> Iterator[str]:
    """The moments this week is of the stay, the rarer one first."""
    if stay.admitted_on is None:
        yield Moment.INTAKE
        return
    if stay.ended_on is not None:
        yield Moment.DISCHARGE
        return
    if leaving_from(stay) is not None and day >= leaving_from(stay):  # type: ignore[operator]
        yield Moment.DISCHARGE
    if day < stay.admitted_on + ARRIVES_WITHIN:
        yield Moment.INTAKE
    if stay.admitted_on <= week.starts_on:
        weeks = (week.starts_on - stay.admitted_on).days // 7
        if weeks and weeks % EVERY_WEEKS == 0:
            yield Moment.FOUR_WEEKLY
        yield Moment.WEEKLY


def leaving_from(stay: Stay) -> date | None:
    """From when on the measures of the end are asked: a week before the planned or the real last day."""
    ends = [end for end in (stay.ended_on, stay.expected_end_on) if end is not None]
    return min(ends) - NEAR_THE_END if ends else None


def _is_done(stay: Stay, moment: str, code: str, asked: list[Asked]) -> bool:
    """Whether an intake or discharge measure was asked before; a missed one before the admission was not."""
    same = [one for one in asked if one.instrument_code == code]
    if moment == Moment.DISCHARGE:
        since = leaving_from(stay)
        return any(one.moment == moment and since is not None and one.due_on >= since for one in same)
    if moment != Moment.INTAKE:
        return False
    if stay.admitted_on is None:
        return any(stay.accepted_since_on is None or one.due_on >= stay.accepted_since_on for one in same)
    since, in_stay = stay.admitted_on - BASELINE, stay.admitted_on
    return any(one.due_on >= (in_stay if one.state == "missed" else since) for one in same)


def _due_on(stay: Stay, moment: str, day: date, week: Week, first_session_on: date | None) -> date:
    if moment in (Moment.WEEKLY, Moment.FOUR_WEEKLY):
        return first_session_on or week.starts_on
    is_here = stay.admitted_on is not None and stay.ended_on is None
    ahead = first_session_on is not None and first_session_on > day
    return first_session_on if is_here and ahead and moment == Moment.DISCHARGE else day  # type: ignore[return-value]
