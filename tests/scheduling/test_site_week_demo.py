"""The demo clinic's weeks as the planner sees them: what it finds broken there really is."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from billing.management.commands.demo_data import load
from iop_clinic.accounts.demo import Moment
from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week
from scheduling.planner.check import check
from scheduling.planner.propose import Asked, asked_of
from scheduling.planner.written import as_ids, from_ids
from scheduling.site_week import site_week

WEDNESDAY = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
THIS, NEXT = Week(date(2026, 10, 19)), Week(date(2026, 10, 26))
# More than an hour between two groups; more than two hours above the prescription.
REALLY_BROKEN = {"gap", "over"}
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    with django_db_blocker.unblock(), transaction.atomic():
        load(Moment(WEDNESDAY))
        yield Site.objects.get(name="Marlow Street")
        transaction.set_rollback(True)


def asked(at: Site, week: Week) -> Asked:
    return asked_of(site_week(at, week, WEDNESDAY))


def test_next_week_of_the_demo_clinic_breaks_only_rules_it_really_breaks(demo: Site) -> None:
    found = asked(demo, NEXT)
    rules = Counter(one.rule for one in check(found.problem, found.week))
    assert len(found.problem.patients) > 20
    assert set(rules) <= REALLY_BROKEN, rules


def test_this_week_counts_what_is_over_and_plans_what_is_ahead(demo: Site) -> None:
    found = asked(demo, THIS)
    today = 2
    assert any(one.credit_minutes for one in found.problem.patients)
    assert all(one.day >= today for one in found.problem.sections)
    assert all(not mask for one in found.problem.patients for mask in one.free[:today])
    rules = Counter(one.rule for one in check(found.problem, found.week))
    assert set(rules) <= REALLY_BROKEN, rules


def test_the_queries_do_not_grow_with_the_clinic(demo: Site, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(23):
        asked(demo, NEXT)


def test_numbers_come_back_as_they_were_written(demo: Site) -> None:
    found = asked(demo, NEXT)
    assert from_ids(as_ids(found.week)) == found.week
