"""Claiming due messages: short leases by the database's clock, so a dead sender gives its rows back.

Two senders never hold one row: rows another one has locked are skipped, leased ones are not due.
"""

import socket
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from iop_clinic.messages.models import Message

LEASE = timedelta(minutes=2)
# A message that could arrive in the last minute before it expires is not sent any more.
MARGIN = timedelta(minutes=1)

StillWanted = Callable[[Message], str]
NotBefore = Callable[[Message, datetime], datetime]


def new_lease_name() -> str:
    """Who holds a lease: this machine and a number nobody else has."""
    return f"{socket.gethostname()[:24]}-{uuid.uuid4().hex}"


@transaction.atomic
def claim_due(
    lease_by: str, batch: int, still_wanted: StillWanted, not_before: NotBefore | None
) -> tuple[list[Message], int]:
    """Lease up to `batch` due rows. Answers the rows to send, and how many were looked at.

    Each is judged again inside the claim: too late, not wanted any more, or not at this hour.
    """
    due = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("site")
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
        .filter(state=Message.State.PENDING, next_try_at__lte=Now())
        .annotate(db_now=Now())
        .order_by("next_try_at", "pk")[:batch]
    )
    rows: list[Message] = list(due)
    leased = [row for row in rows if _may_go(row, still_wanted, not_before)]
    Message.objects.filter(pk__in=[row.pk for row in leased]).update(
        attempts=F("attempts") + 1, lease_by=lease_by, lease_until=Now() + LEASE
    )
    for row in leased:
        row.attempts += 1
    return leased, len(rows)


def _may_go(row: Message, still_wanted: StillWanted, not_before: NotBefore | None) -> bool:
    now: datetime = row.db_now  # type: ignore[attr-defined]
    if row.expires_at <= now + MARGIN:
        tried = f" Tried {row.attempts} times." if row.attempts else ""
        return _skip(row, f"Too late: the appointment was about to begin.{tried}")
    if reason := still_wanted(row):
        return _skip(row, reason)
    allowed_at = not_before(row, now) if not_before else now
    if allowed_at <= now:
        return True
    if allowed_at + MARGIN >= row.expires_at:
        return _skip(row, "Quiet hours lasted until the appointment.")
    Message.objects.filter(pk=row.pk).update(next_try_at=allowed_at, reason="Quiet hours: goes out at 8 AM.")
    return False


def _skip(row: Message, reason: str) -> bool:
    Message.objects.filter(pk=row.pk).update(state=Message.State.SKIPPED, reason=reason[:160])
    return False
