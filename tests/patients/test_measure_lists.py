"""What waits for one person, forms to print, the list of what was missed, outcomes of a site."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Permission, Role, may
from patients.measure_forms import forms_due
from patients.models import Episode, FollowUp, MeasureRule, Response
from patients.outcomes import outcome_of, outcome_said
from patients.scoring import load_instruments
from patients.site_outcomes import MeasureOutcome, site_outcomes
from scheduling.measures_due import ask_measures_at
from tests import make
from tests.make import MONDAY, NOW

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
MISSED, OUTCOMES = "patients:missed_measures", "patients:outcomes"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday_morning() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(sign_in: Callable[..., Client]) -> Client:
    return sign_in(make.clinician(role=Role.SUPERVISOR))


def missing(count: int, **fields: Any) -> Episode:
    whom = make.episode(make.patient(**fields), admitted_on=MONDAY - 9 * WEEK)
    for weeks in range(1, count + 1):
        make.asked_by_rule(whom.patient, "phq9", MONDAY - weeks * WEEK, state="missed")
    return whom


def test_what_waits_is_shown_with_its_ways(sign_in: Callable[..., Client]) -> None:
    whom = make.episode()
    due = make.asked_by_rule(whom.patient)
    make.asked_by_rule(whom.patient, "asq", moment="intake")
    make.response(whom.patient, "gad7", MONDAY + WEEK)
    page = sign_in(whom.primary_clinician).get(reverse("patients:check_in", args=[whom.patient_id])).text
    assert "2 measures due" in page and "The treating team asks" in page and "hand over" in page
    assert reverse("patients:measure", args=[due.pk]) in page and "GAD-7" not in page
    desk = sign_in(role=Role.FRONT_DESK).get(reverse("patients:check_in", args=[whom.patient_id])).text
    assert "hand over" in desk and reverse("patients:measure", args=[due.pk]) not in desk


def test_a_persons_forms_are_printed(client: Client) -> None:
    whom = make.episode().patient
    assert (
        "Nothing is due" in client.get(reverse("patients:check_in_paper", args=[whom.pk]), follow=True).text
    )
    make.asked_by_rule(whom)
    answer = client.get(reverse("patients:check_in_paper", args=[whom.pk]))
    assert answer.content.startswith(b"%PDF") and "attachment" in answer["Content-Disposition"]
    told = AuditEvent.objects.get(verb="patients.print_measures")
    assert told.detail == {"patients": [whom.pk], "forms": 1}


def test_forms_are_those_due_by_the_day_that_patients_answer_themselves() -> None:
    one, two = make.patient(family_name="Zed"), make.patient(family_name="Abel")
    for code in ("phq9", "gad7", "asq", "isi"):
        make.asked_by_rule(one, code)
    make.asked_by_rule(one, "phq9", MONDAY - WEEK)
    make.response(one, "peg", MONDAY + 3 * DAY)
    make.asked_by_rule(two, "gad7", state="missed")
    make.response(two, "bam")
    make.asked_by_rule(make.patient())
    found = [(who.family_name, what.id) for who, what in forms_due([one.pk, two.pk], MONDAY + 2 * DAY)]
    assert found == [("Abel", "bam"), ("Zed", "gad7"), ("Zed", "phq9")]


def test_print_for_the_group(client: Client) -> None:
    held = make.session(day=MONDAY + 2 * DAY)
    address = reverse("sessions:session_measures", args=[held.pk])
    assert client.get(address).status_code == 302
    people = [make.episode(make.patient()) for _ in range(2)]
    for whom in people:
        make.booking(held, whom)
        make.asked_by_rule(whom.patient)
    away = make.episode(make.patient())
    make.booking(held, away, status="cancelled_by_patient", cancelled_at=NOW)
    make.asked_by_rule(away.patient)
    assert client.get(address).content.startswith(b"%PDF")
    told = AuditEvent.objects.filter(verb="patients.print_measures").latest("pk")
    assert told.detail["patients"] == sorted(whom.patient_id for whom in people)


def test_a_form_typed_in_says_so(client: Client) -> None:
    due = make.asked_by_rule(make.episode().patient)
    answers = {f"q{n}": "1" for n in range(1, 9)} | {"q9": "0", "difficulty": "1", "mode": "paper"}
    assert client.post(reverse("patients:measure", args=[due.pk]), answers).status_code == 302
    due.refresh_from_db()
    assert (due.mode, due.total) == ("paper", 8)
    assert client.post(reverse("patients:measure", args=[due.pk]), {"mode": "portal"}).status_code == 422


def test_missed_measures_are_listed_until_the_next_answer(client: Client) -> None:
    long, short = missing(3, family_name="Longrun"), missing(1, family_name="Shortrun")
    done = {"state": "complete", "total": 5, "band": "mild", "finished_at": NOW}
    answered = missing(2, family_name="Answered")
    make.asked_by_rule(answered.patient, "phq9", MONDAY, **done)
    missing(2, family_name="Elsewhere", at=make.other_site())
    ask_measures_at(site=long.site, now=NOW)
    page = client.get(reverse(MISSED)).text
    assert page.index("Longrun") < page.index("Shortrun")
    assert "3 in a row" in page and "once" in page
    assert "Answered" not in page and "Elsewhere" not in page
    assert reverse("patients:follow_up", args=[FollowUp.objects.get().pk]) in page
    read = AuditEvent.objects.filter(verb="patients.read_missed_measures").latest("pk")
    assert read.detail["patients"] == sorted([long.patient_id, short.patient_id])


def test_missed_measures_of_one_clinician(client: Client) -> None:
    one, other = missing(1, family_name="Onename"), missing(1, family_name="Othername")
    page = client.get(reverse(MISSED), {"clinician": one.primary_clinician_id}).text
    assert "Onename" in page and "Othername" not in page
    for wrong in ("0", "x", make.clinician(make.other_site()).pk):
        answer = client.get(reverse(MISSED), {"clinician": wrong})
        assert answer.status_code == 422 and "Othername" in answer.text
    assert other.pk


def test_a_longer_list_of_missed_measures_takes_no_more_statements(client: Client) -> None:
    def count() -> int:
        client.get(reverse(MISSED))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(MISSED), {"page": "1"}).status_code == 200
        return len(seen)

    missing(2)
    few = count()
    for _ in range(8):
        missing(2)
    assert count() == few


def test_missed_measures_come_in_pages(client: Client) -> None:
    for _ in range(51):
        missing(1)
    assert "1 to 50 of 51" in client.get(reverse(MISSED)).text
    assert "51 to 51 of 51" in client.get(reverse(MISSED), {"page": "2"}).text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
@pytest.mark.parametrize(
    ("page", "right"), [(MISSED, Permission.SEE_CLINICAL), (OUTCOMES, Permission.SEE_OUTCOMES)]
)
def test_who_opens_the_lists(
    role: Role, page: str, right: Permission, sign_in: Callable[..., Client]
) -> None:
    assert sign_in(role=role).get(reverse(page)).status_code == (200 if may(role, right) else 403)


def stay(
    *scores: tuple[int, int], code: str = "phq9", days: int = 56, ended: bool = True, **fields: Any
) -> Episode:
    """Scores as (day of the stay, total); the stay ends on Monday of this week."""
    admitted_on = MONDAY - timedelta(days=days)
    whom = make.episode(make.patient(), admitted_on=admitted_on, ended_on=MONDAY if ended else None, **fields)
    for day, total in scores:
        on = admitted_on + timedelta(days=day)
        at = NOW - (MONDAY + 2 * DAY - on)
        make.response(whom.patient, code, on, state="complete", total=total, finished_at=at)
    return whom


def counted(code: str = "phq9", by: str = "discharges", **span: date) -> MeasureOutcome:
    said = {"from_on": MONDAY - 4 * WEEK, "to_on": MONDAY + 2 * DAY} | span
    found = site_outcomes(make.site(), by, **said)
    return next(row for row in found.rows if row.instrument.id == code)


@pytest.mark.parametrize(
    ("scores", "code", "numbers"),
    [
        # stays, improved, worse, counting, response, remission
        ([(0, 20), (55, 8)], "phq9", (1, 1, 0, 1, 1, 0)),
        ([(0, 10), (55, 5)], "phq9", (1, 0, 0, 1, 1, 0)),
        ([(0, 10), (55, 4)], "phq9", (1, 1, 0, 1, 1, 1)),
        ([(0, 20), (55, 11)], "phq9", (1, 1, 0, 1, 0, 0)),
        ([(0, 20), (55, 15)], "phq9", (1, 0, 0, 1, 0, 0)),
        ([(0, 20), (55, 14)], "phq9", (1, 1, 0, 1, 0, 0)),
        ([(0, 9), (55, 3)], "phq9", (1, 1, 0, 0, 0, 0)),
        ([(0, 10), (55, 16)], "phq9", (1, 0, 1, 1, 0, 0)),
        ([(-14, 20), (55, 8)], "phq9", (1, 1, 0, 1, 1, 0)),
        ([(-15, 20), (55, 8)], "phq9", (0, 0, 0, 0, 0, 0)),
        ([(14, 20), (55, 8)], "phq9", (1, 1, 0, 1, 1, 0)),
        ([(15, 20), (55, 8)], "phq9", (0, 0, 0, 0, 0, 0)),
        ([(0, 20), (7, 9), (55, 8)], "phq9", (1, 1, 0, 1, 1, 0)),
        ([(0, 20)], "phq9", (0, 0, 0, 0, 0, 0)),
        ([(0, 20), (42, 8)], "phq9", (1, 1, 0, 1, 1, 0)),
        ([(0, 20), (41, 8)], "phq9", (0, 0, 0, 0, 0, 0)),
        ([(0, 12), (55, 8)], "gad7", (1, 1, 0, 1, 0, 0)),
        ([(0, 6), (55, 4)], "peg", (1, 0, 0, 1, 1, 0)),
        ([(0, 0), (55, 0)], "peg", (1, 0, 0, 0, 0, 0)),
        ([(0, 50), (55, 35)], "pcl5", (1, 1, 0, 1, 0, 0)),
    ],
)
def test_postgresql_counts_as_the_rules_say(
    scores: list[tuple[int, int]], code: str, numbers: tuple[int, ...]
) -> None:
    whom = stay(*scores, code=code)
    row = counted(code)
    shares = (row.improved, row.worse, row.responded, row.remitted)
    assert (
        row.stays,
        shares[0].count,
        shares[1].count,
        shares[2].of,
        shares[2].count,
        shares[3].count,
    ) == numbers
    scale = load_instruments()[code].total
    assert scale is not None
    days = [(whom.admitted_on + timedelta(days=day), total) for day, total in scores]
    pure = outcome_of(scale, days, whom.admitted_on)
    if row.stays:
        assert pure is not None
        assert (pure.change == "improved", pure.change == "worsened") == (
            bool(shares[0].count),
            bool(shares[1].count),
        )
        assert (bool(pure.response), bool(pure.remission)) == (bool(shares[2].count), bool(shares[3].count))


def test_below_ten_stays_only_the_number_is_shown(client: Client) -> None:
    for _ in range(9):
        stay((0, 20), (55, 8))
    few = counted()
    assert (few.stays, few.change, few.improved.words, few.improved.beside) == (9, "too few", "too few", "")
    stay((0, 20), (55, 20))
    row = counted()
    assert (row.stays, row.change, row.improved.words, row.improved.beside) == (
        10,
        "10.8 better",
        "90%",
        "9 of 10",
    )
    page = client.get(reverse(OUTCOMES)).text
    assert "Outcomes of 10 stays" in page and "90%" in page and "9 of 10" in page


def test_the_days_and_the_site_choose_the_stays(client: Client) -> None:
    stay((0, 20), (55, 8))
    stay((0, 20), (20, 12), ended=False)
    elsewhere = make.episode(make.patient(make.other_site()), admitted_on=MONDAY - 8 * WEEK, ended_on=MONDAY)
    assert counted().stays == 1
    assert counted(from_on=MONDAY + DAY).stays == 0
    assert counted(by="stays").stays == 2
    assert counted(by="stays", to_on=MONDAY - 7 * WEEK, from_on=MONDAY - 7 * WEEK).stays == 0
    assert site_outcomes(elsewhere.site, "stays", MONDAY, MONDAY).stays == 1


def test_outcomes_take_the_same_statements_for_any_number(client: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(OUTCOMES)).status_code == 200
        return len(seen)

    stay((0, 20), (55, 8))
    client.get(reverse(OUTCOMES))
    few = count()
    for _ in range(6):
        stay((0, 20), (55, 8))
    assert count() == few


def test_days_that_make_no_span_are_answered_with_a_sentence(client: Client) -> None:
    for typed in ({"from_on": "2026-10-02", "to_on": "2026-10-01"}, {"from_on": "soon"}, {"by": "moon"}):
        assert client.get(reverse(OUTCOMES), typed).status_code == 422


@pytest.mark.parametrize(
    ("code", "first", "last", "words"),
    [
        ("phq9", 20, 8, ["Reliable improvement: 12 better", "Response: 60 percent better", "No remission"]),
        ("phq9", 12, 4, ["Reliable improvement: 8 better", "Response: 66 percent better", "Remission"]),
        ("phq9", 12, 9, ["No reliable change: 3 apart", "No response: 25 percent better", "No remission"]),
        (
            "phq9",
            12,
            19,
            ["Reliable deterioration: 7 worse", "No response: 58 percent worse", "No remission"],
        ),
        ("phq9", 8, 2, ["Reliable improvement: 6 better", "Response and remission are not said"]),
        ("gad7", 12, 12, ["No reliable change: 0 apart"]),
        ("peg", 6, 4, ["Response: 33 percent better"]),
    ],
)
def test_an_outcome_in_words(code: str, first: int, last: int, words: list[str]) -> None:
    scale = load_instruments()[code].total
    assert scale is not None
    found = outcome_of(scale, [(MONDAY, first), (MONDAY + 4 * WEEK, last)], MONDAY)
    assert found is not None
    assert [one.words for one in outcome_said(scale, found)] == words
    assert all(one.rule for one in outcome_said(scale, found))


def test_the_measures_tab_says_the_outcome_with_its_rule_and_what_was_missed(client: Client) -> None:
    whom = stay((0, 20), (28, 8), ended=False)
    make.asked_by_rule(whom.patient, "phq9", MONDAY - 2 * WEEK, state="missed")
    page = client.get(reverse("patients:measures", args=[whom.patient_id])).text
    assert "Reliable improvement: 12 better" in page
    assert "At least 50 percent better than the baseline, from a baseline of 10 or more" in page
    assert "Missed Oct 5" in page


def test_an_administrator_edits_the_rules(sign_in: Callable[..., Client]) -> None:
    client = sign_in(role=Role.ADMINISTRATOR)
    MeasureRule.objects.all().delete()
    add = reverse("admin:patients_measurerule_add")
    said = {
        "instrument_code": "pcl5",
        "moment": "weekly",
        "asked_of": "diagnosis",
        "code_prefix": "f43.1",
        "is_active": "on",
    }
    assert client.post(add, said).status_code == 302
    rule = MeasureRule.objects.get()
    assert (rule.code_prefix, rule.site) == ("F43.1", None)
    assert "already" in client.post(add, said).text
    for wrong in (
        {"code_prefix": ""},
        {"code_prefix": "depression"},
        {"asked_of": "everyone"},
        {"instrument_code": "xyz"},
    ):
        assert client.post(add, said | wrong).status_code == 200
    assert MeasureRule.objects.count() == 1
    assert client.get(reverse("admin:patients_measurerule_changelist")).status_code == 200
    assert AuditEvent.objects.filter(verb="admin.measurerule.created").count() == 1
    assert Response.objects.count() == 0
