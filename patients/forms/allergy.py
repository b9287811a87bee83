"""What may be typed about an allergy, and about its end."""

from django import forms

from iop_clinic.forms import ClinicForm
from patients.models import Allergy


class AllergyForm(ClinicForm):
    substance = forms.CharField(
        label="Allergic to", max_length=120,
        error_messages={"required": "Write what the person is allergic to."},
    )  # fmt: skip
    reaction = forms.CharField(label="What happens", max_length=200, required=False)
    severity = forms.ChoiceField(
        label="How bad", choices=Allergy.Severity.choices, widget=forms.RadioSelect,
        initial=Allergy.Severity.UNKNOWN,
    )  # fmt: skip


class AllergyEndForm(ClinicForm):
    ending = forms.ChoiceField(label="What is true", choices=Allergy.Ending.choices, widget=forms.RadioSelect)
    because = forms.CharField(label="Why", max_length=300, error_messages={"required": "Say why."})
