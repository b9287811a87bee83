"""The bell of measures: weeks that ended leave misses, and what comes due is asked before the right session.

Rules and rows are the floor's below; this one knows on which day someone's first session of the week is.
"""

from datetime import date, datetime

from django.db.models import Min

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, local_day, week_of
from patients.asking import ask_by_rules
from patients.missing import mark_missed, open_for_misses
from scheduling.models import Booking


def ask_measures_at(*, site: Site, now: datetime) -> int:
    """Everything the bell does for one site, in three transactions; the number newly asked."""
    mark_missed(site=site, now=now)
    open_for_misses(site=site, now=now)
    day = local_day(now, site.time_zone)
    first = first_session_days(site, week_of(day, site.week_starts_weekday))
    return ask_by_rules(site=site, day=day, first_session_days=first)


def first_session_days(site: Site, week: Week) -> dict[int, date]:
    """The day of each patient's first booked session of the site's week; one query."""
    starts_at, ends_at = week.span(site.time_zone)
    rows = Booking.objects.active().filter(
        session__site=site,
        session__status="scheduled",
        session__starts_at__gte=starts_at,
        session__starts_at__lt=ends_at,
    )
    first = rows.order_by().values_list("patient_id").annotate(on=Min("session__occurs_on"))
    return dict(first)
