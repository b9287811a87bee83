"""When no week fits: what cannot all be true, the smallest changes that would do, and who decides.

Everything is said from the explanation's data; each change was found and checked by search.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from iop_clinic.accounts.models import User
from iop_clinic.durations import duration, in_hours
from scheduling.ask_words import goal_words, hours_words, marks_of_days
from scheduling.change_words import (
    Act,
    PatternNames,
    acts_of,
    change_words,
    when_words_of,
    who_decides,
)  # fmt: skip
from scheduling.drawn_weeks import DrawnWeek
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.planner.changes import Fix, Limit, with_changes
from scheduling.planner.explaining import explain
from scheduling.planner.proposals import Proposal, marks_of
from scheduling.proposal_words import lacks_words
from scheduling.seats import why_not_for

NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True)
class Card:
    """One of the things that cannot all be true."""

    title: str
    words: str


@dataclass(frozen=True)
class Row:
    """A change, or several together, that makes a week whole."""

    titles: list[str]
    week_words: str
    week_note: str
    who: str
    acts: list[Act]


@dataclass(frozen=True)
class NoWeek:
    verdict: str
    words: str
    ledger: DrawnWeek
    cards: list[Card]
    together: str
    rows: list[Row]
    lacks: str
    in_the_way: frozenset[Limit]


def no_week(pattern: Pattern, closest: Proposal, user: User) -> NoWeek:
    """`user` sees the acts their role does."""
    told = explain(pattern.problem, pattern.rows.others, pattern.patient.id)
    cards = [Card(*_wanted(pattern, closest)), *_cards(pattern, told.conflict)] if told.conflict else []
    return NoWeek(
        verdict=_verdict(closest),
        words=_words(pattern, closest),
        ledger=DrawnWeek(pattern, closest.week),
        cards=cards,
        together=NUMBERS[len(cards)] if len(cards) < len(NUMBERS) else str(len(cards)),
        rows=[_row(pattern, fix, user) for fix in told.fixes],
        lacks=lacks_words(closest),
        in_the_way=frozenset(told.conflict),
    )


def _verdict(closest: Proposal) -> str:
    unmet = closest.marks.unmet
    if not closest.marks.days:
        return "No week fits yet, and nothing of one."
    if unmet.minutes:
        return f"No week fits yet. The closest is {_long(unmet.minutes)} short."
    return f"No week fits yet. The closest has {lacks_words(closest)}."


def _long(minutes: int) -> str:
    return f"{minutes} minutes" if minutes < 100 and minutes % 60 else in_hours(minutes)


def _words(pattern: Pattern, closest: Proposal) -> str:
    name, needs = pattern.episode.patient.called, in_hours(pattern.ask.goal_minutes)
    said = f"Everything {name} can come to adds up to {in_hours(closest.marks.minutes)}. They need {needs}."
    if not closest.marks.unmet.minutes:
        said = (
            f"The hours are there, {in_hours(closest.marks.minutes)}, but not everything that is asked for."
        )
    return said


def _wanted(pattern: Pattern, closest: Proposal) -> tuple[str, str]:
    unmet = closest.marks.unmet
    if unmet.kinds and not (unmet.minutes or unmet.days):
        kinds = " and ".join(str(Kind(kind).label).lower() for kind in unmet.kinds)
        return f"The {kinds} visit", "It is asked for."
    return goal_words(pattern), f"The closest week has {in_hours(closest.marks.minutes)}."


def _cards(pattern: Pattern, conflict: tuple[Limit, ...]) -> Iterator[Card]:
    name = pattern.episode.patient.called
    for limit in reversed(conflict):
        if limit == Limit.OWN_TIME:
            rows = hours_words(pattern.rows.unavailable)
            yield Card(f"When {name} can come", "; ".join(rows) if rows else "From 6 am to 10 pm.")
        elif limit == Limit.MODE:
            yield Card("In person only", "There is no consent to video sessions on file.")
        elif limit == Limit.SEAT:
            full = [one for one in pattern.problem.sections if pattern.seats_left(one.id) < 1]
            yield Card(
                "The seats there are", f"{len(full)} group{'s are' if len(full) != 1 else ' is'} full."
            )
        elif limit == Limit.CLINICIAN:
            yield Card("The clinicians’ hours", "Nobody who may hold the visit is free at a time that fits.")
        elif limit == Limit.OFFICE:
            yield Card("The rooms there are", "No room is free for a visit at a time that fits.")
        elif limit == Limit.TRACK:
            yield Card("The programs that take them", _tracks_words(pattern))
        elif limit == Limit.LICENSE:
            yield Card("Licenses", f"By video, who leads needs one for {pattern.patient.state}.")
        elif limit == Limit.STAFF:
            yield Card("Who works here", "Nobody at this site may hold one of the visits asked for.")
        elif limit == Limit.DAY_RULE:
            yield Card(
                f"{duration(pattern.ask.day_minutes)} or more each day", "A shorter day would not count."
            )
        elif limit == Limit.MOST_DAYS:
            yield Card(
                f"{marks_of_days(pattern.patient.most_days)} at most", "More days could hold the hours."
            )
        elif limit == Limit.LEAST_DAYS:
            yield Card(f"{marks_of_days(pattern.ask.least_days)} or more", "Fewer days could hold the hours.")
        elif limit == Limit.TOPIC:
            yield Card("Each topic once a week", "The same group more than once would hold the hours.")


def _tracks_words(pattern: Pattern) -> str:
    said = (
        why_not_for(track, pattern.episode.patient, pattern.episode, pattern.ask.from_on)
        for track in pattern.tracks.values()
    )
    program = pattern.tracks.get(pattern.ask.track_id or 0)
    alone = f"Groups of {program.name} alone are asked for." if program else ""
    return " ".join([alone, *sorted({words for words in said if words})]).strip()


def _who_words(deciders: list[str]) -> str:
    """ "Yara decides", "Yara and a supervisor or the director decide"."""
    said = " and ".join(deciders)
    return f"{said[:1].upper()}{said[1:]} {'decides' if len(deciders) == 1 else 'decide'}"


def _row(pattern: Pattern, fix: Fix, user: User) -> Row:
    other = with_changes(pattern.problem, fix.patient, fix.changes)
    marks = marks_of(other, other.by_patient[fix.patient], fix.week)
    deciders = dict.fromkeys(who_decides(pattern, one) for one in fix.changes)
    note = when_words_of(pattern, fix)
    return Row(
        titles=[change_words(PatternNames(pattern), one) for one in fix.changes],
        week_words=f"{in_hours(marks.minutes)}, {marks_of_days(len(marks.days))}",
        week_note=note,
        who=_who_words(list(deciders)),
        acts=list(dict.fromkeys(act for one in fix.changes for act in acts_of(pattern, one, user))),
    )
