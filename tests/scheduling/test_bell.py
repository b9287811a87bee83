"""Beat, broker, worker and mail server as they run in a clinic: a booking ends as one e-mail."""

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.beat import Service
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connection, transaction
from django.utils import timezone

from iop_clinic.celery import app
from iop_clinic.clock import local_day
from iop_clinic.messages.models import Message
from scheduling import tasks
from scheduling.booking import book, cancel
from scheduling.models import Booking
from tests import make
from tests.messages.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 60


def noon_zone() -> str:
    """A zone whose wall clock shows about noon now; the sign in these names is inverted."""
    return f"Etc/GMT{timezone.now().hour - 12:+d}"


def booked_for_tomorrow() -> Booking:
    """A booking less than a day away, made now: its reminder is due at once."""
    now, site = timezone.now(), make.site("Noon Street", time_zone=noon_zone())
    day = local_day(now, site.time_zone) + timedelta(days=1)
    episode = make.episode(make.portal_patient(at=site))
    return book(actor=make.user(), session=make.session(site, day=day), episode=episode, now=now)


class Bell:
    """Beat ringing twice a second on a queue of its own, and how often a worker has answered."""

    def __init__(self, queue: str, folder: Path) -> None:
        self.answered = threading.Semaphore(0)
        entry = {"task": "scheduling.send_due_messages", "schedule": 0.5, "options": {"queue": queue}}
        app.conf.beat_schedule = {"send due messages": entry}
        self.beat = Service(app, max_interval=0.2, schedule_filename=str(folder / "beat"))

    def on_answer(self, **_: Any) -> None:
        connection.close()
        self.answered.release()

    def rings(self, times: int) -> bool:
        return all(self.answered.acquire(timeout=PATIENCE_SECONDS) for _ in range(times))


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Bell]:
    queue, kept = f"test-{uuid.uuid4().hex}", app.conf.beat_schedule
    bell = Bell(queue, tmp_path)
    task_postrun.connect(bell.on_answer)
    with start_worker(app, queues=[queue], pool="solo", perform_ping_check=False, loglevel="error"):
        beat = threading.Thread(target=bell.beat.start, kwargs={"embedded_process": True}, daemon=True)
        beat.start()
        yield bell
        bell.beat.stop()
        beat.join(timeout=PATIENCE_SECONDS)
    task_postrun.disconnect(bell.on_answer)
    app.conf.beat_schedule = kept


def test_a_booking_ends_as_one_email_however_often_the_bell_rings(sink: Sink, bell: Bell) -> None:
    arrived = threading.Event()
    sink.on_mail = arrived.set
    booking = booked_for_tomorrow()
    assert arrived.wait(PATIENCE_SECONDS)
    assert bell.rings(4)
    (mail,) = sink.mails
    assert mail["To"] == booking.patient.email and mail["Subject"] == "Appointment reminder"
    assert Message.objects.get().state == "sent"


def test_a_booking_cancelled_at_once_ends_as_no_email(sink: Sink, bell: Bell) -> None:
    with transaction.atomic():
        booking = booked_for_tomorrow()
        cancel(actor=make.user(), booking=booking, reason="Ill", by_patient=True, now=timezone.now())
    assert bell.rings(4)
    assert Message.objects.get().state == "withdrawn" and not sink.mails


def test_the_tasks_carry_no_arguments(sink: Sink) -> None:
    """Rows say what is due: nothing about a person ever reaches the broker."""
    booked_for_tomorrow()
    tasks.send_due_messages.apply()
    tasks.materialise_sessions.apply()
    assert len(sink.mails) == 1
