"""Marks of attendance from Today: here, leaves, late, absent, undo, everyone leaves. Each is a plain form."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from scheduling.booking import running_late
from scheduling.models import Booking
from sessions.attendance import arrive, end_session, leave, mark_absent, undo
from sessions.attendance_rules import attendance_of
from sessions.doors import open_booking, open_session
from sessions.forms import AbsenceForm, LatenessForm, LeaveForm, TimesForm, as_typed, on_the_day
from sessions.hours import Slot, Visit, lateness
from sessions.models import Attendance
from sessions.outreach import due_at
from sessions.views.dialogs import answer, ask
from sessions.views.today import after_mark, refuse_mark
from sessions.wall import short_wall, wall

READ = "sessions.read_attendance"


@requires(Permission.RECORD_ATTENDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def arrival(request: HttpRequest, pk: int) -> HttpResponse:
    """Here, now; or at the times typed, for a session that is over."""
    booking, now = open_booking(request, pk, verb=READ), timezone.now()
    session = booking.session
    if request.method != "POST":
        over = session.ends_at <= now
        times = {"at": as_typed(session, session.starts_at if over else now)}
        times |= {"left": as_typed(session, session.ends_at)} if over else {}
        return ask(request, booking, "arrival", TimesForm(initial=times))
    form = TimesForm(request.POST)
    if not form.is_valid():
        return ask(request, booking, "arrival", form, status=422)
    try:
        attendance = _arrive(cast(User, request.user), booking, form, now)
    except Refused as no:
        return _refuse(request, booking, "arrival", form, no, typed="at" in request.POST)
    return answer(request, booking, _arrived_words(attendance), undo=True)


@transaction.atomic
def _arrive(actor: User, booking: Booking, form: TimesForm, now: datetime) -> Attendance:
    at = on_the_day(booking.session, form.cleaned_data["at"]) or now
    attendance = arrive(actor=actor, booking=booking, at=at, now=now)
    left = on_the_day(booking.session, form.cleaned_data["left"])
    if left is None:
        return attendance
    try:
        return leave(actor=actor, booking=booking, at=left, now=now)
    except Refused as no:
        raise Refused(no.sentence, status=no.status, left=no.sentence) from no


def _arrived_words(attendance: Attendance) -> str:
    booking, site = attendance.booking, attendance.booking.session.site
    slot = Slot(booking.session.starts_at, booking.session.ends_at)
    if attendance.arrived_at is None:
        return f"{booking.patient.called} is in."
    said = lateness(slot, Visit(attendance.arrived_at, attendance.left_at), site.late_grace_minutes)
    late = f", {said.late_minutes} minutes late" if said.late_minutes > site.late_grace_minutes else ""
    return f"{booking.patient.called} is in{late}."


@requires(Permission.RECORD_ATTENDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def departure(request: HttpRequest, pk: int) -> HttpResponse:
    """Leaves now, at the end of a session that is over, or at the time typed."""
    booking, now = open_booking(request, pk, verb=READ), timezone.now()
    latest = min(now, booking.session.ends_at)
    if request.method != "POST":
        form = LeaveForm(initial={"at": as_typed(booking.session, latest)})
        return ask(request, booking, "departure", form)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        return ask(request, booking, "departure", form, status=422)
    at = on_the_day(booking.session, form.cleaned_data["at"]) or latest
    try:
        leave(actor=cast(User, request.user), booking=booking, at=at, now=now)
    except Refused as no:
        return _refuse(request, booking, "departure", form, no, typed="at" in request.POST)
    words = f"{booking.patient.called} left at {short_wall(at, booking.session.site.time_zone)}."
    return answer(request, booking, words, undo=True)


@requires(Permission.RECORD_ATTENDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def running_behind(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone called to say when they will be here."""
    booking, now = open_booking(request, pk, verb=READ), timezone.now()
    form = LatenessForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return ask(request, booking, "lateness", form, status=200 if request.method != "POST" else 422)
    until = on_the_day(booking.session, form.cleaned_data["until"])
    assert until is not None
    try:
        running_late(actor=cast(User, request.user), booking=booking, until=until, now=now)
    except Refused as no:
        return ask(request, booking, "lateness", form, status=form.refuse(no))
    words = f"{booking.patient.called} is expected by {short_wall(until, booking.session.site.time_zone)}."
    return answer(request, booking, words)


@requires(Permission.RECORD_ATTENDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Not coming: why, and what that opens."""
    booking, now = open_booking(request, pk, verb=READ), timezone.now()
    begun = booking.session.has_begun(now)
    form = AbsenceForm(request.POST or None, has_begun=begun)
    if request.method != "POST" or not form.is_valid():
        due = _due_words(booking, now) if begun else ""
        status = 200 if request.method != "POST" else 422
        return ask(request, booking, "absence", form, status=status, due=due)
    try:
        mark_absent(
            actor=cast(User, request.user), booking=booking, absence=form.absence, reason=form.reason, now=now
        )
    except Refused as no:
        return ask(request, booking, "absence", form, status=form.refuse(no))
    return answer(request, booking, f"{booking.patient.called} is marked absent.", undo=True)


def _due_words(booking: Booking, now: datetime) -> str:
    """ "10:12 am", "9:30 am on Thursday": when the outreach of a no-show would be due."""
    due, tz_name = due_at(booking, now), booking.session.site.time_zone
    due_on = local_day(due, tz_name)
    return wall(due, tz_name) + ("" if due_on == local_day(now, tz_name) else f" on {due_on:%A}")


@requires(Permission.RECORD_ATTENDANCE)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the last mark."""
    booking, now = open_booking(request, pk, verb=READ), timezone.now()
    attendance = attendance_of(booking)
    try:
        if attendance is None:
            raise Refused("There is nothing to undo.")
        undo(actor=cast(User, request.user), attendance=attendance, now=now)
    except Refused as no:
        return refuse_mark(request, booking.session_id, no)
    return answer(request, booking, f"Undone. {booking.patient.called} is as before.")


@requires(Permission.RECORD_ATTENDANCE)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Everyone still here leaves: now, or at the end of a session that is over."""
    session, now = open_session(request, pk), timezone.now()
    at = min(now, session.ends_at)
    try:
        count = end_session(actor=cast(User, request.user), session=session, at=at, now=now)
    except Refused as no:
        return refuse_mark(request, session.pk, no)
    people = "1 person" if count == 1 else f"{count} people"
    words = f"{people} left at {short_wall(at, session.site.time_zone)}."
    return after_mark(request, session.pk, words)


def _refuse(
    request: HttpRequest,
    booking: Booking,
    noun: str,
    form: TimesForm | LeaveForm,
    no: Refused,
    *,
    typed: bool,
) -> HttpResponse:
    """A refusal lands in the form it was typed in; a button without one says it above the page."""
    if typed:
        return ask(request, booking, noun, form, status=form.refuse(no))
    return refuse_mark(request, booking.session_id, no)
