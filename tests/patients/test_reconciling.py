"""The list gone through with someone: every line's standing, signed once; two people at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.medicating import change_medication, start_medication, stop_medication
from patients.models import (
    MedicationReport,
    MedicationStatement,
    Patient,
    ReconciledLine,
    Reconciliation,
)
from patients.reconciling import LineSaid, Seen, reconcile, report_difference
from tests import make
from tests.race import race

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = make.NOW.date()


def said(row: MedicationStatement, **fields: Any) -> LineSaid:
    return LineSaid(
        **(
            {"statement_id": row.pk, "dose": row.dose, "schedule": row.schedule, "adherence": "unknown"}
            | fields
        )
    )


def go_through(patient: Patient, *lines: LineSaid, **fields: Any) -> Reconciliation:
    given = {"on": TODAY, "with_whom": "patient", "seen": Seen(), "now": make.NOW}
    if "actor" not in fields:
        fields["actor"] = make.clinician(patient.site)
    return reconcile(patient=patient, lines=lines, **(given | fields))


def standings(of: Reconciliation) -> dict[str, str]:
    rows = of.lines.values_list("statement__drug", "statement__dose", "standing")
    return {f"{drug} {dose}": standing for drug, dose, standing in rows}


def test_each_line_is_continued_changed_stopped_or_added() -> None:
    ana, by = make.patient(), make.clinician()
    kept, raised, left, gone = (
        make.medication(ana, drug=name) for name in ("Kept", "Raised", "Left", "Gone")
    )
    first = go_through(ana, *map(said, (kept, raised, left, gone)), now=make.NOW - 9 * HOUR)
    assert set(standings(first).values()) == {"added"}
    earlier = make.NOW - HOUR
    stop_medication(actor=by, statement=gone, last_on=TODAY, because="Rash", now=earlier)
    new = start_medication(
        actor=by, patient=ana, drug="New", dose="5 mg", schedule="daily", source="patient",
        from_on=TODAY, now=earlier,
    )  # fmt: skip
    second = go_through(
        ana,
        said(kept, adherence="sometimes_missed", side_effects="Dry mouth"),
        said(raised, dose="100 mg", because="Room to go up"),
        said(left, stopped=True, because="Nausea"),
        said(new),
        seen=Seen(first.pk),
    )
    assert standings(second) == {
        "Kept 50 mg": "continued",
        "Raised 100 mg": "changed",
        "Left 50 mg": "stopped",
        "New 5 mg": "added",
        "Gone 50 mg": "stopped",
    }
    assert second.line_count == 5
    heard = second.lines.get(statement=kept)
    assert (heard.adherence, heard.side_effects) == ("sometimes_missed", "Dry mouth")
    left.refresh_from_db()
    assert (left.to_on, left.ended_because) == (TODAY, "Nausea")


def test_a_change_made_since_the_last_review_stands_as_changed() -> None:
    ana = make.patient()
    row = make.medication(ana)
    first = go_through(ana, said(row), now=make.NOW - 9 * HOUR)
    after = change_medication(
        actor=row.recorded_by, statement=row, from_on=TODAY, because="Up", dose="75 mg", now=make.NOW - HOUR
    )
    assert standings(go_through(ana, said(after), seen=Seen(first.pk))) == {"Sertraline 75 mg": "changed"}


def test_a_signed_review_takes_no_change_and_no_line_more() -> None:
    ana = make.patient()
    row = make.medication(ana)
    review = go_through(ana, said(row))
    other = make.medication(ana, drug="Zinc")
    for attempt in (
        lambda: Reconciliation.objects.filter(pk=review.pk).update(note="x"),
        lambda: Reconciliation.objects.filter(pk=review.pk).delete(),
        lambda: review.lines.update(adherence="not_taking"),
        lambda: review.lines.all().delete(),
        lambda: ReconciledLine.objects.create(
            reconciliation=review, statement=other, standing="continued", adherence="unknown"
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_a_list_that_is_another_one_by_now_is_not_signed() -> None:
    ana = make.patient()
    row = make.medication(ana)
    make.medication(ana, drug="Zinc")
    with pytest.raises(Refused, match="meanwhile") as no:
        go_through(ana, said(row))
    assert no.value.status == 409 and not Reconciliation.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"on": TODAY + DAY}, "not come yet"),
        ({"on": TODAY - DAY, "seen": "last"}, "later than that"),
        ({"at_visit": True, "seen": "last"}, "by a prescriber"),
    ],
)
def test_a_review_of_a_wrong_day_or_by_the_wrong_person_is_refused(
    fields: dict[str, Any], words: str
) -> None:
    ana = make.patient()
    last = go_through(ana)
    if fields.get("seen") == "last":
        fields = fields | {"seen": Seen(last.pk)}
    with pytest.raises(Refused, match=words) as no:
        go_through(ana, **fields)
    assert no.value.status == 422


def test_who_has_no_credential_does_not_sign_and_nothing_is_changed() -> None:
    ana = make.patient()
    row = make.medication(ana)
    with pytest.raises(Refused, match="credential"):
        go_through(ana, said(row, stopped=True, because="x"), actor=make.user(Role.CLINICIAN))
    row.refresh_from_db()
    assert row.ended_at is None


def test_a_refusal_about_one_line_names_it_and_undoes_the_others() -> None:
    ana = make.patient()
    first, second = make.medication(ana), make.medication(ana, drug="Zinc", from_on=TODAY)
    with pytest.raises(Refused, match="Zinc") as no:
        go_through(ana, said(first, stopped=True, because="x"), said(second, dose="1 g", because="Up"))
    assert f"line-{second.pk}" in no.value.fields
    first.refresh_from_db()
    assert first.ended_at is None


def test_a_review_settles_the_reports_it_showed_and_no_later_one() -> None:
    ana = make.portal_patient()
    assert ana.user is not None
    first = report_difference(actor=ana.user, patient=ana, text=" Half a pill ", now=make.NOW)
    again = report_difference(actor=ana.user, patient=ana, text="Half a pill", now=make.NOW)
    later = report_difference(actor=ana.user, patient=ana, text="And none on Sunday", now=make.NOW)
    assert first == again
    review = go_through(ana, seen=Seen(0, first.pk))
    assert list(review.reports.all()) == [first]
    assert list(MedicationReport.objects.open()) == [later]


def test_reports_need_words_and_five_may_wait() -> None:
    ana = make.portal_patient()
    assert ana.user is not None
    with pytest.raises(Refused) as no:
        report_difference(actor=ana.user, patient=ana, text=" ", now=make.NOW)
    assert no.value.status == 422
    for number in range(5):
        report_difference(actor=ana.user, patient=ana, text=f"Note {number}", now=make.NOW)
    with pytest.raises(Refused, match="Call the clinic"):
        report_difference(actor=ana.user, patient=ana, text="One more", now=make.NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        MedicationReport.objects.update(text="Other words")


def two_people(patient: Patient) -> list[User]:
    return [make.clinician(patient.site) for _ in range(2)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_two_reviews_at_once_are_one_and_the_other_is_told() -> None:
    ana = make.patient()
    row = make.medication(ana)
    deeds = [lambda by=by: go_through(ana, said(row), actor=by) for by in two_people(ana)]
    answers = race(deeds)
    assert sum(isinstance(one, Reconciliation) for one in answers) == 1
    (no,) = [one for one in answers if isinstance(one, Exception)]
    assert isinstance(no, Refused) and "meanwhile" in no.sentence
    assert ReconciledLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_a_review_and_a_change_at_once_do_not_lose_either() -> None:
    ana = make.patient()
    row, (one, other) = make.medication(ana), two_people(ana)
    answers = race(
        [
            lambda: go_through(ana, said(row), actor=one),
            lambda: change_medication(
                actor=other, statement=row, dose="100 mg", from_on=TODAY, because="Up", now=make.NOW
            ),
        ]
    )
    wrong = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
    assert not wrong
    assert isinstance(answers[1], MedicationStatement)
    reviewed = not isinstance(answers[0], Refused)
    assert Reconciliation.objects.count() == int(reviewed)
