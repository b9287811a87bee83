"""Proposed weeks in words: a name, why this one, what it costs, and a row of figures to compare by.

Every sentence is made from the marks of a proposal and of those beside it; nothing is said that is not there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iop_clinic.clock import WEEKDAYS
from iop_clinic.durations import duration, in_hours
from scheduling.ask_words import days_words, marks_of_days
from scheduling.drawn_weeks import DrawnWeek
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.planner.proposals import WITH_A_THERAPIST, Proposal, Wish
from scheduling.words import minute_words

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven")
PARTS = ((12 * 60 + 30, "Mornings"), (16 * 60 + 30, "Afternoons"), (24 * 60, "Evenings"))


@dataclass(frozen=True)
class Said:
    """A sentence that begins with its point."""

    point: str
    rest: str = ""


@dataclass(frozen=True)
class Column:
    """One week in the table of alternatives. `choice` is its place among the proposals."""

    choice: int
    name: str
    week: DrawnWeek
    hours: str
    latest: str
    is_home: bool | None
    waiting: str
    therapist: str
    is_primary: bool | None
    full: str
    lacks: str
    is_chosen: bool
    moved: str


def title_of(pattern: Pattern, one: Proposal) -> str:
    """ "Adult Morning", "Adult Morning and Evening SUD", "Visits only"."""
    names = {pattern.rows.groups[pk].track.name: None for pk in sorted(one.week.sections)}
    return " and ".join(names) or "Visits only"


def figures_of(one: Proposal) -> str:
    """ "10 h 20 a week, 3 days" """
    return f"{in_hours(one.marks.minutes)} a week, {marks_of_days(len(one.marks.days))}"


def whys(pattern: Pattern, one: Proposal, others: Sequence[Proposal]) -> list[Said]:
    return list(_whys(pattern, one, others))


def _whys(pattern: Pattern, one: Proposal, others: Sequence[Proposal]) -> Iterator[Said]:
    marks = one.marks
    trips = "trip" if marks.trips == 1 else "trips"
    if marks.trips and (fewer := _trips_words(one, others)):
        yield Said(f"{NUMBERS[marks.trips]} {trips} a week.", fewer)
    if marks.with_primary:
        when = [f"{_day(pattern, visit.day)} {minute_words(visit.starts)}" for visit in _therapy(one)]
        yield Said(f"{_names(pattern, one)} for {_kinds(one)},", f"{' and '.join(when)}.")
    spare = marks.minutes - pattern.patient.goal_minutes
    if spare > 0:
        late = "one late start does" if spare < 60 else "one missed group does"
        yield Said(f"{duration(spare)} to spare,", f"so {late} not break the week.")
    if not marks.idle_minutes:
        yield Said("No waiting", "between one session and the next.")
    elif marks.idle_minutes <= 15 * len(marks.days):
        yield Said("Hardly any waiting,", f"{duration(marks.idle_minutes)} over the whole week.")
    ends = [other.marks.latest_end or 0 for other in others]
    if marks.latest_end is not None and (not ends or max(ends) > marks.latest_end):
        yield Said(f"Done by {minute_words(marks.latest_end)}", "every day.")


def _trips_words(one: Proposal, others: Sequence[Proposal]) -> str:
    counts = {other.marks.trips for other in others}
    if not counts or min(counts) <= one.marks.trips:
        return ""
    needs = " or ".join(NUMBERS[count].lower() for count in sorted(counts))
    return f"The other week needs {needs}." if len(others) == 1 else f"The other weeks need {needs}."


def costs(pattern: Pattern, one: Proposal) -> list[Said]:
    return list(_costs(pattern, one))


def _costs(pattern: Pattern, one: Proposal) -> Iterator[Said]:
    marks, ask = one.marks, pattern.ask
    if marks.unmet.minutes:
        yield Said(f"{duration(marks.unmet.minutes)} short", f"of {in_hours(ask.goal_minutes)} a week.")
    for kind in marks.unmet.kinds:
        yield Said(f"No {Kind(kind).label.lower()}", "hour fits.")
    full = full_groups(pattern, one)
    if full:
        yield Said(
            f"{_listed(full)} {'is' if len(full) == 1 else 'are'} full then.", "The next person waits."
        )
    if marks.with_primary is False:
        wanted = pattern.rows.staff.get(ask.therapist_id or 0)
        instead = f"not with {wanted.given_name}." if wanted else ""
        yield Said(f"{_kinds(one).capitalize()} with {_names(pattern, one)},", instead)
    if marks.idle_minutes > 15 * len(marks.days):
        yield Said(f"{duration(marks.idle_minutes)} of waiting", "between sessions, over the week.")
    if Wish.NOT_BEFORE in marks.wishes_missed and marks.earliest_start is not None:
        yield Said("An earlier start than wished:", f"{minute_words(marks.earliest_start)} at the earliest.")
    if Wish.HOME_BY in marks.wishes_missed and marks.latest_end is not None:
        yield Said("Home later than wished:", f"{minute_words(marks.latest_end)} at the latest.")
    if Wish.MODE in marks.wishes_missed:
        yield Said("Not all by video:", f"{marks.trips} {'day' if marks.trips == 1 else 'days'} on site.")
    extra = len(marks.days) - ask.least_days
    if extra > 0:
        yield Said(f"{NUMBERS[extra]} more day{'s' if extra > 1 else ''}", "than the prescription asks for.")


def full_groups(pattern: Pattern, one: Proposal) -> list[str]:
    """Groups whose last seat this week takes: "Process group on Monday"."""
    kept = pattern.patient.kept.sections
    taken = [pattern.problem.by_section[pk] for pk in one.week.sections - kept]
    after = {pk: week for pk, (_, week) in one.moved.items()}
    last = [one for one in taken if pattern.seats_left(one.id, after) == 1]
    last.sort(key=lambda one: (one.day, one.starts))
    return [f"{pattern.rows.groups[one.id].name} on {_day(pattern, one.day)}" for one in last]


def columns_of(pattern: Pattern, proposals: Sequence[Proposal], chosen: int) -> list[Column]:
    names = _names_apart(pattern, proposals)
    return [
        _column(pattern, number, one, names[number], is_chosen=number == chosen)
        for number, one in enumerate(proposals)
    ]


def _column(pattern: Pattern, number: int, one: Proposal, name: str, *, is_chosen: bool) -> Column:
    marks, full = one.marks, full_groups(pattern, one)
    by_video = len(marks.days) - marks.trips
    hours = f"{in_hours(marks.minutes)}, {marks.trips} {'trip' if marks.trips == 1 else 'trips'}"
    asked = pattern.ask.home_by is not None
    return Column(
        choice=number,
        name=name if number else "Closest" if lacks_words(one) else "Proposed",
        week=DrawnWeek(pattern, one.week),
        hours=f"{hours} and {by_video} by video" if by_video else hours,
        latest=minute_words(marks.latest_end) if marks.latest_end is not None else "",
        is_home=Wish.HOME_BY in marks.wishes_kept if asked else None,
        waiting=duration(marks.idle_minutes) if marks.idle_minutes else "None",
        therapist=_names(pattern, one),
        is_primary=marks.with_primary,
        full=_listed(full) if full else "None",
        lacks=lacks_words(one),
        is_chosen=is_chosen,
        moved=_listed(pattern.rows.movable[pk].episode.patient.short_name for pk in one.moved) or "Nobody",
    )


def lacks_words(one: Proposal) -> str:
    """ "40 min short", "no individual", "2 days only", or nothing."""
    unmet = one.marks.unmet
    said = [f"{duration(unmet.minutes)} short"] if unmet.minutes else []
    said += [f"no {Kind(kind).label.lower()}" for kind in unmet.kinds]
    said += [f"{marks_of_days(len(one.marks.days))} only"] if unmet.days else []
    return ", ".join(said)


def _names_apart(pattern: Pattern, proposals: Sequence[Proposal]) -> list[str]:
    """By the part of the day; by how many days, or which, where that alone tells two apart."""
    ways = (_parts, _parts_and_days, _parts_and_weekdays)
    tried = [[way(pattern, one) for one in proposals] for way in ways]
    return [
        next((names[n] for names in tried if names.count(names[n]) == 1), tried[-1][n])
        for n in range(len(proposals))
    ]


def _parts_and_days(pattern: Pattern, one: Proposal) -> str:
    return f"{_parts(pattern, one)}, {marks_of_days(len(one.marks.days))}"


def _parts_and_weekdays(pattern: Pattern, one: Proposal) -> str:
    return f"{_parts(pattern, one)}, {_weekdays(pattern, one)}"


def _parts(pattern: Pattern, one: Proposal) -> str:
    middles = [
        (s.starts + s.ends) / 2 for s in map(pattern.problem.by_section.__getitem__, one.week.sections)
    ]
    found = [name for n, (until, name) in enumerate(PARTS) if any(_since(n) <= at < until for at in middles)]
    return " and ".join([*found[:1], *(name.lower() for name in found[1:])]) or "Visits"


def _since(number: int) -> int:
    return PARTS[number - 1][0] if number else 0


def _weekdays(pattern: Pattern, one: Proposal) -> str:
    return days_words(pattern.stretch.weekday_of(day) for day in one.marks.days)


def _therapy(one: Proposal) -> list[Any]:
    return [visit for visit in one.week.appointments if visit.kind in WITH_A_THERAPIST]


def _names(pattern: Pattern, one: Proposal) -> str:
    """Who holds the individual and family sessions: "Ruth", "Ruth and Joon"."""
    found = {visit.clinician: None for visit in _therapy(one)}
    names = [pattern.rows.staff[pk].given_name for pk in found if pk in pattern.rows.staff]
    return " and ".join(names) or "Nobody"


def _kinds(one: Proposal) -> str:
    return " and ".join(str(Kind(visit.kind).label).lower() for visit in _therapy(one))


def _day(pattern: Pattern, day: int) -> str:
    return WEEKDAYS[pattern.stretch.weekday_of(day)][1]


def _listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and 2 more"."""
    found = list(words)
    if len(found) <= 2:
        return " and ".join(found)
    return f"{found[0]}, {found[1]} and {len(found) - 2} more"
