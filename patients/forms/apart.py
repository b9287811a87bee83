"""What may be typed to keep two people apart."""

from django import forms

from iop_clinic.forms import ClinicForm


class KeepApartForm(ClinicForm):
    """`person` was found by name and chosen."""

    person = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why", max_length=200, help_text="Seen on both charts.", error_messages={"required": "Say why."}
    )
