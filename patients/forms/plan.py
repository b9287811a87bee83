"""The draft of a plan as one form: problems, their goals, objectives and services, each row a small form.

Works without script: each level says how many rows it has, and "Save and add" comes back with one more.
A draft may leave anything open, so nothing but the two dates is required.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.forms import ClinicForm, DayField
from patients.forms.plan_rows import GoalForm, InterventionForm, ObjectiveForm, ProblemForm, RowForm
from patients.models import Diagnosis, Episode
from patients.models.plan import label_of
from patients.planning import (
    MOST_GOALS,
    MOST_INTERVENTIONS,
    MOST_OBJECTIVES,
    MOST_PROBLEMS,
    PLAN_WORDS,
    GoalDraft,
    InterventionDraft,
    ObjectiveDraft,
    PlanDraft,
    ProblemDraft,
)

NO_MORE = "That is as many as fit here."


@dataclass(frozen=True)
class Level:
    """One level of the plan: the letter in its rows' names, its form, its draft and what hangs below it."""

    key: str
    form: type[RowForm]
    draft: type[Any]
    most: int
    below: str = ""


LEVELS = (
    Level("p", ProblemForm, ProblemDraft, MOST_PROBLEMS, "goals"),
    Level("g", GoalForm, GoalDraft, MOST_GOALS, "objectives"),
    Level("o", ObjectiveForm, ObjectiveDraft, MOST_OBJECTIVES, "interventions"),
    Level("i", InterventionForm, InterventionDraft, MOST_INTERVENTIONS),
)


@dataclass
class Row:
    """One row with its form and the rows below it; `name` is its place: "p0-g1" is the second goal."""

    name: str
    depth: int
    form: RowForm
    rows: list["Row"] = field(default_factory=list)

    @property
    def may_add(self) -> bool:
        return self.depth + 1 < len(LEVELS) and len(self.rows) < LEVELS[self.depth + 1].most

    @property
    def is_said(self) -> bool:
        """Whether anything here or below was written and not left out."""
        return not self.form.is_left_out and (self.form.has_said() or any(row.is_said for row in self.rows))

    def kept(self) -> list["Row"]:
        return [row for row in self.rows if row.is_said]

    def draft(self) -> Any:
        level = LEVELS[self.depth]
        below = {level.below: tuple(row.draft() for row in self.kept())} if level.below else {}
        return level.draft(**self.form.columns(), **below)

    def all(self) -> list["Row"]:
        return [self, *(found for row in self.rows for found in row.all())]


class PlanForm(ClinicForm):
    effective_on = DayField(label="Starts on")
    review_due_on = DayField(label="Review due on")
    is_interim = forms.BooleanField(label="Interim plan for the first days", required=False)
    stay_weeks = forms.IntegerField(label="Estimated stay, weeks", min_value=1, max_value=104, required=False)

    def __init__(
        self, data: Any = None, *, episode: Episode, draft: PlanDraft | None = None, add: str | None = None
    ) -> None:
        super().__init__(data, initial=_initial(draft) if draft else None)
        for name in PLAN_WORDS:
            label = label_of(name)
            self.fields[name] = forms.CharField(
                label=label,
                max_length=1000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2, "data-grow": True}),
            )
        self.choices = Choices.of(episode)
        drafts = draft.problems if draft else ()
        self.rows = self._rows("", 0, drafts, add, least=0 if drafts else 1)

    def _rows(self, above: str, depth: int, drafts: Any, add: str | None, least: int) -> list[Row]:
        """Rows typed, or rows of the draft; one more below `add`, with one of each level under it."""
        level = LEVELS[depth]
        if self.is_bound:
            count = _count(self.data.get(f"{above}{level.key}-count"), level.most)
        else:
            count = min(max(len(drafts), least) + (add == above.removesuffix("-")), level.most)
        made = []
        for number in range(count):
            drafted = drafts[number] if number < len(drafts) else None
            row = self._row(f"{above}{level.key}{number}", depth, drafted)
            if level.below:
                below = getattr(drafted, level.below) if drafted else ()
                row.rows = self._rows(f"{row.name}-", depth + 1, below, add, least=0 if drafted else 1)
            made.append(row)
        return made

    def _row(self, name: str, depth: int, drafted: Any) -> Row:
        data = self.data if self.is_bound else None
        form = LEVELS[depth].form(data, prefix=name, choices=self.choices, drafted=drafted)
        return Row(name, depth, form)

    @property
    def may_add(self) -> bool:
        return len(self.rows) < MOST_PROBLEMS

    def all_rows(self) -> list[Row]:
        return [found for row in self.rows for found in row.all()]

    def is_valid(self) -> bool:
        """Every row is looked at, so that all mistakes show at once."""
        rows = [row.form.is_valid() for row in self.all_rows()]
        return super().is_valid() and all(rows)

    def draft(self) -> PlanDraft:
        said = self.cleaned_data
        return PlanDraft(
            effective_on=said["effective_on"],
            review_due_on=said["review_due_on"],
            is_interim=said["is_interim"],
            stay_weeks=said["stay_weeks"],
            words={name: said[name] for name in PLAN_WORDS},
            problems=tuple(row.draft() for row in self.rows if row.is_said),
        )

    def place_after(self, name: str) -> str:
        """Where a row stands once those left empty are gone: "p2-g0" may become "p1-g0"; "" at the top."""
        found: list[str] = []
        rows = self.rows
        for part in filter(None, name.split("-")):
            kept = [row for row in rows if row.is_said]
            at = next((n for n, row in enumerate(kept) if row.name.rsplit("-", 1)[-1] == part), None)
            if at is None:
                return "-".join(found)
            found.append(f"{part[0]}{at}")
            rows = kept[at].rows
        return "-".join(found)


@dataclass(frozen=True)
class Choices:
    """What rows choose from: the diagnoses of this stay and the clinicians of its site."""

    diagnoses: list[Diagnosis]
    staff: list[User]

    @classmethod
    def of(cls, episode: Episode) -> "Choices":
        staff = User.objects.filter(sites=episode.site_id, is_active=True, profile__isnull=False)
        return cls(list(episode.diagnoses.all()), list(staff.select_related("profile")))


def _count(typed: Any, most: int) -> int:
    return min(int(typed), most) if str(typed or "").isdecimal() and len(str(typed)) < 4 else 0


def _initial(draft: PlanDraft) -> dict[str, Any]:
    plain = {one.name: getattr(draft, one.name) for one in fields(draft) if one.name != "problems"}
    return plain | draft.words
