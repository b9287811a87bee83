"""What is left to plan of a running week rests on who came, not on who was booked."""

from datetime import time, timedelta

import pytest

from iop_clinic.clock import Week
from patients.models import Episode
from scheduling.planner.propose import asked_of
from scheduling.site_week import site_week
from sessions.models import Attendance
from tests import make

THURSDAY = make.NOW + timedelta(days=3)
pytestmark = pytest.mark.django_db


def credit_of(stay: Episode) -> tuple[int, int]:
    problem = asked_of(site_week(make.site(), Week(make.MONDAY), THURSDAY)).problem
    found = problem.by_patient[stay.patient_id]
    return found.credit_minutes, found.credit_days


def test_a_day_that_was_missed_is_no_credit_and_one_that_nobody_recorded_is() -> None:
    stay = make.episode()
    missed = make.booking(make.session(starts=time(9)), stay)
    make.booking(make.session(day=make.MONDAY + timedelta(days=1), starts=time(9)), stay)
    assert credit_of(stay) == (120, 2)
    by = stay.primary_clinician
    Attendance.objects.create(booking=missed, absence=Attendance.Absence.NO_SHOW, recorded_by=by)
    assert credit_of(stay) == (60, 1)


def test_who_came_late_has_that_much_less() -> None:
    stay = make.episode()
    make.attendance(make.booking(make.session(starts=time(9)), stay), late_minutes=20)
    assert credit_of(stay) == (40, 1)
