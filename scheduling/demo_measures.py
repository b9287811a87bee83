"""The demo's bell of measures: what the rules ask of everyone this week, and who was told about misses."""

from datetime import time

from iop_clinic.accounts.demo import House, Moment
from patients.demo_chart import demo_uuid
from patients.models import FollowUp, Response
from scheduling.measures_due import ask_measures_at


def ask_measures(house: House, moment: Moment) -> None:
    """As the clinic's own bell at the moment of loading, with identifiers that are the same each time."""
    for site in (house.marlow, house.orchard):
        ask_measures_at(site=site, now=moment.now)
    waiting = list(Response.objects.filter(finished_at=None).select_related("patient"))
    for row in waiting:
        row.public_id = demo_uuid("waits", row.patient.record_number, row.instrument_code, row.due_on)
        row.created_at = moment.no_later(moment.at(row.due_on, time(0, 5)))
    Response.objects.bulk_update(waiting, ["public_id", "created_at"])
    opened = moment.no_later(moment.at(moment.monday, time(0, 5)))
    FollowUp.objects.filter(kind=FollowUp.Kind.MEASURES).update(opened_at=opened)
