"""Tables as CSV files, harmless in a spreadsheet; archives, the same twice; FHIR shapes."""

import csv
import hashlib
import io
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iop_clinic.archive import Entry, zip_of
from iop_clinic.fhir import coded, collection, instant, narrative, period, reference, resource
from iop_clinic.tables import Cell, Table, csv_bytes, harmless, table_of

AT = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1 609 555 0100", "'+1 609 555 0100"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\rx", "'\rx"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("＝1+1", "'＝1+1"),
        ("a = b", "a = b"),
        ("", ""),
        (" ", " "),
        ("“=1”", "“=1”"),
    ],
)
def test_no_cell_is_a_formula(typed: str, written: str) -> None:
    assert harmless(typed) == written


def read(made: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-2, "-2"),
        (Decimal("4.5"), "4.5"),
        (date(2026, 10, 21), "2026-10-21"),
        (AT, "2026-10-21 09:12"),
        (time(9), "09:00"),
        ('two\nlines, "and" a comma', 'two\nlines, "and" a comma'),
        ("Zoë", "Zoë"),
    ],
)
def test_a_cell_says_what_it_is(cell: Cell, written: str) -> None:
    assert read(csv_bytes(Table("x", "X", ("Head",), ((cell,),)), ZONE)) == [["Head"], [written]]


def test_a_file_begins_with_the_mark_excel_wants_and_ends_its_lines_as_rfc_4180() -> None:
    made = csv_bytes(Table("x", "X", ("A", "B"), (("1", "2"),)), ZONE)
    assert made == b"\xef\xbb\xbfA,B\r\n1,2\r\n"


def test_a_path_says_choices_lists_and_stops_where_it_breaks_off() -> None:
    inner = SimpleNamespace(name="Cedar", kind="x", get_kind_display=lambda: "A room", both=["a", "b"])
    rows: list[Any] = [SimpleNamespace(room=inner), SimpleNamespace(room=None)]
    columns: dict[str, Any] = {
        "Name": "room.name", "Kind": "room.kind", "Both": "room.both", "Fixed": lambda row: row.room is None,
    }  # fmt: skip
    made = table_of("x", "X", rows, columns, ("Kind", "Name"))
    assert made.rows == (("Cedar", "A room", "a, b", False), (None, None, None, True))
    assert made.printed() == (("Kind", "Name"), [("A room", "Cedar"), (None, None)])


def test_the_same_content_is_the_same_archive(tmp_path: Path) -> None:
    stored = tmp_path / "stored"
    stored.write_bytes(b"%PDF" * 1000)
    entries = [Entry("a.txt", b"words" * 100), Entry("files/b.pdf", stored, is_packed=True)]
    one, two = zip_of(entries, AT), zip_of(entries, AT)
    assert hashlib.sha256(one.read()).digest() == hashlib.sha256(two.read()).digest()
    with zipfile.ZipFile(one) as archive:
        assert archive.testzip() is None
        assert archive.read("files/b.pdf") == stored.read_bytes()
        assert archive.getinfo("files/b.pdf").compress_type == zipfile.ZIP_STORED


def test_a_file_that_is_gone_leaves_no_archive_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        zip_of([Entry("a", tmp_path / "gone")], AT)


def test_fhir_shapes_leave_out_what_is_empty() -> None:
    assert resource("Goal", 5, description={"text": "x"}, note=[], period={}, code=None, text="") == {
        "resourceType": "Goal", "id": "Goal-5", "description": {"text": "x"},
    }  # fmt: skip
    assert reference("Goal", None) is None
    assert instant(None) is None
    assert period(date(2026, 10, 21)) == {"start": "2026-10-21"}
    assert period(AT, AT) == {"start": "2026-10-21T13:12:00+00:00", "end": "2026-10-21T13:12:00+00:00"}
    assert coded("urn:x", "", "words") == {"text": "words"}
    assert coded("urn:x", "1") == {"coding": [{"system": "urn:x", "code": "1"}]}


def test_words_become_xhtml_and_nothing_else() -> None:
    assert narrative('<script>"a" & b\nc')["div"] == (
        '<div xmlns="http://www.w3.org/1999/xhtml">&lt;script&gt;&quot;a&quot; &amp; b<br/>c</div>'
    )


def test_a_collection_names_every_resource_by_its_own_address_and_says_when_it_is_restricted() -> None:
    made = collection([resource("Goal", 5)], base="https://x/fhir", at=AT, is_part2=True)
    assert (made["type"], made["entry"][0]["fullUrl"]) == ("collection", "https://x/fhir/Goal/Goal-5")
    assert {label["code"] for label in made["meta"]["security"]} == {"R", "42CFRPart2"}
    assert "meta" not in collection([], base="x", at=AT, is_part2=False)
