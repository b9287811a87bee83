"""A payer's answer as the pages read it: only what was said, money in dollars."""

import calendar
from datetime import date

from iop_clinic.money import dollars
from patients.forms.verification import VerificationForm
from patients.models import BenefitVerification

Said = tuple[str, str]


def said_of(found: BenefitVerification) -> list[tuple[str, list[Said]]]:
    """By part: labels and words of every field that was filled in; a part without any is left out."""
    parts = []
    for title, names in VerificationForm.PARTS:
        rows = [(_label(name), words) for name in names if (words := _words(found, name))]
        if rows:
            parts.append((title, rows))
    return parts


def one_line(found: BenefitVerification) -> str:
    """ "IOP covered, authorization needed, copay $25 a day, deductible $500 of $1,500 met" """
    covered = {"yes": "IOP covered", "no": "IOP not covered"}.get(found.iop_covered, "IOP coverage not said")
    words = [covered]
    if found.authorization_needed == BenefitVerification.Said.YES:
        words.append("authorization needed")
    if found.copay_cents is not None:
        words.append(f"copay {dollars(found.copay_cents)} {found.get_copay_per_display()}")
    if found.coinsurance_percent:
        words.append(f"coinsurance {found.coinsurance_percent} percent")
    if found.deductible_cents:
        met = dollars(found.deductible_met_cents or 0)
        words.append(f"deductible {met} of {dollars(found.deductible_cents)} met")
    if found.limit_count is not None:
        words.append(f"at most {found.limit_count} {found.get_limit_unit_display()}")
    return ", ".join(words)


def _label(name: str) -> str:
    return str(VerificationForm.base_fields[name].label)


def _words(found: BenefitVerification, name: str) -> str:
    value = getattr(found, name)
    if value is None or value == "":
        return ""
    if name.endswith("_cents"):
        return dollars(value)
    if name == "plan_year_month":
        return calendar.month_name[value]
    if name == "coinsurance_percent":
        return f"{value} percent"
    if isinstance(value, date):
        return f"{value:%b} {value.day}, {value.year}"
    shown = getattr(found, f"get_{name}_display", None)
    return str(shown() if shown else value)
