"""Which days of care a payer has approved: by the dates and the number of an authorization.

A day on which someone comes anyway takes no further one (per diem codes; domain reference 3.4).
"""

from collections.abc import Collection, Iterable
from datetime import date

from patients.models import Authorization

Approved = dict[int, list[Authorization]]


def approved_for(patient_ids: Iterable[int]) -> Approved:
    """Approved authorizations of the plan that pays first, by patient: one statement."""
    found: Approved = {}
    rows = Authorization.objects.filter(
        coverage__patient__in=list(patient_ids), coverage__rank=1, status=Authorization.Status.APPROVED
    )
    for row in rows.select_related("coverage"):
        found.setdefault(row.coverage.patient_id, []).append(row)
    return found


def uncovered(
    days: Iterable[date], approved: Collection[Authorization], care_days: Collection[date]
) -> list[date]:
    """Which of these days no approval reaches, beside the `care_days` that are used or booked already.

    Pure. Someone for whom nothing was ever approved needs no approval: none is uncovered.
    """
    taken, left_out = set(care_days), []
    for day in sorted(set(days) - taken):
        if approved and not any(_reaches(one, day, taken) for one in approved):
            left_out.append(day)
        taken.add(day)
    return left_out


def _reaches(one: Authorization, day: date, taken: set[date]) -> bool:
    used = sum(one.from_on <= other <= one.to_on for other in taken)
    return one.from_on <= day <= one.to_on and used < one.units_approved
