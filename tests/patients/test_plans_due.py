"""Plans as work: to write, review, sign and co-sign; by the site's clock, in a fixed number of queries."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.accounts.models import Site, User
from iop_clinic.roles import Role
from patients.models import Episode, PlanClock, Signature, TreatmentPlan
from patients.plans_due import due_page
from tests import make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
DAY = make.MONDAY + timedelta(days=2)


def rows(shown: str, whose: User | None = None, site: Site | None = None, day: date = DAY) -> list[Any]:
    return due_page(shown, site or make.site(), day, "1", whose)[1]


def names(shown: str, **fields: Any) -> list[tuple[str, str]]:
    return [(row.what, row.words) for row in rows(shown, **fields)]


def admitted(days_ago: int, **fields: Any) -> Episode:
    return make.episode(admitted_on=DAY - timedelta(days=days_ago), **fields)


@pytest.mark.parametrize(
    ("days_ago", "words"),
    [
        (0, [("First plan", "due Oct 22")]),
        (1, [("First plan", "due Oct 21")]),
        (2, [("First plan", "was due Oct 20")]),
    ],
)
def test_a_first_plan_is_due_the_day_after_admission(days_ago: int, words: list[tuple[str, str]]) -> None:
    admitted(days_ago)
    assert names("write") == words


@pytest.mark.parametrize(
    ("days_ago", "words"),
    [(3, []), (4, [("Full plan", "due Oct 24")]), (8, [("Full plan", "was due Oct 20")])],
)
def test_an_interim_plan_leaves_the_full_one_due_after_seven_days(
    days_ago: int, words: list[tuple[str, str]]
) -> None:
    make.plan(admitted(days_ago), is_interim=True)
    assert names("write") == words


def test_a_full_plan_a_finished_stay_and_another_site_wait_for_nothing() -> None:
    make.plan(admitted(20))
    admitted(20, ended_on=DAY)
    make.episode(make.patient(make.other_site()), admitted_on=DAY - timedelta(days=20))
    assert rows("write") == []
    make.plan(admitted(20), signed=False)
    assert len(rows("write")) == 1


def test_a_site_keeps_its_own_clock() -> None:
    PlanClock.objects.create(site=make.site(), interim_days=3, full_days=14)
    admitted(2)
    assert names("write") == [("First plan", "due Oct 22")]


def planned(review_in: int, **fields: Any) -> TreatmentPlan:
    plan = make.plan(admitted(28), **fields)
    return _due(plan, DAY + timedelta(days=review_in))


def _due(plan: TreatmentPlan, on: date) -> TreatmentPlan:
    """As if it had been signed with that date: the row is frozen, so a review sets the next one."""
    make.review(plan, on=on - timedelta(days=30), next_review_on=on)
    return plan


def test_reviews_are_listed_when_late_or_within_three_days() -> None:
    for days in (-2, 3, 4):
        planned(days)
    assert [words for _, words in names("review")] == ["was due Oct 19", "due Oct 24"]


def test_only_the_latest_version_is_reviewed() -> None:
    first = planned(-2)
    make.plan(first.episode, version=2)
    assert rows("review") == []


def sign(plan: TreatmentPlan, *parts: str) -> None:
    by = plan.episode.primary_clinician
    for part in parts:
        staff = part in ("supervisor", "prescriber", "clinician")
        Signature.objects.create(
            plan=plan,
            part=part,
            way="password" if staff else "paper",
            signer=by if staff else None,
            recorded_by=by,
            signed_name="x",
            signed_at=make.NOW,
            content_sha256="0" * 64,
        )


def test_missing_signatures_are_named_and_a_minor_needs_a_guardian() -> None:
    sign(make.plan(admitted(28)), "patient", "prescriber")
    sign(make.plan(admitted(28)), "patient")
    teen = make.patient(born_on=date(2010, 1, 1))
    sign(make.plan(make.episode(teen, admitted_on=DAY - timedelta(days=5))), "prescriber")
    assert [what for what, _ in names("signatures")] == ["Prescriber", "Patient, Parent or guardian"]
    PlanClock.objects.create(site=make.site(), prescriber_signs=False)
    assert [what for what, _ in names("signatures")] == ["Patient, Parent or guardian"]


@pytest.mark.parametrize(("born_on", "minor"), [(date(2008, 9, 23), False), (date(2008, 9, 24), True)])
def test_eighteen_on_the_first_day_is_grown_up(born_on: date, minor: bool) -> None:
    stay = make.episode(make.patient(born_on=born_on), admitted_on=date(2026, 9, 23))
    sign(make.plan(stay), "patient", "prescriber")
    assert bool(rows("signatures")) is minor


def supervised() -> tuple[User, User]:
    helena, associate = make.clinician(role=Role.SUPERVISOR), make.clinician()
    associate.profile.supervisor = helena
    associate.profile.save(update_fields=["supervisor"])
    return helena, associate


def test_a_plan_to_cosign_is_the_supervisors_and_the_authors() -> None:
    helena, associate = supervised()
    plan = make.plan(admitted(28, lead=associate), needs_cosignature=True)
    assert [len(rows("cosign", whose=who)) for who in (helena, associate, make.clinician())] == [1, 1, 0]
    sign(plan, "supervisor")
    assert rows("cosign") == []


def test_mine_is_where_the_page_starts_and_all_is_a_choice(sign_in: SignIn) -> None:
    mine, _ = admitted(5), admitted(5)
    client, url = sign_in(mine.primary_clinician), reverse("patients:plans_due")
    with time_machine.travel(make.NOW, tick=False):
        assert len(client.get(url).context["rows"]) == 1
        assert len(client.get(f"{url}?whose=all").context["rows"]) == 2
        assert client.get(f"{url}?list=nonsense&page=x").context["shown"] == "write"


@pytest.mark.parametrize("shown", ["write", "review", "signatures", "cosign"])
def test_a_list_takes_the_same_queries_at_any_number(shown: str, sign_in: SignIn) -> None:
    _, associate = supervised()

    def one_more() -> None:
        if shown == "write":
            admitted(20)
        else:
            _due(make.plan(admitted(28, lead=associate), needs_cosignature=True), DAY - timedelta(days=2))

    client, url = sign_in(role=Role.SUPERVISOR), f"{reverse('patients:plans_due')}?list={shown}&whose=all"

    def queries(expected: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert len(client.get(url).context["rows"]) == expected
        return len(caught)

    with time_machine.travel(make.NOW, tick=False):
        one_more()
        queries(1)
        few = queries(1)
        for _ in range(7):
            one_more()
        assert queries(8) == few
