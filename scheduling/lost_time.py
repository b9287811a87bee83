"""Time that was cancelled and is not made up yet: what it came to, and whether it was lost at all."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q

from scheduling.models import Booking, Enrollment, TherapySession


def countable_minutes(session: TherapySession) -> int:
    """Minutes that count toward the week's hours: breaks out."""
    return (session.scheduled_minutes - session.break_minutes) if session.counts_toward_hours else 0


def lost_of(booking: Booking) -> Booking:
    """The appointment that was lost in the first place, for a make-up that was cancelled itself."""
    return booking.makes_up or booking


def to_make_up(bookings: Iterable[Booking]) -> list[Booking]:
    """Which of these were cancelled, counted toward the hours and are not made up yet, with their rows.

    A booking freed because its patient left the group is not lost time.
    """
    related = ("patient", "episode", "session__site", "makes_up__session__site", "makes_up__episode")
    cancelled = ~Q(status=Booking.Status.BOOKED)
    asked = Booking.objects.filter(cancelled, pk__in=[booking.pk for booking in bookings])
    rows = list(asked.select_related(*related).order_by("patient__family_name", "patient__given_name", "pk"))
    made = Booking.objects.active().filter(makes_up__in=[lost_of(row).pk for row in rows])
    made_up = set(made.values_list("makes_up", flat=True))
    places = list(
        Enrollment.objects.filter(episode__in=[row.episode_id for row in rows]).values_list(
            "episode", "group", "from_on", "to_on"
        )
    )
    lost = [row for row in rows if lost_of(row).pk not in made_up and row.episode.ended_on is None]
    return [row for row in lost if countable_minutes(lost_of(row).session) and _was_expected(row, places)]


def _was_expected(row: Booking, places: Sequence[tuple[int, int, date, date | None]]) -> bool:
    booking = lost_of(row)
    session, by_patient = booking.session, booking.status == Booking.Status.CANCELLED_BY_PATIENT
    if by_patient or session.group_id is None or session.status != TherapySession.Status.SCHEDULED:
        return True
    day = session.occurs_on
    return any(
        (episode, group) == (booking.episode_id, session.group_id)
        and from_on <= day
        and (to_on is None or day <= to_on)
        for episode, group, from_on, to_on in places
    )
