"""The patient's window on the record: help now, and check-ins answered one question at a time.

A risk answer leads to the crisis page before anything else (domain reference 6.2; DESIGN.md 10).
"""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.assessing import finish_measure, save_answers
from patients.chart import own_chart
from patients.checkin import CheckIn, due_checkins, finished_checkins
from patients.models import Patient, Response
from patients.offering import instrument_of, may_ask_in_portal
from patients.portal_forms import AnswerForm
from patients.portal_words import by_when


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
    if not 1 <= number <= checkin.end_number:
        raise Http404("There is no such question.")
    if checkin.is_finished or number == checkin.end_number:
        return _to_end(checkin) if request.method == "POST" else _end(request, checkin)
    if checkin.item(number) is None:  # not asked, or not yet
        return _to(checkin, checkin.next_number)
    if request.method != "POST":
        return _ask(request, checkin, number, AnswerForm(checkin=checkin, number=number))
    return _answer(request, checkin, number)


def _ask(request: HttpRequest, checkin: CheckIn, number: int, form: AnswerForm) -> HttpResponse:
    item = checkin.instrument.items[number - 1]
    context = frame(checkin.response.patient, "checkin", []) | {
        "checkin": checkin,
        "item": item,
        "lead": checkin.lead(item),
        "place": checkin.place(item),
        "bars": range(1, checkin.questions + 1),
        "back_number": checkin.number_before(number),
        "is_last": number == len(checkin.instrument.items),
        "form": form,
    }
    return render(request, "patients/portal/question.html", context, status=422 if form.errors else 200)


def _answer(request: HttpRequest, checkin: CheckIn, number: int) -> HttpResponse:
    """Keep the answer as it is given; the last one finishes the measure."""
    leaving = "leave" in request.POST
    if leaving and "answer" not in request.POST:
        return _away(checkin)
    form = AnswerForm(request.POST, checkin=checkin, number=number)
    if not form.is_valid():
        return _ask(request, checkin, number, form)
    try:
        after = _keep(cast(User, request.user), checkin, number, form.cleaned_data["answer"])
    except Refused as refusal:
        return _not_kept(request, checkin, number, form, refusal)
    item = checkin.instrument.items[number - 1]
    if after.is_finished or after.asks_for_help(item):
        return _to_end(after)
    return _away(after) if leaving else _to(after, after.number_after(number))


def _not_kept(
    request: HttpRequest, checkin: CheckIn, number: int, form: AnswerForm, refusal: Refused
) -> HttpResponse:
    """A rule said no. Finished in another window: its end page. A risk answer still gets the crisis page."""
    checkin.response.refresh_from_db(fields=["finished_at", "state", "answers"])
    if checkin.is_finished:
        return _to_end(checkin)
    if checkin.would_need_help(number, form.cleaned_data["answer"]):
        context = frame(checkin.response.patient, "checkin", []) | {
            "checkin": checkin,
            "refused": refusal.sentence,
        }
        return render(request, "patients/portal/crisis.html", context, status=refusal.status)
    form.add_error("answer", refusal.sentence)
    return _ask(request, checkin, number, form)


def _keep(actor: User, checkin: CheckIn, number: int, answer: int) -> CheckIn:
    """Save one answer; when nothing is left to ask, score them all."""
    now, mode = timezone.now(), Response.Mode.PORTAL
    answers = {checkin.instrument.items[number - 1].id: answer}
    saved = save_answers(actor=actor, response=checkin.response, answers=answers, mode=mode, now=now)
    after = CheckIn(saved, checkin.instrument)
    if after.missing_numbers:
        return after
    done = finish_measure(actor=actor, response=saved, answers=saved.answers, mode=mode, now=now)
    return CheckIn(done, checkin.instrument)


def _to(checkin: CheckIn, number: int) -> HttpResponse:
    return redirect("portal:question", checkin.response.public_id, number)


def _to_end(checkin: CheckIn) -> HttpResponse:
    return _to(checkin, checkin.end_number)


def _away(checkin: CheckIn) -> HttpResponse:
    """Leaving for now: past the crisis page where an answer asks for a person, else to the list."""
    return _to_end(checkin) if checkin.needs_help_now else redirect("portal:checkins")


def _end(request: HttpRequest, checkin: CheckIn) -> HttpResponse:
    """The crisis page after a risk answer, thanks after a finished measure, else the question still open."""
    if not checkin.is_finished and not checkin.needs_help_now:
        return _to(checkin, min(checkin.next_number, len(checkin.instrument.items)))
    patient, now = checkin.response.patient, timezone.now()
    context = frame(patient, "checkin", due_checkins(patient, today_of(patient, now))) | {"checkin": checkin}
    if not checkin.needs_help_now:
        return render(request, "patients/portal/thanks.html", context)
    follow_up = checkin.follow_up()
    if follow_up is not None and follow_up.closed_at is None:
        when = by_when(follow_up.due_at, now, patient.site.time_zone)
        context |= {"owner": follow_up.owner, "by_when": when, "is_late": follow_up.due_at <= now}
    return render(request, "patients/portal/crisis.html", context)
