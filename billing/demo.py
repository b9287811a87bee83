"""The demo's payer rules and closed days. Every number is an example: confirm it with the payer.

Days are decided by the same code as on the page, one after the other, each at nine the next morning.
"""

from datetime import date, time, timedelta

from billing.authorized import in_force, reaches
from billing.closing import CLOSED_AS, days_at, service_day
from billing.models import PayerRule, ServiceDay
from iop_clinic.accounts.demo import House, Moment
from iop_clinic.accounts.models import Site
from iop_clinic.audit.models import AuditEvent
from patients.demo_cast import BLUESTONE, COBALT, MERIDIAN, NORTHWIND
from patients.demo_chart import Chart
from patients.demo_payers import levels, payers
from patients.models import Authorization
from scheduling.demo import WEEKS_BEHIND
from scheduling.models import Booking

# Cents a day: substance use H0015, adult and adolescent mental health S9480.
RATES = {
    BLUESTONE: (30500, 29800, 26400),
    COBALT: (32500, 31000, 27000),
    MERIDIAN: (31200, 30200, 25800),
    NORTHWIND: (33800, 32400, 28100),
}
VERSIONS = {MERIDIAN: 4, BLUESTONE: 2}
PROGRAMS = (
    ("IOP-SUD", "SUD IOP", "H0015", "0906", 180),
    ("IOP", "IOP", "S9480", "0905", 180),
    ("IOP-ADOL", "adolescent IOP", "S9480", "0905", 120),
)
LEFT = {"left4": 4, "left2": 2}


def fill_billing(charts: list[Chart], house: House, moment: Moment) -> None:
    _add_rules(moment)
    for site in (house.marlow, house.orchard):
        _close_days(site, house, moment)
    _leave_days(charts, moment)


def _add_rules(moment: Moment) -> None:
    paying, level_of = payers(), levels()
    in_force_from = date(moment.day(-7 * 26).year, 1, 1)
    PayerRule.objects.bulk_create(
        PayerRule(
            payer=paying[payer],
            level=level_of[level],
            name=f"{payer} {program}, example, confirm with the payer",
            version=VERSIONS.get(payer, 1),
            service_code=code,
            revenue_code=revenue_code,
            minimum_minutes=minutes,
            rate_cents=rates[number],
            from_on=in_force_from,
        )
        for payer, rates in RATES.items()
        for number, (level, program, code, revenue_code, minutes) in enumerate(PROGRAMS)
    )


def _close_days(site: Site, house: House, moment: Moment) -> None:
    """All but the last clinic day, which waits for the biller; holds stay open as they do in life."""
    first = moment.monday - timedelta(weeks=WEEKS_BEHIND)
    bookings = Booking.objects.active().filter(episode__site=site, session__occurs_on__lt=moment.today)
    met_on = sorted(set(bookings.order_by().values_list("session__occurs_on", flat=True).distinct()))
    for day in met_on[:-1]:
        if day >= first:
            _close(site, day, house, moment)


def _close(site: Site, day: date, house: House, moment: Moment) -> None:
    closed_at = moment.no_later(moment.at(day + timedelta(days=1), time(9)))
    rows = []
    for found in days_at(site=site, day=day, now=closed_at):
        if found.decision.verdict in CLOSED_AS:
            row = service_day(found, site, day, house.staff["tamar"])
            row.closed_at = closed_at
            rows.append(row)
    ServiceDay.objects.bulk_create(rows)
    biller = house.staff["tamar"]
    AuditEvent.objects.create(
        at=closed_at,
        actor=biller,
        actor_role=biller.role,
        verb="billing.day_closed",
        object_type=site._meta.label_lower,
        object_id=site.pk,
        site_id=site.pk,
        detail={"on": str(day), "billable": sum(row.units for row in rows)},
    )


def _leave_days(charts: list[Chart], moment: Moment) -> None:
    """Those whose story it is have exactly so many authorized days left."""
    for chart in charts:
        for story, left in LEFT.items():
            if chart.person.has(story):
                reach = in_force(reaches([chart.patient], moment.today)[chart.patient.pk])
                assert reach is not None
                units = reach.used + len(reach.waiting_days) + left
                Authorization.objects.filter(pk=reach.authorization.pk).update(
                    units_approved=units, units_requested=units
                )
