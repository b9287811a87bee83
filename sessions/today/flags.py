"""What the desk or the clinician should know about a person on the roster: the one most urgent fact, by role.

Minimum necessary (45 CFR 164.502(b)): the desk reads "Call first", a clinician that risk is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from iop_clinic.accounts.models import Site
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from patients.models import Authorization, FollowUp, Response
from patients.scoring import load_instruments

REVIEW_SOON = timedelta(days=3)
LOOK_BACK = timedelta(days=60)

_PATIENT = ("given_name", "preferred_name", "family_name", "phone", "voicemail_ok")
_FOLLOW_UP = (
    "kind",
    "trigger_code",
    "summary",
    "opened_at",
    "due_at",
    "owner__given_name",
    *(f"patient__{name}" for name in _PATIENT),
)


@dataclass(frozen=True)
class Flag:
    """A word in the row; some matter only until the person is here."""

    words: str
    icon: str
    tone: str = ""
    url: str = ""
    until_here: bool = False


def open_follow_ups(site: Site, now: datetime) -> list[FollowUp]:
    """Every open follow-up of the site, the most urgent first; one statement."""
    rows = FollowUp.objects.in_sight(now).filter(site=site).select_related("patient", "owner")
    rows = rows.only(*_FOLLOW_UP)
    return list(rows.order_by("due_at", "pk"))


def flags_of(
    patient_ids: Iterable[int], *, role: str, follow_ups: Iterable[FollowUp], day: date, tz_name: str
) -> dict[int, Flag]:
    """The most urgent flag of each patient by id; two statements."""
    wanted = list(patient_ids)
    flags = _measure_flags(wanted, role, day)
    if may(role, Permission.SEE_COVERAGE):
        flags |= _authorization_flags(wanted, day)
    return flags | _risk_flags(wanted, role, follow_ups, tz_name)


def _risk_flags(
    wanted: list[int], role: str, follow_ups: Iterable[FollowUp], tz_name: str
) -> dict[int, Flag]:
    risks = [f for f in follow_ups if f.kind == FollowUp.Kind.RISK and f.patient_id in wanted]
    if not may(role, Permission.SEE_CLINICAL):
        return {f.patient_id: Flag("Call first", "phone", "bad", until_here=True) for f in risks}
    return {f.patient_id: _risk_flag(f, tz_name) for f in reversed(risks)}


def _risk_flag(follow_up: FollowUp, tz_name: str) -> Flag:
    opened: datetime = follow_up.opened_at
    what = "Item 9" if follow_up.trigger_code.endswith("item9") else "Risk open"
    words = f"{what} on {local_day(opened, tz_name):%A}"
    return Flag(words, "flag", "bad", reverse("patients:follow_up", args=[follow_up.pk]))


def _authorization_flags(wanted: list[int], day: date) -> dict[int, Flag]:
    """The last authorization of each patient: ended, or its review due within three days."""
    rows = Authorization.objects.filter(
        coverage__patient__in=wanted, status=Authorization.Status.APPROVED, to_on__gte=day - LOOK_BACK
    )
    columns = ("coverage__patient_id", "to_on", "review_due_on")
    flags = {}
    for patient_id, to_on, review_due_on in rows.order_by("to_on").values_list(*columns):
        flags[patient_id] = _authorization_flag(patient_id, to_on, review_due_on, day)
    return {patient_id: flag for patient_id, flag in flags.items() if flag is not None}


def _authorization_flag(patient_id: int, to_on: date, review_due_on: date | None, day: date) -> Flag | None:
    url = reverse("patients:coverage", args=[patient_id])
    if to_on < day:
        return Flag(f"Ended {_day_words(to_on, day)}", "shield-off", "bad", url)
    if review_due_on is not None and day <= review_due_on <= day + REVIEW_SOON:
        due = "today" if review_due_on == day else f"{review_due_on:%a}"
        return Flag(f"Review due {due}", "shield-check", "warn", url)
    return None


def _day_words(on: date, day: date) -> str:
    return f"{on:%a}" if day - on < timedelta(days=7) else f"{on:%b} {on.day}"


def _measure_flags(wanted: list[int], role: str, day: date) -> dict[int, Flag]:
    rows = Response.objects.waiting().filter(patient__in=wanted, due_on__lte=day, due_on__gte=day - LOOK_BACK)
    titles = {code: instrument.name for code, instrument in load_instruments().items()}
    page = "patients:check_in" if may(role, Permission.SEND_MEASURES) else ""
    if not page and may(role, Permission.SEE_CLINICAL):
        page = "patients:measures"
    return {
        patient_id: Flag(
            f"{titles.get(code, 'Check-in')} due",
            "list-checks",
            url=reverse(page, args=[patient_id]) if page else "",
        )
        for patient_id, code in rows.order_by("-due_on", "-pk").values_list("patient_id", "instrument_code")
    }
