"""Relatives, and the consent to have them in family sessions."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.models import Patient


class RelatedPersonForm(ClinicForm):
    name = forms.CharField(max_length=160)
    relationship = forms.CharField(label="Who they are to the patient", max_length=60)
    phone = forms.CharField(max_length=30, required=False)


class FamilyConsentForm(ClinicForm):
    signed_name = forms.CharField(label="Signed by", max_length=160)
    signed_on = DayField(label="Signed on")
    expires_on = DayField(label="Holds until", required=False)

    def __init__(self, data: Any = None, *, patient: Patient, day: date) -> None:
        name = f"{patient.given_name} {patient.family_name}"
        super().__init__(data, initial={"signed_on": day, "signed_name": name})
        self.day = day

    def clean_signed_on(self) -> date:
        signed_on: date = self.cleaned_data["signed_on"]
        if signed_on > self.day:
            raise forms.ValidationError("That day has not come yet.")
        return signed_on
