"""A proposed week as it is drawn: columns of blocks in 5-minute steps, and the hours bar."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.clock import WEEKDAYS
from iop_clinic.durations import duration
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.pattern_time import minute_of
from scheduling.planner.cost import by_day, items_of
from scheduling.planner.problem import DAYS, TICK, Appointment, PatientWeek
from scheduling.words import hour_words, minute_words

LEAST_HOURS = 4


@dataclass(frozen=True)
class Drawn:
    """One group or visit. `value` is how a form sends it back; empty for what they have already."""

    day: int
    starts: int
    ends: int
    title: str
    who: str
    looks: str
    value: str = ""
    field: str = ""

    @property
    def clock(self) -> str:
        return f"{minute_words(self.starts)} to {minute_words(self.ends)}"


@dataclass(frozen=True)
class Shade:
    """Hours in which the person cannot come."""

    starts: int
    ends: int
    words: str


@dataclass(frozen=True)
class Column:
    day: int
    on: date
    things: list[Drawn] = field(default_factory=list)
    shades: list[Shade] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.on:%a} {self.on.day}"

    @property
    def weekday(self) -> str:
        return f"{self.on:%A}"


@dataclass(frozen=True)
class Place:
    """Where something is drawn: steps from the top, and steps it lasts."""

    at: int
    steps: int
    thing: Any


class DrawnWeek:
    """One person's week, drawn on the days from Monday to Friday and on those it needs beside them."""

    def __init__(self, pattern: Pattern, week: PatientWeek) -> None:
        self.pattern, self.week = pattern, week

    @cached_property
    def things(self) -> list[Drawn]:
        found = [*self._groups(), *self._visits()]
        return sorted(found, key=lambda one: (one.day, one.starts))

    def _groups(self) -> Iterator[Drawn]:
        for pk in self.week.sections:
            one, group = self.pattern.problem.by_section[pk], self.pattern.rows.groups[pk]
            room = group.room.name if group.room else "By video"
            is_kept = pk in self.pattern.patient.kept.sections
            who = f"{group.lead.given_name} · {room}"
            looks = f"track-{group.track.tone}"
            value, name = ("", "") if is_kept else (str(pk), "groups")
            yield Drawn(one.day, one.starts, one.ends, group.name, who, looks, value, name)

    def _visits(self) -> Iterator[Drawn]:
        for one in self.week.appointments:
            lead = self.lead_of(one)
            room = self.pattern.rows.rooms.get(one.office or 0)
            where = room.name if room else "By video" if one.office is None else "One more room"
            who = f"{lead.given_name} · {where}" if lead else where
            is_kept = one in self.pattern.patient.kept.appointments
            value, name = ("", "") if is_kept else (self._value(one), "visits")
            yield Drawn(one.day, one.starts, one.ends, str(Kind(one.kind).label), who, "is-mine", value, name)

    def lead_of(self, one: Appointment) -> User | None:
        return self.pattern.rows.staff.get(abs(one.clinician))

    def _value(self, one: Appointment) -> str:
        """ "individual 7 2 13:30 50 4": kind, clinician, weekday, time, minutes, room."""
        weekday, at = self.pattern.stretch.weekday_of(one.day), time(*divmod(one.starts, 60))
        room = "video" if one.office is None else str(one.office)
        return f"{one.kind} {one.clinician} {weekday} {at:%H:%M} {one.ends - one.starts} {room}"

    @property
    def new(self) -> list[Drawn]:
        """What would be booked."""
        return [one for one in self.things if one.value]

    @cached_property
    def columns(self) -> list[Column]:
        used = {one.day for one in self.things}
        stretch = self.pattern.stretch
        days = [day for day in range(DAYS) if stretch.weekday_of(day) < 5 or day in used]
        return [
            Column(
                day,
                stretch.first_date(day),
                [one for one in self.things if one.day == day],
                list(self._shades(day)),
            )
            for day in days
        ]

    def _shades(self, day: int) -> Iterator[Shade]:
        top, bottom = self.hours
        for one in self.pattern.rows.unavailable:
            starts, ends = max(minute_of(one.starts), top), min(minute_of(one.ends), bottom)
            if self.pattern.stretch.day_of(one.weekday) == day and starts < ends:
                span = f"{minute_words(minute_of(one.starts))} to {minute_words(minute_of(one.ends))}"
                yield Shade(starts, ends, f"{one.get_why_display()} {span}")

    @cached_property
    def hours(self) -> tuple[int, int]:
        """Minutes after midnight of the first and the last whole hour drawn."""
        starts = min((one.starts for one in self.things), default=9 * 60) // 60 * 60
        ends = -(-max((one.ends for one in self.things), default=12 * 60) // 60) * 60
        return starts, min(max(ends, starts + LEAST_HOURS * 60), 24 * 60)

    @property
    def steps(self) -> int:
        return (self.hours[1] - self.hours[0]) // TICK

    @property
    def hour_marks(self) -> list[tuple[int, str]]:
        top, bottom = self.hours
        return [((at - top) // TICK, hour_words(at)) for at in range(top, bottom, 60)]

    @property
    def band(self) -> list[tuple[Column, list[Place], list[Place]]]:
        """Each column with its blocks and its shades in place."""
        return [(one, self._placed(one.things), self._placed(one.shades)) for one in self.columns]

    def _placed(self, things: list[Any]) -> list[Place]:
        top = self.hours[0]
        return [Place((one.starts - top) // TICK, (one.ends - one.starts) // TICK, one) for one in things]

    @property
    def starts_on_sunday(self) -> bool:
        return self.columns[0].on.weekday() == len(WEEKDAYS) - 1

    @property
    def marks(self) -> list[tuple[str, str, str]]:
        """Every day of the week: its letter, its name, and whether they come, by which program."""
        tones: dict[int, str] = {}
        for one in self.things:
            tones.setdefault(one.day, "" if one.looks == "is-mine" else one.looks)
        return [
            (name[0], name, f"is-on {tones[day]}" if day in tones else "")
            for day, name in enumerate(map(self._day, range(DAYS)))
        ]

    def _day(self, day: int) -> str:
        return WEEKDAYS[self.pattern.stretch.weekday_of(day)][1]

    @property
    def ledger(self) -> dict[str, Any]:
        """For the hours bar: countable minutes by day against the hours asked for."""
        patient = self.pattern.patient
        days = by_day(items_of(self.pattern.problem, patient, self.week))
        sums = [(day, sum(item.minutes for item in items)) for day, items in sorted(days.items())]
        return {
            "attended_minutes": 0,
            "booked_minutes": sum(minutes for _, minutes in sums),
            "goal_minutes": patient.goal_minutes,
            "segments": [
                ("booked", f"{self._day(day)[:3]} {duration(minutes)}", minutes, "") for day, minutes in sums
            ],
        }
