"""Who has a place in a weekly group, and whether they can have a seat on its dates: what enrolling asked.

Hours in which someone cannot come, consent and license by video (domain reference 7.3), other
appointments; an enrollment that went ahead against a rule does so on later dates, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.db.models import QuerySet

from scheduling.clashes import full_words
from scheduling.models import Enrollment, Group, TherapySession
from scheduling.place_rules import clashes_of_places
from scheduling.wanted import Clash, Rule

Seat = tuple[TherapySession, Enrollment]


def places_in(group: Group) -> list[Enrollment]:
    """Everyone who ever had a place, first come first."""
    rows = group.enrollments.select_related("episode__patient", "override")
    return list(rows.order_by("created_at", "pk"))


def is_expected(place: Enrollment, on: date) -> bool:
    """Whether the place, and the person's time in care, is for that day."""
    in_group = place.from_on <= on and (place.to_on is None or on <= place.to_on)
    return in_group and (place.episode.ended_on is None or on <= place.episode.ended_on)


def seats_for(places: Iterable[Enrollment], sessions: Iterable[TherapySession]) -> list[Seat]:
    """The seats the calendar takes in new sessions: for whom nothing is in the way, while there are seats."""
    known = list(places)
    asked = [(one, place) for one in sessions for place in known if is_expected(place, one.occurs_on)]
    taken: dict[int, list[Seat]] = {}
    for seat, why in zip(asked, hindrances(asked), strict=True):
        mine = taken.setdefault(seat[0].pk, [])
        if not why and len(mine) < seat[0].capacity:
            mine.append(seat)
    return [seat for mine in taken.values() for seat in mine]


def hindrances(seats: Sequence[Seat]) -> list[str]:
    """For each seat the sentences that speak against it, or "". A constant number of queries."""
    rows = clashes_of_places([(place.episode.patient, [session]) for session, place in seats])
    return [" ".join(_against(place, clashes)) for (_, place), clashes in zip(seats, rows, strict=True)]


def _against(place: Enrollment, clashes: Iterable[Clash]) -> Iterator[str]:
    """What an enrollment that went ahead against a rule named is not asked again."""
    allowed = place.override.rules if place.override else ()
    return (clash.sentence for clash in clashes if clash.rule != Rule.FULL and clash.rule not in allowed)


def places_without_seat(session: TherapySession) -> QuerySet[Enrollment]:
    """Who has a place in its group on that day but was never given a seat in it."""
    if session.group_id is None:
        return Enrollment.objects.none()
    rows = Enrollment.objects.active_on(session.occurs_on).filter(group=session.group_id)
    rows = rows.exclude(episode__ended_on__lt=session.occurs_on)
    return rows.exclude(episode__patient__in=session.bookings.values("patient"))


def without_seat(session: TherapySession) -> list[tuple[Enrollment, str]]:
    """The same by name, with why each has none."""
    rows = places_without_seat(session).select_related("episode__patient", "override")
    named = rows.order_by("episode__patient__family_name", "episode__patient__given_name", "pk")
    seats = [(session, place) for place in named]
    otherwise = full_words(session) if session.is_full else "No seat was taken for this day."
    return [(place, why or otherwise) for (_, place), why in zip(seats, hindrances(seats), strict=True)]
