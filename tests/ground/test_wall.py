"""Clock times on pages: 12-hour in small letters, or 24-hour, on the clinic's wall."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from iop_clinic.accounts.models import Site
from iop_clinic.accounts.sites import wall_zone
from iop_clinic.wall import TWENTY_FOUR, hour_of_day, saying_hours, short_wall, to_the_second, wall
from tests import make

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(13, 5, "9:05 am"), (4, 0, "12:00 am"), (16, 0, "12:00 pm"), (22, 30, "6:30 pm"), (3, 59, "11:59 pm")],
)
def test_the_wall_says_twelve_hours_in_small_letters(hour: int, minute: int, words: str) -> None:
    at = datetime(2026, 10, 21, hour, minute, 31, tzinfo=UTC)
    assert wall(at, ZONE) == words
    assert short_wall(at, ZONE) == words.split()[0]
    assert to_the_second(at, ZONE) == words.replace(" ", ":31 ")


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(13, 5, "09:05"), (4, 0, "00:00"), (16, 0, "12:00"), (22, 30, "18:30"), (3, 59, "23:59")],
)
def test_the_wall_of_a_clinic_with_24_hours_says_no_halves(hour: int, minute: int, words: str) -> None:
    at = datetime(2026, 10, 21, hour, minute, 31, tzinfo=UTC)
    with saying_hours(lambda: TWENTY_FOUR):
        assert wall(at, ZONE) == short_wall(at, ZONE) == words
        assert to_the_second(at, ZONE) == f"{words}:31"
        assert [hour_of_day(at) for at in (0, 9, 21)] == ["00:00", "09:00", "21:00"]
    assert wall(at, ZONE) != words
    assert [hour_of_day(at) for at in (0, 9, 21)] == ["12 am", "9 am", "9 pm"]


@pytest.mark.django_db
def test_a_page_about_no_site_shows_the_clock_of_the_persons_own_site_or_of_the_first(
    rf: RequestFactory,
) -> None:
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), {}  # type: ignore[assignment]
    assert wall_zone(request) == "UTC"
    make.site()
    assert wall_zone(request) == ZONE
    request.user = make.user(at=make.other_site())
    Site.objects.filter(pk=request.user.sites.get().pk).update(time_zone="America/Los_Angeles")
    assert wall_zone(request) == "America/Los_Angeles"
