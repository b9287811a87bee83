"""What a clinician tells about a person's safety."""

from django import forms

from iop_clinic.forms import ClinicForm
from patients.risk.table import risk_table


class RiskForm(ClinicForm):
    code = forms.ChoiceField(
        label="What it is about",
        choices=lambda: [
            (event.code, event.title) for event in risk_table().events.values() if event.by_hand
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is about.", "invalid_choice": "Choose one of these."},
    )
    words = forms.CharField(
        label="What you saw or heard",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what you saw or heard."},
    )
