"""What may be typed where tracks, groups and hours are planned: the shape only; the rules are the verbs'."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms

from iop_clinic.accounts.models import Site, User
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from scheduling.days_form import DaysForm, LastingField
from scheduling.forms import ReasonForm, clinicians_of
from scheduling.group_shape import GROUP_KINDS, SHORTEST_MINUTES, GroupShape
from scheduling.models import Group, Room, Track
from scheduling.models.group import Kind, Mode, Weekday
from scheduling.session_shape import LONGEST_MINUTES, MOST_SEATS
from scheduling.working_hours import MOST_SPANS, Span


class TrackForm(ClinicForm):
    name = forms.CharField(label="Name", max_length=60)
    tone = forms.ChoiceField(
        label="Color and sign", choices=Track.Tone.choices, initial="am", widget=forms.RadioSelect
    )
    youngest_age = forms.IntegerField(label="Youngest age", min_value=0, max_value=120, initial=18)
    oldest_age = forms.IntegerField(
        label="Oldest age", min_value=0, max_value=120, required=False, help_text="Empty: no limit."
    )
    is_part2 = forms.BooleanField(
        label="Substance-use program (42 CFR Part 2)",
        required=False,
        help_text="Its records leave the clinic only with the consent Part 2 asks for.",
    )


class TrackChangeForm(TrackForm):
    is_active = forms.BooleanField(
        label="In use", required=False, help_text="Switched off, it takes nobody and makes no sessions."
    )


class DatesField(forms.Field):
    """Several dates, as checkboxes post them."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[date]:
        day = DayField()
        dates = {day.clean(one) for one in value or []}
        if not dates:
            raise forms.ValidationError("Choose at least one date.")
        return sorted(one for one in dates if one is not None)


class GroupForm(DaysForm):
    track = forms.ModelChoiceField(Track.objects.none(), empty_label="Choose a track")
    name = forms.CharField(label="Name", max_length=80)
    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in GROUP_KINDS],
        initial=Kind.GROUP,
        widget=forms.RadioSelect,
    )
    curriculum = forms.CharField(
        max_length=120, required=False, help_text="The manual or program it follows."
    )
    weekday = forms.TypedChoiceField(choices=Weekday.choices, coerce=int)
    starts = WallTimeField(label="Starts at")
    minutes = forms.IntegerField(min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES, initial=60)
    break_minutes = forms.IntegerField(label="Of these, breaks", min_value=0, initial=0)
    mode = forms.ChoiceField(
        label="Where", choices=Mode.choices, initial=Mode.IN_PERSON, widget=forms.RadioSelect
    )
    room = forms.ModelChoiceField(
        Room.objects.none(), required=False, empty_label="No room", help_text="Needed in person."
    )
    lead = forms.ModelChoiceField(User.objects.none(), label="Led by", empty_label="Choose a clinician")
    co_facilitators = forms.ModelMultipleChoiceField(
        User.objects.none(), label="With", required=False, widget=forms.CheckboxSelectMultiple
    )
    capacity = forms.IntegerField(
        label="Seats",
        min_value=1,
        max_value=MOST_SEATS,
        initial=12,
        help_text="As a rule 12 at most, education 35.",
    )
    minimum_size = forms.IntegerField(
        label="Fewest people", min_value=1, initial=2, help_text="Below it the group is marked."
    )
    from_on = DayField(label="First day")
    to_on = DayField(label="Last day", required=False, help_text="Empty: it goes on.")
    lasting = LastingField()

    def __init__(self, data: Any = None, *, site: Site, **kwargs: Any) -> None:
        super().__init__(data, site=site, **kwargs)
        staff = clinicians_of(site)
        choices = {
            "track": Track.objects.filter(site=site, is_active=True),
            "room": Room.objects.filter(site=site, is_active=True),
            "lead": staff,
            "co_facilitators": staff,
        }
        for name, rows in choices.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @property
    def shape(self) -> GroupShape:
        own = GroupShape.__dataclass_fields__
        said = {name: value for name, value in self.cleaned_data.items() if name in own}
        return GroupShape(**said | {"co_facilitators": tuple(said["co_facilitators"])})


class GroupChangeForm(DaysForm):
    name = forms.CharField(label="Name", max_length=80)
    curriculum = GroupForm.base_fields["curriculum"]
    minimum_size = GroupForm.base_fields["minimum_size"]
    to_on = DayField(label="Last day", required=False, help_text="Empty: it goes on.")
    lasting = LastingField()

    def __init__(self, data: Any = None, *, group: Group) -> None:
        names = ("name", "curriculum", "minimum_size", "to_on")
        initial = {name: getattr(group, name) for name in names}
        super().__init__(data, site=group.track.site, initial=initial)


class SkipForm(ReasonForm):
    dates = DatesField()


class HoursForm(ClinicForm):
    """Seven days with up to two rows each: from and to, both or none. Errors stand at their day."""

    def __init__(self, *args: Any, spans: list[Span] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in Weekday.choices:
            held = [span for span in spans or [] if span.weekday == weekday]
            for row in range(MOST_SPANS):
                for end in ("starts", "ends"):
                    label = f"{name} {'from' if end == 'starts' else 'to'}{', second row' if row else ''}"
                    initial = getattr(held[row], end) if row < len(held) else None
                    self.fields[f"{end}_{weekday}_{row}"] = WallTimeField(
                        label=label, required=False, initial=initial
                    )
            self.fields[f"day_{weekday}"] = forms.Field(label=name, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        for weekday, name in Weekday.choices:
            for row in range(MOST_SPANS):
                if not self.errors and (self._time("starts", weekday, row) is None) != (
                    self._time("ends", weekday, row) is None
                ):
                    self.add_error(f"day_{weekday}", f"{name} needs both times, or none.")
        return self.cleaned_data

    @property
    def spans(self) -> list[Span]:
        rows = ((weekday, row) for weekday in Weekday.values for row in range(MOST_SPANS))
        return [
            Span(weekday, starts, self._time("ends", weekday, row))
            for weekday, row in rows
            if (starts := self._time("starts", weekday, row)) is not None
        ]

    def _time(self, end: str, weekday: int, row: int) -> Any:
        return self.cleaned_data.get(f"{end}_{weekday}_{row}")

    @property
    def days(self) -> Iterator[dict[str, Any]]:
        """For the table: the day's name, its error, and its rows of (from, to)."""
        for weekday, name in Weekday.choices:
            rows = [
                (self[f"starts_{weekday}_{row}"], self[f"ends_{weekday}_{row}"]) for row in range(MOST_SPANS)
            ]
            yield {"name": name, "marker": self[f"day_{weekday}"], "rows": rows}
