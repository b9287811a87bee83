"""The ask in words: what must hold and what someone would like, each with how a proposed week does by it."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from iop_clinic.clock import WEEKDAYS
from iop_clinic.durations import duration, in_hours
from scheduling.models import UnavailableHours
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.pattern_time import minute_of
from scheduling.planner.changes import Limit
from scheduling.planner.proposals import Marks, Wish
from scheduling.week_ask import speaking
from scheduling.words import minute_words

OFTEN = {
    Kind.INDIVIDUAL: "Individual every week",
    Kind.FAMILY: "Family every two weeks",
    Kind.MEDICATION: "Medication visit in the first week",
}
MARKS = {"ok": "circle-check", "warn": "circle", "bad": "circle-x"}


@dataclass(frozen=True)
class Mark:
    """One line of the ask. `tone`: ok, warn (a wish missed) or bad (a must that cannot be)."""

    tone: str
    words: str
    note: str = ""

    @property
    def icon(self) -> str:
        return MARKS[self.tone]

    @property
    def css(self) -> str:
        return f"icon-{self.tone}"


def musts(pattern: Pattern, marks: Marks, in_the_way: Container[Limit] = ()) -> list[Mark]:
    """What no week may break; what this one lacks, and what is in the way of it, is bad."""
    return list(_musts(pattern, marks, in_the_way))


def _musts(pattern: Pattern, marks: Marks, in_the_way: Container[Limit]) -> Iterator[Mark]:
    ask, unmet = pattern.ask, marks.unmet
    lacks = f"{duration(unmet.minutes)} short" if unmet.minutes else ""
    if unmet.days:
        lacks = f"{marks_of_days(len(marks.days))} only"
    yield Mark(_tone(bool(lacks)), goal_words(pattern), lacks)
    program = pattern.tracks.get(ask.track_id or 0)
    if program is not None:
        yield Mark(_tone(Limit.TRACK in in_the_way), f"Groups of {program.name}")
    if ask.day_minutes:
        yield Mark(_tone(Limit.DAY_RULE in in_the_way), f"{duration(ask.day_minutes)} or more each day")
    for words in hours_words(pattern.rows.unavailable):
        yield Mark(_tone(Limit.OWN_TIME in in_the_way), words)
    for kind in ask.kinds:
        missing = kind in unmet.kinds
        yield Mark(_tone(missing), OFTEN[Kind(kind)], "No hour fits" if missing else "")
    if not pattern.rows.has_video_consent:
        yield Mark(_tone(Limit.MODE in in_the_way), "In person only", "No consent to video on file")
    if pattern.rows.apart:
        people = (
            "one named person" if len(pattern.rows.apart) == 1 else f"{len(pattern.rows.apart)} named people"
        )
        yield Mark("ok", f"Not in a group with {people}")
    ends_on = pattern.episode.expected_end_on
    if ends_on is not None:
        yield Mark("ok", f"Until {ends_on:%b} {ends_on.day}, the expected last day")


def _tone(is_bad: bool) -> str:
    return "bad" if is_bad else "ok"


def wishes(pattern: Pattern, marks: Marks) -> list[Mark]:
    """What they would like, kept or missed."""
    return list(_wishes(pattern, marks))


def _wishes(pattern: Pattern, marks: Marks) -> Iterator[Mark]:
    ask = pattern.ask
    if ask.not_before is not None:
        starts = marks.earliest_start
        note = f"The earliest start is {minute_words(starts)}" if starts is not None else ""
        yield _wish(
            Wish.NOT_BEFORE in marks.wishes_kept,
            f"Not before {minute_words(minute_of(ask.not_before))}",
            note,
        )
    if ask.home_by is not None:
        ends = marks.latest_end
        note = f"The latest end is {minute_words(ends)}" if ends is not None else ""
        yield _wish(
            Wish.HOME_BY in marks.wishes_kept, f"Home by {minute_words(minute_of(ask.home_by))}", note
        )
    therapist = pattern.rows.staff.get(ask.therapist_id or 0)
    if therapist is not None and marks.with_primary is not None:
        yield _wish(marks.with_primary, f"{therapist.given_name} for individual", "It is with someone else")
    if ask.language:
        known = speaking(pattern.rows.staff.values(), ask.language)
        note = "It is with someone who does not" if known else "Nobody here does"
        kept = bool(known) and Wish.THERAPIST in marks.wishes_kept
        yield _wish(kept, f"Individual in {ask.language}", note)
    if ask.by_video:
        yield _wish(Wish.MODE in marks.wishes_kept, "By video", "Some of it is in person")


def _wish(is_kept: bool, words: str, note: str) -> Mark:
    return Mark("ok", words) if is_kept else Mark("warn", words, note)


def goal_words(pattern: Pattern) -> str:
    """ "9 h a week on 3 days or more" """
    ask = pattern.ask
    return f"{in_hours(ask.goal_minutes)} a week on {marks_of_days(ask.least_days)} or more"


def marks_of_days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def hours_words(rows: Iterable[UnavailableHours]) -> list[str]:
    """ "Work Mon, Wed, 9:00 am to 3:00 pm": the same hours of several days are said once."""
    found: dict[tuple[str, int, int], list[int]] = {}
    for one in rows:
        key = str(one.get_why_display()), minute_of(one.starts), minute_of(one.ends)
        found.setdefault(key, []).append(one.weekday)
    return [
        f"{why} {days_words(days)}, {minute_words(starts)} to {minute_words(ends)}"
        for (why, starts, ends), days in found.items()
    ]


def days_words(weekdays: Iterable[int]) -> str:
    """[0, 1, 2, 3, 4] -> "Mon to Fri", [0, 2] -> "Mon, Wed"."""
    days = sorted(set(weekdays))
    names = [WEEKDAYS[day][1][:3] for day in days]
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)
