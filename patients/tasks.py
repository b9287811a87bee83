"""The room's bell: beat asks, every hour, whether this Monday's measures have been asked for."""

from celery import shared_task
from django.utils import timezone

from iop_clinic.accounts.models import Site
from iop_clinic.clock import local_day
from patients.assessing import assign_weekly


@shared_task(name="patients.assign_weekly_measures")
def assign_weekly_measures() -> int:
    """Per site, because the local day is the site's; safe to repeat, so it needs no retry rule."""
    now = timezone.now()
    sites = Site.objects.filter(is_active=True)
    return sum(assign_weekly(day=local_day(now, site.time_zone), sites=[site]) for site in sites)
