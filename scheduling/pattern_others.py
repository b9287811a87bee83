"""Everyone else's weekly pattern: who could move for someone, what of theirs could, and what stays.

A place could be left when it has begun, has no last day and a seat in every session to come; a series could
move when all of it to come is as its first hour is and ends within the weeks that are planned. Whatever else
is booked stays as it is. A constant number of queries.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Q, QuerySet

from patients.models import Episode
from scheduling.models import Booking, Enrollment, Group, Series, TherapySession
from scheduling.models.group import Kind
from scheduling.pattern_time import Stretch, visit_of
from scheduling.planner.problem import Appointment, Due, PatientWeek

STARTS_EVERY = 15
MOVABLE = (Kind.INDIVIDUAL, Kind.FAMILY)


@dataclass(frozen=True)
class Other:
    """Someone who could move: places they could leave by group, visits that could move by kind."""

    episode: Episode
    places: dict[int, Enrollment]
    visits: dict[str, tuple[Series, Appointment]]
    held: frozenset[int]  # every group they have a place in

    @property
    def due(self) -> tuple[Due, ...]:
        """Only what comes every week counts toward the week."""
        return tuple(
            Due(kind, visit.ends - visit.starts, counts=kind == Kind.INDIVIDUAL)
            for kind, (_, visit) in self.visits.items()
        )

    @property
    def week(self) -> PatientWeek:
        visits = sorted((one for _, one in self.visits.values()), key=lambda one: (one.day, one.starts))
        return PatientWeek(self.held, tuple(visits))


class Others:
    """Of one site, but for `episode`. `staff` are those who may hold visits, `groups` those that meet."""

    def __init__(
        self,
        episode: Episode,
        stretch: Stretch,
        *,
        groups: dict[int, Group],
        staff: Collection[int],
        rooms: Collection[int],
        now: datetime,
    ) -> None:
        self.stretch, self.groups, self.staff, self.rooms = stretch, groups, set(staff), set(rooms)
        self.since = max(now, stretch.span[0])
        self.lasting = _lasting(stretch, groups).exclude(episode=episode)
        here = Episode.objects.filter(
            site=stretch.site,
            patient__site=stretch.site,
            ended_on__isnull=True,
            admitted_on__lte=stretch.from_on,
        )
        self.episodes = {one.pk: one for one in here.exclude(pk=episode.pk).select_related("patient")}
        self.people = self._people()

    @cached_property
    def weeks(self) -> dict[int, PatientWeek]:
        """By patient, of everyone who has a place, also those who stay as they are."""
        found: dict[int, set[int]] = defaultdict(set)
        for one in self._places:
            found[one.episode.patient_id].add(one.group_id)
        staying = {pk: PatientWeek(frozenset(there)) for pk, there in found.items()}
        return staying | {pk: one.week for pk, one in self.people.items()}

    @property
    def series(self) -> list[int]:
        """Those that could move; their hours are not taken but theirs."""
        return [series.pk for one in self.people.values() for series, _ in one.visits.values()]

    @cached_property
    def _places(self) -> list[Enrollment]:
        return list(self.lasting.select_related("episode").order_by("pk"))

    def _people(self) -> dict[int, Other]:
        held: dict[int, list[Enrollment]] = defaultdict(list)
        for one in self._places:
            held[one.episode_id].append(one)
        free, visits = self._places_to_leave(), self._visits()
        found = {}
        for pk, stay in self.episodes.items():
            places = {one.group_id: one for one in held[pk] if one.pk in free}
            if places or pk in visits:
                groups = frozenset(one.group_id for one in held[pk])
                found[stay.patient_id] = Other(stay, places, visits.get(pk, {}), groups)
        return found

    def _places_to_leave(self) -> set[int]:
        coming = TherapySession.objects.scheduled().filter(
            group__in=self.groups, starts_at__gt=self.since, occurs_on__lte=self.stretch.last_on
        )
        meets = Counter(coming.order_by().values_list("group", flat=True))
        seats = Booking.objects.active().filter(session__in=coming).order_by()
        counted = seats.values("episode", "session__group").annotate(count=Count("pk"))
        booked = {(row["episode"], row["session__group"]): row["count"] for row in counted}
        return {
            one.pk
            for one in self._places
            if one.from_on < self.stretch.from_on
            and one.to_on is None
            and one.override_id is None
            and 0 < meets[one.group_id] == booked.get((one.episode_id, one.group_id))
            and getattr(self.groups[one.group_id], "seats_left", 0) >= 0  # else the seat is promised already
        }

    def _visits(self) -> dict[int, dict[str, tuple[Series, Appointment]]]:
        """By episode and kind: one series of each kind."""
        rows = TherapySession.objects.scheduled().filter(
            series__episode__in=list(self.episodes),
            series__kind__in=MOVABLE,
            series__patient_present=True,
            starts_at__gt=self.since,
        )
        coming: dict[Series, list[TherapySession]] = defaultdict(list)
        for one in rows.select_related("series").order_by("series", "starts_at"):
            if one.series is not None:
                coming[one.series].append(one)
        found: dict[int, dict[str, tuple[Series, Appointment]]] = defaultdict(dict)
        for series, sessions in coming.items():
            visit = self._visit(sessions)
            if visit is not None:
                found[series.episode_id].setdefault(series.kind, (series, visit))
        return dict(found)

    def _visit(self, sessions: list[TherapySession]) -> Appointment | None:
        """The hour all of these have in common, on the planner's grid; None where there is none."""
        shapes = {visit_of(self.stretch, one) for one in sessions}
        if len(shapes) > 1 or any(one.own or one.override_id for one in sessions):
            return None
        (visit,) = shapes
        here = visit.clinician in self.staff and (visit.office is None or visit.office in self.rooms)
        lasts = sessions[-1].occurs_on <= self.stretch.last_on
        return visit if here and lasts and visit.starts % STARTS_EVERY == 0 else None


def _lasting(stretch: Stretch, groups: Iterable[int]) -> QuerySet[Enrollment]:
    lasts = Q(to_on__isnull=True) | Q(to_on__gte=stretch.from_on)
    return Enrollment.objects.filter(lasts, group__in=list(groups), from_on__lte=stretch.last_on)
