"""Bring your own clinic, in the browser: upload, the dry run's report, confirm, progress."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import wall_zone
from iop_clinic.audit.trail import record
from iop_clinic.htmx import page_or_piece
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from sessions.importing.columns import FILES
from sessions.importing.runs import MOST_BYTES, confirm_run, discard_run, start_run
from sessions.importing.samples import sample
from sessions.models import ImportRun
from sessions.tasks import check_import, load_import

NAMES = [file.name for file in FILES]
RECENT = 10
STALE_SECONDS = 60


class Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files, each checked by itself."""

    widget = Several(attrs={"accept": ".csv,text/csv"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


class UploadForm(forms.Form):
    """Only the shape: which files. What is in them is checked by the worker."""

    csv_files = FilesField(
        label="CSV files",
        help_text=f"{', '.join(NAMES[:-1])} or {NAMES[-1]}, up to {MOST_BYTES // 1_000_000} MB together.",
    )


@requires(Permission.IMPORT_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    form = UploadForm()
    status = 200
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES), 422
        try:
            if form.is_valid():
                run = start_run(
                    actor=cast(User, request.user),
                    files=_contents(form.cleaned_data["csv_files"]),
                    wake=check_import.delay,
                )
                return redirect("imports:run", run.public_id)
        except Refused as refusal:
            form.add_error("csv_files", refusal.sentence)
    context = {
        "form": form,
        "recent": ImportRun.objects.select_related("started_by")[:RECENT],
        "documented": [(file, sample(file)) for file in FILES],
        "tz_name": wall_zone(request),
    }
    return render(request, "imports/start.html", context, status=status)


def _contents(uploads: list[UploadedFile]) -> dict[str, bytes]:
    """Contents by name. Refused 422 for two of one name, so that nothing is guessed, and for too much."""
    names = [(upload.name or "").lower() for upload in uploads]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"“{twice[0][:60]}” was chosen twice.", status=422)
    if sum(upload.size or 0 for upload in uploads) > MOST_BYTES:
        raise Refused(f"The files are larger than {MOST_BYTES // 1_000_000} MB together.", status=422)
    return {name: upload.read() for name, upload in zip(names, uploads, strict=True)}


@requires(Permission.IMPORT_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The run as it stands; while a worker is busy the piece asks again. POST wakes a worker once more."""
    found = _run(public_id)
    if request.method == "POST":
        task = load_import if found.state == ImportRun.State.LOADING else check_import
        if found.is_busy:
            _knock(request, task, found)
        return redirect("imports:run", found.public_id)
    if request.headers.get("X-Poll") != "1":
        record(request.user, "sessions.read_import", found)
    return page_or_piece(request, "imports/run.html", "imports/_run.html", _context(request, found))


def _knock(request: HttpRequest, task: Any, found: ImportRun) -> None:
    try:
        task.delay(found.pk)
    except task.OperationalError:
        messages.error(request, "The worker cannot be reached. Ask whoever runs the server.")


@requires(Permission.IMPORT_CLINIC)
@require_POST
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = _run(public_id)
    try:
        confirm_run(actor=cast(User, request.user), run=found, wake=load_import.delay)
    except Refused as refusal:
        return _refused(request, found, refusal)
    return redirect("imports:run", found.public_id)


@requires(Permission.IMPORT_CLINIC)
@require_POST
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = _run(public_id)
    try:
        discard_run(actor=cast(User, request.user), run=found)
    except Refused as refusal:
        return _refused(request, found, refusal)
    messages.success(request, "The uploaded files are gone.")
    return redirect("imports:start")


def _refused(request: HttpRequest, found: ImportRun, refusal: Refused) -> HttpResponse:
    context = {**_context(request, found), "refusal": refusal}
    return page_or_piece(request, "imports/run.html", "imports/_run.html", context, status=refusal.status)


def _run(public_id: UUID) -> ImportRun:
    return get_object_or_404(ImportRun.objects.select_related("started_by"), public_id=public_id)


def _context(request: HttpRequest, found: ImportRun) -> dict[str, Any]:
    report = found.report
    silent = (timezone.now() - found.moved_at).total_seconds()
    counts = [
        (file.name, report["new"].get(file.kind, 0), report["same"].get(file.kind, 0)) for file in FILES
    ] if report.get("new") else []  # fmt: skip
    return {
        "run": found,
        "tz_name": wall_zone(request),
        "counts": [row for row in counts if row[1] or row[2]],
        "new_count": sum(row[1] for row in counts),
        "more_faults": max(0, report.get("fault_count", 0) - len(report.get("faults", []))),
        "is_stale": found.is_busy and silent > STALE_SECONDS,
    }
