"""What may be typed to prolong a place, and the ways chosen round its clashes."""

from datetime import date
from typing import Any

from iop_clinic.forms import DayField
from iop_clinic.refusal import Refused
from scheduling.choices import Choice, ClashRow, clash_rows
from scheduling.days_form import DaysForm


class ProlongForm(DaysForm):
    unsettled = "Nothing is saved yet: choose a way round below, or another day."
    to_on = DayField(label="New last day", required=False, help_text="Empty: no last day.")

    @property
    def asked(self) -> dict[str, Any]:
        """What `prolong_enrollment` takes. Refused 422 for a choice that was never on offer."""
        said = self.cleaned_data
        return {"to_on": said["to_on"], "reason": said["reason"], "choices": self.choices}

    def rows(self, *, may_override: bool) -> list[ClashRow]:
        """Dates to skip, or to go ahead with; who leads the group and where it meets stays."""
        try:
            choices: dict[date, Choice] = self.choices if self.is_bound else {}
        except Refused:
            choices = {}
        return clash_rows(self.clashes, choices, (), may_skip=True, may_override=may_override)
