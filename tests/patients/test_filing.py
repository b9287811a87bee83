"""Files on charts: taken by size and first bytes, kept under a random name, handed out to be saved only."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from iop_clinic import filestore
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients import filing
from patients.filing import content_type_of, with_rows
from patients.models import Patient, Upload
from patients.tasks import sweep_files
from tests import make
from tests.make import PDF

SignIn = Callable[..., Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path
    yield tmp_path


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def send(client: Client, patient: Patient, content: bytes = PDF, name: str = "scan.pdf", **said: Any) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/html")
    typed = {"kind": "insurance_card", "title": "Card, front", "file": file} | said
    return client.post(reverse("patients:files", args=[patient.pk]), typed)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (PDF, "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (PNG, "image/png"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"<html>", ""),
        (b" %PDF-", ""),
        (b"GIF89a", ""),
        (b"PK\x03\x04", ""),
        (b"MZ\x90\x00", ""),
        (b"<svg xmlns=", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_say_the_type(start: bytes, said: str) -> None:
    assert content_type_of(start) == said


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "..\\..\\windows\\system32\\x.pdf",
        "card.pdf.exe",
        "card.php.pdf",
        "x" * 300 + ".pdf",
        'a"; filename="b.html',
        "naïve 漢字 😀.pdf",
        ".htaccess",
        "con.pdf",
        "a\tb.pdf",
    ],
)
def test_no_name_someone_typed_is_kept_or_handed_out(name: str, sign_in: SignIn, folder: Path) -> None:
    patient, client = make.patient(), sign_in()
    assert send(client, patient, name=name).status_code == 302
    upload = Upload.objects.get()
    assert stored(folder) == [upload.stored_name]
    assert (folder / upload.stored_name[:2] / upload.stored_name).read_bytes() == PDF
    answer = client.get(reverse("patients:file", args=[upload.pk]))
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="chart-{patient.record_number}-insurance-card-{upload.pk}.pdf"'
    )


@pytest.mark.django_db
def test_a_file_is_handed_out_to_be_saved_and_never_run_or_stored(sign_in: SignIn) -> None:
    client, upload = sign_in(), make.upload(make.patient(), content=PDF + b"<script>alert(1)</script>")
    answer = client.get(reverse("patients:file", args=[upload.pk]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.content.startswith(PDF)
    assert AuditEvent.objects.filter(verb="file.read", object_id=upload.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said", "status"),
    [
        (b"<html><script>", {}, 415),
        (b"#!/bin/sh\n%PDF-1.7", {}, 415),
        (b"", {}, 422),
        (PDF + b"x" * 1_000_001, {}, 413),
        (PDF, {"kind": ""}, 422),
        (PDF, {"kind": "lab"}, 422),  # a clinical kind, from the desk
        (PDF, {"kind": "secret"}, 422),
        (PDF, {"title": "  "}, 422),
        (PDF, {"title": "x" * 121}, 422),
        (PDF, {"file": ""}, 422),
    ],
)
def test_what_is_not_taken_is_refused_and_leaves_nothing(
    content: bytes, said: dict[str, str], status: int, sign_in: SignIn, folder: Path, settings: Any
) -> None:
    settings.UPLOAD_MEGABYTES = 1
    answer = send(sign_in(), make.patient(), content, **said)
    assert answer.status_code == status
    assert "to fix before this can be saved" in answer.content.decode()
    assert (Upload.objects.count(), stored(folder)) == (0, [])


@pytest.mark.django_db
def test_a_body_past_the_limit_is_refused_before_it_is_read(sign_in: SignIn, settings: Any) -> None:
    settings.UPLOAD_BYTES = {r"/patients/\d+/files/": 3_000_000}
    client, patient = sign_in(), make.patient()
    assert send(client, patient, PDF + b"x" * 2_900_000).status_code == 302
    assert send(client, patient, PDF + b"x" * 3_100_000).status_code == 413
    assert client.post("/referrals/new/", {"reason": "x" * 2_600_000}).status_code == 413


@pytest.mark.django_db
def test_the_same_file_sent_twice_is_one_until_it_is_marked_as_wrong(sign_in: SignIn, folder: Path) -> None:
    patient, client = make.patient(), sign_in()
    for _ in range(2):
        assert send(client, patient).status_code == 302
    upload = Upload.objects.get()
    assert stored(folder) == [upload.stored_name]
    url = reverse("patients:file_in_error", args=[upload.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Another person's card"}).status_code == 302
    assert client.get(reverse("patients:file", args=[upload.pk])).status_code == 404
    assert client.post(url, {"reason": "Again"}).status_code == 404
    assert "Card, front" not in client.get(reverse("patients:files", args=[patient.pk])).content.decode()
    assert (upload.in_error.reason, stored(folder)) == ("Another person's card", [upload.stored_name])
    assert send(client, patient).status_code == 302
    assert Upload.objects.count() == 2


@pytest.mark.django_db
def test_a_role_sees_its_kinds_only(sign_in: SignIn) -> None:
    patient = make.patient()
    card = make.upload(patient)
    lab = make.upload(patient, "lab", PNG, title="Toxicology of May", content_type="image/png")
    for role, seen, adds in (
        (Role.FRONT_DESK, {card}, True),
        (Role.BILLER, {card}, False),
        (Role.PRIVACY_OFFICER, {card}, False),
        (Role.CLINICIAN, {card, lab}, True),
        (Role.CASE_MANAGER, {card, lab}, True),
    ):
        client = sign_in(role=role)
        page = client.get(reverse("patients:files", args=[patient.pk]))
        assert set(page.context["page"].object_list) == seen, role
        assert ("Add the file" in page.content.decode()) == adds, role
        status = {one: client.get(reverse("patients:file", args=[one.pk])).status_code for one in (card, lab)}
        assert status == {card: 200, lab: 200 if lab in seen else 404}, role
        assert send(client, make.patient()).status_code == (302 if adds else 403), role


@pytest.mark.django_db
def test_a_file_of_another_site_is_not_there_for_anyone(sign_in: SignIn) -> None:
    theirs = make.upload(make.patient(make.other_site()))
    for role in (Role.FRONT_DESK, Role.CLINICIAN, Role.PRIVACY_OFFICER):
        client = sign_in(role=role)
        assert client.get(reverse("patients:file", args=[theirs.pk])).status_code == 404
        assert send(client, theirs.patient).status_code == 404


@pytest.mark.django_db
def test_bytes_whose_row_cannot_be_saved_are_taken_away(
    sign_in: SignIn, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **said: object) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(filing, "record", broken)
    with pytest.raises(RuntimeError):
        send(sign_in(), make.patient())
    assert (Upload.objects.count(), stored(folder)) == (0, [])


def test_a_file_is_never_seen_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(filestore.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        filestore.keep_file(PDF)
    assert stored(folder) == []


@pytest.mark.parametrize(
    "name", ["../x", "", "a" * 31, "A" * 32, "/etc/passwd", "a" * 32 + "\n", "a/" + "b" * 30]
)
def test_only_a_stored_name_leads_to_a_place(name: str) -> None:
    with pytest.raises(ValueError, match="Not the name"):
        filestore.path_of(name)


@pytest.mark.django_db
def test_the_sweeper_takes_old_files_without_a_row_and_nothing_else(folder: Path) -> None:
    kept = make.upload(make.patient())
    orphan, young = filestore.keep_file(b"orphan"), filestore.keep_file(b"young")
    rough = folder / orphan[:2] / "part-left"
    rough.write_bytes(b"half")
    strange = folder / orphan[:2] / "README"
    strange.write_bytes(b"not ours")
    two_days_ago = time.time() - 2 * 86_400
    for path in (filestore.path_of(kept.stored_name), filestore.path_of(orphan), rough, strange):
        os.utime(path, (two_days_ago, two_days_ago))
    assert filestore.sweep(with_rows, datetime.now(UTC) - timedelta(days=5)) == 0
    assert sweep_files() == 2
    assert stored(folder) == sorted([kept.stored_name, young, "README"])


@pytest.mark.django_db
def test_a_file_whose_bytes_are_gone_is_404_and_no_error_page(sign_in: SignIn) -> None:
    upload = make.upload(make.patient())
    filestore.path_of(upload.stored_name).unlink()
    assert sign_in().get(reverse("patients:file", args=[upload.pk])).status_code == 404


@pytest.mark.django_db
def test_files_stand_below_the_documents_and_need_a_fixed_number_of_queries(
    sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    patient, client = make.patient(), sign_in(role=Role.CLINICIAN)
    for number in range(60):
        make.upload(patient, content=PDF + str(number).encode(), title=f"Page {number}")
    url = reverse("patients:files", args=[patient.pk])
    client.get(url)
    with django_assert_max_num_queries(22):
        assert len(client.get(url).context["page"].object_list) == 50
    assert "Page 59" in client.get(reverse("patients:documents", args=[patient.pk])).content.decode()


def test_nothing_is_served_from_the_folder() -> None:
    assert settings.MEDIA_URL in {"", "/"}
    assert Path(settings.STATIC_ROOT) not in Path(settings.MEDIA_ROOT).parents
