"""Sending what is due, through Django's configured mail server.

A row is claimed in one short transaction, sent outside any, and recorded where the lease is still
ours. A crash between the mail server's yes and the record can send that one message once more when
its lease ends; its Message-ID is derived from the row, so a receiver can drop the second copy.
Design and retry times: reliability notes, 3(f) and 5.
"""

import logging
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formataddr, parseaddr
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.db.models.functions import Least, Now

from iop_clinic.messages.claim import NotBefore, StillWanted, claim_due, new_lease_name
from iop_clinic.messages.models import Message
from iop_clinic.messages.trouble import NO_ADDRESS, Trouble, trouble_of

logger = logging.getLogger(__name__)

RETRY_MINUTES = (1, 2, 4, 8, 16)
MOST_TRIES = 8
# One send may wait EMAIL_TIMEOUT in each step of SMTP; begun in this window it ends inside the lease.
SEND_WINDOW_SECONDS = 20
ROUND_SECONDS = 45


@dataclass
class Counts:
    """What one round did."""

    sent: int = 0
    held_back: int = 0
    retried: int = 0
    failed: int = 0


def deliver_due(*, still_wanted: StillWanted, not_before: NotBefore | None = None, batch: int = 50) -> Counts:
    """Send due messages until none is left, the mail server is gone, or 45 seconds have passed.

    `still_wanted(message)` answers "" or why not to send; `not_before(message, instant)` answers
    when it may go at the earliest (quiet hours). Both are asked inside the claim.
    """
    counts, lease_by, began = Counts(), new_lease_name(), time.monotonic()
    connection = get_connection()
    try:
        while time.monotonic() - began < ROUND_SECONDS:
            rows, seen = claim_due(lease_by, batch, still_wanted, not_before)
            counts.held_back += seen - len(rows)
            if not seen or not _send_claimed(rows, lease_by, connection, counts):
                return counts
    finally:
        connection.close()
    return counts


def _send_claimed(rows: list[Message], lease_by: str, connection: BaseEmailBackend, counts: Counts) -> bool:
    """Send the rows of one claim; False when the mail server cannot be reached."""
    claimed_at = time.monotonic()
    for number, row in enumerate(rows):
        if time.monotonic() - claimed_at > SEND_WINDOW_SECONDS:
            _release(rows[number:], lease_by)
            return True
        trouble = _send(row, connection)
        if trouble is None:
            _record_sent(row, lease_by)
            counts.sent += 1
        else:
            _record_trouble(row, lease_by, trouble, counts)
        if trouble is not None and trouble.server_gone:
            _release(rows[number + 1 :], lease_by)
            return False
    return True


def _send(row: Message, connection: BaseEmailBackend) -> Trouble | None:
    try:
        connection.open()
        taken = as_email(row, connection).send()
    except Exception as error:  # one bad row must not stop the others; the words are kept on the row
        logger.warning("message %s was not sent: %s", row.pk, type(error).__name__)
        return trouble_of(error)
    return None if taken else NO_ADDRESS


def as_email(row: Message, connection: BaseEmailBackend | None = None) -> EmailMessage:
    """The e-mail of a row: from the site's neutral name, with a Message-ID that never changes."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    mark = sha256(f"{row.pk}:{row.unique_key}:{row.created_at.isoformat()}".encode()).hexdigest()[:32]
    return EmailMessage(
        subject=row.subject_line,
        body=row.body,
        from_email=formataddr((row.site.name, address)),
        to=[row.to_address],
        headers={
            "Message-ID": f"<{mark}@{address.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )


def _record_sent(row: Message, lease_by: str) -> None:
    """Also a row withdrawn while it was on its way: it did go out, and the record says so."""
    Message.objects.filter(
        pk=row.pk, lease_by=lease_by, state__in=[Message.State.PENDING, Message.State.WITHDRAWN]
    ).update(state=Message.State.SENT, sent_at=Least(Now(), F("expires_at")), reason="", lease_until=None)


def _record_trouble(row: Message, lease_by: str, trouble: Trouble, counts: Counts) -> None:
    mine = Message.objects.filter(pk=row.pk, lease_by=lease_by, state=Message.State.PENDING)
    if trouble.permanent or (row.attempts >= MOST_TRIES and not trouble.server_gone):
        counts.failed += 1
        reason = trouble.words if trouble.permanent else f"{trouble.words} Tried {row.attempts} times."
        mine.update(state=Message.State.FAILED, reason=reason[:160], lease_until=None)
        return
    counts.retried += 1
    mine.update(
        next_try_at=Now() + retry_after(row.attempts),
        reason=f"{trouble.words} Trying again."[:160],
        lease_until=None,
    )


def retry_after(attempts: int) -> timedelta:
    """1, 2, 4, 8, 16, 16 ... minutes after the first, second ... try, a quarter more or less."""
    minutes = RETRY_MINUTES[min(attempts, len(RETRY_MINUTES)) - 1]
    return timedelta(seconds=60 * minutes * random.uniform(0.75, 1.25))


def _release(rows: list[Message], lease_by: str) -> None:
    """Give back what was claimed and not tried."""
    Message.objects.filter(
        pk__in=[row.pk for row in rows], lease_by=lease_by, state=Message.State.PENDING
    ).update(attempts=F("attempts") - 1, lease_until=None)
