"""The line under the date: who is in the program, who is expected, who starts and finishes this week."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from iop_clinic.accounts.models import Site
from patients.models import Episode
from sessions.today.day import ClinicDay


@dataclass(frozen=True)
class Census:
    """Counts of people, in the order in which the page says them."""

    in_program: int
    expected_today: int
    starting: int
    finishing: int


def census_of(site: Site, day: ClinicDay) -> Census:
    """Started or starting, finished or finishing, within this week; one statement."""
    span = (day.week.starts_on, day.week.ends_on)
    still = Q(ended_on__isnull=True) | Q(ended_on__gte=day.day)
    counts = (
        Episode.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gte=day.week.starts_on),
            site=site,
            admitted_on__lte=day.week.ends_on,
        )
        .alias(end_on=Coalesce("ended_on", "expected_end_on"))
        .aggregate(
            in_program=Count("pk", filter=still & Q(admitted_on__lte=day.day)),
            starting=Count("pk", filter=Q(admitted_on__range=span)),
            finishing=Count("pk", filter=Q(end_on__range=span)),
        )
    )
    return Census(expected_today=day.expected, **counts)
