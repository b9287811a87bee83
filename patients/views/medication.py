"""The Medication page of a chart, its summary beside a note, its printed sheet, and days between visits."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission
from patients.forms.medication import MedicationIntervalForm
from patients.medication_due import next_visit, set_interval
from patients.medication_list import medication_list
from patients.medication_page import medication_page
from patients.models import Episode
from patients.trends import measure_trends
from patients.views.frame import Frame, open_page

TAB = "medication"


@requires(Permission.SEE_CLINICAL)
@require_safe
def medication(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_medication", tab=TAB)
    page = medication_page(frame.patient, _running(frame), frame.day)
    rights = {
        "may_record": frame.may(Permission.RECORD_MEDICATION),
        "may_set_visits": frame.may(Permission.SET_MEDICATION_VISITS) and page.visit is not None,
    }
    return render(request, "patients/medication.html", frame.context(page=page, **rights))


@requires(Permission.SEE_CLINICAL)
@require_safe
def medication_summary(request: HttpRequest, pk: int) -> HttpResponse:
    """The piece beside the note of a medication visit: list, changes, allergies, measures, toxicology."""
    frame = open_page(request, pk, verb="chart.read_medication", tab=TAB)
    page = medication_page(frame.patient, _running(frame), frame.day)
    trends = [trend for trend in measure_trends(frame.header) if trend.last is not None]
    context = frame.context(page=page, trends=trends, may_record=frame.may(Permission.RECORD_MEDICATION))
    return page_or_piece(
        request, "patients/medication_summary.html", "patients/_medication_summary.html", context
    )


@requires(Permission.SEE_CLINICAL)
@require_safe
def medication_print(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet; the foot says who printed it, and the trail keeps it."""
    frame = open_page(request, pk, verb="chart.print_medication", tab=TAB)
    context = frame.context(listed=medication_list(frame.patient, frame.day), now=frame.now)
    return render(request, "patients/medication_print.html", context)


@requires(Permission.SET_MEDICATION_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
def medication_interval(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_medication", tab=TAB)
    episode = _running(frame)
    if episode is None:
        messages.error(request, "This person is not in the program.")
        return redirect("patients:medication", pk=pk)
    data, status = request.POST if request.method == "POST" else None, 200
    visit = next_visit(episode, frame.patient.site)
    form = MedicationIntervalForm(data, days=visit.rule.days)
    if data is not None:
        status = form.attempt(
            lambda said: set_interval(actor=frame.user, episode=episode, now=frame.now, **said)
        )
    if not status:
        messages.success(request, "Kept. The next visit follows from it.")
        return redirect("patients:medication", pk=pk)
    rows = episode.medication_intervals.select_related("set_by")
    context = frame.context(form=form, visit=visit, rows=rows, due_said=visit.words(frame.day))
    return render(request, "patients/medication_interval.html", context, status=status)


def _running(frame: Frame) -> Episode | None:
    return frame.header.episode if frame.header.in_program else None
