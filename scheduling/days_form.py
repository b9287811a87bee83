"""Forms that put dates on the calendar: the ways chosen round clashes, and the table of those left."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.accounts.models import Site
from iop_clinic.forms import ClinicForm
from iop_clinic.refusal import Refused
from scheduling.choices import Choice, Clashing, ClashRow, chosen_from, clash_rows
from scheduling.evaluation import Clash
from scheduling.forms import clinicians_of
from scheduling.models import Room


class LastingField(forms.BooleanField):
    """Whether going ahead is for the weeks of a group that are made later, too."""

    def __init__(self) -> None:
        said = "Weeks made later go ahead as well, until someone takes it back on the group’s page."
        super().__init__(label="Also for the weeks after", required=False, help_text=said)


class DaysForm(ClinicForm):
    """A form that puts dates on the calendar, with the ways chosen round their clashes."""

    # What the form says after how many dates clash.
    unsettled = "Nothing is saved yet: choose a way round, or change the group."
    reason = forms.CharField(label="Why you go ahead", max_length=200, required=False)

    def __init__(self, data: Any = None, *, site: Site, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.site, self.clashes = site, list[Clash]()

    @property
    def choices(self) -> dict[date, Choice]:
        """Refused 422 for a choice that was never on offer."""
        sent = self.data.getlist("do") if hasattr(self.data, "getlist") else []
        rooms = Room.objects.filter(site=self.site, is_active=True)
        return chosen_from(sent, rooms, clinicians_of(self.site)) if sent else {}

    @property
    def may_skip(self) -> bool:
        """Whether something is left when a date is left out."""
        return True

    def rows(self, *, may_override: bool) -> list[ClashRow]:
        """The table of clashes and of the ways chosen so far."""
        if not self.is_bound:
            return []
        try:
            choices = self.choices
        except Refused:
            choices = {}
        staff = clinicians_of(self.site)
        return clash_rows(self.clashes, choices, staff, may_skip=self.may_skip, may_override=may_override)

    def refuse(self, refusal: Refused) -> int:
        """A list of clashes goes into the table; above the form only how many dates they are of."""
        if not isinstance(refusal, Clashing):
            return super().refuse(refusal)
        self.clashes = refusal.clashes
        days = len({clash.wanted.occurs_on for clash in refusal.clashes})
        said = "One date clashes" if days == 1 else f"{days} dates clash"
        self.add_error(None, f"{said}. {self.unsettled}")
        return refusal.status
