"""Coverage and what payers authorize."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.models import Authorization, Payer

MOST_UNITS = 999


class CoverageForm(ClinicForm):
    payer = forms.ModelChoiceField(Payer.objects.filter(is_active=True), empty_label="Choose a payer")
    plan_name = forms.CharField(label="Plan", max_length=80, required=False)
    member_number = forms.CharField(label="Member ID", max_length=40)
    rank = forms.TypedChoiceField(
        label="Pays",
        coerce=int,
        choices=[(1, "First"), (2, "Second"), (3, "Third")],
        widget=forms.RadioSelect,
    )
    from_on = DayField(label="From")
    to_on = DayField(label="To", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"rank": 1})


class EndForm(ClinicForm):
    to_on = DayField(label="Last day")


class AnswerForm(ClinicForm):
    """What the payer said."""

    status = forms.ChoiceField(
        label="The payer said", choices=Authorization.Status.choices, widget=forms.RadioSelect
    )
    number = forms.CharField(label="Authorization number", max_length=40, required=False)
    units_approved = forms.IntegerField(label="Days approved", min_value=0, max_value=MOST_UNITS)
    to_on = DayField(label="To")
    review_due_on = DayField(label="Review due on", required=False)


class AuthorizationForm(AnswerForm):
    service_code = forms.CharField(label="Service code", max_length=10)
    units_requested = forms.IntegerField(label="Days asked for", min_value=0, max_value=MOST_UNITS)
    from_on = DayField(label="From")
    field_order = [
        "service_code",
        "units_requested",
        "from_on",
        "to_on",
        "status",
        "number",
        "units_approved",
    ]
