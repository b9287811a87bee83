"""The patient's whole record as one archive: what is in it, then the click, once it is sure who asks."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.sure import is_sure
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.disclosing import Disclosed
from patients.views.frame import Frame, open_page
from sessions.exporting import archive_name, export_record, may_take_alone
from sessions.record_contents import LEFT_OUT, counted, files_bytes


@requires(Permission.DISCLOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def whole_record(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The door comes before the password. The recipient is the patient; there is no other here."""
    return _export(request, open_page(request, pk, verb="chart.read_export", tab="documents"))


@reauthentication_required
def _export(request: HttpRequest, frame: Frame) -> HttpResponseBase:
    said, status, sure = "", 200, is_sure(request)
    if request.method == "POST" and sure:
        try:
            sent = export_record(actor=frame.user, patient=frame.patient, now=frame.now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            return archive_answer(sent, archive_name(frame.patient, frame.now))
    context = frame.context(
        said=said, sure=sure, is_minor=not may_take_alone(frame.patient, frame.now), **contents(frame.patient)
    )
    return render(request, "sessions/record.html", context, status=status)


def contents(patient: Any) -> dict[str, Any]:
    """What will be in the archive and what will not, for the page before it is made."""
    return {"counts": counted(patient), "files_bytes": files_bytes(patient), "left_out": LEFT_OUT}


def archive_answer(sent: Disclosed, name: str) -> FileResponse:
    """What `disclose(...)` made, as a file to keep; no browser shows it, caches it or guesses what it is."""
    assert sent.file is not None
    answer = FileResponse(sent.file, as_attachment=True, filename=name, content_type="application/zip")
    answer["Content-Length"] = str(sent.disclosure.content_bytes)
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
