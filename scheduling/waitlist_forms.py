"""What may be typed about a group's waitlist: who waits and why, and the answer to an offer by phone."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm
from iop_clinic.wall import time_of_day
from scheduling.models import Group, WaitlistEntry


class GroupChoice(forms.ModelChoiceField):
    """Groups by name, day and time."""

    def label_from_instance(self, group: Any) -> str:
        return f"{group.name}, {group.get_weekday_display()} {time_of_day(group.starts)}"


class WaitForm(ClinicForm):
    group = GroupChoice(
        Group.objects.none(), empty_label="Choose a group", error_messages={"required": "Choose a group."}
    )
    priority = forms.TypedChoiceField(
        label="Priority",
        choices=WaitlistEntry.Priority.choices,
        coerce=int,
        initial=WaitlistEntry.Priority.ROUTINE,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a priority."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="The clinic's own note, for instance why this group or this priority.",
        error_messages={"required": "Say why, in a few words."},
    )

    def __init__(self, *args: Any, groups: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


class AnswerForm(ClinicForm):
    ACCEPT, DECLINE, TAKE_BACK = "accept", "decline", "take_back"
    answer = forms.ChoiceField(
        label="What did they say?",
        choices=[
            (ACCEPT, "Takes the place"),
            (DECLINE, "No thanks, and off the list"),
            (TAKE_BACK, "Take the offer back; they stay on the list"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an answer."},
    )
