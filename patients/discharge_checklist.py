"""What should be done before someone leaves, looked up in the record: advice, not blocks.

Domain reference 1.5 (step-down), 4.4 (appointment within 7 days), 5.3 (safety plan reviewed), 5.4.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Max
from django.urls import reverse

from iop_clinic.clock import local_day
from patients.aftercare import SOON_DAYS, days_after_of, seen_soon
from patients.due import day_words
from patients.models import Episode, Patient, Response
from patients.scoring import load_instruments

REVIEWED_WITHIN = timedelta(days=14)
LAST_MEASURE_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Facts:
    """What the record says; days are local. `measured_on` is the last day of each measure by its name."""

    last_on: date
    is_substance_use: bool
    appointment_days: list[int] = field(default_factory=list)
    signed: frozenset[str] = frozenset()
    safety_plan_on: date | None = None
    measured_on: dict[str, date] = field(default_factory=dict)
    medications_checked: str = ""
    share_next: str = ""
    open_follow_ups: int = 0
    has_ended: bool = False


@dataclass(frozen=True)
class CheckLine:
    """One thing to look at: done or not, in words. `page` names where it is done."""

    done: bool
    words: str
    page: str


def check_lines(facts: Facts) -> list[CheckLine]:
    """Every line in the order of the work."""
    lines = [
        _appointment(facts),
        _signed(facts, "continuing_care", "Continuing-care plan"),
    ]
    if facts.is_substance_use:
        lines.append(_signed(facts, "relapse_prevention", "Relapse-prevention plan"))
    if facts.has_ended:
        lines.append(_signed(facts, "discharge_summary", "Discharge summary"))
    return [*lines, _safety_plan(facts), _measures(facts), _medications(facts), _sharing(facts), _open(facts)]


def _appointment(facts: Facts) -> CheckLine:
    if seen_soon(facts.appointment_days):
        soonest = min(day for day in facts.appointment_days if day >= 1)
        return CheckLine(True, f"Next appointment {_days(soonest)} after the last day", "aftercare")
    if facts.appointment_days:
        return CheckLine(False, f"No appointment within {SOON_DAYS} days after the last day", "aftercare")
    return CheckLine(False, "No aftercare appointment made", "aftercare")


def _signed(facts: Facts, kind: str, title: str) -> CheckLine:
    done = kind in facts.signed
    return CheckLine(done, f"{title} {'signed' if done else 'not signed'}", "documents")


def _safety_plan(facts: Facts) -> CheckLine:
    on = facts.safety_plan_on
    if on is None:
        return CheckLine(False, "No safety plan signed", "documents")
    fresh = on >= facts.last_on - REVIEWED_WITHIN
    words = "reviewed" if fresh else "to be reviewed: signed"
    return CheckLine(fresh, f"Safety plan {words} {day_words(on, facts.last_on)}", "documents")


def _measures(facts: Facts) -> CheckLine:
    if not facts.measured_on:
        return CheckLine(False, "No measure answered in this stay", "measures")
    old = [name for name, on in facts.measured_on.items() if on < facts.last_on - LAST_MEASURE_WITHIN]
    if old:
        return CheckLine(False, f"Last measure still to ask: {', '.join(sorted(old))}", "measures")
    return CheckLine(True, "Last measures answered", "measures")


def _medications(facts: Facts) -> CheckLine:
    words = {
        "agrees": "Medication list gone through together",
        "none": "Takes no medication",
        "open": "Medication list still to be checked with the prescriber",
    }.get(facts.medications_checked, "Medication list not gone through")
    return CheckLine(facts.medications_checked in ("agrees", "none"), words, "documents")


def _sharing(facts: Facts) -> CheckLine:
    words = {
        "signed": "Consent to inform the next provider signed",
        "declined": "Does not want the next provider informed",
        "nobody": "Nobody to send a summary to yet",
    }.get(facts.share_next, "Consent to inform the next provider not asked")
    return CheckLine(facts.share_next in ("signed", "declined"), words, "consents")


def _open(facts: Facts) -> CheckLine:
    count = facts.open_follow_ups
    if not count:
        return CheckLine(True, "No follow-up open", "follow_ups")
    return CheckLine(False, f"{count} follow-up{'s' if count > 1 else ''} still open", "follow_ups")


def _days(count: int) -> str:
    return f"{count} day{'s' if count != 1 else ''}"


def facts_of(patient: Patient, episode: Episode, day: date) -> Facts:
    """The record's side; five queries. Calls after the discharge are not open business of the stay."""
    last_on, tz_name = episode.ended_on or day, patient.site.time_zone
    documents = {row.kind: row for row in episode.documents.signed().order_by("kind", "version")}
    plan, safety = documents.get("continuing_care"), documents.get("safety_plan")
    waiting = patient.follow_ups.open().exclude(trigger_code__startswith="discharge.")
    return Facts(
        last_on=last_on,
        is_substance_use=episode.is_part2,
        appointment_days=days_after_of(episode.aftercare.all(), last_on, tz_name),
        signed=frozenset(documents),
        safety_plan_on=local_day(safety.signed_at, tz_name) if safety and safety.signed_at else None,
        measured_on=_measured_on(patient, episode, tz_name),
        medications_checked=plan.answers.get("medications_checked", "") if plan else "",
        share_next=plan.answers.get("share_next", "") if plan else "",
        open_follow_ups=waiting.count(),
        has_ended=episode.ended_on is not None,
    )


def _measured_on(patient: Patient, episode: Episode, tz_name: str) -> dict[str, date]:
    rows = Response.objects.scored().filter(patient=patient, due_on__gte=episode.admitted_on)
    last = rows.order_by().values_list("instrument_code").annotate(at=Max("finished_at"))
    names = {code: instrument.name for code, instrument in load_instruments().items()}
    return {names[code]: local_day(at, tz_name) for code, at in last if code in names and at}


def checklist(patient: Patient, episode: Episode, day: date) -> list[tuple[CheckLine, str]]:
    """Each line with the address of the page where it is done."""
    pages = {
        "aftercare": reverse("patients:aftercare", args=[patient.pk]),
        "documents": reverse("patients:documents", args=[patient.pk]),
        "measures": reverse("patients:measures", args=[patient.pk]),
        "consents": reverse("patients:consents", args=[patient.pk]),
        "follow_ups": reverse("patients:follow_ups"),
    }
    return [(line, pages[line.page]) for line in check_lines(facts_of(patient, episode, day))]
