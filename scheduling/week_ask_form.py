"""The ask of a new week as an address carries it: days, hours and numbers, never a name."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict

from iop_clinic.accounts.models import User
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from iop_clinic.languages import spoken
from patients.models import Episode
from scheduling.forms import clinicians_of
from scheduling.models import Track
from scheduling.models.group import Kind
from scheduling.week_ask import WeekAsk, agreed_relatives, languages_of, usual_ask
from scheduling.words import day_words

KINDS = [
    (str(Kind.INDIVIDUAL), "Individual, every week"),
    (str(Kind.FAMILY), "Family, every two weeks"),
    (str(Kind.MEDICATION), "Medication visit, the first week"),
]
ASKED = "asked"


class WeekAskForm(ClinicForm):
    """Asked for without anything, it holds what the record says."""

    from_on = DayField(label="First day")
    hours = forms.DecimalField(
        label="Hours a week", min_value=Decimal("0.5"), max_value=40, decimal_places=2, max_digits=5
    )
    days = forms.IntegerField(label="Days a week or more", min_value=1, max_value=7)
    kinds = forms.MultipleChoiceField(
        label="Beside the groups", choices=KINDS, required=False, widget=forms.CheckboxSelectMultiple
    )
    program = forms.ModelChoiceField(
        Track.objects.none(), label="Groups of", required=False, empty_label="Any program"
    )
    day_minutes = forms.IntegerField(
        label="Minutes a day or more",
        required=False,
        min_value=0,
        max_value=300,
        help_text="As the payer’s rule says; empty for none.",
    )
    not_before = WallTimeField(label="Not before", required=False)
    home_by = WallTimeField(label="Home by", required=False)
    therapist = forms.ModelChoiceField(
        User.objects.none(), label="Individual with", required=False, empty_label="Anyone"
    )
    language = forms.ChoiceField(label="Visits in", required=False)
    by_video = forms.BooleanField(label="By video rather than in person", required=False)
    moves = forms.BooleanField(
        label="Also look at weeks that move other people",
        required=False,
        help_text="Three at most, each as many hours as now. They are named before anything is booked.",
    )

    def __init__(self, data: QueryDict, *, episode: Episode, day: date) -> None:
        self.episode, self.day = episode, day
        first = max(day + timedelta(days=1), episode.admitted_on)
        family = bool(agreed_relatives(episode, first))
        self.usual = usual_ask(episode, first, with_family=family)
        super().__init__(data if ASKED in data else None, initial=_typed(self.usual))
        clinicians = clinicians_of(episode.site).select_related("profile")
        self.fields["therapist"].queryset = clinicians  # type: ignore[attr-defined]
        self.fields["language"].choices = _languages(episode, clinicians)  # type: ignore[attr-defined]
        tracks = Track.objects.filter(site=episode.site, is_active=True)
        self.fields["program"].queryset = tracks  # type: ignore[attr-defined]
        if not family:
            kinds = [kind for kind in KINDS if kind[0] != Kind.FAMILY]
            self.fields["kinds"].choices = kinds  # type: ignore[attr-defined]
            self.fields["kinds"].help_text = "Family sessions need a relative with a consent on file."

    def clean_from_on(self) -> date:
        chosen: date = self.cleaned_data["from_on"]
        last = self.day + timedelta(weeks=settings.HORIZON_WEEKS - 1)
        earliest = max(self.day, self.episode.admitted_on)
        if not earliest <= chosen <= last:
            raise forms.ValidationError(f"Choose {day_words(earliest)} to {day_words(last)}.")
        return chosen

    @property
    def ask(self) -> WeekAsk | None:
        """What is asked; None for what cannot be meant."""
        if not self.is_bound:
            return self.usual
        if not self.is_valid():
            return None
        said: dict[str, Any] = self.cleaned_data
        return WeekAsk(
            from_on=said["from_on"],
            goal_minutes=int(said["hours"] * 60),
            least_days=said["days"],
            kinds=tuple(said["kinds"]),
            day_minutes=said["day_minutes"] or 0,
            not_before=said["not_before"],
            home_by=said["home_by"],
            therapist_id=said["therapist"].pk if said["therapist"] else None,
            track_id=said["program"].pk if said["program"] else None,
            by_video=said["by_video"],
            language=said["language"],
            moves=said["moves"],
        )


def _languages(episode: Episode, clinicians: Iterable[User]) -> list[tuple[str, str]]:
    """Those the patient or a clinician of the site speaks."""
    known = {name for one in clinicians for name in languages_of(one)} | {*spoken(episode.patient.languages)}
    return [("", "Any language"), *((name, name) for name in sorted(known))]


def _typed(ask: WeekAsk) -> dict[str, Any]:
    return {
        "from_on": ask.from_on,
        "hours": (Decimal(ask.goal_minutes) / 60).quantize(Decimal("0.01")).normalize() or None,
        "days": ask.least_days,
        "kinds": list(ask.kinds),
        "day_minutes": ask.day_minutes or None,
        "therapist": ask.therapist_id,
        "program": ask.track_id,
        "language": ask.language,
    }


def query_of(ask: WeekAsk, **changes: Any) -> str:
    """ "?asked=1&from_on=..." for this ask, some of it changed; numbers and days only."""
    query = QueryDict(mutable=True)
    typed = {
        **_typed(ask),
        "not_before": ask.not_before.strftime("%H:%M") if ask.not_before else "",
        "home_by": ask.home_by.strftime("%H:%M") if ask.home_by else "",
        "by_video": "on" if ask.by_video else "",
        "moves": "on" if ask.moves else "",
        ASKED: "1",
    } | changes
    for name, value in typed.items():
        if isinstance(value, list | tuple):
            query.setlist(name, [str(one) for one in value])
        elif value not in ("", None):
            query[name] = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return f"?{query.urlencode()}"
