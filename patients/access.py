"""How people get in: days from first contact to each step, who was admitted from where, why others were not.

Time to first service: domain reference 9.1. Pure, except for `ways_in`, which reads the rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median

from django.db.models import Min, Q

from iop_clinic.accounts.models import Site
from iop_clinic.clock import local_day
from patients.models import Referral
from patients.models.referral import Source, Stage

PERIOD_DAYS = 90


@dataclass(frozen=True, slots=True)
class WayIn:
    """One referral by its days. `outcome` is a key of `Referral.Outcome`, empty unless it was closed."""

    source: str
    contact_on: date
    assessed_on: date | None = None
    admitted_on: date | None = None
    first_session_on: date | None = None
    outcome: str = ""
    episode_id: int | None = None


@dataclass(frozen=True, slots=True)
class Median:
    """The middle number of days, of how many people; None when nobody got that far."""

    label: str
    days: float | None
    people: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """Of those this kind of sender sent: how many were admitted, how many ended otherwise."""

    label: str
    sent: int
    admitted: int

    @property
    def percent(self) -> int:
        return round(100 * self.admitted / self.sent) if self.sent else 0


@dataclass(frozen=True, slots=True)
class Access:
    medians: tuple[Median, ...]
    sources: tuple[Conversion, ...]
    outcomes: tuple[tuple[str, int], ...]
    referrals: int
    admitted: int


def ways_in(site: Site, day: date, days: int = PERIOD_DAYS) -> list[WayIn]:
    """Referrals whose first contact was in the last `days` days; one query."""
    rows = (
        Referral.objects.filter(site=site, received_on__gt=day - timedelta(days=days), received_on__lte=day)
        .annotate(assessed_at=Min("steps__at", filter=Q(steps__stage=Stage.ASSESSMENT)))
        .values_list(
            "source", "received_on", "assessed_at", "episode__admitted_on", "outcome", "episode_id", "stage"
        )
    )
    return [
        WayIn(
            source,
            contact_on,
            local_day(assessed_at, site.time_zone) if assessed_at else None,
            admitted_on if stage == Stage.ADMITTED else None,
            outcome=outcome,
            episode_id=episode_id,
        )
        for source, contact_on, assessed_at, admitted_on, outcome, episode_id, stage in rows.order_by()
    ]


def with_first_sessions(ways: Iterable[WayIn], first: Mapping[int, date]) -> list[WayIn]:
    """The same with the first attended day of each stay, as the floor of attendance knows it."""
    return [replace(way, first_session_on=first.get(way.episode_id or 0)) for way in ways]


def access_of(ways: list[WayIn]) -> Access:
    """Medians count who got that far; a day before the first contact counts as none."""
    admitted = [way for way in ways if way.admitted_on is not None]
    outcomes = Counter(way.outcome for way in ways if way.outcome)
    labels = dict(Referral.Outcome.choices)
    return Access(
        medians=(
            _median("First contact to assessment", ((way.contact_on, way.assessed_on) for way in ways)),
            _median("First contact to admission", ((way.contact_on, way.admitted_on) for way in ways)),
            _median(
                "First contact to first session", ((way.contact_on, way.first_session_on) for way in ways)
            ),
        ),
        sources=_conversions(ways),
        outcomes=tuple((labels[key], count) for key, count in outcomes.most_common()),
        referrals=len(ways),
        admitted=len(admitted),
    )


def _median(label: str, spans: Iterable[tuple[date, date | None]]) -> Median:
    days = [(until - since).days for since, until in spans if until is not None and until >= since]
    return Median(label, median(days) if days else None, len(days))


def _conversions(ways: list[WayIn]) -> tuple[Conversion, ...]:
    sent = Counter(way.source for way in ways)
    admitted = Counter(way.source for way in ways if way.admitted_on is not None)
    labels = dict(Source.choices)
    return tuple(Conversion(labels[key], count, admitted[key]) for key, count in sent.most_common())
