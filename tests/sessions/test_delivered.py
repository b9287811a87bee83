"""What a stay came to is counted from attendance, never typed: services, hours, rate, service days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role
from patients.models import ClinicalDocument
from patients.scoring import load_instruments
from patients.stay_words import calendar_days, outcome_words
from scheduling.leaving import discharge
from sessions.delivered import attendance_words, delivered, service_rows
from sessions.discharge_summary import draft_summary
from sessions.minutes import Entry, Slot, Visit
from tests import make
from tests.make import NOW

DAY = date(2026, 10, 19)
NINE = datetime(2026, 10, 19, 13, tzinfo=UTC)


def entry(
    kind: str = "Group", days: int = 0, came: int | None = 60, absence: str | None = None
) -> tuple[str, Entry]:
    """An hour; `came` are the minutes someone stayed, None for not at all."""
    starts = NINE + timedelta(days=days)
    visit = None if came is None else Visit(starts, starts + timedelta(minutes=came))
    slot = Slot(starts, starts + timedelta(minutes=60))
    return kind, Entry(slot, visit, absence, kind, DAY + timedelta(days=days))


LATER = NINE + timedelta(days=90)


@pytest.mark.parametrize(
    ("entries", "rate", "minutes", "service_days", "words"),
    [
        ([], None, 0, 0, "No session was expected."),
        (
            [entry(), entry("Individual")],
            100,
            120,
            1,
            "Came to 2 of 2 sessions (100%), 2 h of 2 h. Last attended Oct 19, 2026.",
        ),
        (
            [entry(), entry(days=2, came=40), entry(days=4, came=None, absence="no_show")],
            67,
            100,
            2,
            "Came to 2 of 3 sessions (67%), 1 h 40 of 3 h. Last attended Oct 21, 2026."
            " 1 missed without a call.",
        ),
        (
            [entry(came=None), entry(days=1, came=None, absence="excused")],
            0,
            0,
            0,
            "Came to 0 of 2 sessions (0%), 0 min of 2 h. 1 excused, 1 not recorded.",
        ),
    ],
)
def test_attendance_is_counted_in_sessions_minutes_and_service_days(
    entries: list[tuple[str, Entry]], rate: int | None, minutes: int, service_days: int, words: str
) -> None:
    stay = delivered(entries, LATER)
    assert (stay.rate_percent, stay.minutes, stay.service_days) == (rate, minutes, service_days)
    assert attendance_words(stay) == words


def test_services_are_summed_by_kind_the_most_frequent_first() -> None:
    stay = delivered([entry(), entry(days=1), entry("Family", came=45)], LATER)
    assert service_rows(stay) == [
        {"kind": "Group", "sessions": "2", "hours": "2 h"},
        {"kind": "Family", "sessions": "1", "hours": "45 min"},
        {"kind": "Together", "sessions": "3", "hours": "2 h 45"},
    ]


def test_length_of_stay_counts_both_ends() -> None:
    assert calendar_days(date(2026, 10, 1), date(2026, 10, 1)) == 1
    assert calendar_days(date(2026, 9, 21), date(2026, 11, 13)) == 54


@pytest.mark.parametrize(
    ("first", "last", "days_in", "words"),
    [
        (18, 4, 0, "14 better since admission, reliable; remission"),
        (18, 9, 14, "9 better since admission, reliable; response"),
        (18, 10, 0, "8 better since admission, reliable"),
        (18, 4, 15, "14 better since admission, reliable"),
        (9, 3, 0, "6 better since admission, reliable"),
        (12, 14, 0, "2 worse since admission"),
        (12, 12, 0, "Same as admission"),
    ],
)
def test_response_and_remission_need_a_baseline_of_ten_within_two_weeks(
    first: int, last: int, days_in: int, words: str
) -> None:
    phq9 = load_instruments()["phq9"].total
    assert phq9 is not None
    ends = (DAY + timedelta(days=days_in), first), (DAY + timedelta(days=40), last)
    assert outcome_words(phq9, *ends, DAY) == words


def finished(patient: Any, due_on: date, total: int) -> None:
    at = datetime(due_on.year, due_on.month, due_on.day, 15, tzinfo=UTC)
    make.response(patient, due_on=due_on, total=total, finished_at=at, state="complete", band="moderate")


@pytest.mark.django_db
def test_the_summary_is_drafted_from_the_record_and_typed_words_stay() -> None:
    episode = make.episode()
    actor, patient = episode.primary_clinician, episode.patient
    make.referral(patient, stage="admitted", received_on=episode.admitted_on)
    make.plan(episode)
    came = make.booking(make.session(day=DAY), episode)
    make.attendance(came)
    missed = make.booking(make.session(day=DAY + timedelta(days=1)), episode)
    cancelled = make.session(day=DAY + timedelta(days=1), status="cancelled", starts=NINE.time())
    make.booking(cancelled, episode, status="cancelled_by_clinic", cancelled_at=NOW)
    finished(patient, episode.admitted_on, 18)
    finished(patient, DAY, 4)
    discharge(actor=actor, episode=episode, kind="completed", on=NOW.date(), now=NOW)
    later = NOW + timedelta(days=1)
    draft = draft_summary(actor=actor, patient=patient, now=later)
    said = draft.answers
    assert said["stay"] == "Sep 21, 2026 to Oct 21, 2026: 31 calendar days, 1 service day"
    assert said["services"] == [{"kind": "Group", "sessions": "1", "hours": "1 h"}]
    assert said["attendance"].startswith("Came to 1 of 2 sessions (50%), 1 h of 2 h.")
    assert said["measures"][0]["change"] == "14 better since admission, reliable; remission"
    assert said["type"] == "Completed the program, planned"
    assert said["goals"][0]["progress"] == "On track"
    assert said["reason"] == "Low mood since spring"
    assert "prognosis" not in said
    ClinicalDocument.objects.filter(pk=draft.pk).update(answers={"attendance": "As I saw it."})
    again = draft_summary(actor=actor, patient=patient, now=later)
    assert (again.pk, again.answers["attendance"]) == (draft.pk, "As I saw it.")
    assert again.answers["stay"] == said["stay"]
    assert missed.is_active


@pytest.mark.django_db
def test_the_discharge_page_loads_the_stay_and_the_button_opens_a_draft() -> None:
    episode = make.episode()
    make.attendance(make.booking(make.session(day=DAY), episode))
    client = Client()
    client.force_login(make.clinician(role=Role.SUPERVISOR))
    page = client.get(reverse("sessions:stay", args=[episode.patient_id])).content.decode()
    assert "Came to 1 of 1 sessions (100%)" in page
    answer = client.post(reverse("sessions:summary_draft", args=[episode.patient_id]))
    draft = ClinicalDocument.objects.get(kind="discharge_summary")
    assert answer["Location"] == reverse("patients:document_part", args=[draft.pk, 1])
