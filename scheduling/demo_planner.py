"""The demo's newcomers, admitted from next Monday and not booked yet: one who works until three and has a
week in the evening, and one for whom no week fits as things are."""

from datetime import date, time, timedelta
from uuid import uuid5

from iop_clinic.accounts.demo import House, Moment
from patients.admitting import admit
from patients.demo_chart import NAMESPACE
from patients.intake import refer
from patients.models import Consent, Episode, LevelOfCare, Patient
from scheduling.unavailable import add_unavailable

MON_TO_FRI = (0, 1, 2, 3, 4)
# first name, last name, born, and when they cannot come: why, weekdays, from, to
NEWCOMERS = (
    ("Tobin", "Hazelmere", date(1990, 6, 11), (("work", MON_TO_FRI, time(7), time(15)),)),
    (
        "Yara",
        "Underbough",
        date(1996, 9, 23),
        (("work", (0, 2), time(14), time(20)), ("care", MON_TO_FRI, time(7), time(15))),
    ),
)
CONSENTS = (Consent.Kind.TREATMENT, Consent.Kind.PRIVACY_NOTICE, Consent.Kind.BILLING)


def admit_newcomers(house: House, moment: Moment) -> None:
    for given, family, born_on, cannot_come in NEWCOMERS:
        patient = _refer(given, family, born_on, house, moment)
        Consent.objects.bulk_create(
            Consent(
                public_id=uuid5(NAMESPACE, f"demo:{patient.full_name}:{kind}"),
                patient=patient,
                kind=kind,
                signed_on=moment.today,
                signed_name=patient.full_name,
                recorded_by=house.staff["dana"],
            )
            for kind in CONSENTS
        )
        for why, weekdays, starts, ends in cannot_come:
            add_unavailable(
                actor=house.staff["dana"],
                patient=patient,
                weekdays=weekdays,
                starts=starts,
                ends=ends,
                why=why,
                from_on=moment.today,
            )
        episode = admit(
            actor=house.staff["bea"],
            patient=patient,
            level=LevelOfCare.objects.get(code="IOP-SUD"),
            admitted_on=moment.monday + timedelta(weeks=1),
            primary_clinician=house.staff["ines"],
            diagnosis_code="F10.20",
            diagnosis_label="Alcohol dependence, uncomplicated",
            is_part2=True,
            now=moment.now,
        )
        Episode.objects.filter(pk=episode.pk).update(created_at=moment.now)


def _refer(given: str, family: str, born_on: date, house: House, moment: Moment) -> Patient:
    referral = refer(
        actor=house.staff["dana"],
        site=house.marlow,
        received_on=moment.today,
        source="primary_care",
        reason="Drinking again since the spring, wants to keep the job",
        now=moment.now,
        given_name=given,
        family_name=family,
        born_on=born_on,
        phone=f"609-555-01{len(given)}{len(family)}",
    )
    Patient.objects.filter(pk=referral.patient_id).update(created_at=moment.now)
    return referral.patient
