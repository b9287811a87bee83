"""What may be typed about an aftercare appointment and about a call after discharge."""

from datetime import datetime
from typing import Any

from django import forms

from iop_clinic.clock import at_local, local_day
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from iop_clinic.wall import wall
from patients.calling import Call
from patients.models import AftercareAppointment, FollowUpContact


class AppointmentForm(ClinicForm):
    kind = forms.ChoiceField(
        label="What for", choices=AftercareAppointment.Kind.choices, widget=forms.RadioSelect
    )
    provider = forms.CharField(label="With", max_length=160)
    on = DayField(label="Day")
    time = WallTimeField(label="Time")
    address = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=30, required=False)
    made_by = forms.ChoiceField(
        label="Who made it", choices=AftercareAppointment.MadeBy.choices, initial="clinic"
    )

    def said(self, tz_name: str) -> dict[str, Any]:
        """What the verb takes: day and time on the site's wall become one instant."""
        said = dict(self.cleaned_data)
        at: datetime = at_local(said.pop("on"), said.pop("time"), tz_name)
        return said | {"at": at}


class KeptForm(ClinicForm):
    outcome = forms.ChoiceField(label="What became of it", choices=AftercareAppointment.Outcome.choices)


class CallForm(ClinicForm):
    outcome = forms.ChoiceField(
        label="What came of the call", choices=FollowUpContact.Outcome.choices, widget=forms.RadioSelect
    )
    learned = forms.ChoiceField(
        label="How they are",
        choices=FollowUpContact.Learned.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="When you reached them.",
    )
    readmitted_to = forms.CharField(
        label="In care where", max_length=120, required=False, help_text="When they are in care again."
    )
    note = forms.CharField(
        label="Note",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed when they need help: what, and who does what now.",
    )
    next_try_on = DayField(
        label="Try again on", required=False, help_text="Empty closes this call with what came of it."
    )

    def __init__(self, data: Any = None, *, appointments: list[AftercareAppointment], tz_name: str) -> None:
        super().__init__(data)
        self.asked = {f"kept-{one.pk}": one.pk for one in appointments}
        for one in appointments:
            day = local_day(one.at, tz_name)
            when = f"{day:%b} {day.day}, {wall(one.at, tz_name)}"
            self.fields[f"kept-{one.pk}"] = forms.ChoiceField(
                label=f"Appointment with {one.provider}, {when}",
                choices=AftercareAppointment.Outcome.choices,
                widget=forms.RadioSelect,
                required=False,
            )

    def appointment_fields(self) -> list[Any]:
        return [self[name] for name in self.asked]

    def call(self) -> Call:
        """What was typed, as the verb takes it."""
        said = {name: self.cleaned_data[name] for name in CallForm.base_fields}
        kept = {pk: self.cleaned_data[name] for name, pk in self.asked.items() if self.cleaned_data[name]}
        return Call(**said, kept=kept)
