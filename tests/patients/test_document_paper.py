"""A document on paper: a tagged PDF that says whose it is, whether it is a draft, and who signed."""

from typing import Any

import pytest

from iop_clinic.paper.pdf import pdf_of
from iop_clinic.paper.sheet import Bundle, Line, Section, Sheet, Signed, Table, Words
from patients.document_paper import document_sheet
from patients.document_signing import sign_as_patient, sign_document
from patients.models import ClinicalDocument
from tests import make
from tests.make import NOW, SAFETY_PLAN

NASTY = '#set text(red) $ \\ "quotes" <tag> */ {{ x }} \n\n\n مرحبا 漢字 😀 *bold* @ref'


def plain(**fields: Any) -> Sheet:
    made = {
        "title": "A sheet",
        "clinic": "Marlow Street",
        "clinic_lines": ("14 Marlow Street",),
        "person": "Ana Testwell",
        "facts": (),
        "sections": (Section("Words", (Words("One"),)),),
        "made": "Made today",
    } | fields
    return Sheet(**made)


def test_words_cannot_become_markup() -> None:
    blocks = (Words(NASTY, NASTY), Table((NASTY,), ((NASTY,),), NASTY))
    made = plain(title=NASTY, person=NASTY, notice=NASTY, sections=(Section(NASTY, blocks),))
    assert pdf_of(made).startswith(b"%PDF")


def test_an_empty_trend_and_one_of_a_single_value_are_drawn() -> None:
    for points in ((), (("Sep 14", 5.0),), (("Sep 14", 5.0), ("Sep 21", 5.0))):
        line = Line("PHQ-9", points, 0, 27, "Said in words")
        assert pdf_of(plain(sections=(Section("Trend", (line,)),))).startswith(b"%PDF")


def test_a_signature_drawn_on_the_pad_is_drawn_on_paper() -> None:
    """As the pad writes it, a move and the points after it; a single dot draws no line."""
    dot, name = (
        pdf_of(plain(signatures=(Signed("Ana", "Patient", "Today", path),)))
        for path in ("M60 140", "M60 140 88 60 112 138 130 96 150 134M170 132 190 90 214 130")
    )
    assert len(name) > len(dot)


def test_a_pdf_is_tagged_for_readers() -> None:
    made = pdf_of(Bundle("Two", (plain(), plain())))
    assert b"/StructTreeRoot" in made and b"/Lang" in made


@pytest.mark.django_db
def test_a_safety_plan_on_paper_has_its_parts_the_crisis_lines_and_the_signatures() -> None:
    patient, theo = make.patient(), make.clinician()
    document = make.document(patient, theo, answers=SAFETY_PLAN)
    assert document_sheet(document, now=NOW).mark == "Draft"
    sign_document(actor=theo, document=document, now=NOW)
    document = ClinicalDocument.objects.get(pk=document.pk)
    sign_as_patient(actor=theo, document=document, way="on_screen", signed_name="Ana Test", now=NOW)
    sheet = document_sheet(document, now=NOW)
    assert [section.title for section in sheet.sections][-1] == "If I might hurt myself or someone else"
    assert [signed.part for signed in sheet.signatures] == ["Clinician, LCSW", "Patient"]
    assert sheet.mark == ""
    assert pdf_of(sheet).startswith(b"%PDF")
