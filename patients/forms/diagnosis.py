"""What may be typed about diagnoses: another one, which is primary, what became of one."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.models import Diagnosis


class DiagnosisForm(ClinicForm):
    code = forms.CharField(
        label="ICD-10-CM code", max_length=8, widget=forms.TextInput(attrs={"list": "diagnosis-codes"})
    )
    label = forms.CharField(
        label="In words", max_length=160, required=False, help_text="Empty takes the words of a listed code."
    )
    since_on = DayField(label="Diagnosed on")
    onset = forms.CharField(
        label="Since when the person has had it",
        max_length=60,
        required=False,
        help_text="For example: spring 2024.",
    )
    is_primary = forms.BooleanField(
        label="Primary diagnosis", required=False, help_text="It takes the place of the one that is."
    )
    reason = forms.CharField(
        label="Why it becomes primary", max_length=300, required=False, help_text="Needed for a primary one."
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("is_primary") and not said.get("reason"):
            self.add_error("reason", "Say why.")
        return said


class PrimaryForm(ClinicForm):
    reason = forms.CharField(label="Why", max_length=300, error_messages={"required": "Say why."})


class EndingForm(ClinicForm):
    ended_as = forms.ChoiceField(
        label="What became of it",
        choices=Diagnosis.Ending.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    ended_on = DayField(label="Last day")
    reason = forms.CharField(label="Why", max_length=300, error_messages={"required": "Say why."})
