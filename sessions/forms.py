"""What is typed on the pages of this room: times, absences, notes. Shapes only; the verbs know the rules."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet

from iop_clinic.clock import at_local, zone
from iop_clinic.forms import ClinicForm, WallTimeField
from patients.models import Objective
from scheduling.models import TherapySession
from sessions.models import Attendance, ProgressNote


class TimesForm(ClinicForm):
    """When someone came, and, for a session that is over, when they left."""

    at = WallTimeField(label="Arrived at", required=False)
    left = WallTimeField(label="Left at", required=False)


class LeaveForm(ClinicForm):
    at = WallTimeField(label="Left at", required=False)


class LatenessForm(ClinicForm):
    until = WallTimeField(label="About when will they be here?")


class AbsenceForm(ClinicForm):
    """Why someone is not coming; each choice is an absence with its usual reason."""

    WHY = {
        "no_call": (Attendance.Absence.NO_SHOW, "No call", ""),
        "called": (Attendance.Absence.EXCUSED, "Called ahead", "Called ahead"),
        "sick": (Attendance.Absence.EXCUSED, "Sick", "Sick"),
        "hospital": (Attendance.Absence.EXCUSED, "Hospital", "Hospital"),
        "late_cancel": (Attendance.Absence.LATE_CANCEL, "Cancelled late", ""),
    }

    why = forms.ChoiceField(label="Reason", widget=forms.RadioSelect)
    note = forms.CharField(label="In a few words", required=False, max_length=160)

    def __init__(self, *args: Any, has_begun: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {key: words for key, (_, words, _) in self.WHY.items() if has_begun or key != "no_call"}
        self.fields["why"].choices = list(offered.items())  # type: ignore[attr-defined]
        self.fields["why"].initial = next(iter(offered))

    @property
    def absence(self) -> str:
        return self.WHY[self.cleaned_data["why"]][0]

    @property
    def reason(self) -> str:
        usual, typed = self.WHY[self.cleaned_data["why"]][2], self.cleaned_data["note"].strip()
        return f"{usual}: {typed}" if usual and typed else usual or typed


class CorrectionForm(ClinicForm):
    """Times or an absence, and why the record changes."""

    HERE = "here"
    absence = forms.ChoiceField(
        label="This person was",
        widget=forms.RadioSelect,
        choices=[(HERE, "Here"), *Attendance.Absence.choices],
    )
    arrived_at = WallTimeField(label="Arrived at", required=False)
    left_at = WallTimeField(label="Left at", required=False)
    reason = forms.CharField(
        label="Why the record changes",
        max_length=200,
        error_messages={"required": "Say why, for example: the sign-in sheet says 9:00."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_absence(self) -> str:
        said: str = self.cleaned_data["absence"]
        return "" if said == self.HERE else said


def on_the_day(session: TherapySession, typed: time | None, kept: datetime | None = None) -> datetime | None:
    """The instant of a typed time on the session's local day; a minute left as it was keeps its seconds."""
    if typed is None:
        return None
    tz_name = session.site.time_zone
    instant = at_local(session.occurs_on, typed, tz_name)
    if kept is not None and kept.replace(second=0, microsecond=0) == instant:
        return kept
    return instant


def as_typed(session: TherapySession, instant: datetime | None) -> time | None:
    """The wall time of an instant, as a form shows it."""
    return instant.astimezone(zone(session.site.time_zone)).time() if instant else None


class NoteForm(ClinicForm):
    """A progress note as it is written; only the signature asks for everything."""

    objective = forms.ModelChoiceField(
        Objective.objects.none(),
        label="Toward which objective",
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    participation = forms.ChoiceField(
        label="Took part", choices=ProgressNote.Participation.choices, widget=forms.RadioSelect
    )
    affect = forms.CharField(label="Mood", max_length=80, required=False)
    risk = forms.ChoiceField(label="Risk", choices=ProgressNote.Risk.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label="Their own note",
        max_length=6000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="At least one thing only this person said or did. Name no other patient.",
    )
    plan = forms.CharField(label="Next step", max_length=500, required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, objectives: QuerySet[Objective], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["objective"].queryset = objectives  # type: ignore[attr-defined]
        self.fields["objective"].error_messages["invalid_choice"] = "Pick an objective of the plan in force."

    def for_signing(self) -> "NoteForm":
        """Shown as needed, since the signature asks for it; a draft may still leave it empty."""
        self.is_valid()
        self.fields["text"].required = True
        return self


class SignatureForm(ClinicForm):
    """The version that was read before signing."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class AddendumForm(ClinicForm):
    text = forms.CharField(label="What is added", max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    reason = forms.CharField(label="Why it is added now", max_length=200)
