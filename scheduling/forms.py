"""What may be typed on the week's pages: the shape only; the rules are the verbs'."""

from datetime import datetime, time
from typing import Any

from django import forms

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import at_local, zone
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from iop_clinic.roles import ALLOWED, Permission
from patients.models import Discharge
from scheduling.models import Room, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.visits import LONGEST_MINUTES, MOST_WEEKS, VISIT_KINDS


class MoveForm(ClinicForm):
    on = DayField(label="Day")
    at = WallTimeField(label="Starts at")
    room = forms.ModelChoiceField(Room.objects.none(), required=False, empty_label="As it is")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: TherapySession, **kwargs: Any) -> None:
        wall = session.starts_at.astimezone(zone(session.site.time_zone))
        kwargs.setdefault("initial", {})
        kwargs["initial"] |= {
            "on": wall.date(),
            "at": wall.time(),
            "room": session.room_id,
            "version": session.version,
        }
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["room"].queryset = Room.objects.filter(site=session.site, is_active=True)  # type: ignore[attr-defined]
        if session.mode == Mode.IN_PERSON:
            self.fields["room"].required, self.fields["room"].empty_label = True, None  # type: ignore[attr-defined]

    @property
    def starts_at(self) -> datetime:
        said = self.cleaned_data
        return at_local(said["on"], said["at"], self.session.site.time_zone)


class ReasonForm(ClinicForm):
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="The clinic's own note.",
        error_messages={"required": "Say why, in a few words."},
    )


class CancelBookingForm(ReasonForm):
    who = forms.ChoiceField(
        label="Who cancels",
        choices=[("patient", "The patient"), ("clinic", "The clinic")],
        initial="patient",
        widget=forms.RadioSelect,
    )


class FromForm(ClinicForm):
    """When places in groups begin; the groups are ticked in the table."""

    from_on = DayField(label="From")


class LastDayForm(ClinicForm):
    last_on = DayField(label="Last day in the group")


class VisitForm(ClinicForm):
    kind = forms.ChoiceField(
        label="Kind", choices=[(kind.value, kind.label) for kind in VISIT_KINDS], widget=forms.RadioSelect
    )
    on = DayField(label="First day")
    starts_at = WallTimeField(label="Starts at")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=LONGEST_MINUTES, initial=50)
    weeks = forms.IntegerField(
        label="Weeks", min_value=1, max_value=MOST_WEEKS, initial=1, help_text="1 books a single visit."
    )
    lead = forms.ModelChoiceField(
        User.objects.none(),
        label="With",
        empty_label="Choose a clinician",
        error_messages={"required": "Choose a clinician."},
    )
    mode = forms.ChoiceField(
        label="Where", choices=Mode.choices, initial=Mode.IN_PERSON, widget=forms.RadioSelect
    )
    room = forms.ModelChoiceField(
        Room.objects.none(), required=False, empty_label="No room", help_text="Needed in person."
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["lead"].queryset = clinicians_of(site)  # type: ignore[attr-defined]
        self.fields["room"].queryset = Room.objects.filter(site=site, is_active=True)  # type: ignore[attr-defined]
        self.initial.setdefault("kind", Kind.INDIVIDUAL)

    @property
    def instant(self) -> datetime:
        starts: time = self.cleaned_data["starts_at"]
        return at_local(self.cleaned_data["on"], starts, self.site.time_zone)


class DischargeForm(ClinicForm):
    kind = forms.ChoiceField(
        label="How it ended",
        choices=[("", "Choose"), *Discharge.Kind.choices],
        error_messages={"required": "Choose how it ended."},
    )
    on = DayField(label="Last day in the program")
    note = forms.CharField(
        label="Note", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def clinicians_of(site: Site) -> Any:
    """Who may lead a session at this site, by name."""
    return User.objects.filter(sites=site, is_active=True, role__in=ALLOWED[Permission.WRITE_NOTES])
