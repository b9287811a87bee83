"""What floors above know of people's days and a plan of the week has to ask. Settings name who answers."""

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.utils.module_loading import import_string

from iop_clinic.clock import Week
from patients.models import Episode


def payer_day_minutes(episodes: Iterable[Episode], day: date) -> dict[int, int]:
    """By patient, minutes that a day needs before their payer counts it; none without a rule on that day."""
    found: dict[int, int] = import_string(settings.PAYER_DAY_MINUTES)(list(episodes), day)
    return found


def credited_minutes(episodes: Iterable[Episode], week: Week, now: datetime) -> dict[int, dict[date, int]]:
    """By patient and day of the week that is over, minutes attended; what nobody recorded yet is believed."""
    found: dict[int, dict[date, int]] = import_string(settings.CREDITED_MINUTES)(list(episodes), week, now)
    return found
