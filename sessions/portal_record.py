"""My record in the portal: all of it in one file, once the person has said again who they are."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sure import is_sure
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.models import Patient
from patients.portal import frame
from sessions.exporting import archive_name, export_own_record, may_take_alone
from sessions.views.record import archive_answer, contents


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def whole_record(request: HttpRequest) -> HttpResponseBase:
    """Whose record it is follows from the sign-in alone."""
    return _mine(request, own_chart(request))


@reauthentication_required
def _mine(request: HttpRequest, patient: Patient) -> HttpResponseBase:
    now, said, status, sure = timezone.now(), "", 200, is_sure(request)
    if request.method == "POST" and sure:
        try:
            sent = export_own_record(actor=cast(User, request.user), patient=patient, now=now)
        except Refused as refusal:
            said, status = refusal.sentence, refusal.status
        else:
            return archive_answer(sent, archive_name(patient, now))
    context = frame(patient, "care", []) | contents(patient)
    context |= {"said": said, "sure": sure, "may_take": may_take_alone(patient, now)}
    return render(request, "sessions/portal/record.html", context, status=status)
