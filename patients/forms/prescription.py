"""What may be typed to prescribe other hours: how much, how long, from when, and why."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.refusal import Refused
from patients.models import Episode, LevelOfCareStay

LASTS = [("week", "For that week only"), ("on", "From that day on")]
# What a link may fill in; a person looks it over and presses the button.
FILLED = {"hours": "hours", "days": "days_a_week", "lasts": "lasts", "from": "from_on", "why": "reason"}


class PrescriptionForm(ClinicForm):
    hours = forms.DecimalField(
        label="Hours a week", min_value=Decimal(1), max_value=Decimal(60), max_digits=4, decimal_places=2
    )
    days_a_week = forms.IntegerField(label="Days a week", min_value=1, max_value=7)
    from_on = DayField(label="From")
    lasts = forms.ChoiceField(label="How long", choices=LASTS, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why", max_length=300, help_text="Seen on the chart.", error_messages={"required": "Say why."}
    )

    def __init__(
        self, data: Any = None, *, episode: Episode, stay: LevelOfCareStay | None, day: date, query: QueryDict
    ) -> None:
        initial: dict[str, Any] = {"from_on": max(day, episode.admitted_on), "lasts": "week"}
        if stay is not None:
            hours = (Decimal(stay.prescribed_minutes) / 60).quantize(Decimal("0.01"))
            initial |= {"hours": f"{hours.normalize():f}", "days_a_week": stay.days_a_week}
        initial |= {name: query[said] for said, name in FILLED.items() if query.get(said)}
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Whole minutes instead of hours: 8.33 hours are 8 h 20."""
        said = super().clean() or {}
        if "hours" in said:
            said["prescribed_minutes"] = round(said.pop("hours") * 60)
        return said

    def refuse(self, refusal: Refused) -> int:
        """The verb speaks of prescribed minutes; the page asks for hours."""
        fields = {
            "hours" if name == "prescribed_minutes" else name: said for name, said in refusal.fields.items()
        }
        return super().refuse(Refused(refusal.sentence, status=refusal.status, **fields))
