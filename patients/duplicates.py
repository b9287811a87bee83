"""Charts that may already be this person: the desk looks before it opens another one."""

import re
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Concat

from iop_clinic.accounts.models import User
from patients.models import Patient
from patients.models.patient import Plain

SIMILAR = 0.35


@dataclass(frozen=True)
class Duplicate:
    patient: Patient
    why: str


class Digits(Func):
    """The last ten digits of a phone number, however it was typed."""

    template = "right(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'), 10)"
    output_field = TextField()


def possible_duplicates(
    given_name: str, family_name: str, born_on: date | None, phone: str, *, user: User | None = None
) -> list[Duplicate]:
    """At most ten charts with the same name, the same phone, or the same birth date and a similar name.

    Surest first. With `user`, only charts of that person's sites.
    """
    charts = Patient.objects.all() if user is None else Patient.objects.at_sites_of(user)
    typed = Plain(Value(f"{given_name} {family_name}".strip()))
    digits = re.sub(r"\D", "", phone)[-10:]
    # Cheap tests stand first: PostgreSQL tries them in this order on every chart of the site.
    alike = Q(born_on=born_on) & Q(alike__gte=SIMILAR) if born_on else Q(pk__in=[])
    same_name = Q(search_text__startswith=Concat(typed, Value(" ")))
    same_phone = Q(phone__contains=digits[-4:]) & Q(digits=digits) if len(digits) >= 7 else Q(pk__in=[])
    closeness = TrigramSimilarity("search_text", typed)  # type: ignore[arg-type]
    found = (
        charts.annotate(alike=closeness, digits=Digits(F("phone")), plain_typed=typed)
        .filter(alike | same_name | same_phone)
        .order_by("-alike", "pk")[:10]
    )
    rows = [Duplicate(patient, _why(patient, born_on, digits)) for patient in found]
    return sorted(rows, key=lambda row: row.patient.born_on != born_on)


def _why(patient: Patient, born_on: date | None, digits: str) -> str:
    name = patient.search_text.startswith(f"{patient.plain_typed} ")  # type: ignore[attr-defined]
    reasons = [
        "same name" if name else "",
        "same birth date" if patient.born_on == born_on else "",
        "same phone" if digits and patient.digits == digits else "",  # type: ignore[attr-defined]
        "" if name else "similar name" if patient.alike >= SIMILAR else "",  # type: ignore[attr-defined]
    ]
    return ", ".join(reason for reason in reasons if reason).capitalize()
