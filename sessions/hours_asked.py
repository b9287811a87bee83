"""What the hours board was asked for in its address, and its links: week, track, clinician, who is short."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import QueryDict

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, week_of
from patients.models import Episode
from scheduling.asked import NOT_ASKED, require_near
from scheduling.models import Enrollment, Track

LARGEST = 2**31 - 1


class HoursForm(forms.Form):
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    track = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    clinician = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    short = forms.IntegerField(required=False, min_value=0, max_value=1)


@dataclass(frozen=True)
class Choice:
    """One link of a filter."""

    words: str
    href: str
    chosen: bool
    tone: str = ""


@dataclass(frozen=True)
class HoursAsked:
    """The week and the filters; 0 is everyone."""

    week: Week
    track: int = 0
    clinician: int = 0
    short: int = 0

    def query(self, **changes: Week | int) -> str:
        """The address of the same board with something else chosen; what is not asked for is left out."""
        other = replace(self, **changes)  # type: ignore[arg-type]
        pairs: dict[str, object] = {"week": other.week.starts_on.isoformat()}
        pairs |= {name: value for name in ("track", "clinician", "short") if (value := getattr(other, name))}
        return f"?{urlencode(pairs)}"

    def episodes(self, site: Site) -> QuerySet[Episode]:
        """Who is in the program that week and passes the filters of people."""
        first_on, last_on = self.week.starts_on, self.week.ends_on
        found = Episode.objects.filter(site=site, admitted_on__lte=last_on).exclude(ended_on__lt=first_on)
        if self.clinician:
            found = found.filter(primary_clinician=self.clinician)
        if self.track:
            places = Enrollment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=first_on))
            held = places.filter(group__track=self.track, from_on__lte=last_on)
            found = found.filter(pk__in=held.values("episode"))
        return found


def hours_asked(query: QueryDict, site: Site, today: date) -> HoursAsked:
    """`?week=2026-10-19&track=&clinician=&short=1`; 400 for anything that is none of these."""
    form = HoursForm(query)
    if not form.is_valid():
        raise BadRequest(NOT_ASKED)
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    day = chosen.pop("week", today)
    require_near(day)
    return HoursAsked(week_of(day, site.week_starts_weekday), **chosen)


def board_links(asked: HoursAsked, site: Site, today: date) -> dict[str, Any]:
    """Other weeks, tracks, primary clinicians, short ones only: what the board's templates call them."""
    clinicians = _clinicians(asked, site)
    return {
        "weeks": _weeks(asked, week_of(today, site.week_starts_weekday)),
        "before": asked.query(week=asked.week.previous()),
        "after": asked.query(week=asked.week.next()),
        "tracks": _tracks(asked, site),
        "clinicians": clinicians,
        "clinician_words": next((one.words for one in clinicians if one.chosen), "All clinicians"),
        "toggle_short": asked.query(short=1 - asked.short),
    }


def _weeks(asked: HoursAsked, this: Week) -> list[Choice]:
    """This week and the next, wherever the board is."""
    two = (("This week", this), ("Next week", this.next()))
    return [Choice(words, asked.query(week=week), asked.week == week) for words, week in two]


def _tracks(asked: HoursAsked, site: Site) -> list[Choice]:
    """A chosen track links to its own removal."""
    rows = Track.objects.filter(site=site, is_active=True).values_list("pk", "name", "tone")
    return [
        Choice(name, asked.query(track=0 if asked.track == pk else pk), asked.track == pk, tone)
        for pk, name, tone in rows
    ]


def _clinicians(asked: HoursAsked, site: Site) -> list[Choice]:
    """The primary clinicians of everyone whom the other filters show."""
    people = replace(asked, clinician=0).episodes(site).order_by("primary_clinician__family_name")
    names = ("primary_clinician", "primary_clinician__given_name", "primary_clinician__family_name")
    return [Choice("All clinicians", asked.query(clinician=0), not asked.clinician)] + [
        Choice(f"{given} {family}", asked.query(clinician=pk), asked.clinician == pk)
        for pk, given, family in people.values_list(*names).distinct()
    ]
