"""What a week page was asked for in its address: the week and the filters, whole numbers and dates only."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, week_of
from patients.weeks import OwnWeeks
from scheduling.models import Group
from scheduling.week_rows import Row

FIRST_YEAR, LAST_YEAR = 2000, 2100
NOT_ASKED = "That is not a week or a filter of this page."
NAMES = ("track", "lead", "room", "patient", "visits", "table")


class AskedForm(forms.Form):
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    track = forms.IntegerField(required=False, min_value=1)
    lead = forms.IntegerField(required=False, min_value=1)
    room = forms.IntegerField(required=False, min_value=1)
    patient = forms.IntegerField(required=False, min_value=1)
    visits = forms.IntegerField(required=False, min_value=0, max_value=1)
    table = forms.IntegerField(required=False, min_value=0, max_value=1)


@dataclass(frozen=True)
class Asked:
    """The week's first day, the filters (0 is "all" or "no") and the day that a phone shows."""

    week_on: date
    track: int = 0
    lead: int = 0
    room: int = 0
    patient: int = 0
    visits: int = 0
    table: int = 0
    day: date | None = None

    @property
    def week(self) -> Week:
        return Week(self.week_on)

    @property
    def shows_visits(self) -> bool:
        """One patient's week has their own hours in it."""
        return bool(self.visits or self.patient)

    def query(self, **changes: int | date) -> str:
        """The address of the same page with something else chosen; what is not asked for is left out."""
        other = replace(self, **changes)  # type: ignore[arg-type]
        pairs: dict[str, object] = {"week": other.week_on.isoformat()}
        if other.day is not None and other.day in other.week:
            pairs["day"] = other.day.isoformat()
        pairs |= {name: value for name in NAMES if (value := getattr(other, name))}
        return f"?{urlencode(pairs)}"

    def takes(self, row: Row) -> bool:
        """Whether the filters let this session through. Visits of one person show when asked for."""
        return (
            (self.shows_visits or row.is_group)
            and self.track in (0, row.track_id or -1)
            and self.lead in (0, row.lead_id)
            and self.room in (0, row.room_id or -1)
        )

    def takes_group(self, group: Group) -> bool:
        """The same for a group's day that has no session."""
        return (
            not self.patient
            and self.track in (0, group.track_id)
            and self.lead in (0, group.lead_id)
            and self.room in (0, group.room_id or -1)
        )


def require_near(day: date) -> None:
    """400 for a day so far away that it is a slip of the keyboard."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadRequest("That week is too far away.")


def asked_for(query: QueryDict, site: Site, today: date, own: OwnWeeks | None = None) -> Asked:
    """The week of the site, or one of `own`. 400 for anything that is not a week or a number."""
    form = AskedForm(query)
    if not form.is_valid():
        raise BadRequest(NOT_ASKED)
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    day = chosen.pop("week", chosen.get("day", today))
    require_near(day)
    week = own.of(day) if own else week_of(day, site.week_starts_weekday)
    return Asked(week_on=week.starts_on, **chosen)
