"""Other hours for one week or from a day on: dated, with a reason, and never for days gone by."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode, LevelOfCare, LevelOfCareStay, Prescription
from patients.prescribing import prescribe, prescribed_on
from sessions.ledger import goal_in
from tests import make
from tests.race import race

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
TODAY = make.MONDAY
NOW = make.NOW - 2 * DAY  # that Monday
SUNDAY = TODAY + 6 * DAY
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def changed(of: Episode, **fields: Any) -> Prescription:
    said = {"prescribed_minutes": 500, "days_a_week": 3, "reason": "No seats", "from_on": TODAY}
    return prescribe(actor=of.primary_clinician, episode=of, now=NOW, **said | fields)


def held(of: Episode) -> list[tuple[date, date | None, int]]:
    rows = of.stays.order_by("from_on")
    return list(rows.values_list("from_on", "to_on", "prescribed_minutes"))


def test_one_week_has_other_hours_and_then_those_of_before_hold_again() -> None:
    ana = make.episode()
    began = ana.admitted_on
    changed(ana, to_on=SUNDAY)
    assert held(ana) == [(began, TODAY - DAY, 540), (TODAY, SUNDAY, 500), (SUNDAY + DAY, None, 540)]
    stays = list(ana.stays.all())
    goals = [goal_in(stays, Week(TODAY + n * WEEK)) for n in (-1, 0, 1)]
    assert goals == [540, 500, 540]


def test_from_a_day_on_it_holds_for_good_and_days_gone_by_keep_theirs() -> None:
    ana = make.episode()
    changed(ana, from_on=TODAY + WEEK, prescribed_minutes=600, days_a_week=4)
    assert held(ana) == [(ana.admitted_on, SUNDAY, 540), (TODAY + WEEK, None, 600)]
    stay = prescribed_on(ana, TODAY + WEEK)
    assert stay is not None and (stay.days_a_week, stay.reason) == (4, "No seats")
    assert prescribed_on(ana, TODAY) == ana.stays.first()


def test_what_is_said_later_the_same_day_holds_and_what_was_said_before_is_still_on_file() -> None:
    ana = make.episode()
    changed(ana, to_on=SUNDAY)
    changed(ana, prescribed_minutes=450)
    assert held(ana) == [
        (ana.admitted_on, TODAY - DAY, 540),
        (TODAY, SUNDAY, 450),
        (SUNDAY + DAY, None, 450),
    ]
    assert sorted(Prescription.objects.values_list("prescribed_minutes", flat=True)) == [450, 500]


def test_a_later_level_of_care_keeps_its_own_hours() -> None:
    ana = make.episode()
    later = LevelOfCare.objects.create(
        code="OP", name="Outpatient", adult_minutes=180, adolescent_minutes=180
    )
    first = ana.stays.get()
    LevelOfCareStay.objects.filter(pk=first.pk).update(to_on=SUNDAY)
    LevelOfCareStay.objects.create(
        episode=ana, level=later, prescribed_minutes=180, standard_minutes=180, from_on=SUNDAY + DAY
    )
    changed(ana)
    assert held(ana)[1:] == [(TODAY, SUNDAY, 500), (SUNDAY + DAY, None, 180)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from_on": TODAY - DAY}, "days gone by"),
        ({"reason": " "}, "Say why"),
        ({"prescribed_minutes": 30}, "at least an hour"),
        ({"days_a_week": 8}, "1 to 7 days"),
        ({"to_on": TODAY - DAY}, "end before it begins"),
    ],
)
def test_what_cannot_be_prescribed_is_refused_and_changes_nothing(fields: dict[str, Any], said: str) -> None:
    ana = make.episode()
    before = held(ana)
    with pytest.raises(Refused, match=said):
        changed(ana, **fields)
    assert held(ana) == before
    assert not Prescription.objects.exists()


def test_nothing_is_prescribed_before_the_first_day_or_after_discharge() -> None:
    bo = make.episode(admitted_on=TODAY + WEEK)
    with pytest.raises(Refused, match="before the first day"):
        changed(bo)
    left = make.episode(ended_on=TODAY)
    with pytest.raises(Refused, match="has left"):
        changed(left)


def test_the_database_keeps_what_was_said() -> None:
    made = changed(make.episode())
    for attempt in (
        lambda: Prescription.objects.filter(pk=made.pk).update(reason="Another"),
        lambda: Prescription.objects.filter(pk=made.pk).delete(),
    ):
        with (
            pytest.raises(DatabaseError, match="Cannot update or delete"),
            transaction.atomic(),
        ):
            attempt()
    (event,) = AuditEvent.objects.filter(verb="patients.prescribe")
    assert event.patient_id == made.audit_patient_id


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_prescription_for_each_day() -> None:
    ana = make.episode()
    race([partial(changed, ana, prescribed_minutes=480 + n) for n in range(4)])
    spans = held(ana)
    assert [one for _, one, _ in spans[:-1]] == [first - DAY for first, _, _ in spans[1:]]
    assert Prescription.objects.count() == 4


def page(client: Any, of: Episode, **query: str) -> Any:
    return client.get(reverse("patients:prescribed_hours", args=[of.patient_id]), query)


def test_a_link_fills_the_page_in_and_one_press_prescribes_it_and_goes_on_planning(sign_in: Any) -> None:
    ana = make.episode()
    client = sign_in(role=Role.CASE_MANAGER)
    said = page(client, ana, hours="8.33", days="3", why="No seats").content.decode()
    assert 'value="8.33"' in said and 'value="No seats"' in said
    url = reverse("patients:prescribed_hours", args=[ana.patient_id])
    typed = {
        "hours": "8.33",
        "days_a_week": "3",
        "lasts": "week",
        "from_on": "2026-10-22",
        "reason": "No seats",
    }
    answer = client.post(f"{url}?ask=%3Fasked%3D1", typed)
    assert answer.headers["Location"] == f"{reverse('scheduling:planner', args=[ana.patient_id])}?asked=1"
    assert held(ana)[1:] == [(TODAY, SUNDAY, 500), (SUNDAY + DAY, None, 540)]


def test_the_page_and_the_chart_say_how_much_until_when_and_why(sign_in: Any) -> None:
    ana = make.episode()
    changed(ana, to_on=SUNDAY, reason="The evening group is full")
    client = sign_in(role=Role.SUPERVISOR)
    for name in ("patients:prescribed_hours", "patients:chart"):
        said = client.get(reverse(name, args=[ana.patient_id])).content.decode()
        assert "8 h 20 a week, 3 days" in said
        assert "until Oct 25" in said
        assert "The evening group is full" in said


def test_bad_input_is_answered_in_words_and_nothing_typed_is_lost(sign_in: Any) -> None:
    ana = make.episode()
    url = reverse("patients:prescribed_hours", args=[ana.patient_id])
    typed = {
        "hours": "0.5",
        "days_a_week": "9",
        "lasts": "on",
        "from_on": "2026-10-01",
        "reason": "Kept words",
    }
    answer = sign_in(role=Role.SUPERVISOR).post(url, typed)
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert not Prescription.objects.exists()
    gone = sign_in(role=Role.SUPERVISOR).post(
        url, typed | {"hours": "8", "days_a_week": "3", "lasts": "week"}
    )
    assert gone.status_code == 422
    assert "days gone by" in gone.content.decode()


def test_who_is_not_in_the_program_has_nothing_to_prescribe(sign_in: Any) -> None:
    ana = make.episode(ended_on=TODAY - DAY)
    assert "no open episode" in page(sign_in(role=Role.SUPERVISOR), ana).content.decode()


def test_the_hours_board_asks_for_the_new_hours(sign_in: Any) -> None:
    ana = make.episode()
    client = sign_in(role=Role.CASE_MANAGER)
    assert "9 h" in client.get(reverse("sessions:hours_board")).content.decode()
    changed(ana, to_on=SUNDAY)
    assert "8 h 20" in client.get(reverse("sessions:hours_board")).content.decode()
