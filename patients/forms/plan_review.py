"""A review of a plan: its dates and words, and a row for each objective; a draft may leave ratings open."""

from collections.abc import Sequence
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.forms.plan_rows import count_field, plain_number
from patients.models import Objective, ObjectiveReview, PlanReview, Standing
from patients.plan_reviewing import Rated


class ProgressForm(ClinicForm):
    progress = forms.ChoiceField(label="How it stands", choices=Standing.Progress.choices)
    current = count_field("Now at")


class ObjectiveReviewForm(forms.Form):
    rating = forms.ChoiceField(
        label="Progress", choices=ObjectiveReview.Rating.choices, required=False, widget=forms.RadioSelect
    )
    current = count_field("Now at")
    status = forms.ChoiceField(label="From now on", choices=Objective.Status.choices)
    evidence = forms.CharField(
        label="Evidence",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "data-grow": True}),
    )
    change = forms.CharField(label="What changes", max_length=300, required=False)


class ReviewForm(ClinicForm):
    """`rows` pairs each objective with its own small form; `suggested` is evidence by objective id."""

    reviewed_on = DayField(label="Reviewed on")
    participants = forms.CharField(label="Who took part", max_length=300)
    summary = forms.CharField(
        label="In short",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-grow": True}),
    )
    changes_goals = forms.BooleanField(
        label="The goals change: open a new version when this is signed", required=False
    )
    next_review_on = DayField(label="Next review due on")

    def __init__(
        self,
        data: Any = None,
        *,
        objectives: Sequence[Objective],
        suggested: dict[int, str],
        written: PlanReview | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        known = {row.objective_id: row for row in written.objectives.all()} if written else {}
        self.rows = [
            (
                objective,
                ObjectiveReviewForm(
                    data,
                    prefix=f"objective-{objective.pk}",
                    initial=_initial(objective, known.get(objective.pk), suggested.get(objective.pk, "")),
                ),
            )
            for objective in objectives
        ]

    def is_valid(self) -> bool:
        rows = [form.is_valid() for _, form in self.rows]
        return super().is_valid() and all(rows)

    def rated(self) -> list[Rated]:
        return [Rated(objective, **form.cleaned_data) for objective, form in self.rows]


def _initial(objective: Objective, written: ObjectiveReview | None, suggested: str) -> dict[str, Any]:
    if written is not None:
        names = ("rating", "status", "evidence", "change")
        return {name: getattr(written, name) for name in names} | {"current": plain_number(written.current)}
    status = getattr(objective, "status_now", objective.status)
    going_on = Objective.Status.IN_PROGRESS if status == Objective.Status.NEW else status
    return {
        "status": going_on,
        "current": plain_number(getattr(objective, "current", None)),
        "evidence": suggested,
    }
