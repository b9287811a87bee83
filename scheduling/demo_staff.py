"""The demo's clinicians: when they work, and who leads a group beside its lead."""

from collections.abc import Iterable
from datetime import time

from iop_clinic.accounts.demo import House
from scheduling.clashes import span_of
from scheduling.models import CoFacilitator, Facilitation, Group, TherapySession, WorkingHours

MON_TO_FRI = (0, 1, 2, 3, 4)
# clinician, site, weekdays, from, to; wen takes a lunch break, marcus sees one family on Sundays.
HOURS = (
    ("ruth", "marlow", MON_TO_FRI, time(8, 30), time(17)),
    ("joon", "marlow", MON_TO_FRI, time(8, 30), time(17)),
    ("joon", "marlow", (5,), time(9), time(13)),
    ("marcus", "marlow", MON_TO_FRI, time(9, 30), time(18)),
    ("marcus", "marlow", (6,), time(15, 30), time(17, 30)),
    ("ines", "marlow", (0, 1, 2, 3), time(13), time(21)),
    ("sunniva", "marlow", (0, 1, 2, 3), time(12), time(21)),
    ("wen", "marlow", MON_TO_FRI, time(9), time(12, 30)),
    ("wen", "marlow", MON_TO_FRI, time(13, 30), time(17, 30)),
    ("tomas", "marlow", (0, 1, 2, 3), time(12), time(20)),
    ("helena", "marlow", (0, 2, 3, 4), time(8, 30), time(17, 30)),
    ("helena", "orchard", (1,), time(8, 30), time(16, 30)),
    ("osei", "marlow", (0,), time(13), time(17)),
    ("osei", "marlow", (2,), time(9), time(17)),
    ("osei", "orchard", (3,), time(9), time(13)),
    ("odile", "orchard", MON_TO_FRI, time(8, 30), time(16)),
)
# weekday, group, who helps to lead it
TOGETHER = ((3, "Multi-family night", "sunniva"),)


def add_hours(house: House) -> None:
    sites = {"marlow": house.marlow, "orchard": house.orchard}
    WorkingHours.objects.bulk_create(
        WorkingHours(staff=house.staff[key], site=sites[site], weekday=weekday, starts=starts, ends=ends)
        for key, site, weekdays, starts, ends in HOURS
        for weekday in weekdays
    )


def lead_together(groups: Iterable[Group], sessions: Iterable[TherapySession], house: House) -> None:
    """Co-facilitators of the pattern and of every session made from it."""
    helpers = {(weekday, name): house.staff[key] for weekday, name, key in TOGETHER}
    helped = {g.pk: helpers[g.weekday, g.name] for g in groups if (g.weekday, g.name) in helpers}
    CoFacilitator.objects.bulk_create(CoFacilitator(group_id=pk, staff=staff) for pk, staff in helped.items())
    Facilitation.objects.bulk_create(
        Facilitation(session=one, during=span_of(one), status=one.status, staff=helped[one.group_id])
        for one in sessions
        if one.group_id in helped
    )
