"""The patient's window on the record: help now, and check-ins answered one question at a time.

How answering goes on is in `answering.py`, which the clinic's tablet shares.
"""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.answering import Place, answer_question
from patients.chart import own_chart
from patients.checkin import CheckIn, due_checkins, finished_checkins
from patients.models import Patient, Response
from patients.offering import instrument_of, may_ask_in_portal


def frame(patient: Patient, tab: str, due: list[CheckIn]) -> dict[str, Any]:
    """Context every portal page needs: the clinic, the tab we are on, and how many check-ins wait."""
    site = patient.site
    return {
        "patient": patient,
        "clinic": site,
        "clinic_name": site.name,
        "tab": tab,
        "due": due,
        "checkin_count": len(due),
    }


def today_of(patient: Patient, now: datetime) -> date:
    """The date on the wall of this patient's clinic."""
    return local_day(now, patient.site.time_zone)


def own_checkin(request: HttpRequest, public_id: UUID) -> CheckIn:
    """One of the signed-in patient's measures by its public id; 404 for anyone else's."""
    patient = own_chart(request)
    response = get_object_or_404(Response, public_id=public_id, patient=patient)
    response.patient = patient
    instrument = instrument_of(response.instrument_code)
    if instrument is None or not may_ask_in_portal(instrument):
        raise Http404("This measure is not answered here.")
    return CheckIn(response, instrument)


@requires(Permission.USE_PORTAL)
@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    """Crisis lines, the clinic's phone and address; on every page one tap away."""
    patient = own_chart(request)
    due = due_checkins(patient, today_of(patient, timezone.now()))
    return render(request, "patients/portal/help.html", frame(patient, "help", due))


@requires(Permission.USE_PORTAL)
@require_safe
def checkins(request: HttpRequest) -> HttpResponse:
    """The check-ins that wait, and the last ones that were finished."""
    patient = own_chart(request)
    due = due_checkins(patient, today_of(patient, timezone.now()))
    context = frame(patient, "checkin", due) | {"done": finished_checkins(patient)}
    return render(request, "patients/portal/checkins.html", context)


@requires(Permission.USE_PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """One question a page; the page after the last says what happens now, and so does a finished measure."""
    checkin = own_checkin(request, public_id)
    patient = checkin.response.patient

    def own_frame(lists_due: bool) -> dict[str, Any]:
        due = due_checkins(patient, today_of(patient, timezone.now())) if lists_due else []
        return frame(patient, "checkin", due)

    place = Place(
        question_name="portal:question",
        list_name="portal:checkins",
        folder="patients/portal",
        mode=Response.Mode.PORTAL,
        actor=cast(User, request.user),
        frame=own_frame,
    )
    return answer_question(request, checkin, number, place)
