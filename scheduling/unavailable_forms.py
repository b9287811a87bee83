"""What may be typed about hours in which a patient cannot come."""

from django import forms

from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from scheduling.models import UnavailableHours
from scheduling.models.group import Weekday


class UnavailableForm(ClinicForm):
    weekdays = forms.MultipleChoiceField(
        label="Days",
        choices=Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    starts = WallTimeField(label="From")
    ends = WallTimeField(label="To")
    why = forms.ChoiceField(
        label="Why", choices=UnavailableHours.Why.choices, initial="work", widget=forms.RadioSelect
    )
    from_on = DayField(label="First day")
    to_on = DayField(label="Last day", required=False)


class LastUnavailableDayForm(ClinicForm):
    last_on = DayField(label="Last day of these hours")
