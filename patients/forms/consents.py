"""A consent asked for, signed and taken back: each kind asks only what it needs."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.signature_field import SignatureField
from patients.consent_words import Terms
from patients.consenting import Signing
from patients.models import Consent, Patient, RelatedPerson
from patients.models.consent_terms import ConsentKind, Purpose, Recipient, Scope

MOST_NAMES = 8
_ENDS = ("expires_on", "ends_with_treatment", "expires_event")
_BY_WAY = ("intermediary", "intermediary_members")
# What each kind asks, in the order of 42 CFR 2.31.
ASKS: dict[str, tuple[str, ...]] = {
    ConsentKind.TREATMENT: ("expires_on",),
    ConsentKind.PRIVACY_NOTICE: (),
    ConsentKind.BILLING: ("expires_on",),
    ConsentKind.REMINDERS: (),
    ConsentKind.TELEHEALTH: ("expires_on",),
    ConsentKind.FAMILY: ("related_person", "expires_on"),
    ConsentKind.RELEASE: (
        "discloser", "scopes", "scope_words", "recipient_names", "recipient_classes", "purpose",
        "purpose_words", *_ENDS, *_BY_WAY,
    ),
    ConsentKind.TPO: ("discloser", "scopes", "scope_words", "expires_on", "ends_with_treatment", *_BY_WAY),
    ConsentKind.COUNSELING_NOTES: ("discloser", "recipient_names", "purpose", "purpose_words", *_ENDS),
    ConsentKind.LEGAL: ("discloser", "scopes", "scope_words", "recipient_names", "purpose_words", *_ENDS),
    ConsentKind.JUSTICE: (
        "discloser", "scopes", "scope_words", "recipient_names", "purpose_words", "expires_event",
        "expires_on", "is_irrevocable",
    ),
}  # fmt: skip
_OWN_PURPOSE = {
    ConsentKind.TPO: Purpose.TPO,
    ConsentKind.LEGAL: Purpose.LEGAL,
    ConsentKind.JUSTICE: Purpose.JUSTICE,
}
_CARE = (Recipient.PROVIDER, Recipient.PAYER, Recipient.OPERATIONS)
_CHOSEN_PURPOSES = [
    one for one in Purpose.choices if one[0] not in ("tpo", "legal", "justice", "required_by_law")
]
_CHOSEN_SCOPES = [one for one in Scope.choices if one[0] != Scope.COUNSELING_NOTES]


class TermsForm(ClinicForm):
    """The elements of one kind of consent; the fields it does not need are left out."""

    related_person = forms.ModelChoiceField(
        RelatedPerson.objects.none(), label="Who may take part", empty_label="Choose a person"
    )
    discloser = forms.CharField(
        label="Who gives the information",
        max_length=200,
        error_messages={"required": "Write who gives the information."},
    )
    scopes = forms.MultipleChoiceField(
        label="What may be given",
        choices=_CHOSEN_SCOPES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    scope_words = forms.CharField(
        label="What, in words", max_length=300, required=False, help_text="For example from when to when."
    )
    recipient_names = forms.CharField(
        label="Who receives it, by name",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=900,
        help_text="A person or an organization, one on each line.",
    )
    recipient_classes = forms.MultipleChoiceField(
        label="Or everyone of this kind",
        choices=[one for one in Recipient.choices if one[0] not in ("patient", "other")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    purpose = forms.ChoiceField(
        label="What for",
        choices=[("", "Choose"), *_CHOSEN_PURPOSES],
        error_messages={"required": "Say what it is for."},
    )
    purpose_words = forms.CharField(label="What for, in words", max_length=200, required=False)
    expires_on = DayField(label="Until the end of", required=False)
    ends_with_treatment = forms.BooleanField(label="Until treatment here ends", required=False)
    expires_event = forms.CharField(label="Until this happens", max_length=200, required=False)
    is_irrevocable = forms.BooleanField(
        label="Cannot be taken back before that",
        required=False,
        help_text="Only where a court, probation or parole made treatment a condition (42 CFR 2.35).",
    )
    intermediary = forms.CharField(
        label="By way of",
        max_length=160,
        required=False,
        help_text="Only when someone passes it on, such as a health information exchange.",
    )
    intermediary_members = forms.CharField(label="For which of its members", max_length=300, required=False)

    def __init__(self, data: Any = None, *, kind: str, patient: Patient) -> None:
        initial: dict[str, Any] = {"discloser": patient.site.name}
        if kind == ConsentKind.TPO:
            initial["scopes"] = [Scope.EVERYTHING]
        super().__init__(data, initial=initial)
        self.kind, self.patient = kind, patient
        self.fields["related_person"].queryset = patient.related_persons.all()  # type: ignore[attr-defined]
        self.fields = {name: self.fields[name] for name in ASKS[kind]}
        if kind == ConsentKind.LEGAL:
            self.fields["purpose_words"].label, self.fields["purpose_words"].required = (
                "Which proceedings",
                True,
            )
        if kind in (ConsentKind.COUNSELING_NOTES, ConsentKind.LEGAL, ConsentKind.JUSTICE):
            self.fields["recipient_names"].required = True
        if kind == ConsentKind.JUSTICE:
            self.fields["expires_event"].required = True
            self.fields["expires_event"].help_text = "For example: when probation ends."

    def rows(self) -> list[list[forms.BoundField]]:
        """The fields in their order; two that belong together stand side by side."""
        pairs = {"purpose": "purpose_words", "intermediary": "intermediary_members"}
        beside = {second for first, second in pairs.items() if first in self.fields}
        return [
            [self[one] for one in (name, pairs.get(name, "")) if one in self.fields]
            for name in self.fields
            if name not in beside
        ]

    def clean_recipient_names(self) -> list[str]:
        names = [" ".join(line.split()) for line in self.cleaned_data["recipient_names"].splitlines()]
        named = list(dict.fromkeys(name for name in names if name))
        if len(named) > MOST_NAMES or any(len(name) > 160 for name in named):
            raise forms.ValidationError(f"Name at most {MOST_NAMES}, each in 160 letters or fewer.")
        return named

    def terms(self, said: dict[str, Any]) -> Terms:
        """What was typed, with what the kind settles by itself."""
        given = {name: value for name, value in said.items() if name != "related_person"}
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        kind = ConsentKind(self.kind)
        if kind in _OWN_PURPOSE:
            given["purpose"] = _OWN_PURPOSE[kind]
        if kind == ConsentKind.TPO:
            given["recipient_classes"] = _CARE
        if kind == ConsentKind.COUNSELING_NOTES:
            given["scopes"] = (Scope.COUNSELING_NOTES,)
        return Terms(kind=kind, **given)


class _SignerForm(ClinicForm):
    signed_name = forms.CharField(
        label="Full name",
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the full name."},
    )


class OwnSignatureForm(_SignerForm):
    """The patient signs in the portal."""

    agree = forms.BooleanField(
        label="I have read this and I agree", error_messages={"required": "Tick this to sign."}
    )
    drawing = SignatureField()
    way = Consent.Way.PORTAL

    def signing(self) -> Signing:
        said = self.cleaned_data
        return Signing(
            name=said["signed_name"],
            way=self.way,
            signed_as=said.get("signed_as", Consent.SignedAs.PATIENT),
            authority=said.get("signed_authority", ""),
            drawing=said.get("drawing", ""),
            signed_on=said.get("signed_on"),
        )


class _ForAnother(forms.Form):
    """Who signs for a patient who cannot, or may not yet, sign alone."""

    signed_as = forms.ChoiceField(
        label="Who signs",
        choices=Consent.SignedAs.choices,
        initial=Consent.SignedAs.PATIENT,
        widget=forms.RadioSelect,
    )
    signed_authority = forms.CharField(
        label="Why they may sign",
        max_length=160,
        required=False,
        help_text="Only for a parent, guardian or representative.",
    )


class ScreenSignatureForm(OwnSignatureForm, _ForAnother):
    """The patient signs on the clinic’s screen."""

    way = Consent.Way.ON_SCREEN
    field_order = ["signed_as", "signed_authority", "signed_name", "drawing", "agree"]


class PaperSignatureForm(_SignerForm, _ForAnother):
    """Staff note what was signed on paper."""

    signed_on = DayField(label="Signed on")
    field_order = ["signed_name", "signed_on", "signed_as", "signed_authority"]

    def __init__(self, data: Any = None, *, patient: Patient, day: date) -> None:
        name = f"{patient.given_name} {patient.family_name}"
        super().__init__(data, initial={"signed_on": day, "signed_name": name})

    def signing(self) -> Signing:
        said = self.cleaned_data
        return Signing(
            name=said["signed_name"],
            way=Consent.Way.PAPER,
            signed_as=said["signed_as"],
            authority=said["signed_authority"],
            signed_on=said["signed_on"],
        )


class RevocationForm(ClinicForm):
    how = forms.ChoiceField(
        label="How", widget=forms.RadioSelect, error_messages={"required": "Say how it was taken back."}
    )
    dated_on = DayField(label="Date on the letter", required=False)

    def __init__(self, data: Any = None, *, consent: Consent) -> None:
        super().__init__(data)
        how = Consent.RevokedHow
        choices = [] if consent.is_irrevocable else [how.WRITTEN, how.VERBAL]
        if consent.expires_event:
            choices.append(how.EVENT)
        self.fields["how"].choices = [(one.value, one.label) for one in choices]  # type: ignore[attr-defined]
