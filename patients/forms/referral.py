"""A new referral, with a look at the charts that may already be this person; and its moves."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.forms import ClinicForm, DayField
from patients.duplicates import Duplicate, possible_duplicates
from patients.models import Patient, Payer, Referral
from patients.models.referral import Stage

NEW_CHART = "new"
OPEN_TO_MOVE = [(stage.value, stage.label) for stage in Stage if stage != Stage.ADMITTED]


class ReferralForm(ClinicForm):
    """The person, who sent them and why. `duplicates` is filled when the desk must choose."""

    given_name = forms.CharField(label="First name", max_length=80)
    family_name = forms.CharField(label="Last name", max_length=80)
    born_on = DayField(label="Date of birth")
    phone = forms.CharField(max_length=30, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    preferred_name = forms.CharField(label="Goes by", max_length=80, required=False)
    pronouns = forms.CharField(max_length=30, required=False)
    received_on = DayField(label="First contact")
    source = forms.ChoiceField(label="Who sent them", choices=[("", "Choose one"), *Referral.Source.choices])
    source_name = forms.CharField(label="Name of the person or place", max_length=120, required=False)
    source_phone = forms.CharField(label="Their phone", max_length=30, required=False)
    reason = forms.CharField(
        label="Why they are coming", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    payer = forms.ModelChoiceField(
        Payer.objects.filter(is_active=True), required=False, empty_label="Not known yet"
    )
    chart = forms.CharField(required=False, max_length=20)

    def __init__(self, data: Any = None, *, user: User, day: date) -> None:
        super().__init__(data, initial={"received_on": day})
        self.user, self.day = user, day
        self.duplicates: list[Duplicate] = []

    def clean(self) -> dict[str, Any]:
        """Replaces `chart` by `patient`: the chosen chart, or None for a new one."""
        said = super().clean() or {}
        choice = said.pop("chart", "")
        said["patient"] = None
        if self.errors:
            return said
        named = {name: said[name] for name in ("given_name", "family_name", "born_on", "phone")}
        found = possible_duplicates(**named, user=self.user)
        same = {str(row.patient.pk): row.patient for row in found}
        said["patient"] = same.get(choice) or self._sent_before(said, list(same.values()))
        if found and said["patient"] is None and choice != NEW_CHART:
            self.duplicates = found
            self.add_error("chart", "Choose whether this is the same person.")
        return said

    def _sent_before(self, said: dict[str, Any], charts: list[Patient]) -> Patient | None:
        """The chart this very form opened a moment ago, when it is sent a second time."""
        words = {name: said[name] for name in ("received_on", "source", "reason", "source_name")}
        sent = Referral.objects.open().filter(patient__in=charts, **words).select_related("patient").first()
        return sent.patient if sent else None


class StageForm(ClinicForm):
    stage = forms.ChoiceField(label="Move to", choices=OPEN_TO_MOVE, widget=forms.RadioSelect)
    note = forms.CharField(label="A word why", max_length=300, required=False)
