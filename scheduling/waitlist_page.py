"""A group's waitlist as staff read it: who is next, how long they wait, and how their offer stands."""

from dataclasses import dataclass
from datetime import date, datetime

from iop_clinic.clock import local_day
from scheduling.group_seats import FreeSeats, unpromised_seats
from scheduling.models import Group, SeatOffer, WaitlistEntry
from scheduling.passed_over import why_not
from scheduling.waitlist import in_line
from scheduling.words import when_words


@dataclass(frozen=True)
class Waiting:
    """One person in line at one moment. `why_not` is what keeps them from the seat of that moment."""

    entry: WaitlistEntry
    today: date
    tz_name: str
    offer: SeatOffer | None
    is_late: bool
    why_not: str = ""

    @property
    def days(self) -> int:
        return max((self.today - local_day(self.entry.added_at, self.tz_name)).days, 0)

    @property
    def is_offered(self) -> bool:
        """A seat is held for them now."""
        return self.offer is not None and self.offer.answered_at is None and not self.is_late

    @property
    def state_words(self) -> str:
        """ "Offered until Thu 10/22 at 5:00 PM", "Did not answer by …", "Offer taken back", or empty."""
        if self.offer is None:
            return ""
        until = when_words(self.offer.expires_at, self.tz_name)
        if self.is_offered:
            return f"Offered until {until}"
        if self.offer.answer == SeatOffer.Answer.WITHDRAWN:
            return "Offer taken back"
        return f"Did not answer by {until}"


@dataclass(frozen=True)
class WaitlistPage:
    group: Group
    rows: list[Waiting]
    free: FreeSeats | None

    @property
    def standing_words(self) -> str:
        """What is true of the seats, when none can be offered."""
        if any(row.is_offered for row in self.rows):
            return "Every free seat is promised"
        return "No seat is free in the coming two weeks"


def waitlist_page(group: Group, now: datetime) -> WaitlistPage:
    """Everyone in line with their latest offer, and the seats to offer. A constant number of queries.

    Who cannot take a seat is said of the one that is free, or else of those that are offered now.
    """
    entries = list(in_line(group))
    offers = (
        SeatOffer.objects.filter(entry__in=entries).order_by("entry_id", "-offered_at").distinct("entry_id")
    )
    latest = {offer.entry_id: offer for offer in offers}
    late = set(SeatOffer.objects.overdue().filter(group=group).values_list("pk", flat=True))
    tz_name = group.track.site.time_zone
    today = local_day(now, tz_name)
    free = unpromised_seats(group, now)
    held = {pk: offer for pk, offer in latest.items() if offer.answered_at is None and offer.pk not in late}
    from_on = free.from_on if free else min((offer.from_on for offer in held.values()), default=None)
    others = [entry for entry in entries if entry.pk not in held]
    blocked = why_not(others, group, from_on, now) if from_on else {}
    rows = [
        Waiting(
            entry,
            today,
            tz_name,
            offer,
            is_late=offer is not None and offer.pk in late,
            why_not=blocked.get(entry.pk, ""),
        )
        for entry in entries
        for offer in [latest.get(entry.pk)]
    ]
    return WaitlistPage(group, rows, free)
