"""Writing staff, patients with their stays, and coverage, in the shape the verbs of their rooms give them."""

from datetime import date

from iop_clinic.accounts.models import License, StaffProfile, User
from iop_clinic.audit.trail import record
from patients.models import (
    Authorization,
    Consent,
    Coverage,
    Diagnosis,
    Discharge,
    Episode,
    LevelOfCareStay,
    Patient,
    Payer,
)
from sessions.importing.known import Known
from sessions.importing.reading import Row

CONSENTS = {
    "treatment_consent_on": Consent.Kind.TREATMENT,
    "privacy_notice_on": Consent.Kind.PRIVACY_NOTICE,
    "billing_consent_on": Consent.Kind.BILLING,
    "video_consent_on": Consent.Kind.TELEHEALTH,
}


def write_staff(rows: list[Row], known: Known) -> list[int]:
    users = [_user(row) for row in rows]
    User.objects.bulk_create(users)
    works = User.sites.through
    places = [
        works(user_id=user.pk, site_id=known.sites[name.lower()].pk)
        for user, row in zip(users, rows, strict=True)
        for name in dict.fromkeys(row["sites"])
    ]
    works.objects.bulk_create(places)
    StaffProfile.objects.bulk_create(
        StaffProfile(user=user, credential=row["credential"])
        for user, row in zip(users, rows, strict=True)
        if row["credential"]
    )
    License.objects.bulk_create(
        License(
            user=user,
            state_code=known.sites[row["sites"][0].lower()].state_code,
            number=row["license_number"],
        )
        for user, row in zip(users, rows, strict=True)
        if row["license_number"]
    )
    for user, row in zip(users, rows, strict=True):
        known.staff[row["staff_id"]].user_id = user.pk
    return [user.pk for user in users]


def _user(row: Row) -> User:
    user = User(
        email=row["email"], given_name=row["first_name"], family_name=row["last_name"], role=row["role"]
    )
    user.set_unusable_password()
    return user


def write_patients(rows: list[Row], known: Known, actor: User) -> list[int]:
    patients = [_patient(row, known) for row in rows]
    Patient.objects.bulk_create(patients, batch_size=1000)
    pairs = list(zip(patients, rows, strict=True))
    admitted = [(patient, row) for patient, row in pairs if row["admitted_on"] is not None]
    episodes = [_episode(patient, row, known, actor) for patient, row in admitted]
    Episode.objects.bulk_create(episodes, batch_size=1000)
    stays = list(zip(episodes, [row for _, row in admitted], strict=True))
    LevelOfCareStay.objects.bulk_create((_stay(one, row, known) for one, row in stays), batch_size=1000)
    Diagnosis.objects.bulk_create((_diagnosis(one, row) for one, row in stays), batch_size=1000)
    ended = [_discharge(one, row, actor) for one, row in stays if row["discharged_on"]]
    Discharge.objects.bulk_create(ended, batch_size=1000)
    Consent.objects.bulk_create(
        (consent for patient, row in pairs for consent in _consents(patient, row, actor)), batch_size=1000
    )
    for patient, row in pairs:
        known.patients[row["patient_id"]].patient_id = patient.pk
        record(actor, "sessions.import_patient", patient)
    for episode, row in stays:
        known.patients[row["patient_id"]].episode_id = episode.pk
    return [patient.pk for patient in patients]


def _patient(row: Row, known: Known) -> Patient:
    return Patient(
        site=known.sites[row["site"].lower()],
        given_name=row["first_name"],
        family_name=row["last_name"],
        preferred_name=row["preferred_name"] or "",
        pronouns=row["pronouns"] or "",
        born_on=row["date_of_birth"],
        phone=row["phone"] or "",
        email=row["email"] or "",
        email_reminders_ok=bool(row["reminders"]),
    )


def _episode(patient: Patient, row: Row, known: Known, actor: User) -> Episode:
    return Episode(
        site_id=patient.site_id,
        patient=patient,
        admitted_on=row["admitted_on"],
        ended_on=row["discharged_on"],
        primary_clinician_id=known.staff[row["primary_clinician"]].pk,
        is_part2=bool(row["part2"]),
        admitted_by=actor,
    )


def _stay(episode: Episode, row: Row, known: Known) -> LevelOfCareStay:
    level = known.levels[row["level_of_care"].upper()]
    standard = level.standard_minutes(episode.patient.age_on(episode.admitted_on))
    minutes = row["prescribed_hours"] or standard
    return LevelOfCareStay(
        episode=episode,
        level=level,
        prescribed_minutes=minutes,
        standard_minutes=standard,
        reason=row["fewer_hours_reason"] or "" if minutes < standard else "",
        from_on=episode.admitted_on,
        to_on=episode.ended_on,
    )


def _diagnosis(episode: Episode, row: Row) -> Diagnosis:
    return Diagnosis(
        episode=episode, code=row["diagnosis_code"], label=row["diagnosis"], since_on=episode.admitted_on
    )


def _discharge(episode: Episode, row: Row, actor: User) -> Discharge:
    """The file says how and when; letters and destinations stayed in the old system."""
    on = row["discharged_on"]
    return Discharge(episode=episode, kind=row["discharge"], on=on, by=actor, is_history=True)


def _consents(patient: Patient, row: Row, actor: User) -> list[Consent]:
    signed: list[tuple[str, date]] = [
        (kind, row[name]) for name, kind in CONSENTS.items() if row[name] is not None
    ]
    return [
        Consent(patient=patient, kind=kind, signed_on=on, signed_name=patient.full_name, recorded_by=actor)
        for kind, on in signed
    ]


PlanKey = tuple[int, str, date, int]


def write_coverage(rows: list[Row], known: Known) -> list[int]:
    """A plan once for all of its rows, and an authorization for each row that has one."""
    for name in dict.fromkeys(row["payer"] for row in rows):
        if name.lower() not in known.payers:
            known.payers[name.lower()] = Payer.objects.create(name=name)
    plans = _plans_there(known)
    keys = [_plan_key(row, known) for row in rows]
    fresh: dict[PlanKey, Coverage] = {}
    for row, key in zip(rows, keys, strict=True):
        if key not in plans:
            fresh.setdefault(key, _coverage(row, known))
    Coverage.objects.bulk_create(fresh.values(), batch_size=1000)
    plans |= fresh
    Authorization.objects.bulk_create(
        (
            _authorization(row, plans[key])
            for row, key in zip(rows, keys, strict=True)
            if row["authorization_number"]
        ),
        batch_size=1000,
    )
    return [plans[key].pk for key in keys]


def _plan_key(row: Row, known: Known) -> PlanKey:
    return known.patients[row["patient_id"]].pk, row["payer"].lower(), row["from"], row["rank"] or 1


def _plans_there(known: Known) -> dict[PlanKey, Coverage]:
    ids = [ref.patient_id for ref in known.patients.values() if ref.patient_id is not None]
    rows = Coverage.objects.filter(patient__in=ids).select_related("payer")
    return {(row.patient_id, row.payer.name.lower(), row.from_on, row.rank): row for row in rows}


def _coverage(row: Row, known: Known) -> Coverage:
    return Coverage(
        patient_id=known.patients[row["patient_id"]].pk,
        payer=known.payers[row["payer"].lower()],
        plan_name=row["plan"] or "",
        member_number=row["member_id"],
        rank=row["rank"] or 1,
        from_on=row["from"],
        to_on=row["to"],
    )


def _authorization(row: Row, coverage: Coverage) -> Authorization:
    return Authorization(
        coverage=coverage,
        number=row["authorization_number"],
        service_code=row["service_code"].upper(),
        status=Authorization.Status.APPROVED,
        units_requested=row["units_approved"],
        units_approved=row["units_approved"],
        from_on=row["authorized_from"],
        to_on=row["authorized_to"],
    )
