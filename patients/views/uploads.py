"""Files of a chart: add one, hand one out, mark one as wrong. Their bytes leave by this view only."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.filestore import path_of
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.filing import add_file, download_name, files_of, kinds_added, kinds_seen, mark_file_wrong
from patients.forms.upload import UploadForm, WrongFileForm
from patients.models import Upload
from patients.views.frame import frame_of, open_page

PAGE_ROWS = 50


@requires(Permission.SEE_COVERAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, pk: int) -> HttpResponse:
    """What this person's role may open, newest first; with a form where it may add."""
    frame = open_page(request, pk, verb="chart.read_files", tab="documents")
    kinds, status = kinds_added(frame.user), 200
    form = UploadForm(kinds=kinds)
    if request.method == "POST":
        frame.demand(Permission.SEE_CLINICAL, Permission.EDIT_PATIENTS)
        form = UploadForm(request.POST, request.FILES, kinds=kinds)
        status = form.attempt(lambda said: add_file(actor=frame.user, patient=frame.patient, **_sent(said)))
        if not status:
            messages.success(request, "The file is on the chart.")
            return redirect("patients:files", pk=pk)
    page = Paginator(files_of(frame.patient, frame.user), PAGE_ROWS).get_page(request.GET.get("page", "1"))
    context = frame.context(page=page, form=form, may_add=bool(kinds), query="")
    return render(request, "patients/files.html", context, status=status)


def _sent(said: dict[str, Any]) -> dict[str, Any]:
    return {"kind": said["kind"], "title": said["title"], "sent": said["file"]}


@requires(Permission.SEE_COVERAGE)
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes, to be saved and not shown: no browser runs or guesses what is in them."""
    found = _open(request, pk)
    try:
        content = path_of(found.stored_name).read_bytes()
    except FileNotFoundError as missing:
        raise Http404 from missing
    headers = {
        "Content-Disposition": content_disposition_header(True, download_name(found)) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(content, content_type=found.content_type, headers=headers)


@requires(Permission.SEE_CLINICAL, Permission.EDIT_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def file_in_error(request: HttpRequest, pk: int) -> HttpResponse:
    found = _open(request, pk)
    frame = frame_of(request, found.patient, "documents")
    form, status = WrongFileForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: mark_file_wrong(actor=frame.user, upload=found, now=frame.now, **said)
        )
        if not status:
            messages.success(request, "The file is hidden. It is kept, with your reason.")
            return redirect("patients:files", pk=frame.patient.pk)
    return render(
        request, "patients/file_in_error.html", frame.context(form=form, found=found), status=status
    )


def _open(request: HttpRequest, pk: int) -> Upload:
    """A file that is shown and of a kind this person may open; 404 otherwise."""
    seen = kinds_seen(cast(User, request.user))
    rows = Upload.objects.shown().filter(kind__in=seen).select_related("patient__site", "uploaded_by")
    return open_row(request, rows, pk, verb="file.read")
