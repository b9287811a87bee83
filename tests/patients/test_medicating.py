"""Medication as dated rows: each day's list stays, a change is a new row, and what was wrong is taken out."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from patients.medicating import (
    change_medication,
    drug_names,
    start_medication,
    stop_medication,
    take_out,
)
from patients.medication_changes import changes_since
from patients.medication_list import last_reconciliation, lines_of, medication_list, on_day
from patients.models import MedicationStatement, Patient
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = make.NOW.date()


def start(patient: Patient, **fields: Any) -> MedicationStatement:
    said = {"drug": "Sertraline", "dose": "50 mg", "schedule": "every morning", "source": "patient"}
    said |= {"from_on": TODAY - 20 * DAY, "now": make.NOW, "actor": make.clinician(patient.site)}
    return start_medication(patient=patient, **(said | fields))


def change(row: MedicationStatement, **fields: Any) -> MedicationStatement:
    said = {"dose": "100 mg", "from_on": TODAY - 5 * DAY, "because": "Room to go up", "now": make.NOW}
    return change_medication(actor=row.recorded_by, statement=row, **(said | fields))


def stop(row: MedicationStatement, **fields: Any) -> MedicationStatement:
    said = {"last_on": TODAY - 2 * DAY, "because": "Nausea", "now": make.NOW}
    return stop_medication(actor=row.recorded_by, statement=row, **(said | fields))


def doses(patient: Patient, day: date) -> list[str]:
    return sorted(MedicationStatement.objects.filter(patient=patient).on(day).values_list("dose", flat=True))


def test_a_change_ends_one_row_and_begins_the_next_and_each_days_list_stays() -> None:
    ana = make.patient()
    first = start(ana)
    second = change(first)
    first.refresh_from_db()
    assert (first.to_on, second.from_on, second.follows_id) == (TODAY - 6 * DAY, TODAY - 5 * DAY, first.pk)
    assert [doses(ana, TODAY - n * DAY) for n in (21, 20, 6, 5, 0)] == [
        [],
        ["50 mg"],
        ["50 mg"],
        ["100 mg"],
        ["100 mg"],
    ]
    assert (second.drug, second.schedule) == ("Sertraline", "every morning")


def test_a_stop_says_the_last_day_who_and_why() -> None:
    ana = make.patient()
    row = stop(start(ana))
    assert doses(ana, TODAY - 2 * DAY) == ["50 mg"] and doses(ana, TODAY - DAY) == []
    assert (row.ended_because, row.ended_by_id) == ("Nausea", row.recorded_by_id)
    event = AuditEvent.objects.get(verb="patients.stop_medication")
    assert event.patient_id == ana.pk and "Nausea" not in str(event.detail)


def test_what_was_said_of_a_row_is_never_rewritten_or_deleted() -> None:
    row = start(make.patient())
    for attempt in (
        lambda: MedicationStatement.objects.filter(pk=row.pk).update(dose="1 g"),
        lambda: MedicationStatement.objects.filter(pk=row.pk).update(from_on=TODAY),
        lambda: MedicationStatement.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    ("deed", "fields", "status"),
    [
        (change, {"because": "  "}, 422),
        (change, {"from_on": TODAY + DAY}, 422),
        (change, {"from_on": TODAY - 20 * DAY}, 422),
        (change, {"dose": "50 mg"}, 422),
        (stop, {"because": ""}, 422),
        (stop, {"last_on": TODAY + DAY}, 422),
        (stop, {"last_on": TODAY - 21 * DAY}, 422),
    ],
)
def test_a_change_or_stop_without_reason_day_or_difference_is_refused(
    deed: Any, fields: dict[str, Any], status: int
) -> None:
    row = start(make.patient())
    with pytest.raises(Refused) as no:
        deed(row, **fields)
    assert no.value.status == status
    row.refresh_from_db()
    assert row.to_on is None and MedicationStatement.objects.count() == 1


def test_a_row_that_was_changed_meanwhile_is_not_stopped() -> None:
    row = start(make.patient())
    change(row)
    with pytest.raises(Refused, match="meanwhile"):
        stop(row)


def test_the_same_line_is_on_the_list_once_whatever_the_case() -> None:
    ana = make.patient()
    start(ana)
    with pytest.raises(Refused, match="already"):
        start(ana, drug="sertraline")
    assert start(ana, dose="25 mg", schedule="at bedtime").pk
    assert start(make.patient()).pk


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"from_on": TODAY + DAY}, "from_on"),
        ({"to_on": TODAY - 30 * DAY}, "to_on"),
        ({"source": "ours"}, "prescribed_here"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused_at_its_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as no:
        start(make.patient(), **fields)
    assert no.value.status == 422 and field in no.value.fields


def test_taking_out_a_change_lets_the_row_before_go_on() -> None:
    ana = make.patient()
    first = start(ana)
    second = change(first)
    with pytest.raises(Refused, match="later change"):
        take_out(actor=first.recorded_by, statement=first, because="Typo", now=make.NOW)
    take_out(actor=first.recorded_by, statement=second, because="Wrong chart", now=make.NOW)
    take_out(actor=first.recorded_by, statement=second, because="Again", now=make.NOW)
    second.refresh_from_db()
    assert doses(ana, TODAY) == ["50 mg"] and second.error_because == "Wrong chart"
    assert change(first).follows_id == first.pk


def test_taking_out_a_change_that_was_stopped_stops_the_row_before() -> None:
    ana = make.patient()
    second = stop(change(start(ana)))
    take_out(actor=second.recorded_by, statement=second, because="Never raised", now=make.NOW)
    assert doses(ana, TODAY - 2 * DAY) == ["50 mg"] and doses(ana, TODAY - DAY) == []


def test_changes_are_what_was_written_down_since() -> None:
    ana, hour = make.patient(), timedelta(hours=1)
    old = start(ana, now=make.NOW - 40 * hour)
    start(ana, drug="Zinc", dose="5 mg", to_on=TODAY - DAY, now=make.NOW - 40 * hour)
    change(old)
    gone = start(ana, drug="Melatonin", dose="3 mg")
    stop(gone)
    found = changes_since(lines_of(ana, None), make.NOW - 30 * hour, (make.NOW - 30 * hour).date(), TODAY)
    assert [(one.kind, one.line.drug) for one in found] == [
        ("ended", "Zinc"),
        ("stopped", "Melatonin"),
        ("changed", "Sertraline"),
        ("started", "Melatonin"),
    ]
    assert found[2].was == "50 mg by mouth, every morning"
    assert changes_since(lines_of(ana, None), make.NOW, TODAY, TODAY) == []


def test_a_list_is_plain_values_and_holds_no_toxicology() -> None:
    ana = make.patient()
    row = make.medication(ana, prescriber="Dr. Hale")
    make.tox_screen(ana, ("Cocaine", "positive"))
    make.allergy(ana, reaction="hives", severity="severe")
    review = make.reconciliation(ana, row)
    listed = medication_list(ana, TODAY)
    (line,) = listed.lines
    assert (line.how, line.prescriber_words) == ("50 mg by mouth, every morning", "Dr. Hale, elsewhere")
    assert line.adherence == "as_prescribed" and listed.allergies[0].detail == "Hives, severe"
    assert (listed.reconciled_on, listed.reconciled_by) == (review.on, f"{review.signed_by.full_name}, MD")
    assert "Cocaine" not in repr(listed)


def test_the_list_takes_as_many_statements_for_one_line_as_for_thirty() -> None:
    def counted(lines: int) -> int:
        ana = make.patient()
        rows = [make.medication(ana, drug=f"Drug {n}") for n in range(lines)]
        make.reconciliation(ana, *rows)
        with CaptureQueriesContext(connection) as asked:
            assert len(medication_list(ana, TODAY).lines) == lines
        return len(asked)

    assert counted(1) == counted(30)


def test_names_are_suggested_from_what_this_site_wrote_down() -> None:
    ana = make.patient()
    for _ in range(2):
        make.medication(make.patient(), drug="Sertraline")
    make.medication(ana, drug="sertraline")
    make.medication(ana, drug="Seroquel")
    make.medication(ana, drug="Zinc")
    make.medication(make.patient(make.other_site()), drug="Selegiline")
    with CaptureQueriesContext(connection) as asked:
        assert drug_names(ana.site, "se") == ["Sertraline", "Seroquel"]
    assert len(asked) == 1
    assert drug_names(ana.site, "%") == []


# Days from a Monday on, and what is done on them: start, change or stop one of three drugs.
STEPS = st.lists(
    st.tuples(st.sampled_from(["start", "change", "stop", "out"]), st.integers(0, 2), st.integers(0, 14)),
    max_size=14,
)


@given(steps=STEPS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
def test_the_list_on_any_day_is_the_fold_of_the_events(steps: list[tuple[str, int, int]]) -> None:
    """A book kept by hand beside the verbs: for each day, which dose of which drug."""
    with transaction.atomic():
        ana, book = make.patient(), Book()
        for number, (deed, drug, offset) in enumerate(steps):
            book.do(ana, deed, f"Drug {drug}", TODAY - 14 * DAY + offset * DAY, f"{number} mg")
        lines = lines_of(ana, last_reconciliation(ana))
        for offset in range(-1, 16):
            day = TODAY - 14 * DAY + offset * DAY
            told = book.on(day)
            rows = MedicationStatement.objects.filter(patient=ana).on(day)
            assert {(row.drug, row.dose) for row in rows} == told
            assert {(line.drug, line.dose) for line in on_day(lines, day)} == told
            assert len(rows) == len(told)
        transaction.set_rollback(True)


class Book:
    """Spans by hand: [drug, dose, first day, last day or None, the row, the span it changed]."""

    def __init__(self) -> None:
        self.spans: list[list[Any]] = []

    def on(self, day: date) -> set[tuple[str, str]]:
        return {(s[0], s[1]) for s in self.spans if s[2] <= day and (s[3] is None or day <= s[3])}

    def do(self, ana: Patient, deed: str, drug: str, day: date, dose: str) -> None:
        open_one = next((s for s in self.spans if s[0] == drug and s[3] is None), None)
        try:
            if deed == "start":
                if open_one is None:
                    self.spans.append(
                        [drug, dose, day, None, start(ana, drug=drug, dose=dose, from_on=day), None]
                    )
            elif open_one is None:
                return
            elif deed == "change":
                made = change(open_one[4], dose=dose, from_on=day)
                open_one[3] = day - DAY
                self.spans.append([drug, dose, day, None, made, open_one])
            elif deed == "stop":
                stop(open_one[4], last_on=day)
                open_one[3] = day
            else:
                take_out(actor=open_one[4].recorded_by, statement=open_one[4], because="x", now=make.NOW)
                self.spans.remove(open_one)
                if open_one[5] is not None:
                    open_one[5][3] = None
        except Refused:
            assert open_one is not None and day <= open_one[2]
