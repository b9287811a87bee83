"""What may be typed about a medication: a new line, a change, its end, and days between visits."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.models import MedicationStatement

Source, Route = MedicationStatement.Source, MedicationStatement.Route
WHY = {"required": "Say why."}


class HowTaken(ClinicForm):
    """The part that a start and a change share."""

    dose = forms.CharField(
        max_length=60, help_text="For example 20 mg.", error_messages={"required": "Write the dose."}
    )
    route = forms.ChoiceField(label="How", choices=Route.choices)
    schedule = forms.CharField(
        label="When", max_length=120, help_text="For example every morning.",
        error_messages={"required": "Write when it is taken."},
    )  # fmt: skip
    as_needed = forms.BooleanField(label="Only as needed", required=False)
    reason = forms.CharField(label="What it is for", max_length=200, required=False)
    source = forms.ChoiceField(
        label="Who said so", choices=Source.choices, error_messages={"required": "Choose who said so."}
    )
    prescribed_here = forms.BooleanField(label="Prescribed here", required=False)
    prescriber = forms.CharField(label="Prescriber", max_length=120, required=False)


class MedicationForm(HowTaken):
    drug = forms.CharField(
        label="Medication", max_length=120,
        widget=forms.TextInput(attrs={"list": "drug-names", "autocomplete": "off"}),
        error_messages={"required": "Write its name."},
    )  # fmt: skip
    from_on = DayField(label="Since", help_text="The first day here or before; about is fine.")
    to_on = DayField(label="Until", required=False, help_text="Only when an end is planned.")
    because = forms.CharField(label="Why it was started", max_length=300, required=False)

    def __init__(self, data: Any = None, *, day: date) -> None:
        first = {"from_on": day, "source": Source.PATIENT, "route": Route.MOUTH}
        super().__init__(data, initial=first)


class MedicationChangeForm(HowTaken):
    from_on = DayField(label="From")
    because = forms.CharField(label="Why", max_length=300, error_messages=WHY)

    def __init__(self, data: Any = None, *, statement: MedicationStatement, day: date) -> None:
        initial = {name: getattr(statement, name) for name in HowTaken.base_fields}
        super().__init__(data, initial=initial | {"from_on": day})


class MedicationStopForm(ClinicForm):
    last_on = DayField(label="Last day taken")
    because = forms.CharField(label="Why", max_length=300, error_messages=WHY)

    def __init__(self, data: Any = None, *, day: date) -> None:
        super().__init__(data, initial={"last_on": day})


class ErrorForm(ClinicForm):
    because = forms.CharField(label="What is wrong with it", max_length=300, error_messages=WHY)


class MedicationIntervalForm(ClinicForm):
    VISITS = (("days", "Every so many days"), ("none", "None here"))
    visits = forms.ChoiceField(label="Medication visits", choices=VISITS, widget=forms.RadioSelect)
    days = forms.IntegerField(label="Days from one to the next", min_value=1, max_value=180, required=False)
    reason = forms.CharField(label="Why", max_length=300, error_messages=WHY)

    def __init__(self, data: Any = None, *, days: int | None) -> None:
        super().__init__(data, initial={"visits": "days" if days else "none", "days": days})

    def clean(self) -> dict[str, Any]:
        """`days` is None for no visits."""
        said = super().clean() or {}
        if said.pop("visits", "") == "none":
            said["days"] = None
        elif said.get("days") is None and "days" not in self.errors:
            self.add_error("days", "Write how many days.")
        return said
