"""The outbox: a key is owed once, and what is withdrawn stays withdrawn with its reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from tests import make

pytestmark = pytest.mark.django_db


def owed(key: str = "k:1:1", **fields: Any) -> Message:
    now = timezone.now()
    said = {
        "kind": "reminder",
        "unique_key": key,
        "subject_id": 1,
        "subject_version": 1,
        "patient_id": 1,
        "site": make.site(),
        "to_address": "ana@patients.example",
        "subject_line": "Appointment reminder",
        "body": "Marlow Street: you have an appointment.",
        "due_at": now - timedelta(minutes=1),
        "expires_at": now + timedelta(hours=2),
    }
    return outbox.put(**(said | fields))


def test_the_same_key_is_owed_once_and_stays_as_it_was() -> None:
    first = owed()
    second = owed(body="Other words")
    assert (first.pk, second.body) == (second.pk, first.body)
    assert Message.objects.count() == 1


def test_a_new_message_waits_until_it_is_due() -> None:
    message = owed()
    assert (message.state, message.next_try_at, message.attempts) == ("pending", message.due_at, 0)


def test_withdrawing_takes_back_what_waits_and_says_why() -> None:
    waits, sent = owed(), owed("k:1:0")
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=timezone.now())
    assert outbox.withdraw(kind="reminder", subject_id=1, reason="The appointment was moved.") == 1
    waits.refresh_from_db()
    sent.refresh_from_db()
    assert (waits.state, waits.reason) == ("withdrawn", "The appointment was moved.")
    assert sent.state == "sent"


@pytest.mark.parametrize(
    "broken",
    [{"state": "sent"}, {"state": "skipped"}, {"state": "failed"}, {"state": "withdrawn"}],
)
def test_the_database_refuses_a_message_without_its_instant_or_reason(broken: dict[str, str]) -> None:
    message = owed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**broken)


def test_the_database_refuses_a_message_sent_after_it_expired() -> None:
    message = owed()
    with pytest.raises(IntegrityError, match="message_never_sent_after_expiry"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(
            state="sent", sent_at=message.expires_at + timedelta(seconds=1)
        )


def test_a_failed_message_goes_again_once_and_a_sent_one_never() -> None:
    message, fay = owed(), make.user()
    Message.objects.filter(pk=message.pk).update(state="failed", reason="No such address", attempts=8)
    again = outbox.try_again(actor=fay, message=message)
    assert (again.state, again.attempts, again.reason) == ("pending", 0, "")
    assert outbox.try_again(actor=fay, message=message).state == "pending"
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=timezone.now())
    with pytest.raises(Refused, match="Only failed ones go again"):
        outbox.try_again(actor=fay, message=message)


def test_a_failed_message_past_its_time_does_not_go_again() -> None:
    now = timezone.now()
    message = owed(due_at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1))
    Message.objects.filter(pk=message.pk).update(state="failed", reason="No such address")
    with pytest.raises(Refused, match="too late"):
        outbox.try_again(actor=make.user(), message=message)
