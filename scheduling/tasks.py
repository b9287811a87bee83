"""The room's bell: beat rings, rows in PostgreSQL say what is due."""

from celery import shared_task
from django.utils import timezone

from iop_clinic.messages.deliver import deliver_due
from iop_clinic.messages.quiet import earliest
from scheduling.calendar import materialise_everywhere
from scheduling.reminders import follow_addresses, plan_missing, still_wanted


@shared_task(name="scheduling.send_due_messages")
def send_due_messages() -> None:
    follow_addresses()
    deliver_due(still_wanted=still_wanted, not_before=earliest)


@shared_task(name="scheduling.materialise_sessions")
def materialise_sessions() -> None:
    now = timezone.now()
    materialise_everywhere(now=now)
    plan_missing(now)
