"""The line under the date: who is in the program, who is expected, who starts and finishes this week."""

from dataclasses import dataclass

from django.db.models import Q

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


def episodes_of_week(site: Site, day: ClinicDay) -> list[Episode]:
    """Episodes of the site that touch this week, each with its patient's names; one statement."""
    week = day.week
    rows = Episode.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=week.starts_on),
        site=site,
        admitted_on__lte=week.ends_on,
    )
    names = ("patient__given_name", "patient__preferred_name", "patient__family_name")
    columns = ("site", "admitted_on", "expected_end_on", "ended_on", "patient", *names)
    episodes = list(rows.select_related("patient").only(*columns))
    for episode in episodes:
        episode.site = site
    return episodes


def active_on_day(episodes: list[Episode], day: ClinicDay) -> list[Episode]:
    """Those in the program today."""
    return [
        episode
        for episode in episodes
        if episode.admitted_on <= day.day and (episode.ended_on is None or episode.ended_on >= day.day)
    ]


def census_of(episodes: list[Episode], day: ClinicDay) -> Census:
    """Started or starting, finished or finishing, within this week."""
    ends = [episode.ended_on or episode.expected_end_on for episode in episodes]
    return Census(
        in_program=len(active_on_day(episodes, day)),
        expected_today=day.expected,
        starting=sum(1 for episode in episodes if episode.admitted_on in day.week),
        finishing=sum(1 for end in ends if end is not None and end in day.week),
    )
