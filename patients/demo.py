"""The demo's charts: referral, episode, coverage, consents and plan of everyone, past and present.

History is written at once in the shape the verbs give it; people still on the way in go through the verbs.
"""

from datetime import date, time, timedelta

from django.db import connection

from iop_clinic.accounts.demo import House, Moment, chance, open_portal_account
from patients.demo_benefits import add_files, add_verifications
from patients.demo_cast import ACTIVE, TRACK_DAYS, Person, discharged
from patients.demo_chart import Chart, last_track_day
from patients.demo_diagnoses import diagnoses_of
from patients.demo_discharges import add_discharges
from patients.demo_documents import add_documents
from patients.demo_levels import add_levels
from patients.demo_measures import add_measures, total_of
from patients.demo_medication import add_medication
from patients.demo_payers import add_coverage, add_reference, levels
from patients.demo_plan_signatures import review_plans, sign_plans
from patients.demo_plans import add_plans
from patients.demo_referrals import refer_everyone, refer_the_rest
from patients.demo_releases import add_releases
from patients.models import (
    Consent,
    Diagnosis,
    Episode,
    LevelOfCareStay,
    Patient,
)
from patients.models.consent_terms import RELEASING
from patients.scoring import load_instruments

# So that Amara, 64th of all, has chart 10482.
FIRST_RECORD_NUMBER = 10419
CLINICIANS = {
    "am": ("ruth", "joon", "wen", "tomas"),
    "eve": ("ines", "sunniva", "ines", "tomas"),
    "teen": ("marcus", "marcus", "wen"),
    "orchard": ("odile",),
}
LEVEL_OF = {"am": "IOP", "orchard": "IOP", "eve": "IOP-SUD", "teen": "IOP-ADOL"}


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
    Diagnosis.objects.bulk_create(row for chart in charts for row in diagnoses_of(chart))
    Consent.objects.bulk_create(row for chart in charts for row in _consents(chart, house, moment))
    add_releases(charts, house, moment)
    add_coverage(charts, moment)
    phq9 = load_instruments()["phq9"]
    add_plans(charts, moment, {c.person.name: total_of(c.person, phq9, 0) for c in charts})
    sign_plans(charts, house, moment)
    review_plans(charts, moment)
    add_documents(charts, moment)
    add_levels(charts, house, moment)
    add_discharges(charts, moment)
    add_verifications(charts, house, moment)
    refer_everyone(charts, house, moment)
    add_measures(charts, moment)
    add_medication(charts, house, moment)
    refer_the_rest(house, moment)
    add_files(charts, house, moment)
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
    if person.has("from_php"):
        expected_end_on = admitted_on + timedelta(days=119)
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
        if kind not in (Consent.Kind.FAMILY, *RELEASING)
        and (kind != Consent.Kind.REMINDERS or chart.patient.email_reminders_ok)
    ]
    return [
        Consent(
            public_id=chart.uuid("consent", kind),
            patient=chart.patient,
            kind=kind,
            signed_on=signed_on,
            signed_name=name,
            expires_on=ends.get(kind),
            recorded_by=house.staff["dana"],
        )
        for kind in kinds
    ]
