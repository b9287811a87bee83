"""The whole record as one archive, for the patient: PDF, tables, FHIR and files, through the gate.

Right of access: 45 CFR 164.524, 42 CFR 2.23. No consent is asked, for it is the patient's own, and nobody
else can be given it here: others are given papers by `releasing.py`, which asks.
"""

import json
from datetime import datetime
from typing import IO

from django.db import connection, transaction

from iop_clinic.accounts.models import User
from iop_clinic.archive import Entry, zip_of
from iop_clinic.clock import as_utc, local_day, zone
from iop_clinic.filestore import path_of
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.refusal import Refused
from iop_clinic.tables import csv_bytes
from patients.disclosing import Disclosed, Enclosed, disclose
from patients.models import Patient, Upload
from patients.models.consent_terms import Purpose, Recipient, Scope
from patients.record.papers import name_in_archive, shown_files
from sessions.record_contents import bundle_of, chapters_of, fhir_bundle
from sessions.record_readme import readme

WHAT = "The whole record: PDF, tables (CSV), FHIR (JSON) and files"
ADULT = 18
BUSY = "This record is being put together already. Wait for the first one."
# The first half of the lock; the second is the patient.
LOCK = 164_524


@transaction.atomic
def export_record(*, actor: User, patient: Patient, now: datetime) -> Disclosed:
    """The archive as an open file in `file`, and its row among the disclosures, with hash and size.

    409 while another one of this patient is being made.
    """
    _one_at_a_time(patient)

    def render(_: Enclosed) -> IO[bytes]:
        return archive_of(patient, now)

    return disclose(
        actor=actor,
        patient=patient,
        recipient=f"{patient.given_name} {patient.family_name}",
        recipient_kind=Recipient.PATIENT,
        purpose=Purpose.PATIENT_REQUEST,
        scopes=[Scope.EVERYTHING],
        what=WHAT,
        now=now,
        render=render,
    )


def export_own_record(*, actor: User, patient: Patient, now: datetime) -> Disclosed:
    """The same from the portal. 403 under 18: the clinic talks it over first (42 CFR 2.14, state law)."""
    if not may_take_alone(patient, now):
        raise Refused(ASK_US, status=403)
    return export_record(actor=actor, patient=patient, now=now)


ASK_US = "Ask us for your record; until you are 18 we give it to you in person."


def may_take_alone(patient: Patient, now: datetime) -> bool:
    """Of age on the clinic's day. A minor's sign-in may be in a parent's hands, who may not read all."""
    return patient.age_on(local_day(now, patient.site.time_zone)) >= ADULT


def archive_name(patient: Patient, now: datetime) -> str:
    """ "record-1042-2026-10-21.zip": no more than the chart's number."""
    return f"record-{patient.record_number}-{local_day(now, patient.site.time_zone):%Y-%m-%d}.zip"


def _one_at_a_time(patient: Patient) -> None:
    """It takes seconds: pressed ten times it is made once. Nobody who works on the chart waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, patient.pk])
        if not cursor.fetchone()[0]:
            raise Refused(BUSY)


def archive_of(patient: Patient, now: datetime) -> IO[bytes]:
    """The ZIP, at its beginning. Entries are dated by the clinic's wall clock."""
    tz_name = patient.site.time_zone
    chapters, fhir = chapters_of(patient, now), fhir_bundle(patient, now)
    kept, lost = _files(patient)
    entries = [
        Entry("README.txt", readme(patient, chapters, fhir, [name_in_archive(row) for row in lost], now)),
        Entry("record.pdf", pdf_of(bundle_of(patient, chapters, now), now)),
        Entry("fhir/bundle.json", json.dumps(fhir, ensure_ascii=False, indent=1).encode()),
        *(
            Entry(f"csv/{table.name}.csv", csv_bytes(table, tz_name))
            for chapter in chapters
            for table in chapter.tables
        ),
        *(Entry(name_in_archive(row), path_of(row.stored_name), is_packed=True) for row in kept),
    ]
    return zip_of(entries, as_utc(now).astimezone(zone(tz_name)))


def _files(patient: Patient) -> tuple[list[Upload], list[Upload]]:
    """Files whose bytes are there, and those that are gone: one lost file does not stop the rest."""
    rows = shown_files(patient)
    kept = [row for row in rows if path_of(row.stored_name).is_file()]
    return kept, [row for row in rows if row not in kept]
