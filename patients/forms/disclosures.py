"""Something told or sent by hand, and a look at what was told in an emergency."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm
from patients.models.consent_terms import EXCEPTIONS, Basis, Purpose, Recipient, Scope

BY_ITSELF = ""
_REASONED = [(one.value, f"{Basis(one).label}, without consent") for one in EXCEPTIONS]


class DisclosureForm(ClinicForm):
    recipient = forms.CharField(
        label="To whom",
        max_length=200,
        help_text="The person, and where they work.",
        error_messages={"required": "Write who receives it."},
    )
    recipient_kind = forms.ChoiceField(
        label="Who they are",
        choices=[("", "Choose"), *Recipient.choices],
        error_messages={"required": "Choose who they are."},
    )
    purpose = forms.ChoiceField(
        label="What for",
        choices=[("", "Choose"), *(one for one in Purpose.choices if one[0] != Purpose.TPO)],
        error_messages={"required": "Choose what it is for."},
    )
    scopes = forms.MultipleChoiceField(
        label="What is told",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    what = forms.CharField(label="In words", max_length=300, required=False)
    intermediary = forms.CharField(
        label="By way of", max_length=160, required=False, help_text="Only when someone passes it on."
    )
    exception = forms.ChoiceField(
        label="What allows it",
        choices=[(BY_ITSELF, "The patient’s consent, or care"), *_REASONED],
        required=False,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="An emergency: what it was, why it could not wait. An order: its number and court.",
    )

    def deed(self) -> dict[str, Any]:
        """What `disclose` takes."""
        said = dict(self.cleaned_data)
        return said | {"exception": said["exception"] or None}


class ReviewForm(ClinicForm):
    note = forms.CharField(
        label="What you found",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what you found."},
        help_text="Whether it was an emergency, and whether no more was told than was needed.",
    )
