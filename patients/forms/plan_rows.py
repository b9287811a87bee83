"""The small forms a plan is made of: one problem, one goal, one objective, one service."""

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms

from iop_clinic.forms import DayField
from patients.models import Intervention, Objective, Problem
from patients.models.plan_parts import in_digits
from patients.scoring import load_instruments

if TYPE_CHECKING:
    from patients.forms.plan import Choices

# How often, as one choice: weeks or months, and every how many.
OFTEN = {
    "1-week": "a week",
    "2-week": "every 2 weeks",
    "3-week": "every 3 weeks",
    "4-week": "every 4 weeks",
    "1-month": "a month",
    "2-month": "every 2 months",
    "3-month": "every 3 months",
}


def count_field(label: str) -> forms.DecimalField:
    """A number that may be left out; one decimal, as an objective stores it."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(9999),
        max_digits=5,
        decimal_places=1,
    )


def plain_number(value: Decimal | None) -> str:
    return "" if value is None else in_digits(value)


class RowForm(forms.Form):
    """One row. `said` names the fields that make it a row: with none of them filled it is not kept."""

    said: tuple[str, ...] = ()
    leave_out = forms.BooleanField(label="Leave out", required=False)

    def __init__(self, data: Any = None, *, prefix: str, choices: "Choices", drafted: Any = None) -> None:
        self.choices = choices
        super().__init__(data, prefix=prefix, initial=self.initial_of(drafted) if drafted else None)
        self.is_new = drafted is None and data is None

    def initial_of(self, drafted: Any) -> dict[str, Any]:
        return {one.name: getattr(drafted, one.name) for one in fields(drafted)}

    @property
    def is_left_out(self) -> bool:
        return bool(self.cleaned_data.get("leave_out"))

    def has_said(self) -> bool:
        return any(self.cleaned_data.get(name) not in ("", None) for name in self.said)

    def columns(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "leave_out"}


class ProblemForm(RowForm):
    said = ("statement", "evidence")
    statement = forms.CharField(label="Problem", max_length=300, required=False)
    evidence = forms.CharField(
        label="Seen in",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "data-grow": True}),
    )
    diagnosis = forms.ChoiceField(label="Diagnosis", required=False)
    status = forms.ChoiceField(label="Status", choices=Problem.Status.choices, initial=Problem.Status.ACTIVE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(row.pk), f"{row.code} {row.label}") for row in self.choices.diagnoses]
        self.fields["diagnosis"].choices = [("", "None of them"), *known]  # type: ignore[attr-defined]
        if len(known) and not self.is_bound and not self.initial:
            self.initial["diagnosis"] = known[0][0]

    def initial_of(self, drafted: Any) -> dict[str, Any]:
        known = super().initial_of(drafted)
        return known | {"diagnosis": str(drafted.diagnosis.pk) if drafted.diagnosis else ""}

    def clean_diagnosis(self) -> Any:
        chosen = self.cleaned_data["diagnosis"]
        return next((row for row in self.choices.diagnoses if str(row.pk) == chosen), None)


class GoalForm(RowForm):
    said = ("statement",)
    statement = forms.CharField(label="Goal, in their own words", max_length=200, required=False)


class ObjectiveForm(RowForm):
    said = ("statement", "baseline", "target", "unit", "instrument_code")
    statement = forms.CharField(label="Objective: what they will do", max_length=300, required=False)
    instrument_code = forms.ChoiceField(label="Measured by", required=False)
    unit = forms.CharField(label="or counted in", max_length=60, required=False)
    baseline = count_field("From")
    target = count_field("To")
    target_on = DayField(label="By", required=False)
    status = forms.ChoiceField(label="Status", choices=Objective.Status.choices, initial=Objective.Status.NEW)
    thread = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measures = [
            (code, instrument.name) for code, instrument in load_instruments().items() if instrument.total
        ]
        self.fields["instrument_code"].choices = [("", "Counted"), *measures]  # type: ignore[attr-defined]

    def initial_of(self, drafted: Any) -> dict[str, Any]:
        numbers = {name: plain_number(getattr(drafted, name)) for name in ("baseline", "target")}
        return super().initial_of(drafted) | numbers

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("instrument_code") and said.get("unit"):
            self.add_error("unit", "Leave this empty, or choose Counted.")
        return said


class InterventionForm(RowForm):
    said = ("words", "group_name", "who", "credential", "times")
    kind = forms.ChoiceField(
        label="Service", choices=Intervention.Kind.choices, initial=Intervention.Kind.GROUP
    )
    words = forms.CharField(label="What is done", max_length=160, required=False)
    group_name = forms.CharField(label="Which group", max_length=80, required=False)
    times = forms.IntegerField(label="Times", min_value=1, max_value=14, required=False)
    often = forms.ChoiceField(label="How often", choices=list(OFTEN.items()), initial="1-week")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=480, required=False)
    who = forms.ChoiceField(label="Who", required=False)
    credential = forms.CharField(label="or a credential", max_length=20, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = [
            (str(user.pk), f"{user.full_name}, {user.profile.credential}") for user in self.choices.staff
        ]
        self.fields["who"].choices = [("", "Anyone with"), *staff]  # type: ignore[attr-defined]

    def initial_of(self, drafted: Any) -> dict[str, Any]:
        known = super().initial_of(drafted)
        often = f"{drafted.every}-{drafted.period}"
        return known | {"who": str(drafted.who.pk) if drafted.who else "", "often": often}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("kind") == Intervention.Kind.OTHER and not said.get("words") and self.has_said():
            self.add_error("words", "Say what it is.")
        return said

    def columns(self) -> dict[str, Any]:
        said = super().columns()
        every, period = said.pop("often").split("-")
        who = next((user for user in self.choices.staff if str(user.pk) == said["who"]), None)
        usual = {"times": said["times"] or 1, "minutes": said["minutes"] or 60}
        return said | usual | {"every": int(every), "period": period, "who": who}
