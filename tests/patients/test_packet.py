"""The intake packet: prefilled as far as the chart knows, blank where not, every question in full."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.paper.sheet import Fields, Table, Ticks
from iop_clinic.roles import Role
from patients.blank_measure import blank_measure_sheet
from patients.instruments.definition import Instrument
from patients.packet import packet_of
from patients.scoring import load_instruments
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]


def fields_of(sheet: Any) -> dict[str, str]:
    blocks = [block for section in sheet.sections for block in section.blocks]
    return {label: words for block in blocks if isinstance(block, Fields) for label, words in block.fields}


def test_the_packet_has_its_sheets_in_order() -> None:
    for code in ("phq9", "gad7"):
        make.measure_rule(code, "intake")
    titles = [sheet.title for sheet in packet_of(make.patient(), now=make.NOW).sheets]
    assert titles[:2] == ["Welcome", "About you"]
    assert [title for title in titles if title.startswith("Consent")] == titles[2:4]
    assert [title for title in titles if "PHQ-9" in title or "GAD-7" in title] == titles[4:6]
    assert titles[-2:] == ["Your rights here", "Fees"]


def test_what_the_chart_knows_is_filled_in_and_the_rest_is_a_line() -> None:
    patient = make.patient(phone="609-555-0142", preferred_name="")
    coverage = make.coverage(patient)
    said = {
        "copay_cents": 2500,
        "copay_per": "day",
        "deductible_cents": 150000,
        "deductible_met_cents": 40000,
    }
    make.verification(coverage, group_number="G-77", **said)
    sheets = packet_of(patient, now=make.NOW).sheets
    about, fees = fields_of(sheets[1]), fields_of(sheets[-1])
    assert about["Phone"] == "" or about["Phone"] == "609-555-0142"
    assert (about["Legal name"], about["Name you go by"]) == (f"Ana {patient.family_name}", "")
    assert (about["Insurance"], about["Group number"]) == ("Bluestone Health PPO", "G-77")
    assert (fees["Your copay"], fees["Your coinsurance"]) == ("$25 a day", "")
    assert fees["Deductible still to pay"] == "$1,100"


def boxes_of(instrument: Instrument) -> list[tuple[str, ...]]:
    """What is printed of each question, in order: the question, then its answers."""
    sheet = blank_measure_sheet(make.patient(), instrument, now=make.NOW)
    printed: list[tuple[str, ...]] = []
    for block in (block for section in sheet.sections[1:2] for block in section.blocks):
        if isinstance(block, Table):
            assert block.boxes == tuple(range(1, len(block.heads)))
            printed += [(row[0], *block.heads[1:]) for row in block.rows]
        elif isinstance(block, Ticks):
            printed.append((block.label, *block.options))
        elif isinstance(block, Fields):
            printed += [(label,) for label, _ in block.fields]
    return printed


@pytest.mark.parametrize("code", [code for code, found in load_instruments().items() if found.has_text])
def test_every_measure_can_be_filled_in_with_a_pen(code: str) -> None:
    instrument = load_instruments()[code]
    assert boxes_of(instrument) == [
        (f"{item.label}. {item.text}", *(() if item.is_number else (one.text for one in item.options)))
        for item in instrument.items
    ]


def test_a_measure_whose_words_are_not_here_is_not_printed() -> None:
    instrument = next(found for found in load_instruments().values() if not found.has_text)
    with pytest.raises(ValueError, match=instrument.name):
        blank_measure_sheet(make.patient(), instrument, now=make.NOW)


def test_only_someone_under_eighteen_is_asked_for_a_guardian() -> None:
    def sections(born_on: str) -> list[str]:
        patient = make.patient(born_on=born_on)
        patient.refresh_from_db()
        return [section.title for section in packet_of(patient, now=make.NOW).sheets[1].sections]

    assert "Parent or guardian" in sections("2010-01-01")
    assert "Parent or guardian" not in sections("1990-01-01")


def test_strange_names_still_make_a_pdf() -> None:
    patient = make.patient(given_name='#set "x" \\ $', family_name="مرحبا 漢字 😀 <b>*_`@ref")
    assert pdf_of(packet_of(patient, now=make.NOW)).startswith(b"%PDF")


def test_the_desk_prints_it_and_the_making_is_on_the_trail(sign_in: Callable[..., Client]) -> None:
    patient = make.patient()
    url = reverse("patients:packet", args=[patient.pk])
    answer = sign_in().get(url)
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert AuditEvent.objects.get(verb="patients.make_packet").patient_id == patient.pk
    assert sign_in(role=Role.BILLER).get(url).status_code == 403
