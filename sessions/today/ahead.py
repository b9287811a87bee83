"""Today once nothing is left of it: what is true, and what comes next (DESIGN.md 5, Empty)."""

from dataclasses import dataclass

from iop_clinic.clock import local_day
from patients.portal_words import day_words
from scheduling.models import TherapySession
from sessions.today.day import ClinicDay
from sessions.wall import wall


@dataclass(frozen=True)
class Ahead:
    """ "All done for today", and what is left to record and the next session in words."""

    title: str
    words: str


def ahead_of(day: ClinicDay) -> Ahead | None:
    """None while a session of the day runs or is still to come; one statement once none is."""
    if any(session.ends_at > day.now for session in day.sessions):
        return None
    left = _left_to_record(day)
    done = "Today’s sessions are over" if left else "All done for today"
    return Ahead(done if day.sessions else "No sessions today", f"{left}{_next(day)}")


def _left_to_record(day: ClinicDay) -> str:
    expected = [place.pk for places in day.places.values() for place in places if place.is_active]
    blank = sum(1 for booking_id in expected if booking_id not in day.marks)
    inside = sum(1 for mark in day.marks.values() if mark.arrived_at and not mark.left_at)
    counts = ((blank, "booking", "without attendance"), (inside, "check-out", "missing"))
    return "".join(f"{n} {noun}{'' if n == 1 else 's'} {rest}. " for n, noun, rest in counts if n)


def _next(day: ClinicDay) -> str:
    coming = TherapySession.objects.scheduled().filter(site=day.site, starts_at__gt=day.now)
    first = coming.order_by("starts_at", "pk").only("starts_at", "title").first()
    if first is None:
        return "Nothing is planned ahead yet."
    named = day_words(local_day(first.starts_at, day.tz_name), day.day)
    named = named.lower() if named in ("Today", "Tomorrow") else named
    comma = "," if "," in named else ""
    return f"Next: {named}{comma} {wall(first.starts_at, day.tz_name)}, {first.title}."
