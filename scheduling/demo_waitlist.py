"""The demo's waitlist: a group whose last seat is offered to the portal's patient, and two more in line."""

from datetime import date, timedelta

from iop_clinic.accounts.demo import House, Moment
from patients.demo_chart import Chart
from patients.models import Referral
from scheduling import offer_mail
from scheduling.group_seats import unpromised_seats
from scheduling.models import Enrollment, Group, SeatOffer, Track, WaitlistEntry
from scheduling.wishes import wish_for_tracks

GROUP, OFFERED = "Family education", "amara"
URGENT, SOON, ROUTINE = WaitlistEntry.Priority
IN_LINE = (
    (SOON, 9, "Spouse asked for it at the family session"),
    (ROUTINE, 16, "Adult son moved back in"),
)


def leave_one_seat(
    groups: list[Group], places: list[Enrollment], mondays: list[date], moment: Moment
) -> None:
    """Before its sessions are made: the group takes one person more than it has from now on."""
    group = next(group for group in groups if group.name == GROUP)
    days = [monday + timedelta(days=group.weekday) for monday in mondays]
    here = [place for place in places if place.group_id == group.pk]
    held = {day: sum(p.from_on <= day and (p.to_on is None or day <= p.to_on) for p in here) for day in days}
    coming = max(people for day, people in held.items() if day >= moment.today)
    group.capacity = max(*held.values(), coming + 1)
    group.save(update_fields=["capacity"])


def fill_waitlist(charts: list[Chart], house: House, moment: Moment) -> None:
    """The last seat is held for a day, four hours of it gone."""
    group = Group.objects.select_related("track__site").get(name=GROUP, track__site=house.marlow)
    asked = next(chart for chart in charts if chart.person.has(OFFERED))
    first = _wait(asked, group, house, moment, URGENT, 5, "Her mother moves in next month")
    others = [c for c in charts if c.person.track == "am" and not c.episode.ended_on]
    others = [c for c in others if not c.person.has("family") and c is not asked]
    for chart, (priority, days, reason) in zip(others[-2:], IN_LINE, strict=False):
        _wait(chart, group, house, moment, priority, days, reason)
    free = unpromised_seats(group, moment.now)
    if free is not None:
        offer = SeatOffer.objects.create(
            public_id=asked.uuid("offer", GROUP),
            entry=first,
            group=group,
            seat=free.numbers[0],
            from_on=free.from_on,
            offered_at=moment.now - timedelta(hours=4),
            expires_at=moment.now + timedelta(hours=20),
        )
        offer_mail.tell(offer)


def wish_for_places(house: House, moment: Moment) -> None:
    """Those on the waitlist before admission, and one in assessment, name a track."""
    tracks = {track.tone: track for track in Track.objects.filter(site=house.marlow)}
    rows = Referral.objects.open().filter(site=house.marlow, stage__in=("waitlisted", "assessment"))
    for row, tone in zip(rows.select_related("patient"), ("am", "eve"), strict=False):
        wish_for_tracks(
            actor=house.staff["bea"],
            referral=row,
            tracks=[tracks[tone]],
            earliest_on=moment.day(3),
            now=moment.now,
        )


def _wait(
    chart: Chart, group: Group, house: House, moment: Moment, priority: int, days: int, reason: str
) -> WaitlistEntry:
    added_at = moment.now - timedelta(days=days)
    return WaitlistEntry.objects.create(
        group=group,
        episode=chart.episode,
        priority=priority,
        reason=reason,
        added_by=house.staff["bea"],
        added_at=added_at,
    )
