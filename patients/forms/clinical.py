"""Admission, consents and follow-ups."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission
from patients.diagnoses import COMMON
from patients.followups import TREATING
from patients.models import OUTCOMES, Consent, LevelOfCare, Patient
from patients.models.consent_terms import RELEASING


class PersonChoice(forms.ModelChoiceField):
    """A member of the staff by name and credential."""

    def label_from_instance(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return (
            f"{user.full_name}, {profile.credential}" if profile else f"{user.full_name}, {user.role_words}"
        )


class AdmissionForm(ClinicForm):
    level = forms.ModelChoiceField(LevelOfCare.objects.all(), label="Level of care", empty_label=None)
    hours = forms.DecimalField(
        label="Hours a week", min_value=Decimal(1), max_value=Decimal(60), max_digits=4, decimal_places=2
    )
    days_a_week = forms.IntegerField(label="Days a week", min_value=1, max_value=7, initial=3)
    reason = forms.CharField(label="Why fewer hours than the standard", max_length=300, required=False)
    admitted_on = DayField(label="First day")
    expected_end_on = DayField(label="Expected last day", required=False)
    primary_clinician = PersonChoice(User.objects.none(), empty_label="Choose a clinician")
    diagnosis_code = forms.CharField(
        label="ICD-10-CM code", max_length=8, widget=forms.TextInput(attrs={"list": "diagnosis-codes"})
    )
    diagnosis_label = forms.CharField(
        label="In words", max_length=160, required=False, help_text="Empty takes the words of a listed code."
    )
    is_part2 = forms.BooleanField(
        label="Substance-use record",
        required=False,
        help_text="Protected by 42 CFR Part 2: every disclosure needs the patient's consent.",
    )

    def __init__(
        self, data: Any = None, *, patient: Patient, day: date, level: LevelOfCare | None, **kwargs: Any
    ) -> None:
        minutes = level.standard_minutes(patient.age_on(day)) if level else 540
        initial = {"admitted_on": day, "level": level, "hours": f"{minutes / 60:g}"}
        super().__init__(data, initial=initial)
        staff = User.objects.filter(is_active=True, role__in=TREATING, sites=patient.site_id)
        self.fields["primary_clinician"].queryset = staff.select_related("profile")  # type: ignore[attr-defined]
        self.standard_words = _standard_words(patient, day)

    def clean(self) -> dict[str, Any]:
        """Adds `prescribed_minutes`, and the words of a listed code."""
        said = super().clean() or {}
        if "hours" in said:
            said["prescribed_minutes"] = round(said.pop("hours") * 60)
        code = said.get("diagnosis_code", "").strip().upper()
        said["diagnosis_label"] = said.get("diagnosis_label") or COMMON.get(code, "")
        if code and not said["diagnosis_label"]:
            self.add_error("diagnosis_label", "Write the diagnosis in words.")
        return said

    def refuse(self, refusal: Refused) -> int:
        """The verb speaks of prescribed minutes; the page asks for hours."""
        fields = {
            "hours" if name == "prescribed_minutes" else name: said for name, said in refusal.fields.items()
        }
        return super().refuse(Refused(refusal.sentence, status=refusal.status, **fields))


def _standard_words(patient: Patient, day: date) -> str:
    age = patient.age_on(day)
    hours = [f"{level.code} {level.standard_minutes(age) / 60:g}" for level in LevelOfCare.objects.all()]
    return f"Standard hours a week at {age}: {', '.join(hours)}. Fewer need a reason."


# A consent to family sessions names a person, a release whom and what: these have pages of their own.
SIGNED_ALONE = [
    choice for choice in Consent.Kind.choices if choice[0] not in (Consent.Kind.FAMILY, *RELEASING)
]


class ConsentForm(ClinicForm):
    kind = forms.ChoiceField(label="What was signed", choices=SIGNED_ALONE, widget=forms.RadioSelect)
    signed_name = forms.CharField(label="Signed by", max_length=160)
    signed_on = DayField(label="Signed on")
    expires_on = DayField(label="Holds until", required=False)

    def __init__(self, data: Any = None, *, patient: Patient, day: date) -> None:
        name = f"{patient.given_name} {patient.family_name}"
        super().__init__(data, initial={"signed_on": day, "signed_name": name})
        self.day = day

    def clean_signed_on(self) -> date:
        signed_on: date = self.cleaned_data["signed_on"]
        if signed_on > self.day:
            raise forms.ValidationError("That day has not come yet.")
        return signed_on


class OutcomeForm(ClinicForm):
    outcome_kind = forms.ChoiceField(
        label="What came of it",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of it.", "invalid_choice": "Choose one of these."},
    )
    outcome = forms.CharField(
        label="In words",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whom you spoke to, what you found, what happens next.",
    )

    def __init__(self, data: Any = None, *, kind: str) -> None:
        super().__init__(data)
        offered = [(outcome.value, outcome.label) for outcome in OUTCOMES[kind]]
        self.fields["outcome_kind"].choices = offered  # type: ignore[attr-defined]


class OwnerForm(ClinicForm):
    owner = PersonChoice(User.objects.none(), label="Hand it to", empty_label="Choose someone")

    def __init__(self, data: Any = None, *, site_id: int) -> None:
        super().__init__(data)
        staff = User.objects.filter(
            is_active=True, role__in=ALLOWED[Permission.WORK_FOLLOW_UPS], sites=site_id
        )
        self.fields["owner"].queryset = staff.select_related("profile")  # type: ignore[attr-defined]
