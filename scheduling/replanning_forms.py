"""What is typed for leave, closures and substitutes, and chosen for each session that is hit: the shape."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.forms import ValidationError
from django.http import QueryDict

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import at_local, day_span
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from iop_clinic.refusal import Refused
from scheduling.closures import Closing
from scheduling.models import Absence, Closure, Room, TherapySession
from scheduling.public_holidays import PublicHoliday
from scheduling.replanning import Answer, Deed, Unsettled
from scheduling.substitutes import who_may_lead

DAYS, HOURS = "days", "hours"
PREFIX = "version-"
Span = tuple[datetime, datetime]


class SubstituteForm(ClinicForm):
    staff = forms.ModelChoiceField(
        User.objects.none(),
        error_messages={"required": "Choose someone.", "invalid_choice": "Choose someone else."},
    )
    version = forms.IntegerField()

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff"].queryset = who_may_lead([site])  # type: ignore[attr-defined]


class SettlingForm(ClinicForm):
    """A form whose refusal may name sessions that are not settled."""

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.problems: dict[int, list[str]] = {}

    @property
    def asks_why(self) -> bool:
        """Whether a reason would do, or was given."""
        return "reason" in self.errors or bool(self.data.get("reason"))

    def refuse(self, refusal: Refused) -> int:
        if isinstance(refusal, Unsettled):
            self.problems = dict(refusal.by_session)
        return super().refuse(refusal)


class SpanForm(SettlingForm):
    """Whole days, or from an hour of the first day to one of the last; wall clock of the site."""

    from_on = DayField(label="From")
    to_on = DayField(label="To", required=False, help_text="Empty: that day only.")
    whole = forms.ChoiceField(
        label="How long",
        choices=[(DAYS, "Whole days"), (HOURS, "Hours")],
        initial=DAYS,
        widget=forms.RadioSelect,
    )
    starts = WallTimeField(label="First day from", required=False, help_text="Only for hours.")
    ends = WallTimeField(label="Last day until", required=False, help_text="Only for hours.")
    span: Span | None = None

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        first, last = said.get("from_on"), said.get("to_on") or said.get("from_on")
        if self.errors or first is None or last is None:
            return said
        tz_name, hours = self.site.time_zone, said["whole"] == HOURS
        if hours and (said["starts"] is None or said["ends"] is None):
            name = "starts" if said["starts"] is None else "ends"
            self.add_error(name, "Choose a time, or whole days.")
        elif last < first:
            self.add_error("to_on", "This is before the first day.")
        elif not hours:
            self.span = day_span(first, tz_name)[0], day_span(last, tz_name)[1]
        else:
            span = at_local(first, said["starts"], tz_name), at_local(last, said["ends"], tz_name)
            if span[1] <= span[0]:
                self.add_error("ends", "It would end before it starts.")
            else:
                self.span = span
        return said


class AbsenceForm(SpanForm):
    staff = forms.ModelChoiceField(
        User.objects.none(), label="Clinician", empty_label="Choose a clinician",
        error_messages={"required": "Choose a clinician."},
    )  # fmt: skip
    kind = forms.ChoiceField(
        choices=Absence.Kind.choices, initial=Absence.Kind.VACATION, widget=forms.RadioSelect
    )
    field_order = ("staff", "kind", "from_on", "to_on", "whole", "starts", "ends")
    leave_of: User | None = None

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, site=site, **kwargs)
        self.fields["staff"].queryset = who_may_lead([site])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.leave_of = said.get("staff")
        return said


class ClosureForm(SpanForm):
    name = forms.CharField(
        max_length=80, help_text="For staff; patients read only that it is cancelled or moved."
    )
    kind = forms.ChoiceField(
        choices=Closure.Kind.choices, initial=Closure.Kind.CLOSURE, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Why it may", max_length=200, required=False, help_text="For moves against a rule of the week."
    )
    field_order = ("name", "kind", "from_on", "to_on", "whole", "starts", "ends", "reason")

    closings: tuple[Closing, ...] = ()

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.span is not None:
            self.closings = (Closing(said["name"], said["kind"], *self.span),)
        return said


class HolidaysForm(SettlingForm):
    """Days of the list, ticked."""

    days = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one day.", "invalid_choice": "Choose days of the list."},
    )
    reason = ClosureForm.base_fields["reason"]

    def __init__(self, *args: Any, listed: Iterable[PublicHoliday], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_day = {one.on.isoformat(): one for one in listed}
        self.fields["days"].choices = [(day, one.name) for day, one in self.by_day.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[str]:
        return self.data.getlist("days") if isinstance(self.data, QueryDict) else []

    @property
    def closings(self) -> tuple[Closing, ...]:
        ticked = [self.by_day[day] for day in sorted(set(self.chosen)) if day in self.by_day]
        tz_name = self.site.time_zone
        return tuple(Closing(one.name, Closure.Kind.HOLIDAY, *day_span(one.on, tz_name)) for one in ticked)


@dataclass(frozen=True)
class Row:
    """A session that is hit, as the page shows it: its people, what can be chosen, what was, what is open."""

    session: TherapySession
    expected: int
    named: str
    ways: list[tuple[str, str]]
    chosen: str
    problems: list[str] = field(default_factory=list)
    on: str = ""
    at: str = ""
    room: str = ""


def typed(said: QueryDict, name: str, session: TherapySession, otherwise: str = "") -> str:
    return said.get(f"{name}-{session.pk}", otherwise)


def answers_in(said: QueryDict, sites: Iterable[Site]) -> dict[int, Answer]:
    """What was chosen for each session that was shown. Unsettled 422 where a move has no day or time."""
    there = list(sites)
    people = {str(person.pk): person for person in who_may_lead(there)}
    rooms = {str(room.pk): room for room in Room.objects.filter(site__in=there, is_active=True)}
    shown = [key.removeprefix(PREFIX) for key in said if key.startswith(PREFIX)]
    sessions = TherapySession.objects.filter(pk__in=[pk for pk in shown if pk.isdecimal() and len(pk) < 10])
    found, problems = {}, {}
    for session in sessions.select_related("site"):
        deed, _, number = typed(said, "do", session).partition(" ")
        version = typed(said, "version", session)
        starts_at = _instant(said, session) if deed == Deed.MOVE else None
        if deed == Deed.MOVE and starts_at is None:
            problems[session.pk] = ["Choose a day and a time to move it to."]
        found[session.pk] = Answer(
            deed=deed,
            version=int(version) if version.isdecimal() and len(version) < 10 else 0,
            staff=people.get(number) if deed == Deed.SUBSTITUTE else None,
            starts_at=starts_at,
            room=rooms.get(typed(said, "room", session)) if deed == Deed.MOVE else None,
        )
    if problems:
        raise Unsettled("Not saved: a move needs a day and a time. See below.", problems, status=422)
    return found


def _instant(said: QueryDict, session: TherapySession) -> datetime | None:
    try:
        day = DayField().clean(typed(said, "on", session))
        wall = WallTimeField().clean(typed(said, "at", session))
    except ValidationError:
        return None
    return at_local(day, wall, session.site.time_zone) if day and wall else None
