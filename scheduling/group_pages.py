"""Tracks and groups as staff read them: patterns by weekday, who is enrolled, what comes, what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Count, F, IntegerField, Prefetch, Q, QuerySet, Value
from django.db.models.fields import DateField
from django.db.models.functions import Greatest

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import local_day
from scheduling.evaluation import Rule
from scheduling.group_days import GroupDay, look_at
from scheduling.models import Enrollment, Group, TherapySession, Track
from scheduling.pattern_days import horizon, missing_days
from scheduling.sizes import enrolled_words, size_warning
from scheduling.words import minute_words


def groups_at_sites_of(user: User) -> QuerySet[Group]:
    """Groups of the sites this staff member works at."""
    return Group.objects.filter(track__site__in=user.sites.all()).select_related(
        "track__site", "room", "lead", "override__allowed_by"
    )


def tracks_of(site: Site, today: date, *, ended: bool = False) -> list[Track]:
    """The site's tracks, each with its `weekly` groups: those that still meet, or all of them.

    A group has `enrolled` (people with a place today, or on its first day) and `waiting`.
    """
    on = Greatest(F("from_on"), Value(today, DateField()))
    place = Q(enrollments__from_on__lte=on) & (
        Q(enrollments__to_on__isnull=True) | Q(enrollments__to_on__gte=on)
    )
    groups = Group.objects.select_related("room", "lead").annotate(
        enrolled=Count("enrollments", filter=place, distinct=True, output_field=IntegerField()),
        waiting=Count("waitlist", filter=Q(waitlist__ended_at__isnull=True), distinct=True),
    )
    if not ended:
        groups = groups.filter(Q(to_on__isnull=True) | Q(to_on__gte=today))
    rows = Track.objects.filter(site=site).prefetch_related(
        Prefetch("groups", groups.order_by("weekday", "starts", "pk"), to_attr="weekly")
    )
    return list(rows.order_by("-is_active", "name"))


def few_words(group: Group) -> str:
    """For a group of `tracks_of`."""
    return enrolled_words(group.enrolled, group.minimum_size)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class GroupPage:
    """One group: its pattern, its people, its coming sessions, and the days that could not be made."""

    group: Group
    helpers: list[User]
    places: list[Enrollment]
    coming: list[TherapySession]
    missing: list[GroupDay]
    waiting: int
    today: date
    now: datetime

    def _may_change(self, session: TherapySession) -> bool:
        return session.status == TherapySession.Status.SCHEDULED and not session.has_begun(self.now)

    @property
    def day(self) -> date:
        """The day the counts are for: today, or the first one of a group that is still to begin."""
        return max(self.today, self.group.from_on)

    @property
    def enrolled(self) -> int:
        return sum(p.from_on <= self.day and (p.to_on is None or p.to_on >= self.day) for p in self.places)

    @property
    def next(self) -> TherapySession | None:
        """The first session that may still be changed, and with it all that follow."""
        return next((one for one in self.coming if self._may_change(one)), None)

    @property
    def few(self) -> str:
        return "" if self.has_ended else enrolled_words(self.enrolled, self.group.minimum_size)

    @property
    def many(self) -> str:
        return size_warning(self.group.kind, self.group.capacity)

    @property
    def has_ended(self) -> bool:
        return self.group.to_on is not None and self.group.to_on < self.today

    @property
    def times(self) -> str:
        """ "9:00 am to 10:00 am" """
        minutes = self.group.starts.hour * 60 + self.group.starts.minute
        return f"{minute_words(minutes)} to {minute_words(minutes + self.group.minutes)}"


def page_of_group(group: Group, now: datetime) -> GroupPage:
    """A constant number of queries, however many people and days."""
    today = local_day(now, group.track.site.time_zone)
    first_on = max(today, group.from_on)
    places = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=today), group=group)
    coming = group.sessions.filter(ends_at__gt=now).select_related("site", "room", "lead", "override")
    helpers = list(group.co_facilitators.all())
    missing = missing_days([group], first_on, horizon(first_on), now).get(group.pk, [])
    return GroupPage(
        group=group,
        helpers=helpers,
        places=list(
            places.select_related("episode__patient").order_by(
                "episode__patient__family_name", "episode__patient__given_name", "from_on"
            )
        ),
        coming=list(coming.order_by("starts_at")),
        missing=_in_the_way(group, missing if group.track.is_active else [], helpers),
        waiting=group.waitlist.filter(ended_at__isnull=True).count(),
        today=today,
        now=now,
    )


def _in_the_way(group: Group, missing: list[date], helpers: list[User]) -> list[GroupDay]:
    """Days that cannot be made as things stand; the others are made by themselves within the hour."""
    blocking = {Rule.STAFF_BUSY, Rule.ROOM_TAKEN}
    days = [
        replace(day, found=tuple(clash for clash in day.found if clash.rule in blocking))
        for day in look_at(group, missing, helpers)
    ]
    return [day for day in days if day.found]


def overrides_in(sessions: Iterable[TherapySession]) -> list[str]:
    """Each reasoned choice among these sessions, once: "The room is shared: it has a folding wall" """
    found = {s.override_id: s.override for s in sessions if s.override is not None}
    return [f"{'; '.join(one.rule_words)}: {one.reason}" for one in found.values()]
