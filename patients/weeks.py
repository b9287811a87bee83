"""A patient's own weeks: they begin on the weekday of the first payer in force on a day, else of the site.

Where the weekday changes with the payer, the weeks on both sides of the change overlap: each counts whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from iop_clinic.clock import Week, week_of
from patients.models import Coverage, Patient

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class OwnWeeks:
    """The site's weekday, and from when to when a first payer has one of its own; 0 is Monday."""

    site_weekday: int
    payers: tuple[tuple[date, date | None, int], ...] = ()

    def weekday_on(self, day: date) -> int:
        held = (
            one for from_on, to_on, one in self.payers if from_on <= day and (to_on is None or day <= to_on)
        )
        return next(held, self.site_weekday)

    def of(self, day: date) -> Week:
        """The week that holds the day."""
        return week_of(day, self.weekday_on(day))

    def after(self, week: Week) -> Week:
        """The week that holds the first day after."""
        return self.of(week.ends_on + _DAY)

    def before(self, week: Week) -> Week:
        return self.of(week.starts_on - _DAY)


def payer_weeks(patient: str = "pk") -> ArraySubquery:
    """What `weeks_from` reads, to annotate rows with: no statement of its own. `patient` leads to it."""
    rows = Coverage.objects.filter(
        patient=OuterRef(patient), rank=1, payer__week_starts_weekday__isnull=False
    )
    spans = JSONObject(from_on="from_on", to_on="to_on", weekday="payer__week_starts_weekday")
    return ArraySubquery(rows.order_by().values_list(spans))


def weeks_from(site_weekday: int, rows: Sequence[dict[str, Any]]) -> OwnWeeks:
    """`rows` as `payer_weeks` brings them."""
    spans = ((row["from_on"], row["to_on"], row["weekday"]) for row in rows)
    return OwnWeeks(
        site_weekday, tuple((_day(first), last and _day(last), weekday) for first, last, weekday in spans)
    )


def own_weeks(patient: Patient) -> OwnWeeks:
    """The weeks of one patient: at hand from the chart's doors, else one statement."""
    rows = getattr(patient, "payer_weeks", None)
    if rows is None:
        rows = Patient.objects.filter(pk=patient.pk).values_list(payer_weeks(), flat=True).get()
    return weeks_from(patient.site.week_starts_weekday, rows)


def all_own_weeks(patients: Iterable[int]) -> dict[int, OwnWeeks]:
    """The weeks of many patients by number: one statement."""
    rows = Patient.objects.filter(pk__in=list(patients))
    columns = rows.values_list("pk", "site__week_starts_weekday", payer_weeks())
    return {pk: weeks_from(weekday, payers) for pk, weekday, payers in columns}


def _day(typed: str) -> date:
    return date.fromisoformat(typed)
