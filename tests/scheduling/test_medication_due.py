"""Who is due for a medication visit: the rule, the list, and that it does not slow down with the clinic."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.medication_due import MedicationRule, due_episodes, next_visit, set_interval
from patients.models import Episode
from scheduling.medication_due import medication_due
from tests import make

DAY = timedelta(days=1)
TODAY = make.NOW.date()


def due(episode: Episode) -> date | None:
    return next_visit(episode, make.site()).due_on


def listed(by: date = TODAY + 400 * DAY) -> dict[int, date]:
    return {one.pk: one.due_on for one in due_episodes(make.site(), by)}  # type: ignore[attr-defined]


def every(episode: Episode, days: int | None, **fields: Any) -> None:
    said = {"reason": "New dose", "now": make.NOW, "actor": episode.primary_clinician}
    set_interval(episode=episode, days=days, **(said | fields))


@pytest.mark.parametrize(
    ("rule", "last", "expected"),
    [
        (MedicationRule(7, 28), None, 7),
        (MedicationRule(7, 28), 3, 31),
        (MedicationRule(7, 5), None, 5),
        (MedicationRule(7, None), 3, None),
    ],
)
def test_the_first_visit_comes_soon_and_the_next_so_many_days_after_the_last(
    rule: MedicationRule, last: int | None, expected: int | None
) -> None:
    last_on = TODAY + last * DAY if last is not None else None
    assert rule.due_on(TODAY, last_on) == (TODAY + expected * DAY if expected is not None else None)


@given(first=st.integers(1, 60), days=st.integers(1, 180), last=st.integers(0, 400))
def test_a_visit_always_moves_the_next_one_on(first: int, days: int, last: int) -> None:
    rule, last_on = MedicationRule(first, days), TODAY + last * DAY
    found = rule.due_on(TODAY, last_on)
    assert found is not None and found > last_on


@pytest.mark.django_db
def test_only_a_review_at_a_visit_of_this_stay_counts() -> None:
    episode = make.episode(admitted_on=TODAY - 20 * DAY)
    whom = episode.patient
    make.reconciliation(whom, on=TODAY - 30 * DAY, at_visit=True)
    make.reconciliation(whom, on=TODAY - 2 * DAY)
    assert due(episode) == TODAY - 13 * DAY
    make.reconciliation(whom, on=TODAY - 5 * DAY, at_visit=True)
    assert due(episode) == TODAY + 23 * DAY
    every(episode, 14)
    assert due(episode) == TODAY + 9 * DAY
    every(episode, None)
    assert due(episode) is None and listed() == {}


@pytest.mark.django_db
def test_the_list_says_what_the_chart_says() -> None:
    episodes = [make.episode(admitted_on=TODAY - n * DAY) for n in (3, 20, 50, 50, 9)]
    make.reconciliation(episodes[1].patient, on=TODAY - 15 * DAY, at_visit=True)
    make.reconciliation(episodes[2].patient, on=TODAY - 60 * DAY, at_visit=True)
    every(episodes[3], 3)
    every(episodes[4], None)
    make.episode(admitted_on=TODAY - 90 * DAY, ended_on=TODAY - DAY)
    make.episode(make.patient(make.other_site()))
    assert listed() == {one.pk: due(one) for one in episodes if due(one)}
    assert list(listed(TODAY)) == [episodes[3].pk, episodes[2].pk]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "reason"), [(0, "x"), (181, "x"), (14, " ")])
def test_an_interval_needs_days_and_a_reason(days: int, reason: str) -> None:
    with pytest.raises(Refused) as no:
        every(make.episode(), days, reason=reason)
    assert no.value.status == 422


@pytest.mark.django_db
def test_who_has_left_gets_no_interval() -> None:
    with pytest.raises(Refused, match="left"):
        every(make.episode(ended_on=TODAY), 14)


@pytest.mark.django_db
def test_the_list_shows_overdue_first_and_the_visit_that_is_booked() -> None:
    late, soon = (make.episode(admitted_on=TODAY - n * DAY) for n in (30, 6))
    make.medication_report(late.patient)
    visits = [
        make.booking(make.session(day=TODAY + n * DAY, starts=time(14), kind="medication"), late)
        for n in (2, 9)
    ]
    make.booking(make.session(day=TODAY + DAY), late)
    found = medication_due(make.site(), TODAY, make.NOW, "1")
    assert [row.episode.pk for row in found.rows] == [late.pk, soon.pk]
    assert found.headline == "1 overdue, 1 due this week"
    assert found.rows[0].booked == visits[0] and found.rows[1].booked is None
    assert found.rows[0].episode.has_reports and found.rows[0].tone == "bad"


@pytest.mark.django_db
def test_the_list_is_paged_and_takes_as_many_statements_for_sixty_as_for_one() -> None:
    site = make.site()

    def counted() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            found = medication_due(site, TODAY, make.NOW, "1")
        return len(asked), len(found.rows)

    lead = make.clinician()
    make.episode(lead=lead)
    few, rows = counted()
    assert (few, rows) == (4, 1)
    for _ in range(60):
        make.episode(lead=lead)
    assert counted() == (4, 50)


@pytest.mark.django_db
@pytest.mark.time_machine(make.NOW, tick=False)
def test_due_leads_a_prescriber_to_the_list(sign_in: Callable[..., Client]) -> None:
    episode = make.episode()
    client = sign_in(role=Role.PRESCRIBER)
    url = reverse("scheduling:medication_due")
    assert url in client.get(reverse("sessions:due")).content.decode()
    page = client.get(url, {"page": "x"}).content.decode()
    assert "1 overdue" in page and "Not booked" in page
    assert reverse("patients:medication", args=[episode.patient_id]) in page
    every(episode, None)
    assert "Nobody is due this week" in client.get(url).content.decode()
