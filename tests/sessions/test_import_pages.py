"""The import in the browser: upload, report, confirm; the worker's parts are called as the worker would."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Patient
from sessions.importing.columns import FILES
from sessions.importing.runs import MOST_BYTES, check_run, clear_forgotten, confirm_run, load_run, start_run
from sessions.importing.samples import sample
from sessions.models import ImportedRow, ImportFile, ImportRun
from sessions.tasks import check_import, clear_forgotten_imports, load_import
from tests import make

SAMPLES = {file.name: sample(file).encode() for file in FILES}


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch, db: None) -> list[tuple[str, int]]:
    """Which task was sent for which run; nothing is sent to a broker."""
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(check_import, "delay", lambda pk: sent.append(("check", pk)))
    monkeypatch.setattr(load_import, "delay", lambda pk: sent.append(("load", pk)))
    make.site()
    make.level()
    return sent


@pytest.fixture
def administrator(woken: Any, sign_in: Callable[..., Client]) -> Client:
    return sign_in(role=Role.ADMINISTRATOR)


def upload(client: Client, files: dict[str, bytes], **extra: Any) -> Any:
    chosen = [SimpleUploadedFile(name, content, "text/csv") for name, content in files.items()]
    return client.post(reverse("imports:start"), {"csv_files": chosen}, **extra)


def only_run() -> ImportRun:
    return ImportRun.objects.get()


def test_an_import_late_in_the_evening_carries_the_clinics_date(administrator: Client) -> None:
    upload(administrator, SAMPLES)
    ImportRun.objects.update(created_at=datetime(2026, 11, 22, 2, 37, tzinfo=UTC))
    page = administrator.get(reverse("imports:run", args=[only_run().public_id])).text
    assert "Import of November 21, 2026" in page
    assert "Nov 21, 2026, 9:37 pm" in administrator.get(reverse("imports:start")).text


def test_from_upload_to_loaded(
    administrator: Client, woken: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(administrator, SAMPLES)
    run = only_run()
    page = reverse("imports:run", args=[run.public_id])
    assert (answer.status_code, answer.url, woken) == (302, page, [("check", run.pk)])
    assert "Being checked" in administrator.get(page).text
    check_import(run.pk)
    report = administrator.get(page).text
    assert "No faults" in report
    assert "Load 13 rows" in report
    assert not Patient.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(reverse("imports:confirm", args=[run.public_id]))
        administrator.post(reverse("imports:confirm", args=[run.public_id]))
    assert woken == [("check", run.pk), ("load", run.pk)]
    load_import(run.pk)
    assert "Loaded" in administrator.get(page).text
    assert Patient.objects.count() == 2
    assert not ImportFile.objects.exists(), "what was uploaded is not kept"


def test_a_faulty_file_is_reported_and_cannot_be_confirmed(administrator: Client) -> None:
    upload(
        administrator, {**SAMPLES, "patients.csv": SAMPLES["patients.csv"].replace(b"1992-02-03", b"soon")}
    )
    run = only_run()
    check_run(run_pk=run.pk, now=timezone.now())
    page = administrator.get(reverse("imports:run", args=[run.public_id])).text
    assert "date_of_birth" in page
    assert "“soon” is not a date" in page
    answer = administrator.post(reverse("imports:confirm", args=[run.public_id]))
    assert answer.status_code == 409
    assert "without faults" in answer.text
    assert not ImportedRow.objects.exists()


def test_the_piece_asks_again_while_a_worker_is_busy(administrator: Client) -> None:
    upload(administrator, SAMPLES)
    page = reverse("imports:run", args=[only_run().public_id])
    busy = administrator.get(page, headers={"HX-Request": "true"}).text
    assert 'hx-trigger="every 2s"' in busy
    assert "<html" not in busy
    check_import(only_run().pk)
    assert "hx-trigger" not in administrator.get(page, headers={"HX-Request": "true"}).text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "required"),
        ({"shopping.csv": b"eggs"}, "“shopping.csv” is not one of them"),
        ({"patients.csv": b""}, "empty"),
        ({"patients.csv": b"x" * (MOST_BYTES + 1)}, "larger than 10 MB"),
    ],
)
def test_an_upload_that_cannot_be_used_is_refused(
    administrator: Client, files: dict[str, bytes], said: str
) -> None:
    answer = upload(administrator, files)
    assert answer.status_code == 422
    assert said in answer.text
    assert not ImportRun.objects.exists()


def test_a_body_past_the_limit_is_refused_before_it_is_read(administrator: Client) -> None:
    answer = upload(administrator, {"patients.csv": b"x" * 11_000_000})
    assert answer.status_code == 413
    assert not ImportRun.objects.exists()


def test_other_pages_keep_the_small_limit(administrator: Client) -> None:
    answer = administrator.post(reverse("patients:search"), {"q": "x" * 3_000_000})
    assert answer.status_code == 413


def test_with_the_broker_down_the_upload_is_kept_and_can_be_woken(
    administrator: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def down(pk: int) -> None:
        raise OperationalError

    monkeypatch.setattr(check_import, "delay", down)
    with django_capture_on_commit_callbacks(execute=True):
        assert upload(administrator, SAMPLES).status_code == 302
    run = only_run()
    assert run.state == "checking"
    ImportRun.objects.update(moved_at=timezone.now() - timedelta(minutes=5))
    page = reverse("imports:run", args=[run.public_id])
    assert "Wake the worker" in administrator.get(page).text
    assert "cannot be reached" in administrator.post(page, follow=True).text
    monkeypatch.setattr(check_import, "delay", check_import)
    administrator.post(page)
    run.refresh_from_db()
    assert run.state == "checked"


def test_discarding_throws_the_files_away(administrator: Client) -> None:
    upload(administrator, SAMPLES)
    check_import(only_run().pk)
    administrator.post(reverse("imports:discard", args=[only_run().public_id]))
    assert only_run().state == "discarded"
    assert not ImportFile.objects.exists()
    assert administrator.post(reverse("imports:confirm", args=[only_run().public_id])).status_code == 409


def test_files_nobody_confirmed_are_cleared_after_a_day(administrator: Client) -> None:
    upload(administrator, SAMPLES)
    check_import(only_run().pk)
    page = reverse("imports:run", args=[only_run().public_id])
    ImportRun.objects.update(created_at=timezone.now() - timedelta(hours=23))
    clear_forgotten_imports()
    assert ImportFile.objects.count() == len(SAMPLES)
    ImportRun.objects.update(created_at=timezone.now() - timedelta(hours=25))
    clear_forgotten_imports()
    assert not ImportFile.objects.exists()
    assert (only_run().state, only_run().report) == ("discarded", {})
    assert "These files were discarded" in administrator.get(page).text
    assert AuditEvent.objects.filter(verb="sessions.discard_import", actor=None).count() == 1
    clear_forgotten_imports()
    assert AuditEvent.objects.filter(verb="sessions.discard_import").count() == 1


def test_an_upload_that_is_being_loaded_is_never_cleared(administrator: Client) -> None:
    run = start_run(actor=make.user(Role.ADMINISTRATOR), files=SAMPLES, wake=lambda pk: None)
    check_run(run_pk=run.pk, now=timezone.now())
    confirm_run(actor=run.started_by, run=run, wake=lambda pk: None)
    assert clear_forgotten(now=timezone.now() + timedelta(days=9)) == 0
    assert ImportFile.objects.count() == len(SAMPLES)


def test_what_the_clinic_refuses_leaves_a_sentence_and_nothing_else(administrator: Client) -> None:
    actor = make.user(Role.ADMINISTRATOR)
    run = start_run(actor=actor, files=SAMPLES, wake=lambda pk: None)
    check_run(run_pk=run.pk, now=timezone.now())
    confirm_run(actor=actor, run=run, wake=lambda pk: None)
    make.patient(given_name="Ana", family_name="Testwell", born_on=date(1992, 2, 3))
    load_run(run_pk=run.pk, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.sentence) == ("failed", "1 fault. Nothing was loaded.")
    assert Patient.objects.count() == 1


def test_a_task_for_a_run_that_is_done_changes_nothing(administrator: Client) -> None:
    actor = make.user(Role.ADMINISTRATOR)
    run = start_run(actor=actor, files=SAMPLES, wake=lambda pk: None)
    check_run(run_pk=run.pk, now=timezone.now())
    check_run(run_pk=run.pk, now=timezone.now())
    load_run(run_pk=run.pk, now=timezone.now())
    assert not Patient.objects.exists(), "nobody confirmed it"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
@pytest.mark.parametrize("name", ["run", "confirm", "discard"])
def test_only_administrators_import(
    role: Role, name: str, woken: Any, sign_in: Callable[..., Client]
) -> None:
    run = ImportRun.objects.create(started_by=make.user(Role.ADMINISTRATOR))
    assert sign_in(role=role).post(reverse(f"imports:{name}", args=[run.public_id])).status_code == 403


@pytest.mark.parametrize("name", ["run", "confirm", "discard"])
def test_a_run_that_is_not_there_is_404(name: str, administrator: Client) -> None:
    assert administrator.post(reverse(f"imports:{name}", args=[uuid.uuid4()])).status_code == 404
