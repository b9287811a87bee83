"""Certified for the days a payer asks, by whom it asks, said when due; and the list of what is due."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.care_clocks import with_care_clocks
from patients.care_due import due_at_site
from patients.certifying import certify, is_physician, open_period
from patients.level_paper import certification_sheet
from patients.models import Certification, Episode, LevelOfCare, LevelOfCareStay
from tests import make
from tests.make import NOW
from tests.race import race

pytestmark = pytest.mark.django_db
TODAY, DAY = date(2026, 10, 21), timedelta(days=1)
AGAIN = {"response": "Fewer cravings", "discharge_goals": "Two weeks without use"}


def physician(credential: str = "MD") -> User:
    return make.clinician(role=Role.PRESCRIBER, credential=credential)


def covered(admitted_on: date = TODAY, *, plan: bool = True, **clock: Any) -> Episode:
    """Someone whose payer counts like Medicare, with a signed plan."""
    of = make.episode(admitted_on=admitted_on)
    make.coverage(of.patient)
    if not of.patient.coverages.get().payer.clocks.exists():
        make.payer_clock(**clock)
    if plan:
        make.plan(of)
    return of


def certified(of: Episode, by: User | None = None, **fields: Any) -> Certification:
    period = open_period(of, TODAY)
    said = {"from_on": period.from_on if period else TODAY, "need": "At risk of relapse", "now": NOW} | fields
    return certify(actor=by or physician(), episode=of, **said)


def clocks(of: Episode, day: date = TODAY) -> Any:
    return with_care_clocks(Episode.objects.filter(pk=of.pk), day).get()


def test_the_first_certification_is_due_on_the_first_day_and_the_next_when_it_ends() -> None:
    ana = covered()
    assert clocks(ana).certify_due_on == TODAY
    first = certified(ana)
    assert (first.kind, first.from_on, first.to_on) == ("first", TODAY, TODAY + 59 * DAY)
    assert clocks(ana).certify_due_on == TODAY + 59 * DAY


def test_a_recertification_says_how_it_goes_and_covers_the_next_days() -> None:
    ana = covered(TODAY - 55 * DAY)
    made = make.certification(ana, ana.plans.get())
    with pytest.raises(Refused, match="how the person responds"):
        certified(ana)
    again = certified(ana, **AGAIN)
    assert (again.kind, again.from_on) == ("again", made.to_on + DAY)
    assert again.to_on == again.from_on + 59 * DAY
    assert again.statement.startswith("I certify that this person continues to need intensive outpatient")


def test_partial_hospitalization_is_eighteen_days_and_then_thirty() -> None:
    ana = covered(TODAY - 17 * DAY, level_kind="php", first_days=18, every_days=30)
    php = LevelOfCare.objects.create(
        code="PHP", name="PHP", kind="php", adult_minutes=1200, adolescent_minutes=1200
    )
    ana.stays.update(level=php, prescribed_minutes=1200, standard_minutes=1200)
    first = make.certification(ana, ana.plans.get(), level_kind="php", to_on=TODAY)
    assert clocks(ana).certify_due_on == first.to_on == ana.admitted_on + 17 * DAY
    assert certified(ana, **AGAIN).to_on == TODAY + 30 * DAY


def test_another_level_begins_its_own_clock_and_a_return_begins_it_again() -> None:
    ana = covered(TODAY - 40 * DAY)
    make.certification(ana, ana.plans.get())
    other = LevelOfCare.objects.create(
        code="OP", name="OP", kind="op", adult_minutes=60, adolescent_minutes=60
    )
    stay = ana.stays.get()
    spans = [(stay.level, None, -31), (other, -30, -11), (stay.level, -10, None)]
    LevelOfCareStay.objects.filter(pk=stay.pk).update(to_on=TODAY + spans[0][2] * DAY)
    for level, first, last in spans[1:]:
        LevelOfCareStay.objects.create(
            episode=ana,
            level=level,
            prescribed_minutes=540,
            standard_minutes=540,
            from_on=TODAY + first * DAY,
            to_on=None if last is None else TODAY + last * DAY,
        )
    assert clocks(ana, TODAY - 20 * DAY).certify_due_on is None
    assert clocks(ana).care_from_on == TODAY - 10 * DAY
    # What was certified before the break still covers these days; the next one follows it.
    assert clocks(ana).certify_due_on == ana.admitted_on + 59 * DAY


def test_only_a_payer_that_asks_has_anything_certified() -> None:
    ana = covered(certifies=False, first_days=None, every_days=None)
    assert clocks(ana).certify_due_on is None
    with pytest.raises(Refused, match="no certification"):
        certified(ana)
    assert clocks(make.episode()).certify_due_on is None


def test_a_rule_counts_from_its_day_on() -> None:
    ana = covered(TODAY - 5 * DAY, from_on=TODAY + DAY)
    assert clocks(ana).certify_due_on is None
    assert clocks(ana, TODAY + DAY).certify_due_on == TODAY - 5 * DAY


@pytest.mark.parametrize(
    ("letters", "is_one"),
    [("MD", True), ("M.D., PhD", True), ("DO", True), ("PMHNP", False), ("DNP", False), ("PsyD", False)],
)
def test_a_physician_is_an_md_or_do(letters: str, is_one: bool) -> None:
    assert is_physician(letters) is is_one


def test_who_may_certify_is_the_payers_and_the_roles_to_say() -> None:
    ana = covered()
    with pytest.raises(Refused, match="MD or DO") as no:
        certified(ana, physician("PMHNP"))
    assert no.value.status == 403
    with pytest.raises(Refused, match="A prescriber certifies"):
        certified(ana, make.clinician(credential="MD"))
    bo = covered()
    bo.patient.coverages.get().payer.clocks.update(physician_only=False)
    assert certified(bo, physician("PMHNP")).credential == "PMHNP"


def test_certifying_needs_a_plan_and_hours_of_the_level() -> None:
    with pytest.raises(Refused, match="no signed plan"):
        certified(covered(plan=False))
    ana = covered()
    ana.stays.update(prescribed_minutes=480, standard_minutes=480)
    with pytest.raises(Refused, match="Fewer than 9 h"):
        certified(ana)


def test_signed_late_it_says_why_and_never_dates_itself_back() -> None:
    ana = covered(TODAY - 3 * DAY)
    with pytest.raises(Refused, match="signed late"):
        certified(ana)
    made = certified(ana, late_because="On leave")
    assert (made.from_on, made.signed_on) == (TODAY - 3 * DAY, TODAY)


def test_it_is_too_early_long_before_and_too_late_after_discharge() -> None:
    ana = covered()
    certified(ana)
    with pytest.raises(Refused, match="too early"):
        certified(ana, **AGAIN)
    with pytest.raises(Refused, match="certified already"):
        certified(ana, from_on=TODAY)
    Episode.objects.filter(pk=ana.pk).update(ended_on=TODAY)
    with pytest.raises(Refused, match="has left"):
        certified(ana, from_on=TODAY)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_two_prescribers_at_once_certify_once() -> None:
    ana = covered()
    deeds = [
        partial(certify, actor=physician(), episode=ana, from_on=TODAY, need="x", now=NOW) for _ in range(3)
    ]
    answers = race(deeds)
    assert sum(isinstance(one, Refused) for one in answers) == 2
    assert Certification.objects.count() == 1


def test_a_review_is_due_thirty_days_after_the_last_or_as_the_payer_says() -> None:
    ana = make.episode(admitted_on=TODAY - 20 * DAY)
    assert clocks(ana).review_due_on == TODAY + 10 * DAY
    make.determination(ana.patient, ana.primary_clinician, kind="continued", decided_on=TODAY - 2 * DAY)
    make.determination(ana.patient, ana.primary_clinician, kind="continued", decided_on=TODAY, signed=False)
    assert clocks(ana).review_due_on == TODAY + 28 * DAY
    bo = covered(TODAY - 20 * DAY, review_days=7)
    assert clocks(bo).review_due_on == TODAY - 13 * DAY


def test_it_goes_on_paper_as_it_was_signed() -> None:
    sheet = certification_sheet(certified(covered()), now=NOW)
    assert sheet.signatures[0].part == "Prescriber, MD"
    assert pdf_of(sheet).startswith(b"%PDF")


def test_the_list_holds_a_site_s_own_and_ends_a_week_ahead() -> None:
    late, soon, later = covered(TODAY - 70 * DAY), covered(TODAY - 54 * DAY), covered(TODAY - 50 * DAY)
    for one in (late, soon, later):
        make.certification(one, one.plans.get())
    elsewhere = make.episode(make.patient(make.other_site()), admitted_on=TODAY - 70 * DAY)
    make.coverage(elsewhere.patient)
    found = due_at_site("certifications", make.site(), TODAY)
    assert [one.pk for one in found] == [late.pk, soon.pk]
    assert [one.pk for one in due_at_site("certifications", make.site(), TODAY, soon.primary_clinician)] == [
        soon.pk
    ]


@pytest.mark.parametrize("shown", ["certifications", "reviews"])
def test_the_list_takes_the_same_queries_at_any_size(sign_in: Any, shown: str) -> None:
    client, url = sign_in(role=Role.CASE_MANAGER), reverse("patients:care_due")
    long_ago = timezone.now().date() - 100 * DAY

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            page = client.get(url, {"list": shown, "whose": "all"})
            assert page.status_code == 200
        return len(caught)

    covered(long_ago)
    queries()  # the first page warms what a process reads once
    few = queries()
    for _ in range(60):
        covered(long_ago)
    assert queries() == few
    page = client.get(url, {"list": shown, "whose": "all", "page": "2"}).content.decode()
    assert "51 to 61 of 61" in page


def test_the_chart_says_what_is_due_to_those_who_treat_and_bill_and_not_to_the_desk(sign_in: Any) -> None:
    ana = covered(timezone.now().date() - 3 * DAY)
    url = reverse("patients:chart", args=[ana.patient_id])
    for role, says in ((Role.PRESCRIBER, True), (Role.BILLER, True), (Role.FRONT_DESK, False)):
        said = sign_in(role=role).get(url).content.decode()
        assert ("Certification was due" in said) is says
