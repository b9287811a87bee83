"""One person's attendance: every week of the episode, every line with its minutes, every correction."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.views.frame import open_page
from sessions.ledger import weeks_of
from sessions.models import AttendanceCorrection
from sessions.views.hours import episode_of
from sessions.week_page import WeekLine, marks_by_booking, week_page

PAGE_WEEKS = 6


@requires(Permission.SEE_HOURS)
@require_safe
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """The weeks of the latest episode, from this one back; `?ahead=1` shows those to come."""
    frame = open_page(request, pk, verb="sessions.read_attendance", tab="attendance")
    episode = episode_of(frame.patient)
    this_week = frame.weeks.of(frame.day)
    weeks = weeks_of(episode=episode, now=frame.now) if episode else []
    ahead = [found for found in reversed(weeks) if found[0] > this_week]
    is_ahead = request.GET.get("ahead") == "1"
    listed = ahead if is_ahead else [found for found in weeks if found[0] <= this_week]
    page = Paginator(listed, PAGE_WEEKS).get_page(request.GET.get("page"))
    marks = marks_by_booking(line for _, ledger in page for line in ledger.lines)
    shown = [week_page(episode, w, ledger, marks, is_now=w == this_week) for w, ledger in page if episode]
    context = frame.context(
        page=page,
        weeks=shown,
        ahead=len(ahead),
        is_ahead=is_ahead,
        query="ahead=1&" if is_ahead else "",
        may_record=frame.may(Permission.RECORD_ATTENDANCE),
        corrected=[(row, was) for w in shown for row in w.lines for was in _corrections(row)],
    )
    return render(request, "sessions/attendance.html", context)


def _corrections(row: WeekLine) -> list[AttendanceCorrection]:
    return list(row.attendance.corrections.all()) if row.attendance is not None else []
