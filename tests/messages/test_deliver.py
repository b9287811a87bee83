"""Delivery: claimed by lease, judged again inside the claim, sent once, and told in words when not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from iop_clinic.messages import claim, deliver, outbox
from iop_clinic.messages.models import Message
from tests import make
from tests.messages.sink import Sink, free_port, point_at
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True)


def owed(number: int = 1, **fields: Any) -> Message:
    now = timezone.now()
    said = {
        "kind": "reminder",
        "unique_key": f"reminder:{number}:1",
        "subject_id": number,
        "subject_version": 1,
        "patient_id": 1,
        "site": make.site(),
        "to_address": f"ana{number}@patients.example",
        "subject_line": "Appointment reminder",
        "body": "Marlow Street: you have an appointment.",
        "due_at": now - timedelta(minutes=1),
        "expires_at": now + timedelta(hours=2),
    }
    return outbox.put(**(said | fields))


def wanted(message: Message) -> str:
    return ""


def go(still_wanted: Any = wanted, **options: Any) -> deliver.Counts:
    return deliver.deliver_due(still_wanted=still_wanted, **options)


def state(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def overdue_lease(*messages: Message) -> None:
    """The holder of these leases died more than two minutes ago."""
    Message.objects.filter(pk__in=[m.pk for m in messages]).update(lease_until=Now() - timedelta(seconds=1))


def test_a_due_message_is_sent_and_recorded(sink: Sink) -> None:
    message = owed()
    assert go().sent == 1
    assert state(message) == ("sent", "")
    (mail,) = sink.mails
    assert mail["To"] == message.to_address and mail["From"] == "Marlow Street <desk@marlow.example>"
    assert mail["Subject"] == "Appointment reminder"


def test_the_bell_may_ring_twice(sink: Sink) -> None:
    owed()
    go()
    assert go() == deliver.Counts() and len(sink.mails) == 1


def test_a_message_that_is_not_due_waits(sink: Sink) -> None:
    owed(due_at=timezone.now() + timedelta(minutes=5))
    assert go() == deliver.Counts() and not sink.mails


def test_more_than_one_batch_goes_in_one_round(sink: Sink) -> None:
    for number in range(7):
        owed(number)
    assert go(batch=3).sent == 7 and len(sink.mails) == 7


def test_two_senders_at_once_send_each_message_once(sink: Sink) -> None:
    for number in range(40):
        owed(number)
    counts = race([lambda: go(batch=5)] * 4)
    assert sum(count.sent for count in counts) == 40
    assert sorted(mail["To"] for mail in sink.mails) == sorted(
        Message.objects.filter(state="sent").values_list("to_address", flat=True)
    )
    assert len(sink.mails) == 40


def test_a_sender_killed_after_its_claim_holds_the_row_only_for_its_lease(sink: Sink) -> None:
    message = owed()
    claim.claim_due("a sender that was killed", 10, wanted, None)
    assert go() == deliver.Counts() and not sink.mails
    overdue_lease(message)
    assert go().sent == 1
    assert state(message)[0] == "sent" and message.attempts == 2 and len(sink.mails) == 1


def test_a_crash_between_the_send_and_the_record_repeats_the_mail_under_the_same_id(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = owed()
    with monkeypatch.context() as killed:
        killed.setattr(deliver, "_record_sent", lambda row, lease_by: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            go()
    assert go() == deliver.Counts() and len(sink.mails) == 1
    overdue_lease(message)
    assert go().sent == 1
    assert len(sink.mails) == 2 and len(set(sink.ids)) == 1


def test_a_late_sender_does_not_record_over_the_one_who_took_its_lease(sink: Sink) -> None:
    message = owed()
    ((row,), _) = claim.claim_due("slow", 10, wanted, None)
    overdue_lease(message)
    claim.claim_due("quick", 10, wanted, None)
    deliver._record_sent(row, "slow")
    assert state(message)[0] == "pending"
    deliver._record_sent(row, "quick")
    assert state(message)[0] == "sent"


def test_a_message_not_wanted_any_more_is_skipped_with_the_reason(sink: Sink) -> None:
    message = owed()
    assert go(lambda row: "The appointment was cancelled.").held_back == 1
    assert state(message) == ("skipped", "The appointment was cancelled.") and not sink.mails


def test_a_message_withdrawn_on_its_way_is_recorded_as_what_happened(sink: Sink) -> None:
    message = owed()
    sink.on_mail = lambda: None
    ((row,), _) = claim.claim_due("mine", 10, wanted, None)
    outbox.withdraw(kind="reminder", subject_id=1, reason="The appointment was cancelled.")
    deliver._record_sent(row, "mine")
    assert state(message) == ("sent", "")


@pytest.mark.parametrize("seconds_left", [-60, 0, 55])
def test_nothing_goes_out_in_the_last_minute_or_after_it(sink: Sink, seconds_left: int) -> None:
    now = timezone.now()
    message = owed(due_at=now - timedelta(hours=1), expires_at=now + timedelta(seconds=seconds_left))
    assert go().sent == 0 and not sink.mails
    assert state(message) == ("skipped", "Too late: the appointment was about to begin.")


def test_quiet_hours_put_a_message_off_until_the_morning(sink: Sink) -> None:
    message = owed()
    morning = timezone.now() + timedelta(minutes=90)
    assert go(not_before=lambda message, now: morning).held_back == 1
    message.refresh_from_db()
    assert (message.state, message.next_try_at, message.attempts) == ("pending", morning, 0)


def test_quiet_hours_that_outlast_the_message_skip_it(sink: Sink) -> None:
    message = owed()
    assert go(not_before=lambda message, now: now + timedelta(hours=3)).sent == 0
    assert state(message) == ("skipped", "Quiet hours lasted until the appointment.")


@pytest.mark.parametrize("answer", ["451 Try later", "452 Too much mail"])
def test_a_server_that_asks_to_wait_is_tried_again_a_minute_later(sink: Sink, answer: str) -> None:
    message, before = owed(), timezone.now()
    sink.answers = [answer]
    assert go() == deliver.Counts(retried=1)
    message.refresh_from_db()
    assert message.state == "pending" and "asked to wait" in message.reason
    assert 40 <= (message.next_try_at - before).total_seconds() <= 90


def test_a_refused_message_fails_with_the_reason_and_the_others_go(sink: Sink) -> None:
    refused, other = owed(1, due_at=timezone.now() - timedelta(minutes=9)), owed(2)
    sink.answers = ["550 No such person"]
    counts = go()
    assert (counts.failed, counts.sent) == (1, 1)
    assert state(refused) == ("failed", "The mail server refused the message (550).")
    assert state(other)[0] == "sent"


def test_an_address_no_server_can_take_fails_in_words(sink: Sink) -> None:
    message = owed(to_address="ana@xn--")
    Message.objects.filter(pk=message.pk).update(to_address="not an address\n")
    assert go().failed == 1
    assert state(message) == ("failed", "The address cannot be used for e-mail.")


def test_a_server_that_is_down_gives_every_row_back(settings: Any) -> None:
    point_at(settings, free_port())
    rows = [owed(number) for number in range(3)]
    assert go() == deliver.Counts(retried=1)
    for row in rows:
        assert state(row)[0] == "pending"
    assert sum(Message.objects.values_list("attempts", flat=True)) == 1
    assert not Message.objects.filter(lease_until__isnull=False).exists()


def test_eight_refusals_to_wait_are_enough(sink: Sink) -> None:
    message = owed()
    Message.objects.filter(pk=message.pk).update(attempts=7)
    sink.answers = ["451 Try later"]
    assert go().failed == 1
    assert state(message)[1].endswith("Tried 8 times.")


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 16), (60, 16)]
)
def test_the_wait_doubles_to_sixteen_minutes(attempts: int, minutes: int) -> None:
    for _ in range(20):
        assert 0.75 <= deliver.retry_after(attempts) / timedelta(minutes=minutes) <= 1.25


def test_a_long_claim_gives_back_what_it_has_no_time_for(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        owed(number)
    monkeypatch.setattr(deliver, "SEND_WINDOW_SECONDS", -1)
    monkeypatch.setattr(deliver, "ROUND_SECONDS", 0.2)
    assert go().sent == 0
    assert set(Message.objects.values_list("state", "attempts", "lease_until")) == {("pending", 0, None)}


def test_the_lease_is_the_databases_two_minutes() -> None:
    owed()
    claim.claim_due("mine", 10, wanted, None)
    row = Message.objects.annotate(db_now=Now()).get()
    left: datetime = row.lease_until
    assert timedelta(seconds=110) < left - row.db_now <= timedelta(seconds=120)
