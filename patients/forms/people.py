"""Who the person is and how to reach them."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.contacting import CONTACT_FIELDS
from patients.models import Patient

# United States Postal Service, Publication 28: states, the District and the inhabited territories.
STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "DC",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "AS",
        "GU",
        "MP",
        "PR",
        "VI",
    ]
)


class ContactForm(ClinicForm):
    """Fields carry what was shown, so two people editing at once overwrite only what each changed."""

    given_name = forms.CharField(label="First name", max_length=80)
    family_name = forms.CharField(label="Last name", max_length=80)
    preferred_name = forms.CharField(label="Goes by", max_length=80, required=False)
    pronouns = forms.CharField(max_length=30, required=False)
    born_on = DayField(label="Date of birth")
    phone = forms.CharField(max_length=30, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    state_code = forms.CharField(
        label="Home state",
        max_length=2,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "address-level1"}),
        help_text="Two letters. A video visit needs a license there; empty is the clinic’s own state.",
    )
    languages = forms.CharField(label="Speaks", max_length=80, required=False)
    email_reminders_ok = forms.BooleanField(
        label="Reminders by e-mail are fine",
        required=False,
        help_text="They say only a time and a phone number.",
    )
    voicemail_ok = forms.BooleanField(label="Leaving a voicemail is fine", required=False)

    def __init__(self, data: Any = None, *, patient: Patient, day: date) -> None:
        initial = {name: getattr(patient, name) for name in CONTACT_FIELDS}
        super().__init__(data, initial=initial)
        self.day = day
        for bound in self.fields.values():
            bound.show_hidden_initial = True

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        if born_on > self.day:
            raise forms.ValidationError("The date of birth is in the future.")
        return born_on

    def clean_state_code(self) -> str:
        typed: str = self.cleaned_data["state_code"].upper()
        if typed and typed not in STATES:
            raise forms.ValidationError("Write the state as two letters, for instance NJ.")
        return typed

    @property
    def changes(self) -> dict[str, Any]:
        """Only what this person changed since the page was shown to them."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
