"""README.txt of an exported record: what is in it, how to open it, what is not in it, in plain words."""

import textwrap
from collections import Counter
from datetime import datetime

from iop_clinic.fhir import Resource
from patients.models import Patient
from patients.paper import instant_in_words, person_line
from sessions.record_contents import ABOUT, LEFT_OUT, Chapter

WIDTH = 78


def readme(
    patient: Patient, chapters: list[Chapter], fhir: Resource, lost: list[str], now: datetime
) -> bytes:
    """UTF-8 with the line ends every computer takes; the counts are those of the files beside it."""
    site = patient.site
    parts = [
        "YOUR RECORD",
        f"{person_line(patient)}\nMade {instant_in_words(now, site.time_zone)} by {site.name}, {site.phone}",
        _filled(ABOUT),
        "HOW TO OPEN IT",
        _listed(
            (
                "record.pdf: everything to read or to print. Start here.",
                "csv/: the same as tables, one file a kind, for a spreadsheet. Times are those of the clinic "
                f"({site.time_zone}). A cell that a spreadsheet would run as a formula has ' before it.",
                "fhir/bundle.json: the same for another clinic’s computer (HL7 FHIR R4, a collection). Its "
                "times are UTC.",
                "files/: what was scanned or sent to your chart, as it came.",
            )
        ),
        "WHAT IS INSIDE",
        *(_chapter(chapter) for chapter in chapters),
        _fhir(fhir),
        "WHAT IS NOT INSIDE",
        _listed((*LEFT_OUT, "The giving of this archive itself: it stands in your record from now on.")),
    ]
    if lost:
        parts += ["WHAT COULD NOT BE READ", _listed((*lost, f"Call us about it: {site.phone}."))]
    parts += ["IF SOMETHING IS WRONG", _filled(WRONG.format(phone=site.phone))]
    return ("\n\n".join(parts) + "\n").replace("\n", "\r\n").encode()


WRONG = (
    "You may ask us to put right what is wrong in your record (45 CFR 164.526), and to tell you whom we "
    "told what about you (45 CFR 164.528, 42 CFR 2.25). Call {phone}."
)


def _filled(words: str) -> str:
    return textwrap.fill(words, WIDTH)


def _listed(lines: tuple[str, ...]) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, initial_indent="- ", subsequent_indent="  ") for line in lines
    )


def _chapter(chapter: Chapter) -> str:
    rows = "\n".join(f"  {len(table):>6}  {table.title} (csv/{table.name}.csv)" for table in chapter.tables)
    return f"{chapter.title}\n{rows}"


def _fhir(fhir: Resource) -> str:
    kinds = Counter(entry["resource"]["resourceType"] for entry in fhir["entry"])
    rows = "\n".join(f"  {count:>6}  {kind}" for kind, count in sorted(kinds.items()))
    return f"In fhir/bundle.json: {len(fhir['entry'])} resources\n{rows}"
