"""Days from the first contact to the first session someone really attended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from patients.models import Referral
from sessions.first_service import access_at, first_sessions
from sessions.models import Attendance
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
TODAY = make.NOW.date()


def admitted(days_ago: int, *attended_days_ago: int) -> Any:
    referral = make.referral(received_on=TODAY - timedelta(days=days_ago), stage="admitted")
    episode = make.episode(referral.patient, admitted_on=TODAY - timedelta(days=days_ago - 3))
    Referral.objects.filter(pk=referral.pk).update(episode=episode)
    for days in attended_days_ago:
        make.attendance(make.booking(make.session(day=TODAY - timedelta(days=days)), episode))
    return episode


def test_the_first_attended_session_counts_and_an_absence_does_not() -> None:
    episode = admitted(20, 10, 8)
    missed = make.booking(make.session(day=TODAY - timedelta(days=15)), episode)
    Attendance.objects.create(booking=missed, absence="no_show", recorded_by=make.user())
    assert first_sessions([episode.pk]) == {episode.pk: TODAY - timedelta(days=10)}
    assert first_sessions([admitted(9).pk]) == {}


def test_the_way_in_of_a_site_has_its_three_medians(sign_in: Callable[..., Client]) -> None:
    admitted(20, 10)  # 10 days
    admitted(30, 14)  # 16 days
    admitted(12)
    found = access_at(make.site(), TODAY)
    assert [(one.days, one.people) for one in found.medians] == [(None, 0), (3, 3), (13, 2)]
    for headers in ({}, {"HX-Request": "true"}):
        page = sign_in().get("/referrals/access/", headers=headers).content.decode()
        assert "13 days" in page and ("<html" in page) == (not headers)


def test_the_numbers_need_a_fixed_number_of_queries(sign_in: Callable[..., Client]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/referrals/access/").status_code == 200
        return len(seen)

    client = sign_in()
    admitted(20, 10)
    queries()
    one = queries()
    for number in range(5):
        admitted(30 + number, 12)
    assert queries() == one
