"""What the day close page shows: totals, rows by verdict with holds first, and the chosen drawer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from billing.closing import undecided_days
from billing.days import RuleVerdict
from billing.drawer import VERDICTS, Drawer, open_drawer, wall
from billing.models import ServiceDay
from billing.patient_day import PatientDay
from iop_clinic.accounts.models import Site
from iop_clinic.money import dollars
from scheduling.models import Track

LOOK_BACK_DAYS = 60


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    found: PatientDay
    is_chosen: bool

    @property
    def url(self) -> str:
        day = self.found.facts.day
        return reverse("billing:decision", args=[day.year, day.month, day.day, self.found.patient.pk])

    @property
    def minutes_short(self) -> bool:
        return self.found.shown.minutes < self.found.least_minutes

    @property
    def notes(self) -> RuleVerdict | None:
        return self.found.shown.reason("notes")

    @property
    def authorization(self) -> RuleVerdict | None:
        return self.found.shown.reason("authorization")

    @property
    def authorization_words(self) -> str:
        """ "4 of 12 left" while it covers the day, else why it does not in a word or two."""
        reason = self.authorization
        if reason is None:
            return ""
        return reason.evidence[0].value if reason.passed and reason.evidence else reason.words

    @property
    def amount(self) -> str:
        cents = self.found.shown.amount_cents
        return dollars(cents) if cents else "none"


@dataclass(frozen=True)
class Section:
    """The rows of one verdict; `amount` is what they are worth, or would be."""

    key: str
    title: str
    icon: str
    tone: str
    rows: tuple[Row, ...]

    @property
    def amount_cents(self) -> int:
        return sum(row.found.shown.amount_cents for row in self.rows)

    @property
    def amount(self) -> str:
        return dollars(self.amount_cents) if self.amount_cents else ""


@dataclass(frozen=True)
class DayPage:
    site: Site
    day: date
    today: date
    days: tuple[PatientDay, ...]
    sections: tuple[Section, ...]
    tracks: tuple[tuple[Track, int], ...]
    track_id: int | None
    drawer: Drawer | None
    undecided: tuple[tuple[date, int], ...]

    @property
    def shown_count(self) -> int:
        return sum(len(section.rows) for section in self.sections)

    @property
    def to_close(self) -> int:
        """Days closing would decide now."""
        return self.closes["billable"] + self.closes["not_billable"]

    @property
    def is_over(self) -> bool:
        return self.day < self.today

    @property
    def closes(self) -> dict[str, int]:
        """How many days of each verdict are still open."""
        verdicts: list[str] = [day.decision.verdict for day in self.days if day.closed is None]
        return {key: verdicts.count(key) for key, *_ in VERDICTS}

    @property
    def closes_amount(self) -> str:
        """What the billable days still open are worth."""
        still_open = (day.decision for day in self.days if day.closed is None)
        return dollars(sum(one.amount_cents for one in still_open if one.verdict == "billable"))

    @property
    def last_closed(self) -> ServiceDay | None:
        closed = [day.closed for day in self.days if day.closed is not None]
        return max(closed, key=lambda row: row.closed_at, default=None)

    @property
    def last_closed_at(self) -> datetime | None:
        closed = self.last_closed
        return wall(closed.closed_at, self.site) if closed else None

    @property
    def previous_day(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def next_day(self) -> date:
        return self.day + timedelta(days=1)


def day_page(
    days: list[PatientDay],
    *,
    site: Site,
    day: date,
    today: date,
    track_id: int | None = None,
    chosen_id: int | None = None,
) -> DayPage:
    """The page of one day; `track_id` narrows the rows, never the totals that closing acts on."""
    chosen = next((found for found in days if found.patient.pk == chosen_id), None)
    shown = [found for found in days if track_id is None or (found.track and found.track.pk == track_id)]
    since = max(today - timedelta(days=LOOK_BACK_DAYS), date.min + timedelta(days=LOOK_BACK_DAYS))
    undecided = undecided_days(site=site, before=today, since=since)
    return DayPage(
        site=site,
        day=day,
        today=today,
        days=tuple(days),
        sections=tuple(_section(shown, chosen_id, *verdict) for verdict in VERDICTS),
        tracks=_tracks(days),
        track_id=track_id,
        drawer=open_drawer(chosen, site) if chosen else None,
        undecided=tuple((on, count) for on, count in undecided.items() if on != day),
    )


def _section(
    days: list[PatientDay], chosen_id: int | None, key: str, title: str, icon: str, tone: str
) -> Section:
    rows = (Row(found, found.patient.pk == chosen_id) for found in days if found.shown.verdict == key)
    return Section(key, title, icon, tone, tuple(rows))


def _tracks(days: list[PatientDay]) -> tuple[tuple[Track, int], ...]:
    tracks = {found.track.pk: found.track for found in days if found.track}
    counts = {pk: sum(found.track is not None and found.track.pk == pk for found in days) for pk in tracks}
    return tuple((tracks[pk], counts[pk]) for pk in sorted(tracks, key=lambda pk: tracks[pk].name))
