"""Due: each line counts what its list lists, for one person or the whole site."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.roles import Role
from sessions.due import DueLine, due_kinds
from tests import make
from tests.make import MONDAY, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
TODAY = NOW.date()


def lines(user: Any, *, everyone: bool = False) -> dict[str, DueLine]:
    found = due_kinds(make.site(), user, TODAY, everyone=everyone)
    return {f"{kind.title}: {line.title}": line for kind in found for line in kind.lines}


def test_a_stay_without_a_plan_is_counted_for_its_clinician_and_late_once_its_day_is_over() -> None:
    long_ago = make.episode(admitted_on=MONDAY - timedelta(days=40))
    mine = lines(long_ago.primary_clinician)["Treatment plans: To write"]
    assert (mine.count, mine.late) == (1, 1)
    assert lines(make.clinician())["Treatment plans: To write"].count == 0
    assert lines(make.clinician(), everyone=True)["Treatment plans: To write"].count == 1


def test_a_document_is_due_before_it_is_late() -> None:
    episode = make.episode(admitted_on=TODAY)
    found = lines(episode.primary_clinician)["Documents: Due"]
    assert found.count > 0 and found.late == 0


def test_the_count_of_a_line_is_the_count_of_its_list(sign_in: Callable[..., Client]) -> None:
    episode = make.episode(admitted_on=MONDAY - timedelta(days=40))
    make.document(episode.patient, episode.primary_clinician)
    client = sign_in(episode.primary_clinician)
    for everyone in (False, True):
        for title, line in lines(episode.primary_clinician, everyone=everyone).items():
            shown = client.get(line.url).context["page"].paginator.count
            assert shown == line.count, title


def test_twenty_people_take_no_query_more_than_one(sign_in: Callable[..., Client]) -> None:
    first = make.episode(admitted_on=MONDAY - timedelta(days=40))
    client = sign_in(first.primary_clinician)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("sessions:due")).status_code == 200
        return len(caught)

    queries()
    one = queries()
    for _ in range(19):
        make.episode(lead=first.primary_clinician, admitted_on=MONDAY - timedelta(days=40))
    assert queries() == one


def test_who_carries_no_patients_starts_with_everyones(sign_in: Callable[..., Client]) -> None:
    url = reverse("sessions:due")
    assert sign_in(role=Role.DIRECTOR).get(url).context["everyone"]
    assert not sign_in(role=Role.CLINICIAN).get(url).context["everyone"]
    assert not sign_in(role=Role.DIRECTOR).get(url, {"whose": "mine"}).context["everyone"]
