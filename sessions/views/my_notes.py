"""My notes: what I still owe, with its age against the clinic's clocks; a supervisor's team below it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, StaffProfile, User
from iop_clinic.accounts.sites import sites_of
from iop_clinic.audit.trail import record
from iop_clinic.roles import Permission
from scheduling.models import Booking
from sessions.models import Attendance, ProgressNote, Signature
from sessions.unsigned import LOOK_BACK, WRITER, age_tone, age_words, owed_notes
from sessions.wall import span

SHOWN = 200


@dataclass(frozen=True)
class OwedNote:
    """One attended session without a signed note."""

    booking_id: int
    patient_id: int
    name: str
    title: str
    day: str
    times: str
    writer_id: int
    writer: str
    is_begun: bool
    has_left: bool
    age: str
    tone: str


@requires(Permission.WRITE_NOTES)
@require_safe
def my_notes(request: HttpRequest) -> HttpResponse:
    """Oldest first: drafts, and sessions whose note nobody began."""
    user, now = cast(User, request.user), timezone.now()
    team = list(StaffProfile.objects.filter(supervisor=user).values_list("user_id", flat=True))
    rows = _owed(request, [user.pk, *team], now)
    record(user, "sessions.read_my_notes", user, patients=[row.patient_id for row in rows])
    context = {
        "mine": [row for row in rows if row.writer_id == user.pk],
        "team": [row for row in rows if row.writer_id != user.pk],
        "has_team": bool(team),
        "look_back_days": LOOK_BACK.days,
    }
    return render(request, "sessions/my_notes.html", context)


def _owed(request: HttpRequest, writers: list[int], now: datetime) -> list[OwedNote]:
    """Three statements: what was attended lately, older drafts, and their authors."""
    sites = {site.pk: site for site in sites_of(request)}
    related = ("booking__session__lead", "booking__patient")
    lately = owed_notes(now).annotate(writer=WRITER).filter(writer__in=writers)
    owed = list(
        lately.filter(booking__session__site__in=sites)
        .select_related(*related)
        .order_by("booking__session__starts_at", "booking__patient__family_name")[:SHOWN]
    )
    drafts = _drafts(writers, sites, now)
    return [
        *(_older(draft, sites, now) for draft in drafts if draft.booking.session.starts_at < now - LOOK_BACK),
        *(_row(row, {draft.booking_id: draft for draft in drafts}, sites, now) for row in owed),
    ]


def _drafts(writers: list[int], sites: dict[int, Site], now: datetime) -> list[ProgressNote]:
    """Unsigned drafts of sessions attended or not, however old."""
    signed = Signature.objects.filter(note=OuterRef("pk"))
    rows = ProgressNote.objects.filter(~Exists(signed), author__in=writers, booking__session__site__in=sites)
    related = ("author", "booking__session", "booking__patient")
    return list(rows.select_related(*related).order_by("booking__session__starts_at")[:SHOWN])


def _row(row: Attendance, drafts: dict[int, ProgressNote], sites: dict[int, Site], now: datetime) -> OwedNote:
    draft = drafts.get(row.booking_id)
    writer = draft.author if draft is not None else row.booking.session.lead
    return _owed_note(row.booking, writer, draft is not None, row.left_at is not None, sites, now)


def _older(draft: ProgressNote, sites: dict[int, Site], now: datetime) -> OwedNote:
    return _owed_note(draft.booking, draft.author, True, True, sites, now)


def _owed_note(
    booking: Booking, writer: User, is_begun: bool, has_left: bool, sites: dict[int, Site], now: datetime
) -> OwedNote:
    session = booking.session
    site = sites[session.site_id]
    return OwedNote(
        booking_id=booking.pk,
        patient_id=booking.patient_id,
        name=booking.patient.full_name,
        title=session.title,
        day=f"{session.occurs_on:%a %b} {session.occurs_on.day}",
        times=span(session.starts_at, session.ends_at, site.time_zone),
        writer_id=writer.pk,
        writer=writer.full_name,
        is_begun=is_begun,
        has_left=has_left,
        age=age_words(session.ends_at, now),
        tone=age_tone(session.ends_at, site, now),
    )
