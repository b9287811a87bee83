"""The first day someone was in a session of their stay: the end of the way in (domain reference 9.1)."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Min

from iop_clinic.accounts.models import Site
from patients.access import Access, access_of, ways_in, with_first_sessions
from sessions.models import Attendance


def first_sessions(episode_ids: Iterable[int]) -> dict[int, date]:
    """By episode, the local day of the first attended session; one query."""
    rows = Attendance.objects.attended().filter(booking__episode__in=list(episode_ids)).order_by()
    firsts = rows.values("booking__episode").annotate(on=Min("booking__session__occurs_on"))
    return dict(firsts.values_list("booking__episode", "on"))


def access_at(site: Site, day: date) -> Access:
    """The way in of the last 90 days, up to the first attended session; two queries."""
    ways = ways_in(site, day)
    return access_of(with_first_sessions(ways, first_sessions(w.episode_id for w in ways if w.episode_id)))
