"""The calls on Today's rail: whose turn it is by the end of the day, and since when they wait."""

from datetime import date, datetime, timedelta

import pytest

from iop_clinic.clock import day_span, local_day
from iop_clinic.roles import Role
from patients.due import due_words
from sessions.today.day import ClinicDay, read_day
from sessions.today.rail import calls_today
from tests import make

pytestmark = pytest.mark.django_db
TODAY = local_day(make.NOW, "America/New_York")


def end_of(days: int) -> datetime:
    """The midnight that ends the day so many days from today."""
    return day_span(TODAY + timedelta(days=days), "America/New_York")[1]


def due_on_the_rail(due_at: datetime) -> tuple[ClinicDay, list[str]]:
    """The day, and what its rail says of one follow-up due then."""
    clinician = make.clinician()
    follow_up = make.follow_up(make.patient(), clinician, due_at=due_at)
    day = read_day(follow_up.site, make.NOW)
    return day, [call.due for call in calls_today([follow_up], day, Role.CLINICIAN)]


def test_the_midnight_that_ends_a_day_belongs_to_that_day() -> None:
    day, said = due_on_the_rail(end_of(-2))
    assert day.day == date(2026, 10, 21)
    assert said == ["since Mon"]
    assert due_words(end_of(-2), make.NOW, day.tz_name) == "overdue since Oct 19"


@pytest.mark.parametrize(
    ("days", "said"), [(-8, ["since Oct 13"]), (-1, ["since Tue"]), (0, ["by midnight"]), (1, [])]
)
def test_the_rail_names_the_day_that_was_meant(days: int, said: list[str]) -> None:
    assert due_on_the_rail(end_of(days))[1] == said
