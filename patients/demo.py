"""The demo's charts: referral, episode, coverage, consents and plan of everyone, past and present.

History is written at once in the shape the verbs give it; people still on the way in go through the verbs.
"""

from datetime import date, datetime, time, timedelta

from django.db import connection

from iop_clinic.accounts.demo import House, Moment, chance, open_portal_account
from patients.demo_cast import ACTIVE, ON_THE_WAY, PAYERS, TRACK_DAYS, Person, discharged
from patients.demo_chart import Chart, last_track_day, weekday_from
from patients.demo_documents import add_documents
from patients.demo_measures import add_measures, total_of
from patients.demo_payers import add_coverage, add_reference, levels, payers
from patients.demo_plan_signatures import review_plans, sign_plans
from patients.demo_plans import add_plans
from patients.intake import move_referral, refer
from patients.models import (
    Consent,
    Diagnosis,
    Discharge,
    Episode,
    LevelOfCareStay,
    Patient,
    Referral,
    ReferralStep,
)
from patients.models.referral import Stage
from patients.scoring import load_instruments

# So that Amara, 64th of all, has chart 10482.
FIRST_RECORD_NUMBER = 10419
CLINICIANS = {
    "am": ("ruth", "joon", "wen", "tomas"),
    "eve": ("ines", "sunniva", "ines", "tomas"),
    "teen": ("marcus", "marcus", "wen"),
    "orchard": ("odile",),
}
DIAGNOSES = {
    "am": (
        ("F33.1", "Depression, recurrent, moderate"),
        ("F32.1", "Depression, single episode, moderate"),
        ("F41.1", "Generalized anxiety"),
        ("F43.10", "Post-traumatic stress, unspecified"),
        ("F31.81", "Bipolar II"),
    ),
    "eve": (
        ("F10.20", "Alcohol dependence, uncomplicated"),
        ("F11.20", "Opioid dependence, uncomplicated"),
        ("F14.20", "Cocaine dependence, uncomplicated"),
        ("F12.20", "Cannabis dependence, uncomplicated"),
    ),
    "teen": (
        ("F32.1", "Depression, single episode, moderate"),
        ("F41.1", "Generalized anxiety"),
        ("F43.23", "Adjustment, with anxiety and low mood"),
        ("F40.10", "Social anxiety"),
    ),
}
DIAGNOSES["orchard"] = DIAGNOSES["am"]
LEVEL_OF = {"am": "IOP", "orchard": "IOP", "eve": "IOP-SUD", "teen": "IOP-ADOL"}
SOURCES = ("hospital", "primary_care", "therapist", "self", "family", "payer", "court", "school")
ENDINGS = ("completed",) * 6 + ("dropped_out",) * 2 + ("transferred", "administrative")


def fill_charts(house: House, moment: Moment) -> list[Chart]:
    """Everyone who left, then everyone in the program, then the people still on the way in."""
    add_reference()
    everyone = [*discharged(), *ACTIVE]
    patients = Patient.objects.bulk_create(
        _patient(person, number, house, moment) for number, person in enumerate(everyone)
    )
    _keep_record_numbers()
    charts = [
        _chart(person, patient, house, moment) for person, patient in zip(everyone, patients, strict=True)
    ]
    Episode.objects.bulk_create(chart.episode for chart in charts)
    LevelOfCareStay.objects.bulk_create(_stays(charts))
    Diagnosis.objects.bulk_create(_diagnosis(chart) for chart in charts)
    Discharge.objects.bulk_create(_discharge(chart) for chart in charts if chart.episode.ended_on)
    Consent.objects.bulk_create(row for chart in charts for row in _consents(chart, house, moment))
    add_coverage(charts, moment)
    phq9 = load_instruments()["phq9"]
    add_plans(charts, moment, {c.person.name: total_of(c.person, phq9, 0) for c in charts})
    sign_plans(charts, house, moment)
    review_plans(charts, moment)
    add_documents(charts, moment)
    _refer_everyone(charts, house, moment)
    add_measures(charts, moment)
    _refer_the_rest(house, moment)
    return charts


def _patient(person: Person, number: int, house: House, moment: Moment) -> Patient:
    draw = chance("patient", person.name)
    site = house.orchard if person.track == "orchard" else house.marlow
    active = person.stayed_weeks is None
    plain = person.name.lower().replace("í", "i").replace("-", "").replace(" ", ".")
    is_amara = person.has("amara")
    return Patient(
        site=site,
        record_number=FIRST_RECORD_NUMBER + number,
        given_name=person.given_name,
        family_name=person.family_name,
        pronouns="she/her" if is_amara else person.pronouns,
        born_on=date(1992, 2, 3) if is_amara else _born_on(person, moment),
        phone="609-555-0142" if is_amara else f"{draw.choice([609, 856, 732])}-555-{100 + number % 100:04}",
        email=f"{plain}@mail.example" if active else "",
        languages="English, Yoruba" if is_amara else draw.choice(["English"] * 6 + ["English, Spanish"]),
        email_reminders_ok=active and (is_amara or draw.random() < 0.6),
        voicemail_ok=not is_amara and draw.random() < 0.8,
        user=open_portal_account(person.given_name, person.family_name, moment) if is_amara else None,
        created_at=moment.at(_admitted_on(person, moment) - timedelta(days=9), time(10)),
    )


def _born_on(person: Person, moment: Moment) -> date:
    draw = chance("born", person.name)
    years = draw.randint(15, 16) if person.track == "teen" else draw.randint(20, 63)
    return moment.day(-365 * years - draw.randint(120, 330))


def _keep_record_numbers() -> None:
    """The next chart continues after the demo's numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('patients_record_number', (SELECT max(record_number) FROM patients_patient))"
        )


def _admitted_on(person: Person, moment: Moment) -> date:
    return moment.monday - timedelta(weeks=person.weeks) + timedelta(days=TRACK_DAYS[person.track][0])


def _ended_on(person: Person, moment: Moment) -> date | None:
    """The track's last day of the last week."""
    if person.stayed_weeks is None:
        return None
    last_week = moment.monday - timedelta(weeks=person.weeks - person.stayed_weeks + 1)
    return last_week + timedelta(days=TRACK_DAYS[person.track][-1])


def _chart(person: Person, patient: Patient, house: House, moment: Moment) -> Chart:
    keys = CLINICIANS[person.track]
    key = "ruth" if person.has("amara") else chance("clinician", person.name).choice(keys)
    admitted_on = _admitted_on(person, moment)
    expected_end_on = admitted_on + timedelta(days=60)
    if person.has("finishing"):
        expected_end_on = moment.monday + timedelta(days=TRACK_DAYS[person.track][-1])
    episode = Episode(
        site=patient.site,
        patient=patient,
        admitted_on=admitted_on,
        expected_end_on=expected_end_on,
        ended_on=_ended_on(person, moment),
        primary_clinician=house.staff[key],
        is_part2=person.track == "eve",
        admitted_by=house.staff["bea"],
        created_at=moment.at(admitted_on, time(8, 20)),
    )
    return Chart(person, patient, episode, house.staff[key], coverage=None, plans=[])  # type: ignore[arg-type]


def _stays(charts: list[Chart]) -> list[LevelOfCareStay]:
    by_code = levels()
    rows = []
    for chart in charts:
        level = by_code[LEVEL_OF[chart.person.track]]
        minutes = level.standard_minutes(chart.patient.age_on(chart.episode.admitted_on))
        rows.append(
            LevelOfCareStay(
                episode=chart.episode,
                level=level,
                prescribed_minutes=minutes,
                standard_minutes=minutes,
                from_on=chart.episode.admitted_on,
                to_on=chart.episode.ended_on,
            )
        )
    return rows


def _diagnosis(chart: Chart) -> Diagnosis:
    options = DIAGNOSES[chart.person.track]
    picked = (
        options[0] if chart.person.has("amara") else chance("diagnosis", chart.person.name).choice(options)
    )
    code, label = picked
    return Diagnosis(episode=chart.episode, code=code, label=label, since_on=chart.episode.admitted_on)


def _discharge(chart: Chart) -> Discharge:
    kind = chance("ending", chart.person.name).choice(ENDINGS)
    assert chart.episode.ended_on is not None
    return Discharge(episode=chart.episode, kind=kind, on=chart.episode.ended_on, by=chart.clinician)


def _consents(chart: Chart, house: House, moment: Moment) -> list[Consent]:
    signed_on, name = chart.episode.admitted_on, chart.patient.full_name
    if chart.person.track == "teen":
        name = f"{chance('guardian', name).choice('ABCDEFGHJKLM')}. {chart.patient.family_name}, guardian"
    ends = {Consent.Kind.BILLING: signed_on + timedelta(days=365)}
    if chart.person.has("consent_ended"):
        ends[Consent.Kind.BILLING] = last_track_day(chart.person.track, moment) - timedelta(days=2)
    kinds = [
        kind
        for kind in Consent.Kind
        if kind != Consent.Kind.FAMILY
        and (kind != Consent.Kind.REMINDERS or chart.patient.email_reminders_ok)
    ]
    return [
        Consent(
            patient=chart.patient,
            kind=kind,
            signed_on=signed_on,
            signed_name=name,
            expires_on=ends.get(kind),
            recorded_by=house.staff["dana"],
        )
        for kind in kinds
    ]


def _refer_everyone(charts: list[Chart], house: House, moment: Moment) -> None:
    """The referral each admission came from, with its steps."""
    paying = payers()
    referrals = Referral.objects.bulk_create(
        Referral(
            site=chart.patient.site,
            patient=chart.patient,
            received_on=chart.episode.admitted_on
            - timedelta(days=chance("wait", chart.person.name).randint(4, 9)),
            source=chance("source", chart.person.name).choice(
                SOURCES[:6] if chart.person.track != "teen" else SOURCES[4:]
            ),
            reason="Wants more than a weekly hour, and to stay at home in the evenings.",
            payer=paying[chart.person.payer],
            stage=Stage.ADMITTED,
        )
        for chart in charts
    )
    stages = ((Stage.INQUIRY, 0), (Stage.SCREENING, 1), (Stage.ASSESSMENT, 3))
    steps = [
        ReferralStep(
            referral=row, stage=stage, at=_morning(moment, row.received_on, days), by=house.staff["dana"]
        )
        for row in referrals
        for stage, days in stages
    ]
    admitted = [
        ReferralStep(
            referral=row,
            stage=Stage.ADMITTED,
            at=_morning(moment, chart.episode.admitted_on, 0),
            by=house.staff["bea"],
        )
        for row, chart in zip(referrals, charts, strict=True)
    ]
    ReferralStep.objects.bulk_create(steps + admitted)


def _morning(moment: Moment, day: date, days: int) -> datetime:
    return moment.no_later(moment.at(day + timedelta(days=days), time(8, 15)))


def _refer_the_rest(house: House, moment: Moment) -> None:
    """People not admitted yet, moved along by the verbs."""
    order = [Stage.INQUIRY, Stage.SCREENING, Stage.ASSESSMENT]
    for number, (name, stage, days, source, reason) in enumerate(ON_THE_WAY):
        given, family = name.split(" ")
        received_on = moment.day(-days)
        referral = refer(
            actor=house.staff["dana"],
            site=house.marlow,
            received_on=received_on,
            source=source,
            reason=reason,
            now=_morning(moment, received_on, 0),
            given_name=given,
            family_name=family,
            born_on=weekday_from(date(1988, 5, 2), number % 7),
            phone=f"609-555-{190 + number:04}",
            payer=payers()[PAYERS[number % len(PAYERS)]],
        )
        received_at = _morning(moment, received_on, 0)
        Patient.objects.filter(pk=referral.patient_id).update(created_at=received_at)
        wanted = order[1 : order.index(Stage(stage)) + 1] if stage in order else [*order[1:], Stage(stage)]
        for step, moved_to in enumerate(wanted, start=1):
            at = _morning(moment, received_on, min(step, days))
            move_referral(actor=house.staff["bea"], referral=referral, stage=moved_to, now=at)
