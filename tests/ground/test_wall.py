"""Clock times on pages: 12-hour, in small letters, on the clinic's wall."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from iop_clinic.accounts.models import Site
from iop_clinic.accounts.sites import wall_zone
from iop_clinic.wall import short_wall, to_the_second, wall
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
