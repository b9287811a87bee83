"""Putting messages into the outbox and taking them out again, inside the caller's transaction.

A key is owed once: putting the same `unique_key` again changes nothing (reliability notes, 3(f) and 5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class Owed:
    """One message that is owed; the fields are those of `Message`, instants aware."""

    kind: str
    unique_key: str
    subject_id: int
    subject_version: int
    patient_id: int | None
    site: Site
    to_address: str
    subject_line: str
    body: str
    due_at: datetime
    expires_at: datetime

    def as_row(self) -> Message:
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Message(**fields, next_try_at=self.due_at)


@transaction.atomic
def put(
    *,
    kind: str,
    unique_key: str,
    subject_id: int,
    subject_version: int,
    patient_id: int | None,
    site: Site,
    to_address: str,
    subject_line: str,
    body: str,
    due_at: datetime,
    expires_at: datetime,
) -> Message:
    """The row for this key: the one already there, unchanged, or a new one waiting for `due_at`."""
    put_all(
        [
            Owed(
                kind=kind,
                unique_key=unique_key,
                subject_id=subject_id,
                subject_version=subject_version,
                patient_id=patient_id,
                site=site,
                to_address=to_address,
                subject_line=subject_line,
                body=body,
                due_at=due_at,
                expires_at=expires_at,
            )
        ]
    )
    return Message.objects.get(unique_key=unique_key)


def put_all(owed: Iterable[Owed]) -> None:
    """Put many at once; keys that are there already stay as they are."""
    Message.objects.bulk_create([one.as_row() for one in owed], ignore_conflicts=True, batch_size=500)


def withdraw(*, kind: str, subject_id: int, reason: str) -> int:
    """Take back what still waits about this subject; how many rows that were."""
    return withdraw_all(kind=kind, subject_ids=[subject_id], reason=reason)


def withdraw_all(*, kind: str, subject_ids: Iterable[int], reason: str) -> int:
    waiting: QuerySet[Message] = Message.objects.filter(
        kind=kind, subject_id__in=list(subject_ids), state=Message.State.PENDING
    )
    return waiting.update(state=Message.State.WITHDRAWN, reason=reason[:160])


@transaction.atomic
def try_again(*, actor: User, message: Message) -> Message:
    """Put a failed message back in line, with all its tries. Twice changes nothing; 409 once too late."""
    rows = Message.objects.select_for_update().annotate(db_now=Now())
    row = rows.get(pk=message.pk)
    if row.state == Message.State.PENDING:
        return row
    if row.state != Message.State.FAILED:
        raise Refused(f"This message is {row.get_state_display().lower()}. Only failed ones go again.")
    if row.expires_at <= row.db_now:
        raise Refused("It is too late for this message.")
    Message.objects.filter(pk=row.pk).update(
        state=Message.State.PENDING, reason="", attempts=0, next_try_at=Now(), lease_until=None
    )
    record(actor, "messages.try_again", row)
    row.refresh_from_db()
    return row
