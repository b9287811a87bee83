"""Which seats of a weekly group are free, from which day on, and promised to nobody.

A seat is free from a day on: on that day and in every later session. An open offer holds one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from iop_clinic.clock import local_day
from scheduling.models import Enrollment, Group, SeatOffer

SOON = timedelta(days=14)


@dataclass(frozen=True)
class FreeSeats:
    """Seats free from `from_on` on that nobody is promised, by number: the group's last ones."""

    from_on: date
    numbers: tuple[int, ...]


def unpromised_seats(group: Group, now: datetime) -> FreeSeats | None:
    """The earliest seats of the coming two weeks that are neither taken nor promised; None without one.

    Under the group's lock this is the truth; a second reader without it is stopped by the constraint.
    """
    promised = set(SeatOffer.objects.open().filter(group=group).values_list("seat", flat=True))
    last = local_day(now, group.track.site.time_zone) + SOON
    for on, left in seats_from(group, now):
        if on <= last and left > len(promised):
            numbers = [n for n in range(group.capacity - left + 1, group.capacity + 1) if n not in promised]
            return FreeSeats(on, tuple(numbers[: left - len(promised)]))
    return None


def seats_from(
    group: Group, now: datetime, from_on: date | None = None, to_on: date | None = None
) -> list[tuple[date, int]]:
    """Each day one could join, with the seats left on it and on every later day, promises not counted.

    Left is the capacity without the places held then, and no more than any coming session has.
    """
    first = max(from_on or group.from_on, group.from_on, local_day(now, group.track.site.time_zone))
    sessions = group.sessions.scheduled().filter(starts_at__gt=now, occurs_on__gte=first)
    if to_on is not None:
        sessions = sessions.filter(occurs_on__lte=to_on)
    coming = [(s.occurs_on, s.seats_free) for s in sessions.order_by("starts_at")]
    places = list(places_in(group, first).values_list("from_on", "to_on"))
    if not coming and group.to_on is not None and group.to_on < first:
        return []
    days = [on for on, _ in coming] or [first]
    return [
        (on, min([group.capacity - _most_held(places, on), *(free for day, free in coming if day >= on)]))
        for on in days
    ]


def _most_held(places: list[tuple[date, date | None]], on: date) -> int:
    """The most places held at once on `on` or any later day."""
    days = {on, *(starts for starts, _ in places if starts > on)}
    return max(
        sum(starts <= day and (ends is None or day <= ends) for starts, ends in places) for day in days
    )


def places_in(group: Group, today: date) -> QuerySet[Enrollment]:
    """Places in the group that have not ended, those that begin later too."""
    return Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=today), group=group)
