"""The demo's clash: one evening of next week whose room is taken when it has not quite ended (design 02)."""

from datetime import time, timedelta

from iop_clinic.accounts.demo import House, Moment
from scheduling.models import Group, Room, Track
from scheduling.models.group import Kind

NAME, ROOM = "Parents’ evening", "Birch"


def plan_a_clash(house: House, moment: Moment) -> None:
    """Monday 4:40 to 5:40 pm where Evening process is from 5:30 on; the calendar leaves it out."""
    day = moment.monday + timedelta(weeks=1)
    Group.objects.create(
        track=Track.objects.get(site=house.marlow, tone=Track.Tone.ADOLESCENT),
        name=NAME,
        kind=Kind.FAMILY,
        weekday=day.weekday(),
        starts=time(16, 40),
        minutes=60,
        room=Room.objects.get(site=house.marlow, name=ROOM),
        lead=house.staff["sunniva"],
        capacity=12,
        from_on=day,
        to_on=day,
    )
