"""The chart per role: minimum necessary, reads on the trail, and no more queries for a longer history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.heading import chart_header
from patients.models import Diagnosis, Episode, LevelOfCareStay, Patient
from tests import make

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
TODAY = make.NOW.date()


def treated(weeks: int = 2) -> Episode:
    """Someone in the program with everything a chart can show."""
    patient = make.patient(
        given_name="Amara",
        family_name="Willowby",
        preferred_name="Mara",
        pronouns="she/her",
        phone="609-555-0142",
    )
    episode = make.episode(
        patient,
        admitted_on=TODAY - timedelta(weeks=weeks),
        expected_end_on=TODAY + timedelta(weeks=4),
        is_part2=True,
    )
    make.plan(episode)
    make.coverage(patient, from_on=TODAY - timedelta(days=300))
    for week in range(weeks):
        for code, total, band in (("phq9", 15, "moderately_severe"), ("gad7", 9, "mild")):
            make.response(
                patient,
                code,
                TODAY - timedelta(weeks=weeks - week),
                state="complete",
                total=total - week % 3,
                band=band,
                answers={"q9": 0},
                finished_at=make.NOW - timedelta(weeks=weeks - week),
            )
    make.follow_up(patient, episode.primary_clinician)
    return episode


def chart(client: Client, patient: Patient) -> str:
    answer = client.get(reverse("patients:chart", args=[patient.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


CLINICAL = [
    "F33.1",
    "Plan review",
    "PHQ-9",
    "workday",
    "Follow-ups",
    "Item 9",
    ">Plan<",
    ">Notes<",
    ">Measures<",
]


@pytest.mark.parametrize(
    "role", [Role.CLINICIAN, Role.SUPERVISOR, Role.PRESCRIBER, Role.CASE_MANAGER, Role.DIRECTOR]
)
def test_the_treating_team_sees_the_clinical_chart(role: Role, sign_in: SignIn) -> None:
    shown = chart(sign_in(role=role), treated().patient)
    assert [words for words in CLINICAL if words not in shown] == []


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRIVACY_OFFICER])
def test_the_desk_and_the_privacy_officer_see_no_clinical_fact(role: Role, sign_in: SignIn) -> None:
    shown = chart(sign_in(role=role), treated().patient)
    assert [words for words in CLINICAL if words in shown] == []
    assert "Mara Willowby" in shown
    assert "Bluestone Health" in shown


def test_the_biller_sees_diagnosis_and_plan_review_but_no_measure_or_goal(sign_in: SignIn) -> None:
    shown = chart(sign_in(role=Role.BILLER), treated().patient)
    assert "F33.1" in shown and "Plan review" in shown
    assert not any(words in shown for words in ("PHQ-9", "workday", "Follow-ups", ">Notes<", ">Measures<"))


@pytest.mark.parametrize("role", list(Role))
def test_every_tab_and_button_of_the_header_opens(role: Role, sign_in: SignIn) -> None:
    patient, person = treated().patient, make.user(role)
    client = sign_in(person)
    if client.get(reverse("patients:chart", args=[patient.pk])).status_code == 403:
        return
    header = chart_header(patient, person, TODAY)
    closed = [
        link.label for link in [*header.tabs, *header.actions] if client.get(link.url).status_code != 200
    ]
    assert closed == []


def test_pieces_of_upper_rooms_are_plain_links_too(sign_in: SignIn) -> None:
    patient = treated().patient
    shown = chart(sign_in(role=Role.CLINICIAN), patient)
    for name in ("sessions:hours", "billing:authorizations", "scheduling:patient_week"):
        url = reverse(name, args=[patient.pk])
        assert f'hx-get="{url}"' in shown
        assert f'href="{url}"' in shown


def test_opening_a_chart_is_on_the_trail_and_changes_nothing_else(sign_in: SignIn) -> None:
    patient = treated().patient
    client = sign_in(role=Role.CLINICIAN)
    chart(client, patient)
    assert AuditEvent.objects.get(verb="chart.read").patient_id == patient.pk


def test_another_sites_chart_is_not_there(sign_in: SignIn) -> None:
    theirs = make.patient(make.other_site())
    assert sign_in(role=Role.CLINICIAN).get(reverse("patients:chart", args=[theirs.pk])).status_code == 404


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_the_chart_takes_ten_queries_however_long_the_history(sign_in: SignIn) -> None:
    client = sign_in(role=Role.CLINICIAN)
    short, long = treated(2).patient, treated(20).patient
    urls = [reverse("patients:chart", args=[patient.pk]) for patient in (short, long)]
    assert [queries(client, url) for url in urls] == [10, 10]


def test_the_next_sessions_take_six_queries_however_many_are_booked(sign_in: SignIn) -> None:
    client, episode = sign_in(role=Role.CLINICIAN), treated()
    url = reverse("scheduling:patient_week", args=[episode.patient_id])
    counts = []
    for days in (range(1, 2), range(2, 20)):
        for ahead in days:
            make.booking(make.session(day=TODAY + timedelta(days=ahead)), episode)
        client.get(url, headers={"HX-Request": "true"})
        with CaptureQueriesContext(connection) as caught:
            assert "Process group" in client.get(url, headers={"HX-Request": "true"}).text
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 6


def test_the_head_shows_the_level_of_the_day_and_the_primary_diagnosis(sign_in: SignIn) -> None:
    episode = treated()
    Diagnosis.objects.create(
        episode=episode, code="F10.20", label="Alcohol use", is_primary=False, since_on=episode.admitted_on
    )
    episode.stays.update(to_on=TODAY - timedelta(days=1))
    lighter, coming = make.level("OP"), make.level("PHP")
    for level, from_on, to_on in (
        (lighter, TODAY, TODAY + timedelta(days=6)),
        (coming, TODAY + timedelta(days=7), None),
    ):
        LevelOfCareStay.objects.create(
            episode=episode, level=level, prescribed_minutes=360, standard_minutes=360, days_a_week=2,
            from_on=from_on, to_on=to_on,
        )  # fmt: skip
    header = chart_header(episode.patient, episode.primary_clinician, TODAY)
    assert (header.episode.level_code, header.episode.days_a_week) == ("OP", 2)
    assert (header.episode.diagnosis_code, header.episode.prescribed_minutes) == ("F33.1", 360)
    before = chart_header(episode.patient, episode.primary_clinician, episode.admitted_on)
    assert before.episode.level_code == "IOP"


@pytest.mark.parametrize("name", ["patients:list", "patients:referrals", "patients:follow_ups"])
def test_a_list_takes_as_many_queries_for_ten_times_the_rows(name: str, sign_in: SignIn) -> None:
    client = sign_in(role=Role.CASE_MANAGER)
    add_to_lists(2)
    few = queries(client, reverse(name))
    add_to_lists(20)
    assert queries(client, reverse(name)) == few


def add_to_lists(count: int) -> None:
    lead = make.clinician()
    for _ in range(count):
        make.follow_up(make.episode(lead=lead).patient, lead)
        make.referral()
        make.referral(stage="admitted", received_on=TODAY)


def facts(patient: Patient, role: Role = Role.CLINICIAN) -> dict[str, str]:
    header = chart_header(patient, make.user(role), TODAY)
    return {fact.label: f"{fact.strong} {fact.rest}".strip() for fact in header.facts}


def test_the_facts_of_the_episode_are_said_in_words() -> None:
    episode = treated()
    said = facts(episode.patient)
    assert said["Level of care"] == "IOP 9 h a week, 3 days"
    assert said["Episode"].startswith("Day 15 of about 43, ends ")
    assert said["Primary clinician"] == f"{episode.primary_clinician.full_name}, LCSW"
    assert said["Diagnosis"] == "F33.1 Depression, recurrent, moderate"
    assert said["Payer"] == "Bluestone Health PPO"


def test_before_admission_the_referral_and_its_waiting_days_stand_in_the_header() -> None:
    patient = make.referral(received_on=TODAY - timedelta(days=9)).patient
    assert facts(patient)["Referral"] == "Inquiry waiting 9 days"


def test_after_discharge_the_header_says_when_it_ended() -> None:
    patient = make.episode(admitted_on=TODAY - timedelta(days=40), ended_on=TODAY - timedelta(days=2)).patient
    assert facts(patient)["Episode"].startswith("Ended ")


def test_alerts_name_the_record_the_owner_and_the_way_to_reach_someone() -> None:
    patient = treated().patient
    patient.voicemail_ok = False
    words = [alert.words for alert in chart_header(patient, make.clinician(), TODAY).alerts]
    assert any(said.startswith("Risk: Theo") for said in words)
    assert "Part 2 record" in words and "Do not leave voicemail" in words
    desk = [alert.words for alert in chart_header(patient, make.user(), TODAY).alerts]
    assert not any(said.startswith("Risk") for said in desk)


def test_details_are_written_only_where_the_person_changed_them(sign_in: SignIn) -> None:
    patient = make.patient(given_name="Ana", family_name="Willowby", phone="609-555-0101")
    client, url = sign_in(), reverse("patients:edit", args=[patient.pk])
    form: Any = client.get(url).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    typed |= {f"initial-{name}": value for name, value in typed.items()}
    typed = {name: value for name, value in typed.items() if value is not False} | {"phone": "609-555-0199"}
    Patient.objects.filter(pk=patient.pk).update(preferred_name="Annie")
    assert client.post(url, typed).status_code == 302
    patient.refresh_from_db()
    assert (patient.phone, patient.preferred_name) == ("609-555-0199", "Annie")
    assert AuditEvent.objects.get(verb="patients.change_contact").detail == {"fields": ["phone"]}


def test_reminders_without_an_address_are_refused_by_the_field(sign_in: SignIn) -> None:
    patient = make.patient()
    typed = {
        "given_name": "Ana",
        "family_name": "Willowby",
        "born_on": "1992-02-03",
        "email_reminders_ok": "on",
        "initial-email_reminders_ok": "",
    }
    answer = sign_in().post(reverse("patients:edit", args=[patient.pk]), typed)
    assert answer.status_code == 422
    assert "Reminders by e-mail need an address." in answer.content.decode()
