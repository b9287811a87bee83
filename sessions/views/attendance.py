"""One person's attendance: every week of the episode, every line with its minutes, every correction."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.clock import local_day, week_of
from iop_clinic.roles import Permission, may
from patients.chart import open_chart
from sessions.ledger import weeks_of
from sessions.views.hours import episode_of
from sessions.week_page import marks_by_booking, week_page

PAGE_WEEKS = 6


@requires(Permission.SEE_HOURS)
@require_safe
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """The weeks of the latest episode, the newest first."""
    patient, now = open_chart(request, pk, verb="sessions.read_attendance"), timezone.now()
    episode = episode_of(patient)
    weeks = weeks_of(episode=episode, now=now) if episode else []
    page = Paginator(weeks, PAGE_WEEKS).get_page(request.GET.get("page"))
    marks = marks_by_booking(line for _, ledger in page for line in ledger.lines)
    this_week = week_of(local_day(now, patient.site.time_zone), patient.site.week_starts_weekday)
    shown = [week_page(episode, w, ledger, marks, is_now=w == this_week) for w, ledger in page if episode]
    context = {
        "patient": patient,
        "page": page,
        "weeks": shown,
        "may_record": may(request.user.role, Permission.RECORD_ATTENDANCE),  # type: ignore[union-attr]
        "corrected": [(row, c) for w in shown for row in w.lines for c in _corrections(row)],
    }
    return render(request, "sessions/attendance.html", context)


def _corrections(row: object) -> list[object]:
    attendance = getattr(row, "attendance", None)
    return list(attendance.corrections.all()) if attendance is not None else []
