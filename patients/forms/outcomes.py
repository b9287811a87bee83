"""Which stays the outcomes of a site are about, and whose missed measures are shown."""

from datetime import date, timedelta
from typing import Any

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.forms import ClinicForm, DayField
from patients.site_outcomes import BY

USUAL_SPAN = timedelta(days=180)


class OutcomesForm(ClinicForm):
    """From one day to another, both inside; the last half year unless told."""

    by = forms.ChoiceField(label="Who", choices=list(BY.items()))
    from_on = DayField(label="From")
    to_on = DayField(label="To")

    def __init__(self, data: Any, *, day: date) -> None:
        usual = {"by": "discharges", "from_on": day - USUAL_SPAN, "to_on": day}
        super().__init__({**usual, **{key: data[key] for key in usual if key in data}})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("from_on"), said.get("to_on")
        if first and last and first > last:
            self.add_error("to_on", "The last day is before the first.")
        return said


class WhoseForm(forms.Form):
    """One clinician's patients, or everyone's."""

    clinician = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Everyone’s patients")

    def __init__(self, data: Any, *, clinicians: Any) -> None:
        super().__init__(data)
        self.fields["clinician"].queryset = clinicians  # type: ignore[attr-defined]
