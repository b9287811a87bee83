"""Outcomes of a site over a span of days, measure by measure: one statement counts them in PostgreSQL.

Rules: `outcomes.py` (domain reference 9.1). Below ten stays only the number is shown, never a share.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from iop_clinic.accounts.models import Site
from patients.models import Episode
from patients.outcomes import BASELINE_DAYS
from patients.scoring import Instrument, load_instruments

LEAST_STAYS = 10
NEAR_END_DAYS = 14
TYPED_LATER_DAYS = 7
BY = {"discharges": "Discharges", "stays": "Everyone in the program"}

_COUNTED = """
WITH rule AS (
    SELECT * FROM unnest(%(codes)s::text[], %(reliable)s::numeric[], %(response)s::numeric[],
        %(remission)s::numeric[], %(cut)s::numeric[], %(sign)s::int[])
    AS rule (code, reliable, response, remission, cut, sign)
), stay AS (
    SELECT id, patient_id, admitted_on, ended_on FROM patients_episode
    WHERE site_id = %(site)s AND CASE WHEN %(by_end)s
        THEN ended_on BETWEEN %(from_on)s AND %(to_on)s
        ELSE admitted_on <= %(to_on)s AND coalesce(ended_on, 'infinity') >= %(from_on)s END
), score AS (
    SELECT stay.id AS stay, stay.admitted_on, stay.ended_on, answered.instrument_code AS code, answered.total,
        answered.finished_at, (answered.finished_at AT TIME ZONE %(zone)s)::date AS on_day
    FROM stay JOIN patients_response answered USING (patient_id)
    WHERE answered.state = 'complete' AND answered.total IS NOT NULL
        AND answered.instrument_code = ANY(%(codes)s)
), baseline AS (
    SELECT DISTINCT ON (stay, code) stay, code, total, finished_at FROM score
    WHERE on_day BETWEEN admitted_on - %(window)s AND admitted_on + %(window)s
    ORDER BY stay, code, finished_at
), latest AS (
    SELECT DISTINCT ON (stay, code) stay, code, score.total, baseline.total AS first
    FROM score JOIN baseline USING (stay, code)
    WHERE score.finished_at > baseline.finished_at
        AND on_day <= coalesce(ended_on + %(late)s, %(to_on)s)
        AND CASE WHEN %(by_end)s THEN on_day >= ended_on - %(near)s ELSE on_day <= %(to_on)s END
    ORDER BY stay, code, score.finished_at DESC
), pair AS (
    SELECT code, first, total, reliable, response, remission, (first - total) * sign AS better,
        first > 0 AND (cut IS NULL OR CASE WHEN sign > 0 THEN first >= cut ELSE first <= cut END) AS counts
    FROM latest JOIN rule USING (code)
)
SELECT code, count(*), avg(better),
    count(*) FILTER (WHERE better >= reliable), count(*) FILTER (WHERE -better >= reliable),
    count(*) FILTER (WHERE counts),
    count(*) FILTER (WHERE counts AND (first - total) * 100 >= first * response),
    count(*) FILTER (WHERE counts AND total < remission)
FROM pair GROUP BY code
"""


@dataclass(frozen=True)
class Share:
    """So many of so many; in percent only where there are enough to say it, empty without a rule."""

    count: int
    of: int
    has_rule: bool = True

    @property
    def words(self) -> str:
        if not self.has_rule:
            return "no rule"
        return f"{round(100 * self.count / self.of)}%" if self.of >= LEAST_STAYS else "too few"

    @property
    def beside(self) -> str:
        """ "7 of 12", where the percentage is shown."""
        return f"{self.count} of {self.of}" if self.has_rule and self.of >= LEAST_STAYS else ""


@dataclass(frozen=True)
class MeasureOutcome:
    """One measure over the stays that have a baseline and a later score."""

    instrument: Instrument
    stays: int
    better: float
    improved: Share
    worse: Share
    responded: Share
    remitted: Share

    @property
    def change(self) -> str:
        """ "5.2 better", "0.4 worse"; nothing below ten stays."""
        if self.stays < LEAST_STAYS:
            return "too few"
        side = "better" if self.better >= 0 else "worse"
        return f"{abs(self.better):.1f} {side}"


@dataclass(frozen=True)
class SiteOutcomes:
    stays: int
    rows: list[MeasureOutcome]


def site_outcomes(site: Site, by: str, from_on: date, to_on: date) -> SiteOutcomes:
    """Every measure with a rule about change; two statements. `by` is a key of BY; both days are inside."""
    with_rules = [one for one in load_instruments().values() if one.total and _has_rule(one)]
    by_end = by == "discharges"
    asked: dict[str, Any] = {
        "codes": [one.id for one in with_rules],
        "reliable": [_total(one).change.reliable for one in with_rules],
        "response": [_total(one).change.response_percent for one in with_rules],
        "remission": [_total(one).change.remission_below for one in with_rules],
        "cut": [_total(one).cut for one in with_rules],
        "sign": [-1 if _total(one).higher_is_better else 1 for one in with_rules],
        "site": site.pk,
        "zone": site.time_zone,
        "by_end": by_end,
        "from_on": from_on,
        "to_on": to_on,
        "window": BASELINE_DAYS,
        "near": NEAR_END_DAYS,
        "late": TYPED_LATER_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, asked)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    rows = [_row(one, found.get(one.id)) for one in with_rules]
    return SiteOutcomes(_stays(site, by_end, from_on, to_on), sorted(rows, key=lambda row: -row.stays))


def _has_rule(instrument: Instrument) -> bool:
    change = _total(instrument).change
    return any((change.reliable, change.response_percent, change.remission_below))


def reliable_points() -> list[str]:
    """ "PHQ-9 6", "GAD-7 4": the reliable change of each measure that has one, by name."""
    have = [one for one in load_instruments().values() if one.total and one.total.change.reliable]
    return sorted(f"{one.name} {_total(one).change.reliable}" for one in have)


def _total(instrument: Instrument) -> Any:
    assert instrument.total is not None
    return instrument.total


def _stays(site: Site, by_end: bool, from_on: date, to_on: date) -> int:
    rows = Episode.objects.filter(site=site)
    if by_end:
        return rows.filter(ended_on__range=(from_on, to_on)).count()
    return rows.filter(admitted_on__lte=to_on).exclude(ended_on__lt=from_on).count()


def _row(instrument: Instrument, found: tuple[Any, ...] | None) -> MeasureOutcome:
    stays, better, improved, worse, counting, responded, remitted = found or (0, 0, 0, 0, 0, 0, 0)
    change = _total(instrument).change
    return MeasureOutcome(
        instrument,
        stays,
        float(better),
        Share(improved, stays, change.reliable is not None),
        Share(worse, stays, change.reliable is not None),
        Share(responded, counting, change.response_percent is not None),
        Share(remitted, counting, change.remission_below is not None),
    )
