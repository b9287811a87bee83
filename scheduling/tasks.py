"""The room's bell: beat rings, rows in PostgreSQL say what is due."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from iop_clinic.accounts.models import Site
from iop_clinic.messages.deliver import deliver_due
from iop_clinic.messages.models import Message
from iop_clinic.messages.quiet import earliest
from patients import alert_mail
from scheduling import changes, make_up_mail, offer_mail, reminders
from scheduling.calendar import materialise_everywhere
from scheduling.make_up_offers import end_late_make_ups as end_make_ups_now_late
from scheduling.measures_due import ask_measures_at
from scheduling.offers import offer_free_seats as offer_seats_now_free
from scheduling.planning import work_on_next
from scheduling.reminders import follow_addresses, plan_missing

# Each kind of message has its own question to ask before it goes.
STILL_WANTED = {
    reminders.KIND: reminders.still_wanted,
    changes.KIND: changes.still_true,
    offer_mail.KIND: offer_mail.still_wanted,
    make_up_mail.KIND: make_up_mail.still_wanted,
    alert_mail.KIND: alert_mail.still_wanted,
}


def still_wanted(message: Message) -> str:
    asked = STILL_WANTED.get(message.kind)
    return asked(message) if asked else ""


def not_before(message: Message, now: datetime) -> datetime:
    """Quiet hours are for patients; what cannot wait goes to staff at once."""
    return now if message.kind == alert_mail.KIND else earliest(now, message.site.time_zone)


@shared_task(name="scheduling.send_due_messages")
def send_due_messages() -> None:
    follow_addresses()
    deliver_due(still_wanted=still_wanted, not_before=not_before)


@shared_task(name="scheduling.materialise_sessions")
def materialise_sessions() -> None:
    now = timezone.now()
    materialise_everywhere(now=now)
    plan_missing(now)


@shared_task(name="scheduling.ask_measures")
def ask_measures() -> None:
    """Per site, because the local day is the site's; safe to repeat, so it needs no retry rule."""
    now = timezone.now()
    for site in Site.objects.filter(is_active=True):
        ask_measures_at(site=site, now=now)


@shared_task(name="scheduling.offer_free_seats")
def offer_free_seats() -> None:
    offer_seats_now_free(now=timezone.now())


@shared_task(name="scheduling.end_late_make_ups")
def end_late_make_ups() -> None:
    end_make_ups_now_late(now=timezone.now())


@shared_task(name="scheduling.work_on_plans")
def work_on_plans() -> None:
    work_on_next(now=timezone.now())
