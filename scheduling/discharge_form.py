"""What may be typed about a discharge; what each type needs is for the verb and the database to say."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.discharging import EndDetails
from patients.models import Discharge


class DischargeForm(ClinicForm):
    kind = forms.ChoiceField(
        label="How it ended",
        choices=[("", "Choose"), *Discharge.Kind.choices],
        error_messages={"required": "Choose how it ended."},
    )
    on = DayField(label="Last day in the program")
    is_planned = forms.ChoiceField(
        label="Was it planned",
        choices=[("yes", "Planned"), ("no", "Not planned")],
        widget=forms.RadioSelect,
        required=False,
        help_text="Empty means as this kind of ending usually is.",
    )
    against_advice = forms.BooleanField(label="Left against clinical advice", required=False)
    destination = forms.ChoiceField(
        label="Where they go", choices=[("", "Not known"), *Discharge.Destination.choices], required=False
    )
    destination_name = forms.CharField(label="Name of the place", max_length=120, required=False)
    letter_on = DayField(label="Date of the letter", required=False)
    appeal_right_given = forms.BooleanField(label="The letter says how to appeal", required=False)
    referrals_offered = forms.CharField(label="Referrals offered", max_length=500, required=False)
    note = forms.CharField(
        label="Note", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def said(self) -> dict[str, Any]:
        """What the verb takes."""
        said = dict(self.cleaned_data)
        main = {name: said.pop(name) for name in ("kind", "on", "note")}
        planned = {"yes": True, "no": False}.get(said.pop("is_planned"))
        return main | {"details": EndDetails(is_planned=planned, **said)}
