"""The draft of a plan: its dates and its goals, a row each."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from iop_clinic.forms import ClinicForm, DayField
from patients.models import Goal, TreatmentPlan
from patients.planning import MOST_GOALS, GoalDraft
from patients.scoring import load_instruments


def _count(label: str) -> forms.DecimalField:
    """A number that may be left out; one decimal, as a goal stores it."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(9999),
        max_digits=5,
        decimal_places=1,
    )


class PlanForm(ClinicForm):
    effective_on = DayField(label="Starts on")
    review_due_on = DayField(label="Review due on")


class GoalForm(forms.Form):
    statement = forms.CharField(label="In their own words", max_length=200)
    objective = forms.CharField(
        label="What will show it", max_length=300, help_text="Something you can count, and by when."
    )
    target_on = DayField(label="By")
    instrument_code = forms.ChoiceField(label="Measured by", required=False)
    baseline = _count("From")
    target = _count("To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measures = [
            (code, instrument.name) for code, instrument in load_instruments().items() if instrument.total
        ]
        self.fields["instrument_code"].choices = [("", "Counted by hand"), *measures]  # type: ignore[attr-defined]

    def draft(self) -> GoalDraft:
        said = {name: self.cleaned_data[name] for name in GoalDraft.__dataclass_fields__}
        return GoalDraft(**said)


class GoalSet(BaseFormSet):
    """Empty rows are left out; goals keep their order."""

    def drafts(self) -> list[GoalDraft]:
        kept = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        return [form.draft() for form in kept]


def goal_set(data: Any, plan: TreatmentPlan | None) -> GoalSet:
    """Rows for the goals of `plan` and room for two more, nine at most."""
    known = [_initial(goal) for goal in plan.goals.all()] if plan else []
    rows = formset_factory(
        GoalForm,
        formset=GoalSet,
        extra=min(1 if known else 2, MOST_GOALS - len(known)),
        max_num=MOST_GOALS,
        validate_max=True,
        can_delete=True,
    )
    made: GoalSet = rows(data, initial=known, prefix="goal")  # type: ignore[assignment]
    return made


def _initial(goal: Goal) -> dict[str, Any]:
    known = {name: getattr(goal, name) for name in GoalDraft.__dataclass_fields__}
    numbers = {name: f"{float(known[name]):g}" for name in ("baseline", "target") if known[name] is not None}
    return known | numbers


class ProgressForm(ClinicForm):
    progress = forms.ChoiceField(label="How it stands", choices=Goal.Progress.choices)
    current = _count("Now at")
