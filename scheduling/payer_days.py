"""How many minutes a day needs before a payer counts it. Payer rules live floors above; settings name who
answers for them.
"""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

from patients.models import Episode


def payer_day_minutes(episodes: Iterable[Episode], day: date) -> dict[int, int]:
    """Minutes by patient; whoever has no payer or no rule on that day is left out."""
    found: dict[int, int] = import_string(settings.PAYER_DAY_MINUTES)(list(episodes), day)
    return found
