"""What a payer said about a plan, and good faith estimates. Money is typed in dollars and kept in cents."""

import calendar
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.models import BenefitVerification

MOST_DOLLARS = 1_000_000
MONTHS = [(number, calendar.month_name[number]) for number in range(1, 13)]
_B = BenefitVerification


class DollarsField(forms.DecimalField):
    """An amount as it is said, "1,500" or "25.50"; the value is whole cents."""

    def __init__(self, **kwargs: Any) -> None:
        shape = {"min_value": 0, "max_value": MOST_DOLLARS, "decimal_places": 2}
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(widget=widget, **(shape | kwargs))

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", "").lstrip("$ ") if isinstance(value, str) else value)

    def clean(self, value: Any) -> Any:
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 100:.2f}" if isinstance(value, int) else value


def _choice(name: str, *, required: bool = True) -> forms.ChoiceField:
    field: Any = _B._meta.get_field(name)
    empty = [("", "Choose one" if required else "")]
    return forms.ChoiceField(
        label=_label(field), choices=[*empty, *field.choices], required=required, initial=field.get_default()
    )


def _radios(name: str) -> forms.ChoiceField:
    field: Any = _B._meta.get_field(name)
    return forms.ChoiceField(label=_label(field), choices=field.choices, widget=forms.RadioSelect)


def _text(name: str) -> forms.CharField:
    field: Any = _B._meta.get_field(name)
    return forms.CharField(label=_label(field), max_length=field.max_length, required=False)


def _dollars(label: str) -> DollarsField:
    return DollarsField(label=label, required=False)


def _number(name: str, most: int) -> forms.IntegerField:
    field: Any = _B._meta.get_field(name)
    return forms.IntegerField(label=_label(field), min_value=0, max_value=most, required=False)


def _label(field: Any) -> str:
    said = str(field.verbose_name)
    return said if said[:1].isupper() else said[:1].upper() + said[1:]


class VerificationForm(ClinicForm):
    """Everything a verification of benefits records; `PARTS` says in which order it is asked."""

    source = _radios("source")
    verified_on = DayField(label="Asked on")
    representative = _text("representative")
    reference = _text("reference")
    product = _choice("product")
    group_number = _text("group_number")
    policy_holder = _text("policy_holder")
    relationship = _choice("relationship")
    effective_on = DayField(label="Plan effective", required=False)
    ends_on = DayField(label="Plan ends", required=False)
    plan_year_month = forms.TypedChoiceField(
        label="Plan year starts in", coerce=int, choices=MONTHS, initial=1
    )
    carve_out_payer = _text("carve_out_payer")
    carve_out_phone = _text("carve_out_phone")
    in_network = _radios("in_network")
    iop_covered = _radios("iop_covered")
    telehealth_covered = _radios("telehealth_covered")
    limit_count = _number("limit_count", 999)
    limit_unit = _choice("limit_unit", required=False)
    authorization_needed = _radios("authorization_needed")
    authorization_way = _text("authorization_way")
    deductible_cents = _dollars("Deductible")
    deductible_met_cents = _dollars("Met so far")
    family_deductible_cents = _dollars("Family deductible")
    family_deductible_met_cents = _dollars("Family, met so far")
    out_of_pocket_cents = _dollars("Out-of-pocket maximum")
    out_of_pocket_met_cents = _dollars("Of it met so far")
    coinsurance_percent = _number("coinsurance_percent", 100)
    copay_cents = _dollars("Copay")
    copay_per = _choice("copay_per", required=False)
    claims_address = _text("claims_address")
    payer_code = _text("payer_code")
    timely_filing_days = _number("timely_filing_days", 999)
    note = _text("note")

    PARTS = (
        ("The answer", ("source", "verified_on", "representative", "reference")),
        (
            "The plan",
            (
                "product", "group_number", "policy_holder", "relationship", "effective_on", "ends_on",
                "plan_year_month", "carve_out_payer", "carve_out_phone",
            ),
        ),
        (
            "Intensive outpatient",
            (
                "iop_covered", "in_network", "telehealth_covered", "authorization_needed",
                "authorization_way", "limit_count", "limit_unit",
            ),
        ),
        (
            "What the patient pays",
            (
                "deductible_cents", "deductible_met_cents", "family_deductible_cents",
                "family_deductible_met_cents", "out_of_pocket_cents", "out_of_pocket_met_cents",
                "coinsurance_percent", "copay_cents", "copay_per",
            ),
        ),
        ("Claims", ("claims_address", "payer_code", "timely_filing_days", "note")),
    )  # fmt: skip

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.PARTS]


class EstimateForm(ClinicForm):
    asked_on = DayField(label="Asked for or booked on")
    service_on = DayField(label="First service on", required=False)


class GivenForm(ClinicForm):
    given_on = DayField(label="Given in writing on")
    amount_cents = DollarsField(label="Over how much")
