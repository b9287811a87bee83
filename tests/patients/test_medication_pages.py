"""Medication on the chart, beside a note, on paper and in the portal: what each page says and does."""

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
from patients.models import (
    Allergy,
    MedicationReport,
    MedicationStatement,
    Patient,
    ReconciledLine,
    Reconciliation,
    ToxScreen,
)
from tests import make

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
DAY = timedelta(days=1)
TODAY = make.NOW.date()


def ana() -> Patient:
    return make.episode(make.patient(given_name="Ana")).patient


def prescriber(sign_in: SignIn) -> Client:
    return sign_in(make.clinician(role=Role.PRESCRIBER, credential="MD"))


def shown(client: Client, name: str, pk: int, **query: Any) -> str:
    answer = client.get(reverse(f"patients:{name}", args=[pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def sent(client: Client, name: str, pk: int, said: dict[str, Any]) -> Any:
    return client.post(reverse(f"patients:{name}", args=[pk]), said)


def test_the_head_says_allergies_in_red_and_counts_the_list(sign_in: SignIn) -> None:
    patient, client = ana(), sign_in(role=Role.CLINICIAN)
    chart = shown(client, "chart", patient.pk)
    assert "Allergies not asked" in chart and "No known allergies" not in chart
    make.medication(patient)
    make.medication(patient, drug="Zinc", to_on=TODAY - DAY)
    make.allergy(patient)
    chart = shown(client, "chart", patient.pk)
    assert "Penicillin allergy" in chart and "not asked" not in chart
    assert 'Medication <span class="count">1</span>' in chart


def test_who_does_not_treat_is_not_told_that_nobody_asked_and_the_desk_sees_nothing(sign_in: SignIn) -> None:
    patient = ana()
    assert "not asked" not in shown(sign_in(role=Role.CASE_MANAGER), "chart", patient.pk)
    make.allergy(patient)
    assert "Penicillin" in shown(sign_in(role=Role.CASE_MANAGER), "chart", patient.pk)
    for role in (Role.FRONT_DESK, Role.BILLER):
        page = shown(sign_in(role=role), "chart", patient.pk)
        assert "Penicillin" not in page and ">Medication" not in page


def test_that_none_is_known_is_quiet(sign_in: SignIn) -> None:
    patient, client = ana(), sign_in(role=Role.CLINICIAN)
    assert sent(client, "allergies_none", patient.pk, {}).status_code == 302
    chart = shown(client, "chart", patient.pk)
    assert "No known allergies" in chart and "not asked" not in chart


def test_the_page_takes_as_many_statements_for_one_line_as_for_many(sign_in: SignIn) -> None:
    patient, client = ana(), sign_in(role=Role.CLINICIAN)

    def counted() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(client, "medication", patient.pk)
        return len(asked)

    make.reconciliation(patient, make.medication(patient))
    make.tox_screen(patient)
    make.allergy(patient)
    counted()  # what is looked up once
    few = counted()
    for number in range(12):
        make.medication(patient, drug=f"Drug {number}")
        make.tox_screen(patient)
        make.allergy(patient, f"Substance {number}")
    assert counted() == few


NEW = {
    "drug": "Sertraline",
    "dose": "50 mg",
    "route": "mouth",
    "schedule": "every morning",
    "source": "patient",
}


def test_a_medication_is_added_changed_and_stopped_on_its_pages(sign_in: SignIn) -> None:
    patient, client = ana(), sign_in(make.clinician())
    said = NEW | {"from_on": str(TODAY - 9 * DAY), "prescriber": "Dr. Hale"}
    assert sent(client, "medication_new", patient.pk, said).status_code == 302
    first = MedicationStatement.objects.get()
    changed = NEW | {
        "prescriber": "Dr. Hale",
        "dose": "100 mg",
        "from_on": str(TODAY),
        "because": "Room to go up",
    }
    assert sent(client, "medication_change", first.pk, changed).status_code == 302
    second = MedicationStatement.objects.get(follows=first)
    page = shown(client, "medication", patient.pk)
    assert "100 mg by mouth" in page and "Room to go up" in page and "Dr. Hale, elsewhere" in page
    stopped = {"last_on": str(TODAY), "because": "Nausea"}
    assert sent(client, "medication_stop", second.pk, stopped).status_code == 302
    assert sent(client, "medication_error", second.pk, {"because": "Wrong chart"}).status_code == 302
    assert not MedicationStatement.objects.filter(patient=patient).running(TODAY).exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (NEW | {"dose": ""}, "Write the dose."),
        (NEW | {"from_on": "3026-01-01"}, "too far away"),
        (NEW | {"from_on": str(TODAY + DAY)}, "has not come yet"),
        (NEW | {"source": "ours", "from_on": str(TODAY)}, "is prescribed here"),
        (NEW | {"drug": "x" * 300, "from_on": str(TODAY)}, "at most 120"),
        (NEW | {"source": "nobody", "from_on": "nonsense"}, "Enter a valid date"),
    ],
)
def test_bad_input_keeps_what_was_typed(said: dict[str, Any], words: str, sign_in: SignIn) -> None:
    answer = sent(sign_in(make.clinician()), "medication_new", ana().pk, said)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    assert said["drug"][:20] in page and not MedicationStatement.objects.exists()


def test_who_reads_medication_does_not_change_it(sign_in: SignIn) -> None:
    patient = ana()
    row, screen = make.medication(patient), make.tox_screen(patient, ("Cocaine", "pending"))
    client = sign_in(role=Role.CASE_MANAGER)
    assert "Go through the list" not in shown(client, "medication", patient.pk)
    assert sent(client, "medication_stop", row.pk, {}).status_code == 403
    assert sent(client, "reconciliation_new", patient.pk, {}).status_code == 403
    shown(client, "tox_screen", screen.pk)
    assert sent(client, "tox_screen", screen.pk, {}).status_code == 403


def test_names_are_options_of_the_site_alone(sign_in: SignIn) -> None:
    make.medication(ana(), drug="Sertraline")
    make.medication(make.patient(make.other_site()), drug="Selegiline")
    client = sign_in(role=Role.CLINICIAN)
    page = client.get(reverse("patients:medication_names"), {"drug": "se"}).content.decode()
    assert "Sertraline" in page and "Selegiline" not in page
    assert client.get(reverse("patients:medication_names"), {"drug": "%'"}).status_code == 200


def review(row: MedicationStatement, **fields: Any) -> dict[str, Any]:
    line = {"dose": row.dose, "schedule": row.schedule, "adherence": "as_prescribed"}
    said = {f"line-{row.pk}-{name}": value for name, value in line.items()}
    return said | {"on": str(TODAY), "with_whom": "patient", "seen_review": 0, "seen_report": 0} | fields


def test_the_list_is_gone_through_and_signed_on_one_page(sign_in: SignIn) -> None:
    patient = ana()
    row, report = make.medication(patient), make.medication_report(patient)
    client = prescriber(sign_in)
    assert report.text in shown(client, "reconciliation_new", patient.pk)
    said = review(row, at_visit="on", seen_report=report.pk) | {
        f"line-{row.pk}-dose": "25 mg",
        f"line-{row.pk}-because": "Sleepy",
    }
    assert sent(client, "reconciliation_new", patient.pk, said).status_code == 302
    made = Reconciliation.objects.get()
    assert made.at_visit and made.credential == "MD"
    page = shown(client, "reconciliation", made.pk)
    assert "50 mg, every morning to 25 mg" in page and "Sleepy" in page and report.text in page
    page = shown(client, "medication", patient.pk)
    assert "no changes since Oct 21" in page and "Visit due Nov 18" in page and report.text not in page


def test_a_change_without_a_reason_stays_on_the_page(sign_in: SignIn) -> None:
    patient = ana()
    row = make.medication(patient)
    said = review(row) | {f"line-{row.pk}-stopped": "on", f"line-{row.pk}-side_effects": "Rash"}
    answer = sent(prescriber(sign_in), "reconciliation_new", patient.pk, said)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Say why." in page and "Rash" in page and "at a line below" in page
    assert not Reconciliation.objects.exists()


def test_a_list_that_changed_meanwhile_is_shown_anew_with_what_was_typed(sign_in: SignIn) -> None:
    patient, client = ana(), prescriber(sign_in)
    row = make.medication(patient)
    said = review(row) | {f"line-{row.pk}-side_effects": "Rash"}
    new = make.medication(patient, drug="Zinc")
    answer = sent(client, "reconciliation_new", patient.pk, said)
    page = answer.content.decode()
    assert answer.status_code in {409, 422} and "Rash" in page and "Zinc" in page
    assert not Reconciliation.objects.exists()
    again = said | {f"line-{new.pk}-{n}": v for n, v in (("dose", new.dose), ("schedule", new.schedule))}
    again |= {f"line-{new.pk}-adherence": "unknown"}
    assert sent(client, "reconciliation_new", patient.pk, again).status_code == 302
    assert ReconciledLine.objects.count() == 2
    stale = sent(client, "reconciliation_new", patient.pk, again)
    assert stale.status_code == 409 and "changed meanwhile" in stale.content.decode()
    seen = Reconciliation.objects.get().pk
    assert f'name="seen_review" value="{seen}"' in stale.content.decode()


def test_an_allergy_is_recorded_and_ended_on_its_pages(sign_in: SignIn) -> None:
    patient, client = ana(), sign_in(make.clinician())
    said = {"substance": "Latex", "reaction": "swelling", "severity": "severe"}
    assert sent(client, "allergies", patient.pk, said).status_code == 302
    again = sent(client, "allergies", patient.pk, said)
    assert again.status_code == 409 and "swelling" in again.content.decode()
    none = client.post(reverse("patients:allergies_none", args=[patient.pk]), follow=True)
    assert "An allergy is on file" in none.content.decode()
    row = Allergy.objects.get()
    assert sent(client, "allergy_end", row.pk, {"ending": "error"}).status_code == 422
    assert sent(client, "allergy_end", row.pk, {"ending": "error", "because": "Typo"}).status_code == 302
    assert "entered in error" in shown(client, "allergies", patient.pk)


def test_a_screen_is_recorded_and_filled_in_on_its_pages(sign_in: SignIn) -> None:
    patient, by = ana(), make.clinician()
    client = sign_in(by)
    said = {
        "on": str(TODAY), "at": "08:00", "kind": "urine", "ordered_by": by.pk, "observed": "on",
        "result-5": "positive", "result-8": "pending", "substance-10": "Kratom", "result-10": "negative",
    }  # fmt: skip
    missing = sent(client, "tox_screen_new", patient.pk, said | {"substance-10": ""})
    assert missing.status_code == 422 and "Write the substance." in missing.content.decode()
    assert sent(client, "tox_screen_new", patient.pk, said).status_code == 302
    screen = ToxScreen.objects.get()
    lines = {line.substance: line for line in screen.lines.all()}
    assert set(lines) == {"Cocaine", "Opiates", "Kratom"}
    later = {f"result-{lines['Opiates'].pk}": "negative", f"confirmation-{lines['Cocaine'].pk}": "confirmed"}
    assert sent(client, "tox_screen", screen.pk, later).status_code == 302
    page = shown(client, "tox_screen", screen.pk)
    assert "Confirmed by lab" in page and "Results that came later" not in page
    assert "Cocaine positive" in shown(client, "medication", patient.pk)
    assert sent(client, "tox_screen_error", screen.pk, {"because": "Other chart"}).status_code == 302
    assert "Cocaine" not in shown(client, "medication", patient.pk)


def test_a_screen_of_a_time_to_come_is_refused_at_its_day(sign_in: SignIn) -> None:
    by = make.clinician()
    said = {
        "on": str(TODAY + DAY),
        "at": "08:00",
        "kind": "urine",
        "ordered_by": by.pk,
        "result-0": "negative",
    }
    answer = sent(sign_in(by), "tox_screen_new", ana().pk, said)
    assert answer.status_code == 422 and "has not come yet" in answer.content.decode()


def test_the_sheet_says_who_printed_it_and_the_trail_keeps_it(sign_in: SignIn) -> None:
    patient = ana()
    make.medication(patient)
    make.tox_screen(patient, ("Cocaine", "positive"))
    page = shown(sign_in(role=Role.CLINICIAN), "medication_print", patient.pk)
    assert "Sertraline" in page and "Printed by Fay" in page and "not asked yet" in page
    assert "Cocaine" not in page
    assert AuditEvent.objects.filter(verb="chart.print_medication", patient_id=patient.pk).exists()


def test_the_list_stands_beside_the_note_of_a_medication_visit_and_no_other(sign_in: SignIn) -> None:
    by = make.clinician(role=Role.PRESCRIBER)
    episode = make.episode()
    visit = make.booking(make.session(day=TODAY - DAY, kind="medication", lead=by), episode)
    group = make.booking(make.session(day=TODAY - 2 * DAY), episode)
    url, client = reverse("patients:medication_summary", args=[episode.patient_id]), sign_in(by)
    assert url in client.get(reverse("sessions:note", args=[visit.pk])).content.decode()
    assert url not in client.get(reverse("sessions:note", args=[group.pk])).content.decode()
    make.medication(episode.patient)
    make.allergy(episode.patient)
    piece = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece and "Sertraline" in piece and "Penicillin" in piece
    assert reverse("patients:reconciliation_new", args=[episode.patient_id]) in piece


def test_the_prescriber_says_how_often_and_why(sign_in: SignIn) -> None:
    patient, client = ana(), prescriber(sign_in)
    bare = sent(client, "medication_interval", patient.pk, {"visits": "days"})
    assert bare.status_code == 422 and "Write how many days." in bare.content.decode()
    said = {"visits": "none", "days": "28", "reason": "Sees Dr. Hale"}
    assert sent(client, "medication_interval", patient.pk, said).status_code == 302
    assert "No medication visits here" in shown(client, "medication", patient.pk)
    gone = make.patient()
    assert sent(client, "medication_interval", gone.pk, said).status_code == 302
    assert client.get(reverse("patients:medication_interval", args=[gone.pk])).status_code == 302


def test_a_patient_reads_the_list_and_says_that_something_is_different(sign_in: SignIn) -> None:
    patient = make.portal_patient()
    make.medication(patient)
    make.allergy(patient)
    make.tox_screen(patient, ("Cocaine", "positive"))
    client = sign_in(patient.user)
    page = client.get(reverse("portal:medication")).content.decode()
    assert "Sertraline" in page and "Penicillin" in page and "Cocaine" not in page
    url = reverse("portal:medication_different")
    empty = client.post(url, {"text": " "})
    assert empty.status_code == 422 and "Write what is different." in empty.content.decode()
    assert client.post(url, {"text": "I stopped it."}).status_code == 302
    assert MedicationReport.objects.get().reported_by == patient.user
    assert "I stopped it." in client.get(reverse("portal:medication")).content.decode()
