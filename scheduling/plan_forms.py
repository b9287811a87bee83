"""Which week to plan."""

from datetime import date, datetime
from typing import Any

from django import forms

from iop_clinic.accounts.models import Site
from iop_clinic.clock import Week, local_day, week_of
from iop_clinic.forms import ClinicForm
from scheduling.words import week_words

MOST_WEEKS = 8


class PlanForm(ClinicForm):
    """The coming week first; the one that runs may be planned from now on."""

    week = forms.TypedChoiceField(label="Week", coerce=date.fromisoformat, required=False, empty_value=None)

    def __init__(self, *args: Any, site: Site, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week = self.this = week_of(local_day(now, site.time_zone), site.week_starts_weekday)
        choices = []
        for _ in range(MOST_WEEKS):
            choices.append((week.starts_on.isoformat(), week_words(week.starts_on, week.ends_on)))
            week = week.next()
        self.fields["week"].choices = choices  # type: ignore[attr-defined]
        self.fields["week"].initial = choices[1][0]

    @property
    def chosen(self) -> Week:
        return Week(self.cleaned_data["week"]) if self.cleaned_data.get("week") else self.this.next()
