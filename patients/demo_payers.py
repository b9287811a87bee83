"""The demo's payers, levels of care, coverage and authorizations, with the few that end, run out or wait."""

from datetime import date, timedelta

from iop_clinic.accounts.demo import Moment, chance
from patients.demo_cast import BLUESTONE, COBALT, MERIDIAN, NORTHWIND, PAYERS, Person
from patients.demo_chart import Chart, coming_track_days, last_track_day, weekday_from
from patients.models import Authorization, Coverage, LevelOfCare, Payer

LEVELS = (
    ("PHP", "Partial hospitalization", "php", 1200, 1200),
    ("IOP", "Intensive outpatient", "iop", 540, 360),
    ("IOP-SUD", "Intensive outpatient, substance use", "iop", 540, 360),
    ("IOP-ADOL", "Intensive outpatient, adolescent", "iop", 540, 360),
    ("OP", "Outpatient", "op", 60, 60),
)
PREFIX = {BLUESTONE: "BX", COBALT: "CP", MERIDIAN: "MC", NORTHWIND: "NM"}
CODE = {"am": "S9480", "orchard": "S9480", "teen": "S9480", "eve": "H0015"}
FIRST_SPAN_DAYS, DAYS_A_WEEK = 21, 3
# Booked only so far, so that the days left and the days booked make a story (see billing/demo.py).
BOOKED_DAYS = {"left4": 5, "left2": 2}


def add_reference() -> None:
    LevelOfCare.objects.bulk_create(
        LevelOfCare(code=code, name=name, kind=kind, position=n, adult_minutes=adult, adolescent_minutes=teen)
        for n, (code, name, kind, adult, teen) in enumerate(LEVELS, start=1)
    )
    Payer.objects.bulk_create(
        Payer(name=name, payer_code=f"DEMO{number}", phone=f"800-555-01{number:02}")
        for number, name in enumerate(PAYERS, start=1)
    )


def levels() -> dict[str, LevelOfCare]:
    return {level.code: level for level in LevelOfCare.objects.all()}


def payers() -> dict[str, Payer]:
    return {payer.name: payer for payer in Payer.objects.all()}


def add_coverage(charts: list[Chart], moment: Moment) -> None:
    """A first payer for everyone, and authorizations for the whole stay."""
    paying = payers()
    for chart in charts:
        chart.coverage = Coverage(
            patient=chart.patient,
            payer=paying[chart.person.payer],
            plan_name=chance("plan", chart.person.name).choice(["PPO", "HMO", "EPO"]),
            member_number=f"{PREFIX[chart.person.payer]}{chart.patient.record_number * 97}",
            from_on=date(moment.today.year - 1, 1, 1),
        )
    Coverage.objects.bulk_create(chart.coverage for chart in charts)
    Authorization.objects.bulk_create(row for chart in charts for row in _authorizations(chart, moment))


def _authorizations(chart: Chart, moment: Moment) -> list[Authorization]:
    """Three weeks first, then up to the end that the person's story asks for."""
    admitted_on, last_on = chart.episode.admitted_on, _last_on(chart, moment)
    split_on = admitted_on + timedelta(days=FIRST_SPAN_DAYS)
    if last_on <= split_on:
        return [_approved(chart, 1, admitted_on, last_on, moment)]
    rows = [
        _approved(chart, 1, admitted_on, split_on - timedelta(days=1), moment),
        _approved(chart, 2, split_on, last_on, moment),
    ]
    if chart.person.has("authorization_ended"):
        rows.append(_asked_for(chart, last_on + timedelta(days=1)))
    return rows


def _last_on(chart: Chart, moment: Moment) -> date:
    if chart.episode.ended_on:
        return chart.episode.ended_on
    if chart.person.has("authorization_ended"):
        return last_track_day(chart.person.track, moment) - timedelta(days=1)
    return moment.day(chance("authorized", chart.person.name).randint(14, 26))


def _approved(chart: Chart, number: int, from_on: date, to_on: date, moment: Moment) -> Authorization:
    weeks = -(-((to_on - from_on).days + 1) // 7)
    units = DAYS_A_WEEK * weeks + chance("units", chart.person.name, number).randint(0, 2)
    return Authorization(
        coverage=chart.coverage,
        number=f"{PREFIX[chart.person.payer]}-{chart.patient.record_number * 7 % 90000 + 10000 + number}",
        service_code=CODE[chart.person.track],
        status=Authorization.Status.APPROVED,
        units_requested=units,
        units_approved=units,
        from_on=from_on,
        to_on=to_on,
        review_due_on=_review_due_on(chart.person, to_on, moment),
    )


def _review_due_on(person: Person, to_on: date, moment: Moment) -> date | None:
    if to_on < moment.today:
        return None
    if person.has("review"):
        return weekday_from(moment.today, 4)
    if person.has("review_next"):
        return weekday_from(moment.day(1), 1)
    return to_on - timedelta(days=3)


def _asked_for(chart: Chart, from_on: date) -> Authorization:
    return Authorization(
        coverage=chart.coverage,
        service_code=CODE[chart.person.track],
        status=Authorization.Status.REQUESTED,
        units_requested=12,
        from_on=from_on,
        to_on=from_on + timedelta(days=27),
    )


def booked_until(person: Person, moment: Moment) -> date | None:
    """The last day someone is booked when only the authorized days are; None for everyone else."""
    for story, days in BOOKED_DAYS.items():
        if person.has(story):
            return coming_track_days(person.track, moment, days)[-1]
    return None
