"""What may be typed while the list is gone through: one small form a line, and the signature's own fields."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.refusal import Refused
from patients.medication_list import MedicationLine
from patients.models import ReconciledLine, Reconciliation
from patients.reconciling import LineSaid, Seen

Adherence = ReconciledLine.Adherence


class LineForm(ClinicForm):
    dose = forms.CharField(max_length=60, error_messages={"required": "Write the dose."})
    schedule = forms.CharField(
        label="When", max_length=120, error_messages={"required": "Write when it is taken."}
    )
    adherence = forms.ChoiceField(
        label="Taken", choices=[("", "Choose"), *Adherence.choices],
        error_messages={"required": "Say how it is taken."},
    )  # fmt: skip
    side_effects = forms.CharField(label="Side effects", max_length=300, required=False)
    stopped = forms.BooleanField(label="Stopped", required=False)
    because = forms.CharField(label="Why stopped or changed", max_length=300, required=False)

    def __init__(self, data: Any, *, line: MedicationLine) -> None:
        super().__init__(
            data, prefix=f"line-{line.pk}", initial={"dose": line.dose, "schedule": line.schedule}
        )
        self.line = line

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        differs = {said.get("dose", self.line.dose), said.get("schedule", self.line.schedule)} - {
            self.line.dose,
            self.line.schedule,
        }
        if (differs or said.get("stopped")) and not said.get("because"):
            self.add_error("because", "Say why.")
        return said

    def said(self) -> LineSaid:
        return LineSaid(self.line.pk, **self.cleaned_data)


class ReconciliationForm(ClinicForm):
    """The whole: `lines` holds a form for each line that runs."""

    on = DayField(label="Gone through on")
    with_whom = forms.ChoiceField(
        label="With", choices=Reconciliation.With.choices, widget=forms.RadioSelect,
        error_messages={"required": "Choose with whom."},
    )  # fmt: skip
    at_visit = forms.BooleanField(
        label="This was the medication visit", required=False, help_text="The next one is due from this day."
    )
    note = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    seen_review = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen_report = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, lines: Sequence[MedicationLine], seen: Seen, day: date, at_visit: bool
    ) -> None:
        initial = {"on": day, "with_whom": Reconciliation.With.PATIENT, "at_visit": at_visit}
        shown = {"seen_review": seen.reconciliation_id, "seen_report": seen.report_id}
        super().__init__(data, initial=initial | shown)
        if not at_visit:
            del self.fields["at_visit"]
        self.lines = [LineForm(data, line=line) for line in lines]

    def is_valid(self) -> bool:
        whole, lines = super().is_valid(), [line.is_valid() for line in self.lines]
        if not all(lines):
            self.add_error(None, "Something is missing at a line below.")
        return whole and all(lines)

    def clean(self) -> dict[str, Any]:
        """`seen` as the verb takes it."""
        said = super().clean() or {}
        said["seen"] = Seen(said.pop("seen_review", 0), said.pop("seen_report", 0))
        return said

    def refuse(self, refusal: Refused) -> int:
        """A sentence about one line stands at that line."""
        for line in self.lines:
            if f"line-{line.line.pk}" in refusal.fields:
                line.add_error("because", refusal.fields[f"line-{line.line.pk}"])
        return super().refuse(refusal)

    def seen_anew(self, data: Any, seen: Seen) -> Any:
        """What was typed, with the list as it is now: the next attempt is about this one."""
        typed = data.copy()
        typed["seen_review"], typed["seen_report"] = str(seen.reconciliation_id), str(seen.report_id)
        for line in self.lines:
            for name, value in (("dose", line.line.dose), ("schedule", line.line.schedule)):
                typed.setdefault(f"{line.prefix}-{name}", value)
        return typed
