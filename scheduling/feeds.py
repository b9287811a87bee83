"""Secret addresses of calendars: made and revoked by their owners, shown once, kept as a hash.

Whose account is switched off has no calendar either: every address they made dies with it, and a room's
with the right to share it or the site (45 CFR 164.308(a)(3)(ii)(C)). Reading one leaves a line on the trail.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from patients.models import Patient
from scheduling.ics import Entry, calendar_file, session_uid
from scheduling.models import Booking, CalendarFeed, Room, TherapySession

Owner = User | Room | Patient
LOOK_BACK = timedelta(weeks=4)
PATIENT_NAME, STAFF_NAME = "Appointments", "My schedule"


def hash_of(secret: UUID) -> str:
    return hashlib.sha256(secret.bytes).hexdigest()


def feed_of(owner: Owner) -> CalendarFeed | None:
    """The standing address of this calendar, if it has one."""
    return CalendarFeed.objects.standing().filter(**_whose(owner)).first()


def _whose(owner: Owner) -> dict[str, Owner]:
    if isinstance(owner, User):
        return {"staff": owner}
    return {"room": owner} if isinstance(owner, Room) else {"patient": owner}


@transaction.atomic
def make_feed(*, actor: User, owner: Owner, now: datetime) -> UUID:
    """A new address of this calendar, to be shown once; the one before is revoked."""
    _lock(owner)
    _revoke(owner, now)
    secret = uuid4()
    feed = CalendarFeed.objects.create(
        **_whose(owner), secret_hash=hash_of(secret), made_by=actor, made_at=now
    )
    record(actor, "scheduling.make_feed", feed, site_id=_site_id(owner))
    return secret


@transaction.atomic
def revoke_feed(*, actor: User, owner: Owner, now: datetime) -> None:
    """The address of this calendar answers no more. Twice changes nothing."""
    _lock(owner)
    feed = _revoke(owner, now)
    if feed is not None:
        record(actor, "scheduling.revoke_feed", feed, site_id=_site_id(owner))


def _lock(owner: Owner) -> None:
    owner._meta.model._default_manager.select_for_update(no_key=True).only("pk").get(pk=owner.pk)


def _revoke(owner: Owner, now: datetime) -> CalendarFeed | None:
    feed = feed_of(owner)
    if feed is not None:
        feed.revoked_at = now
        feed.save(update_fields=["revoked_at"])
    return feed


def _site_id(owner: Owner) -> int | None:
    return getattr(owner, "site_id", None)


def living_feed(secret: UUID) -> CalendarFeed | None:
    """The feed at this address, unless it is revoked or has died with an account, a right or a room."""
    feeds = CalendarFeed.objects.living().select_related("room")
    return feeds.filter(secret_hash=hash_of(secret)).first()


@transaction.atomic
def read_feed(*, feed: CalendarFeed, now: datetime) -> bytes:
    """The calendar's file, four weeks back to the horizon; the read is on the trail."""
    entries = list(entries_of(feed, now - LOOK_BACK, now + timedelta(weeks=settings.HORIZON_WEEKS)))
    feed.read_at = now
    feed.save(update_fields=["read_at"])
    record(None, "scheduling.read_feed", feed, site_id=feed.room.site_id if feed.room else None)
    uid = uuid5(UUID(bytes=bytes.fromhex(feed.secret_hash)[:16]), "calendar")
    return calendar_file(name_of(feed), entries, uid=uid)


def name_of(feed: CalendarFeed) -> str:
    if feed.room is not None:
        return feed.room.name
    return STAFF_NAME if feed.staff_id else PATIENT_NAME


def entries_of(feed: CalendarFeed, from_at: datetime, to_at: datetime) -> Iterable[Entry]:
    """What the calendar shows, by time, in one query; what was cancelled is not there."""
    if feed.patient_id:
        return _of_patient(feed.patient_id, from_at, to_at)
    sessions = TherapySession.objects.scheduled().between(from_at, to_at)
    mine = {"facilitations__staff": feed.staff_id} if feed.staff_id else {"room": feed.room_id}
    return (_session_entry(session) for session in sessions.filter(**mine).select_related("site", "room"))


def _session_entry(session: TherapySession) -> Entry:
    return Entry(
        uid=session_uid(session.pk, session.created_at),
        summary="Visit" if session.is_visit else "Group",
        location=f"{session.room.name}, {session.site.name}" if session.room else "Video",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        changed_at=session.changed_at,
        sequence=session.revision,
    )


def _of_patient(patient_id: int, from_at: datetime, to_at: datetime) -> Iterable[Entry]:
    """Only where and when. A seat taken again after a cancellation goes on counting from its version."""
    rows = Booking.objects.active().filter(
        patient=patient_id,
        session__status=TherapySession.Status.SCHEDULED,
        session__starts_at__gte=from_at,
        session__starts_at__lt=to_at,
    )
    for booking in rows.select_related("session__site").order_by("session__starts_at"):
        session = booking.session
        site = session.site
        yield Entry(
            uid=booking.public_id,
            summary="Appointment",
            location="Video" if session.mode == session.Mode.VIDEO else f"{site.name}, {site.address}",
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            changed_at=max(session.changed_at, booking.booked_at),
            sequence=session.revision + booking.version - 1,
        )
