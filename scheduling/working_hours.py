"""A clinician's weekly hours at a site, wall clock, kept as a whole. None at all means all day.

Hours say when someone can be booked from now on; sessions that stand outside them stay where they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import zone
from iop_clinic.refusal import Refused
from scheduling.models import Facilitation, TherapySession, WorkingHours
from scheduling.models.group import Weekday
from scheduling.turns import taking_turns

MOST_SPANS = 2


@dataclass(frozen=True, order=True)
class Span:
    """From and to on one weekday (0 is Monday), wall clock of the site."""

    weekday: int
    starts: time
    ends: time


def hours_of(staff: User, site: Site) -> list[Span]:
    rows = WorkingHours.objects.filter(staff=staff, site=site)
    return sorted(Span(row.weekday, row.starts, row.ends) for row in rows)


@dataclass(frozen=True)
class StaffWeek:
    """One clinician's seven days; none of them has hours when they are taken to be there all day."""

    staff: User
    days: tuple[tuple[Span, ...], ...]

    @property
    def is_open(self) -> bool:
        return not any(self.days)


def weeks_of(people: Sequence[User], site: Site) -> list[StaffWeek]:
    """In one query, however many people."""
    held: dict[int, list[Span]] = {person.pk: [] for person in people}
    for row in WorkingHours.objects.filter(staff__in=people, site=site):
        held[row.staff_id].append(Span(row.weekday, row.starts, row.ends))
    return [
        StaffWeek(
            person,
            tuple(
                tuple(one for one in sorted(held[person.pk]) if one.weekday == weekday)
                for weekday in Weekday.values
            ),
        )
        for person in people
    ]


@taking_turns
def set_working_hours(*, actor: User, staff: User, site: Site, spans: Iterable[Span]) -> list[Span]:
    """The whole week of this clinician at this site, in place of what was there. 422 for impossible hours."""
    wanted = sorted(spans)
    User.objects.select_for_update(no_key=True).only("pk").get(pk=staff.pk)
    if not staff.is_active or not staff.sites.filter(pk=site.pk).exists():
        raise Refused(f"{staff.short_name} does not work at {site.name}.")
    _require_possible(wanted)
    if wanted != hours_of(staff, site):
        WorkingHours.objects.filter(staff=staff, site=site).delete()
        WorkingHours.objects.bulk_create(
            WorkingHours(staff=staff, site=site, weekday=one.weekday, starts=one.starts, ends=one.ends)
            for one in wanted
        )
        record(actor, "scheduling.set_working_hours", staff, site_id=site.pk, spans=len(wanted))
    return wanted


def _require_possible(spans: Sequence[Span]) -> None:
    """In order: each ends after it starts, two of a day do not overlap, two a day at most."""
    for one in spans:
        if one.weekday not in Weekday.values:
            raise Refused("That is not a weekday.", status=422)
        if one.ends <= one.starts:
            _refuse(one.weekday, "ends before it starts.")
        if sum(other.weekday == one.weekday for other in spans) > MOST_SPANS:
            _refuse(one.weekday, f"has more than {MOST_SPANS} rows.")
    for before, after in pairwise(spans):
        if before.weekday == after.weekday and after.starts < before.ends:
            _refuse(after.weekday, "has two rows that overlap.")


def _refuse(weekday: int, said: str) -> None:
    sentence = f"{Weekday(weekday).label} {said}"
    raise Refused(sentence, status=422, **{f"day_{weekday}": sentence})


def sessions_outside(staff: User, site: Site, now: datetime) -> list[TherapySession]:
    """Coming sessions here that this clinician leads or helps to lead outside their hours.

    Someone with hours at another site only has none here; someone with none at all has the whole day.
    """
    spans = hours_of(staff, site)
    if not spans and not WorkingHours.objects.filter(staff=staff).exists():
        return []
    led = Facilitation.objects.filter(staff=staff).values("session")
    rows = TherapySession.objects.scheduled().filter(pk__in=led, site=site, starts_at__gt=now)
    coming = rows.select_related("site", "room").order_by("starts_at")
    return [one for one in coming if not _within(one, spans)]


def _within(session: TherapySession, spans: Iterable[Span]) -> bool:
    tz = zone(session.site.time_zone)
    starts, ends = session.starts_at.astimezone(tz), session.ends_at.astimezone(tz)
    return starts.date() == ends.date() and any(
        one.weekday == starts.weekday() and one.starts <= starts.time() and ends.time() <= one.ends
        for one in joined(spans)
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order, with rows of a day that meet made one."""
    found: list[Span] = []
    for one in sorted(spans):
        if found and found[-1].weekday == one.weekday and one.starts <= found[-1].ends:
            before = found.pop()
            one = Span(one.weekday, before.starts, max(before.ends, one.ends))
        found.append(one)
    return found
