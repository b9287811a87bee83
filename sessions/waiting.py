"""What waits for one person: the counts beside the links of their navigation (DESIGN.md 3).

It stands on this floor because it counts what lies on three; the navigation only loads it by address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import day_span, local_day
from iop_clinic.messages.models import Message
from iop_clinic.navigation import counted_links
from iop_clinic.roles import Permission, may
from patients.models import Disclosure, FollowUp, Referral
from sessions.models import ProgressNote, Signature
from sessions.unsigned import LOOK_BACK, WRITER, owed_notes


@dataclass(frozen=True)
class Desk:
    """Who asks, where they work, at which site they are now, and when."""

    user: User
    site: Site
    sites: list[Site]
    now: datetime

    @property
    def day_ends_at(self) -> datetime:
        return day_span(local_day(self.now, self.site.time_zone), self.site.time_zone)[1]


@dataclass(frozen=True)
class Waiting:
    """How many things wait behind a link (named as its address is), and how many are due by tonight."""

    name: str
    count: int
    due: int = 0


def waiting_for(desk: Desk) -> list[Waiting]:
    """One row for each counted link this person has and may open; at most two statements a row."""
    links = [name for name in counted_links(desk.user.role) if may(desk.user.role, COUNTERS[name][0])]
    return [Waiting(name, *COUNTERS[name][1](desk)) for name in links]


def _referrals(desk: Desk) -> tuple[int, int]:
    """In the pipeline; who is on the waitlist waits for a seat, not for the desk."""
    open_here = Referral.objects.open().filter(site=desk.site)
    return open_here.exclude(stage=Referral.Stage.WAITLISTED).count(), 0


def _follow_ups(desk: Desk) -> tuple[int, int]:
    mine = FollowUp.objects.in_sight(desk.now).filter(site=desk.site, owner=desk.user)
    found = mine.aggregate(count=Count("pk"), due=Count("pk", filter=Q(due_at__lt=desk.day_ends_at)))
    return found["count"], found["due"]


def _notes(desk: Desk) -> tuple[int, int]:
    """As many as My notes lists; due by the hours of each session's site."""
    hours = {site.pk: timedelta(hours=site.note_due_hours) for site in desk.sites}
    lately = owed_notes(desk.now).annotate(writer=WRITER).filter(writer=desk.user.pk)
    ends = lately.filter(booking__session__site__in=desk.sites).values_list(
        "booking__session__ends_at", "booking__session__site_id"
    )
    due = [ended_at + hours[site_id] < desk.day_ends_at for ended_at, site_id in ends]
    signed = Signature.objects.filter(note=OuterRef("pk"))
    drafts = ProgressNote.objects.filter(
        ~Exists(signed), author=desk.user, booking__session__site__in=desk.sites
    )
    older = drafts.filter(booking__session__starts_at__lt=desk.now - LOOK_BACK).count()
    return len(due) + older, sum(due) + older


def _messages(desk: Desk) -> tuple[int, int]:
    """Failed, and still in time to be sent."""
    failed = Message.objects.filter(site=desk.site, state=Message.State.FAILED, expires_at__gt=desk.now)
    return failed.count(), 0


def _emergencies(desk: Desk) -> tuple[int, int]:
    """Told in an emergency, not looked at yet."""
    return Disclosure.objects.to_review().filter(site=desk.site).count(), 0


COUNTERS: dict[str, tuple[Permission, Callable[[Desk], tuple[int, int]]]] = {
    "patients:referrals": (Permission.REFER, _referrals),
    "patients:follow_ups": (Permission.WORK_FOLLOW_UPS, _follow_ups),
    "sessions:my_notes": (Permission.WRITE_NOTES, _notes),
    "scheduling:messages": (Permission.SEE_MESSAGES, _messages),
    "patients:disclosure_log": (Permission.REVIEW_DISCLOSURES, _emergencies),
}
