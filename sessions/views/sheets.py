"""Sign-in sheets on paper: first name and initial only, since everyone in the room sees them."""

from collections import Counter
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import StaffProfile, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from scheduling.models import Booking, TherapySession
from sessions.doors import open_session
from sessions.wall import short_wall, wall


@dataclass(frozen=True)
class Sheet:
    """One session's page."""

    title: str
    when: str
    place: str
    lead: str
    names: list[str]


@requires(Permission.SEE_TODAY)
@require_safe
def sign_in_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of one session."""
    return _show(request, [open_session(request, pk)])


@requires(Permission.SEE_TODAY)
@require_safe
def sign_in_sheets(request: HttpRequest) -> HttpResponse:
    """Today's sheets of the current site, one a page, for every session of more than one person."""
    site = require_site(request)
    held = TherapySession.objects.scheduled().filter(
        site=site, occurs_on=local_day(timezone.now(), site.time_zone), capacity__gt=1, booked_seats__gt=0
    )
    return _show(request, list(held.select_related("site", "room", "lead").order_by("starts_at", "pk")))


def _show(request: HttpRequest, held: list[TherapySession]) -> HttpResponse:
    user, now = cast(User, request.user), timezone.now()
    people = _people(held)
    for session in held:
        named = [booking.patient_id for booking in people[session.pk]]
        record(user, "sessions.print_sign_in_sheet", session, patients=named)
    tz_name = held[0].site.time_zone if held else require_site(request).time_zone
    day = local_day(now, tz_name)
    context = {
        "sheets": _sheets(held, people),
        "printed": f"{day:%b} {day.day}, {wall(now, tz_name)} by {user.full_name}",
    }
    return render(request, "sessions/sign_in_sheets.html", context)


def _people(held: list[TherapySession]) -> dict[int, list[Booking]]:
    """Who is booked into each of these sessions; one statement."""
    people: dict[int, list[Booking]] = {session.pk: [] for session in held}
    for booking in Booking.objects.active().filter(session__in=held).select_related("patient").order_by():
        people[booking.session_id].append(booking)
    return people


def _sheets(held: list[TherapySession], people: dict[int, list[Booking]]) -> list[Sheet]:
    """One statement for any number of sessions: their leads' credentials."""
    leads = StaffProfile.objects.filter(user__in=[session.lead_id for session in held])
    credentials = dict(leads.values_list("user_id", "credential"))
    return [_sheet(session, people[session.pk], credentials) for session in held]


def _sheet(session: TherapySession, people: list[Booking], credentials: dict[int, str]) -> Sheet:
    tz_name, day = session.site.time_zone, session.occurs_on
    times = f"{short_wall(session.starts_at, tz_name)} to {wall(session.ends_at, tz_name)}"
    credential = credentials.get(session.lead_id, "")
    return Sheet(
        title=session.title,
        when=f"{day:%A, %B} {day.day}, {times}",
        place=session.place,
        lead=f"{session.lead.full_name}, {credential}" if credential else session.lead.full_name,
        names=sheet_names([(booking.patient.called, booking.patient.family_name) for booking in people]),
    )


def sheet_names(people: list[tuple[str, str]]) -> list[str]:
    """ "Ana R." by first name; two letters of the last name where two people would read the same."""
    short = Counter((called, family[:1]) for called, family in people)
    letters = {key: 1 if count == 1 else 2 for key, count in short.items()}
    return sorted(f"{called} {family[: letters[called, family[:1]]]}." for called, family in people)
