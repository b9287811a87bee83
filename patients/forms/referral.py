"""A new referral, with a look at the charts that may already be this person; its moves, tries and end."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.accounts.models import Site, User
from iop_clinic.forms import ClinicForm, DayField
from patients.duplicates import Duplicate, possible_duplicates
from patients.models import ContactTry, Patient, Payer, Referral, ReferralSource
from patients.models.referral import OPEN_STAGES, PRIVATE_SOURCES, Source

NEW_CHART = "new"
MOST_NAMES = 300


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
    urgency = forms.ChoiceField(
        label="How urgent", choices=Referral.Urgency.choices, widget=forms.RadioSelect, required=False
    )
    source = forms.ChoiceField(label="Who sent them", choices=[("", "Choose one"), *Source.choices])
    source_name = forms.CharField(
        label="Name of the person or place",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "senders", "autocomplete": "off"}),
    )
    source_phone = forms.CharField(label="Their phone", max_length=30, required=False)
    reason = forms.CharField(
        label="Why they are coming", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    payer = forms.ModelChoiceField(
        Payer.objects.filter(is_active=True), required=False, empty_label="Not known yet"
    )
    chart = forms.CharField(required=False, max_length=20)

    def __init__(self, data: Any = None, *, user: User, site: Site, day: date) -> None:
        super().__init__(data, initial={"received_on": day, "urgency": Referral.Urgency.ROUTINE})
        self.user, self.site, self.day = user, site, day
        self.duplicates: list[Duplicate] = []

    @property
    def known_senders(self) -> list[str]:
        """Names of the directory, offered while one types."""
        rows = ReferralSource.objects.filter(site=self.site).order_by("name")
        return list(rows.values_list("name", flat=True)[:MOST_NAMES])

    def clean_urgency(self) -> str:
        return str(self.cleaned_data["urgency"]) or Referral.Urgency.ROUTINE

    def clean(self) -> dict[str, Any]:
        """Replaces `chart` by `patient`: the chosen chart, or None for a new one."""
        said = super().clean() or {}
        choice = said.pop("chart", "")
        said["patient"] = None
        if self.errors:
            return said
        named = {name: said[name] for name in ("given_name", "family_name", "born_on", "phone", "email")}
        found = possible_duplicates(**named, user=self.user)
        same = {str(row.patient.pk): row.patient for row in found}
        said["patient"] = same.get(choice) or self._sent_before(said, list(same.values()))
        if found and said["patient"] is None and choice != NEW_CHART:
            self.duplicates = found
            self.add_error("chart", "Choose whether this is the same person.")
        return said

    def _sent_before(self, said: dict[str, Any], charts: list[Patient]) -> Patient | None:
        """The chart this very form opened a moment ago, when it is sent a second time."""
        words = {name: said[name] for name in ("received_on", "source", "reason")}
        sent = Referral.objects.open().filter(patient__in=charts, **words).select_related("patient").first()
        return sent.patient if sent else None


class StageForm(ClinicForm):
    stage = forms.ChoiceField(
        label="Move to",
        choices=[(stage.value, stage.label) for stage in OPEN_STAGES],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="A word why", max_length=300, required=False)


class ClosureForm(ClinicForm):
    """Why a referral ends without an admission."""

    beside = "end"
    outcome = forms.ChoiceField(label="Why it ends", choices=[("", "Choose one"), *Referral.Outcome.choices])
    words = forms.CharField(label="In a few words", max_length=300, required=False)


class ContactForm(ClinicForm):
    beside = "try"
    channel = forms.ChoiceField(
        label="How", choices=ContactTry.Channel.choices, widget=forms.RadioSelect, initial="phone"
    )
    outcome = forms.ChoiceField(
        label="What came of it", choices=[("", "Choose one"), *ContactTry.Outcome.choices]
    )
    note = forms.CharField(label="Note", max_length=300, required=False)
    next_on = DayField(label="Next contact on", required=False)


class UrgencyForm(ClinicForm):
    beside = "clock"
    urgency = forms.ChoiceField(
        label="How urgent", choices=Referral.Urgency.choices, widget=forms.RadioSelect
    )


class SenderForm(ClinicForm):
    kind = forms.ChoiceField(
        label="Who they are",
        choices=[("", "Choose one"), *(pair for pair in Source.choices if pair[0] not in PRIVATE_SOURCES)],
    )
    name = forms.CharField(max_length=120)
    phone = forms.CharField(max_length=30, required=False)
