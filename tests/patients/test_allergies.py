"""An allergy or "none known", never both; and screens whose results stay as they were read."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from iop_clinic.refusal import Refused
from patients.allergies import end_allergy, record_allergy, record_no_known_allergies
from patients.models import Allergy, Patient, ToxLine, ToxScreen
from patients.toxicology import LineRead, fill_in, record_screen, take_out_screen
from tests import make
from tests.race import bites, race

pytestmark = pytest.mark.django_db


def allergic(patient: Patient, substance: str = "Penicillin", **fields: Any) -> Allergy:
    given = {
        "reaction": "hives",
        "severity": "severe",
        "now": make.NOW,
        "actor": make.clinician(patient.site),
    }
    return record_allergy(patient=patient, substance=substance, **(given | fields))


def none_known(patient: Patient) -> Allergy:
    return record_no_known_allergies(actor=make.clinician(patient.site), patient=patient, now=make.NOW)


def test_an_allergy_ends_that_none_is_known() -> None:
    ana = make.patient()
    none = none_known(ana)
    assert none_known(ana) == none
    allergic(ana)
    none.refresh_from_db()
    assert none.ending == "over"
    assert [row.substance for row in ana.allergies.standing()] == ["Penicillin"]


def test_none_is_known_only_when_no_allergy_stands() -> None:
    ana = make.patient()
    row = allergic(ana)
    with pytest.raises(Refused, match="on file"):
        none_known(ana)
    end_allergy(actor=row.recorded_by, allergy=row, ending="error", because="Other chart", now=make.NOW)
    end_allergy(actor=row.recorded_by, allergy=row, ending="over", because="Again", now=make.NOW)
    row.refresh_from_db()
    assert (row.ending, row.ended_because) == ("error", "Other chart")
    assert none_known(ana).none_known


def test_one_allergy_is_recorded_once_and_says_a_substance() -> None:
    ana = make.patient()
    row = allergic(ana)
    with pytest.raises(Refused, match="already"):
        allergic(ana, "penicillin")
    with pytest.raises(Refused) as no:
        allergic(ana, "  ")
    assert no.value.status == 422
    with pytest.raises(Refused, match="why"):
        end_allergy(actor=row.recorded_by, allergy=row, ending="over", because=" ", now=make.NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Allergy.objects.update(reaction="none")


def test_the_database_refuses_an_allergy_beside_none_known() -> None:
    ana = make.patient()
    by = make.clinician()
    make.allergy(ana, recorded_by=by)
    connection.check_constraints()  # or dropping one would wait for them
    bites(
        Allergy,
        "allergy_or_none_known",
        lambda: make.allergy(ana, "", none_known=True, recorded_by=by) and None,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_an_allergy_and_none_known_at_once_end_as_the_allergy() -> None:
    ana, by = make.patient(), make.clinician()
    race(
        [
            lambda: allergic(ana, actor=by),
            lambda: record_no_known_allergies(actor=by, patient=ana, now=make.NOW),
        ]
    )
    assert [row.substance for row in ana.allergies.standing()] == ["Penicillin"]


def screened(patient: Patient, *lines: LineRead, **fields: Any) -> ToxScreen:
    by = make.clinician(patient.site)
    given = {"actor": by, "ordered_by": by, "collected_at": make.NOW, "kind": "urine", "now": make.NOW}
    return record_screen(patient=patient, lines=lines, **(given | fields))


def unexpected() -> set[int]:
    return set(ToxScreen.objects.unexpected().values_list("pk", flat=True))


def test_a_positive_result_nobody_expected_can_be_found() -> None:
    ana = make.patient()
    found = screened(ana, LineRead("Cocaine", "positive"), LineRead("Opiates", "negative"))
    screened(ana, LineRead("Buprenorphine", "positive", expected=True), LineRead("Alcohol", "negative"))
    screened(ana, LineRead("Cocaine", "pending"))
    assert unexpected() == {found.pk}


def test_the_lab_and_an_error_take_it_back_and_a_late_result_adds_it() -> None:
    ana = make.patient()
    first, late, wrong = (
        screened(ana, LineRead("Cocaine", one)) for one in ("positive", "pending", "positive")
    )
    fill = {"actor": first.recorded_by, "now": make.NOW + timedelta(days=1)}
    fill_in(screen=first, results={}, confirmations={first.lines.get().pk: "refuted"}, **fill)
    fill_in(screen=late, results={late.lines.get().pk: "positive"}, confirmations={}, **fill)
    take_out_screen(actor=wrong.recorded_by, screen=wrong, because="Other chart", now=make.NOW)
    late.refresh_from_db()
    assert unexpected() == {late.pk} and late.resulted_at == fill["now"]


def test_a_result_once_read_stays() -> None:
    screen = screened(make.patient(), LineRead("Cocaine", "negative"))
    line = screen.lines.get()
    fill = {"actor": screen.recorded_by, "screen": screen, "now": make.NOW}
    assert fill_in(results={line.pk: "negative"}, confirmations={}, **fill)
    for said in ({"results": {line.pk: "positive"}, "confirmations": {}},
                 {"results": {}, "confirmations": {line.pk: "confirmed"}},
                 {"results": {line.pk + 999: "positive"}, "confirmations": {}}):  # fmt: skip
        with pytest.raises(Refused):
            fill_in(**said, **fill)
    for attempt in (
        lambda: ToxLine.objects.update(result="positive"),
        lambda: ToxLine.objects.all().delete(),
        lambda: ToxScreen.objects.update(note="x"),
        lambda: ToxScreen.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([], {}),
        ([LineRead("Cocaine", "negative"), LineRead("cocaine", "positive")], {}),
        ([LineRead("Cocaine", "negative")], {"collected_at": make.NOW + timedelta(hours=1)}),
    ],
)
def test_a_screen_without_results_or_from_tomorrow_is_refused(
    lines: list[LineRead], fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as no:
        screened(make.patient(), *lines, **fields)
    assert no.value.status == 422 and not ToxScreen.objects.exists()
