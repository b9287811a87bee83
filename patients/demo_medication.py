"""The demo's medication lists, allergies and screens: what a list looks like after a visit or two.

Every drug is an ordinary one and nobody is anybody: who takes what is drawn by chance.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.accounts.models import User
from patients.demo_chart import Chart
from patients.models import (
    Allergy,
    MedicationReport,
    MedicationStatement,
    ReconciledLine,
    Reconciliation,
    ToxLine,
    ToxScreen,
)

# drug, dose, dose after the first visit, schedule, as needed, what for.
MOOD = (
    ("Sertraline", "50 mg", "100 mg", "every morning", False, "depression"),
    ("Escitalopram", "10 mg", "10 mg", "every morning", False, "depression and worry"),
    ("Bupropion XL", "150 mg", "300 mg", "every morning", False, "depression"),
    ("Venlafaxine XR", "75 mg", "75 mg", "every morning", False, "worry"),
)
SLEEP = (
    ("Trazodone", "50 mg", "50 mg", "at bedtime", True, "sleep"),
    ("Hydroxyzine", "25 mg", "25 mg", "up to twice a day", True, "worry"),
)
BODY = (
    ("Levothyroxine", "25 mcg", "25 mcg", "every morning", False, "thyroid"),
    ("Lisinopril", "10 mg", "10 mg", "every morning", False, "blood pressure"),
    ("Metformin", "500 mg", "500 mg", "with meals, twice a day", False, "blood sugar"),
)
OVER_THE_COUNTER = ("Melatonin", "3 mg", "3 mg", "at bedtime", False, "sleep")
CRAVING = (
    ("Naltrexone", "50 mg", "50 mg", "every morning", False, "alcohol"),
    ("Buprenorphine-naloxone", "8 mg", "8 mg", "once a day", False, "opioids"),
)
ELSEWHERE = ("Dr. Hale", "Dr. Marsden", "Dr. Quill")
ALLERGIES = (("Penicillin", "hives", "moderate"), ("Sulfa", "rash", "mild"), ("Latex", "swelling", "severe"))
PANEL = ("Alcohol", "Benzodiazepines", "Buprenorphine", "Cocaine", "Opiates")


@dataclass
class Rows:
    """What is written at once, each kind in one statement."""

    first: list[MedicationStatement] = field(default_factory=list)
    then: list[MedicationStatement] = field(default_factory=list)
    reviews: list[Reconciliation] = field(default_factory=list)
    lines: list[ReconciledLine] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    screens: list[ToxScreen] = field(default_factory=list)
    results: list[ToxLine] = field(default_factory=list)


def add_medication(charts: list[Chart], house: House, moment: Moment) -> None:
    """Lists of everyone in the program; Amara has told that something is different."""
    rows, prescriber = Rows(), house.staff["osei"]
    for chart in charts:
        if chart.episode.ended_on is None and chart.episode.admitted_on <= moment.today:
            _list(rows, chart, prescriber, moment)
            _allergies(rows, chart, moment)
            if chart.person.track == "eve":
                _screens(rows, chart, prescriber, moment)
    MedicationStatement.objects.bulk_create(rows.first)
    MedicationStatement.objects.bulk_create(rows.then)
    Reconciliation.objects.bulk_create(rows.reviews)
    ReconciledLine.objects.bulk_create(rows.lines)
    Allergy.objects.bulk_create(rows.allergies)
    ToxScreen.objects.bulk_create(rows.screens)
    ToxLine.objects.bulk_create(rows.results)
    _report(next(chart for chart in charts if chart.person.has("amara")), moment)


def _list(rows: Rows, chart: Chart, prescriber: User, moment: Moment) -> None:
    """What the person came with; at the first visit one dose may change. A few were not seen yet."""
    draw, admitted_on = chance("medication", chart.person.name), chart.episode.admitted_on
    is_amara = chart.person.has("amara")
    drugs = [MOOD[0], SLEEP[0], BODY[0], OVER_THE_COUNTER] if is_amara else _drawn(chart)
    began = [_statement(chart, drug, admitted_on, moment) for drug in drugs]
    rows.first += began
    visit_on = _workday(admitted_on + timedelta(days=4 if is_amara else draw.randint(3, 8)))
    if visit_on > moment.today or (not is_amara and draw.random() < 0.15):
        return
    now = moment.no_later(moment.at(visit_on, time(14, 30)))
    held = [
        _after_visit(rows, row, drug, prescriber, visit_on, now)
        for row, drug in zip(began, drugs, strict=True)
    ]
    _review(rows, chart, held, prescriber, visit_on, now)
    again_on = _workday(visit_on + timedelta(days=7 if is_amara else 28))
    if again_on <= moment.today and (is_amara or draw.random() < 0.7):
        again_at = moment.no_later(moment.at(again_on, time(14, 30)))
        _review(rows, chart, held, prescriber, again_on, again_at)
    if is_amara:
        _stop(began[-1], chart.clinician, moment)


def _workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def _stop(row: MedicationStatement, by: User, moment: Moment) -> None:
    at = moment.at(moment.day(-3), time(11, 15))
    row.to_on, row.ended_at, row.ended_by, row.ended_because = moment.day(-3), at, by, "It did not help."


Drug = tuple[str, str, str, str, bool, str]


def _drawn(chart: Chart) -> list[Drug]:
    draw = chance("drugs", chart.person.name)
    drugs = [draw.choice(CRAVING if chart.person.track == "eve" else MOOD)]
    drugs += [draw.choice(SLEEP)] if draw.random() < 0.5 else []
    return drugs + ([draw.choice(BODY)] if draw.random() < 0.3 else [])


def _statement(chart: Chart, drug: Drug, admitted_on: date, moment: Moment) -> MedicationStatement:
    name, dose, _, schedule, as_needed, reason = drug
    draw = chance("since", chart.person.name, name)
    return MedicationStatement(
        patient=chart.patient,
        drug=name,
        dose=dose,
        schedule=schedule,
        as_needed=as_needed,
        reason=reason,
        source=MedicationStatement.Source.PATIENT,
        prescriber=draw.choice(ELSEWHERE),
        from_on=admitted_on - timedelta(days=draw.randint(20, 400)),
        recorded_by=chart.clinician,
        recorded_at=moment.no_later(moment.at(admitted_on, time(8, 45))),
    )


def _after_visit(
    rows: Rows, row: MedicationStatement, drug: Drug, prescriber: User, on: date, now: datetime
) -> tuple[MedicationStatement, str]:
    """The row that holds after the visit, and its standing."""
    if drug[1] == drug[2]:
        return row, ReconciledLine.Standing.ADDED
    because = "Helps a little; room to go up."
    row.to_on, row.ended_at, row.ended_by, row.ended_because = (
        on - timedelta(days=1),
        now,
        prescriber,
        because,
    )
    said = {name: getattr(row, name) for name in ("patient", "drug", "schedule", "as_needed", "reason")}
    then = MedicationStatement(
        dose=drug[2],
        source=MedicationStatement.Source.OURS,
        prescribed_here=True,
        prescriber=prescriber.full_name,
        from_on=on,
        follows=row,
        because=because,
        recorded_by=prescriber,
        recorded_at=now,
        **said,
    )
    rows.then.append(then)
    return then, ReconciledLine.Standing.CHANGED


def _review(
    rows: Rows,
    chart: Chart,
    held: list[tuple[MedicationStatement, str]],
    prescriber: User,
    on: date,
    now: datetime,
) -> None:
    first = not any(review.patient_id == chart.patient.pk for review in rows.reviews)
    review = Reconciliation(
        patient=chart.patient,
        on=on,
        with_whom=Reconciliation.With.PATIENT,
        at_visit=True,
        line_count=len(held),
        signed_by=prescriber,
        credential="MD",
        signed_at=now,
    )
    rows.reviews.append(review)
    for row, standing in held:
        draw = chance("taken", chart.person.name, row.drug, on)
        rows.lines.append(
            ReconciledLine(
                reconciliation=review,
                statement=row,
                standing=standing if first else ReconciledLine.Standing.CONTINUED,
                adherence=draw.choice(["as_prescribed"] * 3 + ["sometimes_missed"]),
                side_effects=draw.choice(["", "", "", "Dry mouth", "Tired in the morning"]),
            )
        )


def _allergies(rows: Rows, chart: Chart, moment: Moment) -> None:
    """One in three has one, one in ten was not asked."""
    draw = chance("allergy", chart.person.name).random()
    if draw > 0.9 and not chart.person.has("amara"):
        return
    known = ALLERGIES[0] if chart.person.has("amara") else None
    if known is None and draw < 0.3:
        known = chance("substance", chart.person.name).choice(ALLERGIES)
    said = dict(zip(("substance", "reaction", "severity"), known, strict=True)) if known else {}
    rows.allergies.append(
        Allergy(
            patient=chart.patient,
            none_known=not known,
            recorded_by=chart.clinician,
            recorded_at=moment.no_later(moment.at(chart.episode.admitted_on, time(8, 50))),
            **said,
        )
    )


def _screens(rows: Rows, chart: Chart, prescriber: User, moment: Moment) -> None:
    """Once a week on the last three; what is prescribed is expected, and once in a while something is not."""
    taken = {row.drug for row in rows.first if row.patient is chart.patient}
    for weeks in (1, 2, 3):
        on = moment.monday - timedelta(weeks=weeks)
        if on < chart.episode.admitted_on:
            continue
        at = moment.at(on, time(17, 10))
        screen = ToxScreen(
            patient=chart.patient,
            collected_at=at,
            kind=ToxScreen.Kind.URINE,
            observed=True,
            ordered_by=prescriber,
            resulted_at=at,
            recorded_by=chart.clinician,
            recorded_at=at,
        )
        rows.screens.append(screen)
        slip = chance("screen", chart.person.name, weeks).random() < 0.12
        for substance in PANEL:
            expected = substance == "Buprenorphine" and "Buprenorphine-naloxone" in taken
            positive = expected or (slip and substance == "Cocaine")
            result = ToxLine.Result.POSITIVE if positive else ToxLine.Result.NEGATIVE
            rows.results.append(ToxLine(screen=screen, substance=substance, expected=expected, result=result))


def _report(chart: Chart, moment: Moment) -> None:
    assert chart.patient.user is not None
    MedicationReport.objects.create(
        patient=chart.patient,
        text="I left out the trazodone this week. It made me groggy.",
        reported_by=chart.patient.user,
        reported_at=moment.no_later(moment.at(moment.day(-1), time(20, 15))),
    )
