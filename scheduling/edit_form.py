"""What may be typed to edit a session: all of it as it is, how far the edit reaches, ways round clashes."""

from dataclasses import replace
from typing import Any

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.clock import zone
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from scheduling.choices import ClashRow, Way
from scheduling.days_form import DaysForm, LastingField
from scheduling.edits import Changes, Scope
from scheduling.forms import clinicians_of
from scheduling.models import Room, TherapySession
from scheduling.models.group import Mode
from scheduling.remarks import LONGEST
from scheduling.session_shape import LONGEST_MINUTES, SHORTEST_MINUTES

LEAVE = "Leave that one as it is"


class PeopleField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, person: User) -> str:
        return person.full_name


class RemarkForm(ClinicForm):
    text = forms.CharField(label="Remark", max_length=LONGEST)


class EditForm(DaysForm):
    unsettled = "Nothing is changed yet: choose a way round below, or another change."
    on = DayField(label="Day")
    starts = WallTimeField(label="Starts at")
    minutes = forms.IntegerField(label="Minutes", min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES)
    capacity = forms.IntegerField(label="Seats", min_value=1, max_value=100)
    lead = forms.ModelChoiceField(User.objects.none(), label="With", empty_label=None)
    co_facilitators = PeopleField(
        User.objects.none(), label="Beside them", required=False, widget=forms.CheckboxSelectMultiple
    )
    mode = forms.ChoiceField(label="Where", choices=Mode.choices, widget=forms.RadioSelect)
    room = forms.ModelChoiceField(
        Room.objects.none(), required=False, empty_label="No room", help_text="Needed in person."
    )
    scope = forms.ChoiceField(
        label="Change", choices=Scope.choices, initial=Scope.THIS, widget=forms.RadioSelect
    )
    lasting = LastingField()
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, session: TherapySession) -> None:
        initial = as_it_is(session) | {"version": session.version}
        super().__init__(data, site=session.site, initial=initial)
        self.session = session
        staff = clinicians_of(session.site)
        self.fields["lead"].queryset = self.fields["co_facilitators"].queryset = staff  # type: ignore[attr-defined]
        self.fields["room"].queryset = Room.objects.filter(site=session.site, is_active=True)  # type: ignore[attr-defined]
        if session.is_visit:
            del self.fields["capacity"], self.fields["co_facilitators"]
        if not (session.group_id or session.series_id):
            del self.fields["scope"]
        if not session.group_id:
            del self.fields["lasting"]

    @property
    def asked(self) -> dict[str, Any]:
        """What `edit` takes. Refused 422 for a choice that was never on offer."""
        said, was = self.cleaned_data, as_it_is(self.session)
        if "co_facilitators" in said:
            said["co_facilitators"] = tuple(said["co_facilitators"])
        changes: Changes = {name: said[name] for name in was if name in said and said[name] != was[name]}  # type: ignore[assignment]
        return {
            "changes": changes,
            "scope": said.get("scope", Scope.THIS),
            "choices": self.choices,
            "reason": said["reason"],
            "lasting": said.get("lasting", False),
            "version": said["version"],
        }

    @property
    def is_stale(self) -> bool:
        """Whether someone changed the session since this form was opened."""
        return (
            self.is_bound and self.cleaned_data.get("version", self.session.version) != self.session.version
        )

    @property
    def may_skip(self) -> bool:
        return bool(self.data.get("scope", Scope.THIS) != Scope.THIS)

    def rows(self, *, may_override: bool) -> list[ClashRow]:
        rows = super().rows(may_override=may_override)
        return [replace(row, kept=_left(row.kept), ways=_left(row.ways)) for row in rows]


def as_it_is(session: TherapySession) -> dict[str, Any]:
    """The session in the words of `Changes`."""
    wall = session.starts_at.astimezone(zone(session.site.time_zone))
    helpers = (
        session.facilitations.filter(is_lead=False).select_related("staff").order_by("staff__family_name")
    )
    return {
        "on": wall.date(),
        "starts": wall.time(),
        "minutes": session.scheduled_minutes,
        "mode": session.mode,
        "room": session.room,
        "lead": session.lead,
        "co_facilitators": tuple(row.staff for row in helpers),
        "capacity": session.capacity,
    }


def _left(ways: list[Way]) -> list[Way]:
    """An edit skips a date by leaving the session of that day as it is."""
    return [replace(way, words=LEAVE) if way.value.endswith(" skip") else way for way in ways]
