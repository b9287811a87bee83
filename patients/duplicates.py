"""Charts that may already be this person: the desk looks before it opens another one, and from any chart.

Where two charts are one person, one says "use the other"; nothing is merged.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Concat

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from patients.models import Episode, Patient
from patients.models.patient import Plain

SIMILAR = 0.35
# Alike enough without another sign: a slip of the pen, names swapped.
CLOSE = 0.7


@dataclass(frozen=True)
class Duplicate:
    patient: Patient
    why: str


class Digits(Func):
    """The last ten digits of a phone number, however it was typed."""

    template = "right(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'), 10)"
    output_field = TextField()


def possible_duplicates(
    given_name: str,
    family_name: str,
    born_on: date | None,
    phone: str,
    email: str = "",
    *,
    user: User | None = None,
    but: Patient | None = None,
) -> list[Duplicate]:
    """At most ten charts with the same or nearly the same name, phone or e-mail, or the same birth date and a
    similar name. Surest first. With `user`, only charts of that person's sites; `but` leaves one chart out.
    """
    charts = Patient.objects.all() if user is None else Patient.objects.at_sites_of(user)
    if but is not None:
        charts = charts.exclude(pk=but.pk)
    typed = Plain(Value(f"{given_name} {family_name}".strip()))
    digits = re.sub(r"\D", "", phone)[-10:]
    email = email.strip()
    # Cheap tests stand first: PostgreSQL tries them in this order on every chart of the site.
    alike = Q(born_on=born_on) & Q(alike__gte=SIMILAR) if born_on else Q(pk__in=[])
    same_email = Q(email__iexact=email) if email else Q(pk__in=[])
    same_name = Q(search_text__startswith=Concat(typed, Value(" ")))
    same_phone = Q(phone__contains=digits[-4:]) & Q(digits=digits) if len(digits) >= 7 else Q(pk__in=[])
    closeness = TrigramSimilarity("search_text", typed)  # type: ignore[arg-type]
    found = (
        charts.annotate(alike=closeness, digits=Digits(F("phone")), plain_typed=typed)
        .filter(alike | same_email | same_name | same_phone | Q(alike__gte=CLOSE))
        .select_related("site")
        .order_by("-alike", "pk")[:10]
    )
    rows = [Duplicate(patient, _why(patient, born_on, digits, email)) for patient in found]
    return sorted(rows, key=lambda row: row.patient.born_on != born_on)


def duplicates_of(patient: Patient, user: User) -> list[Duplicate]:
    """Charts of the person's sites that may be the same as this one; one query."""
    return possible_duplicates(
        patient.given_name,
        patient.family_name,
        patient.born_on,
        patient.phone,
        patient.email,
        user=user,
        but=patient,
    )


def _why(patient: Patient, born_on: date | None, digits: str, email: str) -> str:
    name = patient.search_text.startswith(f"{patient.plain_typed} ")  # type: ignore[attr-defined]
    similar = patient.alike >= SIMILAR  # type: ignore[attr-defined]
    reasons = [
        "same name" if name else "",
        "same birth date" if patient.born_on == born_on else "",
        "same phone" if digits and patient.digits == digits else "",  # type: ignore[attr-defined]
        "same e-mail" if email and patient.email.lower() == email.lower() else "",
        "" if name else "similar name" if similar else "",
    ]
    return ", ".join(reason for reason in reasons if reason).capitalize()


@transaction.atomic
def use_other_chart(*, actor: User, patient: Patient, other: Patient | None) -> Patient:
    """Say that this chart is a second one of the same person and which to use; None takes it back.

    Both charts must be reached through a door before. Refused 409 while someone is in the program on this
    one, where the other one points on itself, or others point here.
    """
    held = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if other is not None:
        other = Patient.objects.select_for_update(no_key=True).get(pk=other.pk)
        _require_usable(held, other)
    held.use_chart = other
    held.save(update_fields=["use_chart"])
    if other is None:
        record(actor, "patients.use_this_chart", held)
    else:
        record(actor, "patients.use_other_chart", held, other_id=other.pk)
    return held


def _require_usable(held: Patient, other: Patient) -> None:
    if other.pk == held.pk:
        raise Refused("That is this same chart.")
    if other.use_chart_id is not None:
        raise Refused("That chart itself says to use another one. Choose that one.")
    if Patient.objects.filter(use_chart=held).exists():
        raise Refused("Another chart says to use this one. Change that first.")
    if Episode.objects.filter(patient=held, ended_on__isnull=True).exists():
        raise Refused(f"{held.called} is in the program on this chart. Keep it, and change the other one.")
