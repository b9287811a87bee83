"""A stay ends once, says how, and three calls and an appointment follow it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.admitting import admit
from patients.aftercare import make_appointment, say_kept, seen_soon
from patients.calling import Call, appointments_to_ask, discharge_of, record_call
from patients.discharge_checklist import Facts, check_lines
from patients.discharge_types import STATUS_OF_DESTINATION, TYPE_OF, status_code
from patients.discharging import EndDetails
from patients.document_signing import sign_document
from patients.documenting import begin_document
from patients.models import AftercareAppointment, ClinicalDocument, Discharge, Episode, FollowUp
from scheduling.leaving import discharge
from tests import make
from tests.make import NOW

TODAY = NOW.date()


def end(episode: Episode, kind: str = "completed", on: date = TODAY, **details: Any) -> Discharge:
    return discharge(
        actor=episode.primary_clinician,
        episode=episode,
        kind=kind,
        on=on,
        details=EndDetails(**details),
        now=NOW,
    )


def test_every_type_and_destination_has_its_codes() -> None:
    assert set(TYPE_OF) == set(Discharge.Kind.values)
    assert set(STATUS_OF_DESTINATION) == set(Discharge.Destination.values)


@pytest.mark.parametrize(
    ("kind", "destination", "against_advice", "teds", "status"),
    [
        ("completed", "", False, "1", "01"),
        ("dropped_out", "", False, "2", "01"),
        ("dropped_out", "", True, "2", "07"),
        ("administrative", "", False, "3", "01"),
        ("transferred", "hospital", False, "4", "02"),
        ("transferred", "special_hospital", False, "4", "05"),
        ("step_up", "psychiatric_hospital", False, "4", "65"),
        ("transferred", "outpatient", False, "4", "01"),
        ("transferred", "", False, "4", ""),
        ("incarcerated", "", False, "5", "21"),
        ("deceased", "", False, "6", "20"),
        ("other", "", False, "7", "01"),
    ],
)
def test_a_type_gives_the_codes_others_ask_for(
    kind: str, destination: str, against_advice: bool, teds: str, status: str
) -> None:
    assert TYPE_OF[kind].teds_reason == teds
    assert status_code(kind, destination, against_advice=against_advice) == status


@pytest.mark.django_db
def test_three_calls_open_with_the_primary_clinician() -> None:
    episode = make.episode()
    end(episode)
    calls = FollowUp.objects.filter(kind="after_discharge").order_by("due_at")
    assert [call.trigger_code for call in calls] == ["discharge.7", "discharge.30", "discharge.90"]
    assert {call.owner_id for call in calls} == {episode.primary_clinician_id}
    # The end of the seventh day in New York, which is 4:00 UTC on the eighth.
    assert calls[0].due_at.isoformat() == "2026-10-29T04:00:00+00:00"


@pytest.mark.django_db
def test_a_missed_session_needs_no_call_any_more_and_a_risk_keeps_its_owner() -> None:
    episode = make.episode()
    missed = make.follow_up(episode.patient, episode.primary_clinician, kind="outreach", trigger_code="x")
    risk = make.follow_up(episode.patient, episode.primary_clinician)
    end(episode, "dropped_out")
    for row in (missed, risk):
        row.refresh_from_db()
    assert missed.outcome == "Ended with the discharge: left the program."
    assert risk.closed_at is None


@pytest.mark.django_db
def test_nobody_calls_a_person_who_has_died() -> None:
    episode = make.episode()
    make.follow_up(episode.patient, episode.primary_clinician)
    end(episode, "deceased")
    assert not FollowUp.objects.open().exists()
    assert not FollowUp.objects.filter(kind="after_discharge").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "details", "field"),
    [
        ("administrative", {}, "letter_on"),
        ("administrative", {"letter_on": TODAY}, "appeal_right_given"),
        ("transferred", {}, "destination"),
        ("completed", {"against_advice": True}, "against_advice"),
    ],
)
def test_what_an_ending_needs_is_asked_at_its_field(kind: str, details: dict[str, Any], field: str) -> None:
    episode = make.episode()
    with pytest.raises(Refused) as no:
        end(episode, kind, **details)
    assert (no.value.status, set(no.value.fields)) == (422, {field})
    episode.refresh_from_db()
    assert episode.ended_on is None


@pytest.mark.django_db
def test_the_last_day_cannot_lie_before_a_session_they_came_to() -> None:
    episode = make.episode()
    make.attendance(make.booking(make.session(day=TODAY), episode))
    with pytest.raises(Refused, match="came to a session after that day"):
        end(episode, on=TODAY - timedelta(days=1))
    assert end(episode, on=TODAY)


@pytest.mark.django_db
def test_someone_who_left_is_admitted_again_from_the_next_day() -> None:
    episode = make.episode()
    make.consents(episode.patient, episode.primary_clinician)
    end(episode)
    again: dict[str, Any] = {
        "actor": episode.primary_clinician,
        "patient": episode.patient,
        "level": make.level(),
        "primary_clinician": episode.primary_clinician,
        "diagnosis_code": "F33.1",
        "diagnosis_label": "Depression",
        "now": NOW,
    }
    with pytest.raises(Refused, match="already in the program"):
        admit(admitted_on=TODAY, **again)
    assert admit(admitted_on=TODAY + timedelta(days=1), **again).ended_on is None


@pytest.mark.django_db
def test_a_new_stay_starts_its_continuing_care_plan_empty_and_its_safety_plan_from_the_last() -> None:
    episode = make.episode()
    actor, patient = episode.primary_clinician, episode.patient
    for kind, answers in (("safety_plan", make.SAFETY_PLAN), ("continuing_care", {"housing": "Home"})):
        make.document(patient, actor, kind, answers=answers, signed_at=NOW)
    end(episode)
    make.episode(patient, admitted_on=TODAY + timedelta(days=1), lead=actor)
    later = NOW + timedelta(days=2)
    plan = begin_document(actor=actor, patient=patient, kind="continuing_care", now=later)
    safety = begin_document(actor=actor, patient=patient, kind="safety_plan", now=later)
    assert (plan.answers, plan.version) == ({}, 2)
    assert safety.answers == make.SAFETY_PLAN


@pytest.mark.parametrize(
    ("days", "soon"), [([], False), ([0], False), ([1], True), ([7], True), ([8], False)]
)
def test_soon_is_within_seven_days_and_not_the_last_day_itself(days: list[int], soon: bool) -> None:
    assert seen_soon(days) is soon


def first_call(episode: Episode) -> FollowUp:
    end(episode)
    return FollowUp.objects.get(trigger_code="discharge.7")


@pytest.mark.django_db
def test_a_call_that_reached_them_closes_with_what_was_learned() -> None:
    episode = make.episode()
    asked = make.aftercare(episode, NOW + timedelta(days=2))
    call, at = first_call(episode), NOW + timedelta(days=6)
    found = discharge_of(call)
    assert found is not None
    assert appointments_to_ask(found, at) == [asked]
    said = Call("reached", learned="doing_well", note="Works again.", kept={asked.pk: "kept"})
    record_call(actor=episode.primary_clinician, follow_up=call, call=said, now=at)
    call.refresh_from_db()
    asked.refresh_from_db()
    assert call.outcome == "Reached: doing well. Works again."
    assert asked.outcome == "kept"
    with pytest.raises(Refused, match="already closed"):
        record_call(actor=episode.primary_clinician, follow_up=call, call=said, now=at)


@pytest.mark.django_db
def test_a_message_left_keeps_the_call_open_until_the_next_try() -> None:
    episode = make.episode()
    call = first_call(episode)
    said = Call("message_left", next_try_on=TODAY + timedelta(days=9))
    record_call(actor=episode.primary_clinician, follow_up=call, call=said, now=NOW + timedelta(days=6))
    call.refresh_from_db()
    assert call.closed_at is None
    assert call.due_at.date() == TODAY + timedelta(days=10)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("call", "field"),
    [
        (Call("reached"), "learned"),
        (Call("reached", learned="readmitted"), "readmitted_to"),
        (Call("reached", learned="needs_help"), "note"),
        (Call("shouted"), "outcome"),
        (Call("no_answer", next_try_on=TODAY - timedelta(days=1)), "next_try_on"),
    ],
)
def test_a_call_says_what_the_next_reader_needs(call: Call, field: str) -> None:
    episode = make.episode()
    waiting = first_call(episode)
    with pytest.raises(Refused) as no:
        record_call(actor=episode.primary_clinician, follow_up=waiting, call=call, now=NOW)
    assert (no.value.status, set(no.value.fields)) == (422, {field})


@pytest.mark.django_db
def test_an_appointment_is_noted_once_and_kept_only_after_its_time() -> None:
    episode = make.episode()
    said: dict[str, Any] = {"actor": episode.primary_clinician, "episode": episode, "kind": "therapy"}
    made = make_appointment(provider="Dr. Lune", at=NOW + timedelta(days=3), **said)
    with pytest.raises(Refused, match="noted already"):
        make_appointment(provider="Dr. Lune", at=NOW + timedelta(days=3), **said)
    with pytest.raises(Refused, match="still ahead"):
        say_kept(actor=episode.primary_clinician, appointment=made, outcome="kept", now=NOW)
    assert AftercareAppointment.objects.unanswered().count() == 1


READY = Facts(
    last_on=TODAY,
    is_substance_use=False,
    appointment_days=[3],
    signed=frozenset({"continuing_care", "relapse_prevention"}),
    safety_plan_on=TODAY,
    measured_on={"PHQ-9": TODAY},
    medications_checked="agrees",
    share_next="signed",
)


def open_words(**changed: Any) -> list[str]:
    return [line.words for line in check_lines(replace(READY, **changed)) if not line.done]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"appointment_days": []}, ["No aftercare appointment made"]),
        ({"appointment_days": [9]}, ["No appointment within 7 days after the last day"]),
        ({"signed": frozenset({"relapse_prevention"})}, ["Continuing-care plan not signed"]),
        ({"signed": frozenset({"continuing_care"})}, []),
        (
            {"signed": frozenset({"continuing_care"}), "is_substance_use": True},
            ["Relapse-prevention plan not signed"],
        ),
        ({"safety_plan_on": None}, ["No safety plan signed"]),
        ({"safety_plan_on": date(2026, 9, 21)}, ["Safety plan to be reviewed: signed Sep 21"]),
        ({"measured_on": {"PHQ-9": date(2026, 10, 5)}}, ["Last measure still to ask: PHQ-9"]),
        ({"medications_checked": ""}, ["Medication list not gone through"]),
        ({"share_next": ""}, ["Consent to inform the next provider not asked"]),
        ({"open_follow_ups": 2}, ["2 follow-ups still open"]),
        ({"has_ended": True}, ["Discharge summary not signed"]),
    ],
)
def test_the_checklist_says_what_is_missing(changed: dict[str, Any], words: list[str]) -> None:
    assert open_words(**changed) == words


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(make.user(role))
    return client


@pytest.mark.django_db
def test_the_page_discharges_and_then_says_how() -> None:
    episode = make.episode(admitted_on=TODAY - timedelta(days=400))
    client, page = signed_in(Role.CASE_MANAGER), reverse("scheduling:discharge", args=[episode.patient_id])
    said = {"kind": "administrative", "on": "2026-01-20", "note": "Three reviews."}
    refused = client.post(page, said)
    assert refused.status_code == 422
    assert "Three reviews." in refused.content.decode()
    letter = {"letter_on": "2026-01-19", "appeal_right_given": "on"}
    assert client.post(page, said | letter).status_code == 302
    body = client.get(page).content.decode()
    assert "Ended by the program" in body
    assert "TEDS 3" in body
    assert client.post(page, said | letter).status_code == 409
    assert Discharge.objects.count() == 1


@pytest.mark.django_db
def test_the_page_says_that_another_level_here_is_no_discharge() -> None:
    episode = make.episode()
    body = signed_in(Role.CLINICIAN).get(reverse("scheduling:discharge", args=[episode.patient_id]))
    assert "is no discharge" in body.content.decode()


@pytest.mark.django_db
def test_the_list_shows_who_was_discharged_and_not_who_came_back() -> None:
    gone, back = make.episode(), make.episode()
    for episode in (gone, back):
        end(episode)
    make.episode(back.patient, admitted_on=TODAY + timedelta(days=1), lead=back.primary_clinician)
    body = signed_in(Role.CLINICIAN).get(reverse("patients:list") + "?show=discharged").content.decode()
    assert gone.patient.family_name in body
    assert back.patient.family_name not in body


@pytest.mark.django_db
def test_a_call_comes_into_sight_a_week_before_it_is_due() -> None:
    episode = make.episode(admitted_on=TODAY - timedelta(days=400))
    end(episode)
    waiting = FollowUp.objects.order_by("due_at")
    assert [row.trigger_code for row in waiting.in_sight(NOW)] == []
    assert [row.trigger_code for row in waiting.in_sight(NOW + timedelta(days=1))] == ["discharge.7"]
    assert waiting.in_sight(NOW + timedelta(days=90)).count() == 3


@pytest.mark.django_db
def test_a_call_is_noted_on_its_page() -> None:
    episode = make.episode(admitted_on=TODAY - timedelta(days=400))
    call = first_call(episode)
    client = signed_in(Role.CASE_MANAGER)
    assert "Note the call" in client.get(reverse("patients:follow_up", args=[call.pk])).content.decode()
    page = reverse("patients:follow_up_call", args=[call.pk])
    refused = client.post(page, {"outcome": "reached", "note": "Long talk."})
    assert refused.status_code == 422
    assert "Long talk." in refused.content.decode()
    assert client.post(page, {"outcome": "declined"}).status_code == 302
    call.refresh_from_db()
    assert call.outcome == "Did not want to talk."


@pytest.mark.django_db
def test_after_the_program_the_portal_shows_the_plan_and_the_next_appointment() -> None:
    patient = make.portal_patient()
    episode = make.episode(patient, admitted_on=TODAY - timedelta(days=400))
    make.response(patient, due_on=TODAY - timedelta(days=390))
    make.document(patient, episode.primary_clinician, "continuing_care", signed_at=NOW)
    make.aftercare(episode, NOW + timedelta(days=4000))
    end(episode, on=TODAY - timedelta(days=380))
    client = Client()
    assert patient.user is not None
    client.force_login(patient.user)
    body = client.get(reverse("portal:care")).content.decode()
    assert "Continuing-care plan" in body
    assert "Dr. Lune" in body
    assert "Mood check-in" not in client.get(reverse("portal:checkins")).content.decode()


@pytest.mark.django_db
def test_a_case_manager_writes_the_continuing_care_plan_and_it_starts_from_the_record() -> None:
    episode = make.episode()
    make.aftercare(episode)
    bea = make.user(Role.CASE_MANAGER)
    client = Client()
    client.force_login(bea)
    page = reverse("patients:document_new", args=[episode.patient_id])
    assert client.post(page, {"kind": "continuing_care"}).status_code == 302
    plan = ClinicalDocument.objects.get(kind="continuing_care")
    assert plan.answers["appointments"][0]["who"] == "Dr. Lune"
    with pytest.raises(Refused, match="still need an answer"):
        sign_document(actor=bea, document=plan, now=NOW + timedelta(days=400))
