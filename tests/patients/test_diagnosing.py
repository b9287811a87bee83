"""Several diagnoses on an episode, one of them primary; what changes is an event that stays."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.diagnosing import add_diagnosis, end_diagnosis, make_primary
from patients.models import Diagnosis, DiagnosisChange, Episode
from tests import make
from tests.make import NOW
from tests.race import race

pytestmark = pytest.mark.django_db
TODAY, DAY = date(2026, 10, 21), timedelta(days=1)


def added(of: Episode, code: str = "F41.1", **fields: Any) -> Diagnosis:
    said = {"label": "", "since_on": TODAY, "now": NOW} | fields
    return add_diagnosis(actor=of.primary_clinician, episode=of, code=code, **said)


def ended(row: Diagnosis, **fields: Any) -> Diagnosis:
    said = {"ended_on": TODAY, "ended_as": "resolved", "reason": "No symptoms for weeks", "now": NOW} | fields
    return end_diagnosis(actor=row.episode.primary_clinician, diagnosis=row, **said)


def events(of: Episode) -> list[tuple[str, str]]:
    rows = DiagnosisChange.objects.filter(diagnosis__episode=of).order_by("pk")
    return list(rows.values_list("diagnosis__code", "kind"))


def primary(of: Episode) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return of.diagnoses.get(is_primary=True).code


def test_a_diagnosis_joins_the_others_and_may_take_the_first_place() -> None:
    ana = make.episode()
    assert added(ana, " f41.1 ", onset="spring 2024").label == "Generalized anxiety disorder"
    assert primary(ana) == "F33.1"
    assert added(ana, "F43.10", is_primary=True, reason="Explains the rest").is_primary
    assert primary(ana) == "F43.10"
    assert events(ana) == [("F41.1", "added"), ("F43.10", "added"), ("F43.10", "primary")]


def test_what_ended_stays_on_file_and_the_code_may_come_back() -> None:
    ana = make.episode()
    first = ended(added(ana, since_on=TODAY - DAY))
    assert (first.ended_on, first.ended_as) == (TODAY, "resolved")
    with pytest.raises(Refused, match="ended already"):
        ended(first)
    added(ana)
    assert ana.diagnoses.filter(code="F41.1").count() == 2
    with pytest.raises(Refused, match="on the episode already"):
        added(ana)


def test_the_primary_one_ends_only_after_another_took_its_place() -> None:
    ana = make.episode()
    first, second = ana.diagnoses.get(), added(ana)
    with pytest.raises(Refused, match="another one primary first"):
        ended(first)
    made = make_primary(actor=ana.primary_clinician, diagnosis=second, reason="In front now", now=NOW)
    make_primary(actor=ana.primary_clinician, diagnosis=made, reason="Pressed twice", now=NOW)
    ended(Diagnosis.objects.get(pk=first.pk))
    assert primary(ana) == "F41.1"
    assert events(ana) == [("F41.1", "added"), ("F41.1", "primary"), ("F33.1", "ended")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"code": "sad", "label": "Sad"}, "looks like F33.1"),
        ({"code": "F33.123456", "label": "Sad"}, "looks like F33.1"),
        ({"code": "F99.9"}, "in words"),
        ({"since_on": TODAY + DAY}, "not come yet"),
    ],
)
def test_what_is_no_diagnosis_is_refused(fields: dict[str, Any], said: str) -> None:
    ana = make.episode()
    with pytest.raises(Refused, match=said):
        added(ana, **fields)
    assert events(ana) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ended_as": "gone"}, "what became"),
        ({"ended_on": TODAY + DAY}, "between"),
        ({"ended_on": TODAY - DAY}, "between"),
        ({"reason": " "}, "Say why"),
    ],
)
def test_an_ending_is_whole(fields: dict[str, Any], said: str) -> None:
    row = added(make.episode())
    with pytest.raises(Refused, match=said):
        ended(row, **fields)


def test_after_discharge_nothing_about_diagnoses_changes() -> None:
    ana = make.episode(ended_on=TODAY)
    with pytest.raises(Refused, match="has left"):
        added(ana)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_two_made_primary_at_once_leave_one() -> None:
    ana = make.episode()
    rows = [added(ana, code) for code in ("F41.1", "F43.10", "F41.0")]
    verb = partial(make_primary, actor=ana.primary_clinician, reason="In front", now=NOW)
    answers = race([partial(verb, diagnosis=row) for row in rows])
    assert not [one for one in answers if isinstance(one, Exception)]
    assert ana.diagnoses.filter(is_primary=True).count() == 1


def test_the_page_adds_makes_primary_and_ends_without_script(sign_in: Any) -> None:
    ana = make.episode()
    client, url = sign_in(ana.primary_clinician), reverse("patients:diagnoses", args=[ana.patient_id])
    typed = {"code": "F41.1", "since_on": str(ana.admitted_on)}
    assert client.post(url, typed).status_code == 302
    row = ana.diagnoses.get(code="F41.1")
    assert client.post(reverse("patients:diagnosis_primary", args=[row.pk]), {}).status_code == 422
    answer = client.post(reverse("patients:diagnosis_primary", args=[row.pk]), {"reason": "In front"})
    assert answer.status_code == 302
    old = ana.diagnoses.get(code="F33.1")
    said = {"ended_as": "resolved", "ended_on": "2026-10-21", "reason": "Lifted"}
    refused = client.post(reverse("patients:diagnosis_ending", args=[row.pk]), said)
    assert refused.status_code == 409 and "Lifted" in refused.content.decode()
    assert client.post(reverse("patients:diagnosis_ending", args=[old.pk]), said).status_code == 302
    page = client.get(url).content.decode()
    assert "Resolved" in page and "In front" in page


def test_nothing_typed_is_lost_and_readers_do_not_write(sign_in: Any) -> None:
    ana = make.episode()
    url = reverse("patients:diagnoses", args=[ana.patient_id])
    answer = sign_in(ana.primary_clinician).post(url, {"code": "sad", "onset": "Kept words", "since_on": "x"})
    assert answer.status_code == 422 and "Kept words" in answer.content.decode()
    reader = sign_in(role=Role.CASE_MANAGER)
    assert "Add a diagnosis" not in reader.get(url).content.decode()
    assert reader.post(url, {"code": "F41.1"}).status_code == 403
