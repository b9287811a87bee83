"""What a payer asks of a day, as the weeks that are planned know it."""

from datetime import time, timedelta

import pytest

from billing.payer_days import day_minutes_of
from iop_clinic.clock import Week
from patients.models import Episode
from scheduling.planner.propose import asked_of
from scheduling.site_week import site_week
from scheduling.week_ask import usual_ask
from tests import make

BEFORE = make.NOW - timedelta(days=5)
pytestmark = pytest.mark.django_db


def asked_of_a_day(stay: Episode) -> int:
    problem = asked_of(site_week(make.site(), Week(make.MONDAY), BEFORE)).problem
    return problem.by_patient[stay.patient_id].rule.minutes


def test_a_day_needs_what_the_rule_of_the_first_payer_says() -> None:
    stay, bare = make.episode(), make.episode()
    make.coverage(stay.patient)
    make.rule(minimum_minutes=150)
    make.rule(make.payer("Larch Mutual"), minimum_minutes=200)
    assert day_minutes_of([stay, bare], make.MONDAY) == {stay.patient_id: 150}


def test_a_rule_or_a_coverage_that_is_over_asks_for_nothing() -> None:
    stay = make.episode()
    held = make.coverage(stay.patient)
    made = make.rule(to_on=make.MONDAY - timedelta(days=1))
    assert day_minutes_of([stay], make.MONDAY) == {}
    made.to_on = None
    made.save()
    held.to_on = make.MONDAY - timedelta(days=1)
    held.save()
    assert day_minutes_of([stay], make.MONDAY) == {}


def test_a_planned_week_has_days_that_count_for_the_payer() -> None:
    stay = make.episode()
    make.coverage(stay.patient)
    make.rule(minimum_minutes=180)
    assert asked_of_a_day(stay) == 180


def test_who_comes_for_shorter_days_by_someones_choice_may_go_on_so() -> None:
    stay = make.episode()
    make.coverage(stay.patient)
    make.rule(minimum_minutes=180)
    make.booking(make.session(starts=time(9)), stay)
    assert asked_of_a_day(stay) == 0


def test_a_prescription_that_no_such_days_could_fill_is_planned_without_the_rule() -> None:
    stay = make.episode()
    make.coverage(stay.patient)
    make.rule(minimum_minutes=181)
    assert asked_of_a_day(stay) == 0


def test_a_new_week_is_asked_for_with_days_that_count_for_the_payer() -> None:
    stay = make.episode()
    make.coverage(stay.patient)
    made = make.rule(minimum_minutes=180)
    assert usual_ask(stay, make.MONDAY, with_family=False).day_minutes == 180
    made.minimum_minutes = 181
    made.save()
    assert usual_ask(stay, make.MONDAY, with_family=False).day_minutes == 0
