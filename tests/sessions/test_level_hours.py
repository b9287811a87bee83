"""A step drives the prescribed hours: the ledger asks for the new ones from that day's week on."""

from datetime import timedelta

import pytest

from iop_clinic.clock import week_of
from patients.models import LevelOfCare
from patients.stepping import change_level
from scheduling.promised import promised
from sessions.ledger import ledger_of
from tests import make

pytestmark = pytest.mark.django_db
TODAY, WEEK = make.NOW.date(), week_of(make.MONDAY)


def test_a_step_changes_the_hours_of_its_week_and_those_after_and_of_none_before() -> None:
    ana = make.episode()
    php = LevelOfCare.objects.create(
        code="PHP", name="PHP", kind="php", adult_minutes=1200, adolescent_minutes=1200
    )
    found = make.determination(ana.patient, ana.primary_clinician, recommended="PHP", actual="PHP")
    change_level(
        actor=ana.primary_clinician,
        episode=ana,
        level=php,
        from_on=WEEK.next().starts_on + timedelta(days=2),
        prescribed_minutes=1200,
        days_a_week=5,
        determination=found,
        now=make.NOW,
    )
    goals = [
        ledger_of(episode=ana, week=week, now=make.NOW).goal_minutes
        for week in (WEEK.previous(), WEEK, WEEK.next(), WEEK.next().next())
    ]
    assert goals == [540, 540, 1200, 1200]
    assert promised({ana.patient_id: WEEK.next()})[ana.patient_id].goal_minutes == 1200
