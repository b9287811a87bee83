"""What a stay was on paper: hours as the ledger counts them, signed notes only, the medication list."""

import pytest

from iop_clinic.paper.pdf import pdf_of
from patients.medication_paper import medication_sheet
from sessions.attendance_paper import attendance_sheet
from sessions.models import Signature
from sessions.notes import hash_of_signed
from sessions.notes_paper import notes_sheet
from tests import make
from tests.make import MONDAY, NOW

pytestmark = pytest.mark.django_db


def test_attendance_on_paper_says_what_the_ledger_counts() -> None:
    episode = make.episode()
    booking = make.booking(make.session(day=MONDAY), episode)
    make.attendance(booking)
    sheet = attendance_sheet(episode, now=NOW)
    (table,) = sheet.sections[0].blocks
    assert table.rows[-1][2] == dict(sheet.facts)["Attended in all"]  # type: ignore[union-attr]
    (sessions,) = sheet.sections[1].blocks
    said = ("Oct 19, 2026", "Process group", "9:00–10:00", "9:00–10:00", "60", "Attended")
    assert sessions.rows == (said,)  # type: ignore[union-attr]
    assert pdf_of(sheet).startswith(b"%PDF")


def test_a_draft_note_is_not_in_the_record() -> None:
    episode = make.episode()
    booking = make.booking(make.session(day=MONDAY), episode)
    came = make.attendance(booking)
    note = make.note(booking, objective=make.objective_of(make.plan(episode)))
    assert notes_sheet(episode, now=NOW).sections[0].title == "Notes"
    Signature.objects.create(
        note=note,
        signed_by=note.author,
        credential="LCSW",
        signed_at=NOW,
        arrived_at=came.arrived_at,
        left_at=came.left_at,
        content_sha256=hash_of_signed(note, came.arrived_at, came.left_at),
    )
    sheet = notes_sheet(episode, now=NOW)
    assert sheet.sections[0].title.startswith("Oct 19, 2026")
    facts = dict(sheet.sections[0].blocks[0].fields)  # type: ignore[union-attr]
    assert facts["Here"] == "9:00 am to 10:00 am, 60 min"
    assert facts["Objective"] == "PHQ-9 from 20 to 9 or less"
    assert pdf_of(sheet).startswith(b"%PDF")


def test_a_medication_list_nobody_asked_about_says_so() -> None:
    patient = make.patient()
    sheet = medication_sheet(patient, now=NOW)
    assert [block.words for section in sheet.sections for block in section.blocks] == [  # type: ignore[union-attr]
        "Not asked yet.",
        "Nothing on the list.",
    ]
    assert pdf_of(sheet).startswith(b"%PDF")
