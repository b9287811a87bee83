"""What may be typed about the level of care: a determination, another level, a certification."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.refusal import Refused
from patients.certifying import Period
from patients.determining import Finding
from patients.levels import LevelScheme
from patients.models import Certification, LevelDetermination, LevelOfCare

CHOOSE = ("", "Choose a level")
GROWS = {"rows": 2, "data-grow": True}


def _words(label: str, rows: int = 3, **more: Any) -> forms.CharField:
    said: dict[str, Any] = {
        "max_length": 2000,
        "error_messages": {"required": "Say it in a sentence or two."},
    } | more
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": rows, "data-grow": True}), **said
    )


class DeterminationForm(ClinicForm):
    """The fields of one scheme: a rating and words for each dimension, or LOCUS's result."""

    kind = forms.ChoiceField(
        label="Decision",
        choices=LevelDetermination.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    decided_on = DayField(label="Decided on")
    recommended = forms.ChoiceField(label="Recommended level", error_messages={"required": "Choose a level."})
    actual = forms.ChoiceField(label="Actual level", error_messages={"required": "Choose a level."})
    difference = forms.ChoiceField(
        label="Why they differ",
        required=False,
        choices=[("", "They are the same"), *LevelDetermination.Difference.choices],
        help_text="Only where the two levels differ.",
    )
    difference_words = forms.CharField(label="In words", max_length=300, required=False)

    def __init__(
        self, data: Any = None, *, scheme: LevelScheme, day: date, draft: LevelDetermination | None, kind: str
    ) -> None:
        kept = draft if draft is not None and draft.scheme == scheme.key else None
        initial: dict[str, Any] = {"decided_on": day, "kind": kind}
        if draft is not None:
            initial |= {name: getattr(draft, name) for name in ("kind", "decided_on", "rationale")}
        if kept is not None:
            initial |= {name: getattr(kept, name) for name in (*self.base_fields, *RESULT)}
        super().__init__(data, initial=initial)
        self.scheme = scheme
        levels = [CHOOSE, *((rung.code, rung.label) for rung in scheme.rungs)]
        for name in ("recommended", "actual"):
            self.fields[name].choices = levels  # type: ignore[attr-defined]
        if scheme.key == LevelDetermination.Scheme.LOCUS:
            self.fields |= _result()
        for dimension in scheme.dimensions:
            said = kept.ratings.get(dimension.id, {}) if kept else {}
            self._add_dimension(dimension.id, dimension.is_rated, said)
        self.fields["rationale"] = _words("Why this level", rows=4, max_length=4000)

    def _add_dimension(self, key: str, is_rated: bool, said: dict[str, str]) -> None:
        if is_rated:
            self.fields[f"{key}_rating"] = forms.ChoiceField(
                label="Rating",
                choices=[("", "Choose"), *self.scheme.ratings],
                initial=said.get("rating"),
                error_messages={"required": "Choose a rating."},
            )
        self.fields[f"{key}_why"] = forms.CharField(
            label="Rests on",
            max_length=600,
            initial=said.get("why"),
            widget=forms.Textarea(attrs=GROWS),
            error_messages={"required": "Say what it rests on."},
        )

    def rated(self) -> list[tuple[int, str, Any, Any]]:
        """Number, label, the rating's field (None where there is none) and the field of its words."""
        return [
            (n, one.label, self[f"{one.id}_rating"] if one.is_rated else None, self[f"{one.id}_why"])
            for n, one in enumerate(self.scheme.dimensions, start=1)
        ]

    def finding(self) -> Finding:
        """What was typed, as the verb takes it."""
        said = self.cleaned_data
        ratings = {
            one.id: {"rating": said.get(f"{one.id}_rating", ""), "why": said[f"{one.id}_why"].strip()}
            for one in self.scheme.dimensions
        }
        plain = {
            name: said[name]
            for name in (*DeterminationForm.base_fields, "rationale", *RESULT)
            if name in said
        }
        return Finding(scheme=self.scheme.key, ratings=ratings, **plain)


RESULT = ("composite", "instrument_version", "rater")


def _result() -> dict[str, forms.Field]:
    """Result only: the seven scores stay on the licensed form (domain reference 1.4)."""
    return {
        "composite": forms.IntegerField(label="Composite score", min_value=7, max_value=35),
        "instrument_version": forms.CharField(label="Version of the instrument", max_length=20),
        "rater": forms.CharField(label="Rated by", max_length=120),
    }


class LevelChoice(forms.ModelChoiceField):
    """A level by its name."""

    def label_from_instance(self, level: LevelOfCare) -> str:
        return level.name


class LevelForm(ClinicForm):
    level = LevelChoice(LevelOfCare.objects.all(), label="Level of care", empty_label="Choose a level")
    from_on = DayField(label="From")
    hours = forms.DecimalField(
        label="Hours a week", min_value=Decimal(1), max_value=Decimal(60), max_digits=4, decimal_places=2
    )
    days_a_week = forms.IntegerField(label="Days a week", min_value=1, max_value=7)
    reason = forms.CharField(
        label="Why fewer hours than the level’s",
        max_length=300,
        required=False,
        help_text="Needed below the level’s hours. A payer may not count such a week as this level.",
    )

    def clean(self) -> dict[str, Any]:
        """Whole minutes instead of hours."""
        said = super().clean() or {}
        if "hours" in said:
            said["prescribed_minutes"] = round(said.pop("hours") * 60)
        return said

    def refuse(self, refusal: Refused) -> int:
        """The verb speaks of prescribed minutes; the page asks for hours."""
        named = {"prescribed_minutes": "hours"}
        fields = {named.get(name, name): said for name, said in refusal.fields.items()}
        return super().refuse(Refused(refusal.sentence, status=refusal.status, **fields))


class CertificationForm(ClinicForm):
    """Grounds of the open period; the statement itself is read, not typed."""

    from_on = DayField(label="From")
    need = _words(
        "Why this level is needed", help_text="Symptoms that still put the person at risk without it."
    )

    def __init__(self, data: Any = None, *, period: Period, day: date) -> None:
        super().__init__(data, initial={"from_on": period.from_on})
        self.fields["from_on"].widget = forms.HiddenInput()
        if period.kind == Certification.Kind.AGAIN:
            self.fields["response"] = _words("How the person responds to treatment")
            self.fields["discharge_goals"] = _words("What discharge waits for, and how it is coordinated")
        if period.from_on < day:
            self.fields["late_because"] = forms.CharField(
                label="Why it is signed after the first day",
                max_length=300,
                error_messages={"required": "Say why."},
            )
