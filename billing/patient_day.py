"""One patient's day for billing: the facts taken from its rows, the payer's rule, and the decision.

The facts are what `days.decide` judges; a closed day shows the verdicts it was closed with, not new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from billing.day_rows import DayRows
from billing.days import (
    AuthorizationFacts,
    DayFacts,
    DayRule,
    Decision,
    Evidence,
    RuleVerdict,
    SessionFacts,
    decide,
)
from billing.models import PayerRule, ServiceDay
from patients.models import Authorization, Consent, Coverage, Episode, Patient
from scheduling.models import Booking, Track
from sessions.hours import Entry, Line, Slot, Visit, week_ledger

STATUS: dict[str, Any] = {"requested": "pending", "approved": "approved", "denied": "denied"}


@dataclass(frozen=True)
class PatientDay:
    """A patient's day at a site. `decision` is today's answer; `closed` the one it was closed with."""

    patient: Patient
    episode: Episode
    track: Track | None
    facts: DayFacts
    rule: PayerRule | None
    authorization: Authorization | None
    decision: Decision
    closed: ServiceDay | None

    @property
    def shown(self) -> Decision:
        """What the page says: the frozen decision of a closed day, else today's."""
        return self.decision if self.closed is None else decision_of(self.closed)

    @property
    def shown_rule(self) -> PayerRule | None:
        return self.rule if self.closed is None else self.closed.rule

    @property
    def least_minutes(self) -> int:
        return self.shown_rule.minimum_minutes if self.shown_rule else 0

    @property
    def changed_since(self) -> bool:
        """The record says something else now than when the day was closed."""
        closed = self.closed
        return closed is not None and (
            closed.minutes != self.decision.minutes or closed.verdict != self.decision.verdict
        )


def decision_of(closed: ServiceDay) -> Decision:
    """The decision a closed day was frozen with."""
    reasons = (
        RuleVerdict(**{**row, "evidence": tuple(Evidence(**item) for item in row["evidence"])})
        for row in closed.verdicts
    )
    return Decision(
        verdict=closed.verdict,  # type: ignore[arg-type]
        reasons=tuple(reasons),
        minutes=closed.minutes,
        units=closed.units,
        amount_cents=closed.amount_cents,
        why=closed.why,
    )


def patient_days(rows: DayRows) -> list[PatientDay]:
    """Each expected patient's day, by last name."""
    days = [_patient_day(rows, patient_id) for patient_id in rows.bookings]
    return sorted(days, key=lambda day: (day.patient.family_name, day.patient.given_name, day.patient.pk))


def _patient_day(rows: DayRows, patient_id: int) -> PatientDay:
    bookings = rows.bookings[patient_id]
    episode = bookings[0].episode
    coverage = _coverage(rows, patient_id)
    rule = _rule(rows, coverage, episode)
    approval, approval_facts = _authorization(rows, coverage, rule)
    facts = _facts(rows, bookings, coverage, approval_facts)
    groups = [booking.session.group for booking in bookings]
    return PatientDay(
        patient=bookings[0].patient,
        episode=episode,
        track=next((group.track for group in groups if group), None),
        facts=facts,
        rule=rule,
        authorization=approval if approval_facts and approval_facts.ends_on >= rows.day else None,
        decision=decide(facts, day_rule(rule)) if rule else _waits_for_a_rule(facts, coverage),
        closed=rows.closed.get(patient_id),
    )


def _waits_for_a_rule(facts: DayFacts, coverage: Coverage | None) -> Decision:
    """Nothing to judge by yet: the day is held, not lost, until someone adds what is missing."""
    decision = decide(facts, None)
    why, fix = decision.why, f"Ask an administrator to add a rule for {facts.payer_name}"
    if coverage is None:
        why, fix = "No coverage on file", "Add the coverage"
    reasons = tuple(replace(reason, passed=None, why=why, fix=fix) for reason in decision.reasons)
    return replace(decision, verdict="hold", reasons=reasons, why=why)


def day_rule(rule: PayerRule) -> DayRule:
    return DayRule(
        payer_name=rule.payer.name,
        name=rule.name,
        version=rule.version,
        effective_on=rule.from_on,
        code=rule.service_code,
        revenue_code=rule.revenue_code,
        min_countable_minutes=rule.minimum_minutes,
        needs_authorization=rule.needs_authorization,
        rate_cents=rule.rate_cents,
        level_of_care=rule.level.code,
    )


def _facts(
    rows: DayRows, bookings: list[Booking], coverage: Coverage | None, approval: AuthorizationFacts | None
) -> DayFacts:
    episode, stay = bookings[0].episode, rows.stays.get(bookings[0].episode_id)
    on_file, until = _consent(rows.consents.get(episode.patient_id, []), rows.today)
    return DayFacts(
        day=rows.day,
        tz_name=rows.site.time_zone,
        payer_name=coverage.payer.name if coverage else "No payer",
        sessions=_sessions(rows, bookings),
        level_of_care=stay.level.code if stay else None,
        episode_open=episode.admitted_on <= rows.day <= (episode.ended_on or rows.day),
        plan_in_force=episode.pk in rows.planned,
        coverage_active=coverage is not None and _covers(coverage, rows.day),
        coverage_checked_on=None,
        consent_on_file=on_file,
        consent_until=until,
        authorization=approval,
    )


def _sessions(rows: DayRows, bookings: list[Booking]) -> tuple[SessionFacts, ...]:
    """Minutes come from the hours ledger, so the day counts exactly what the week does."""
    entries = [_entry(rows, booking) for booking in bookings]
    ledger = week_ledger(entries, goal_minutes=0, now=rows.now, tz_name=rows.site.time_zone)
    by_key = {booking.pk: booking for booking in bookings}
    return tuple(_session(rows, by_key[line.entry.key], line) for line in ledger.lines)  # type: ignore[index]


def _entry(rows: DayRows, booking: Booking) -> Entry:
    meeting, came = booking.session, rows.attendance.get(booking.pk)
    return Entry(
        slot=Slot(meeting.starts_at, meeting.ends_at, meeting.break_minutes),
        visit=Visit(came.arrived_at, came.left_at) if came and came.arrived_at else None,
        absence=came.absence or None if came else None,
        label=meeting.title,
        day=meeting.occurs_on,
        key=booking.pk,
    )


def _session(rows: DayRows, booking: Booking, line: Line) -> SessionFacts:
    note = rows.notes.get(booking.pk)
    signed = note is not None and hasattr(note, "signature")
    known: Mapping[str, Any] = {state: state for state in ("attended", "absent", "missing_checkout")}
    return SessionFacts(
        label=booking.session.title,
        starts_at=booking.session.starts_at,
        ends_at=booking.session.ends_at,
        attendance=known.get(line.state, "unmarked"),
        countable_minutes=line.attended_minutes,
        note="signed" if signed else "draft" if note else "none",
        note_by=note.author.given_name if note else booking.session.lead.given_name,
        goal_named=note is not None and note.goal_id is not None,
        break_minutes=booking.session.break_minutes,
    )


def _coverage(rows: DayRows, patient_id: int) -> Coverage | None:
    """The first payer's coverage that day, else the latest one there was."""
    candidates = rows.coverages.get(patient_id, [])
    return next((c for c in candidates if _covers(c, rows.day)), candidates[-1] if candidates else None)


def _covers(coverage: Coverage, day: date) -> bool:
    return coverage.from_on <= day <= (coverage.to_on or day)


def _rule(rows: DayRows, coverage: Coverage | None, episode: Episode) -> PayerRule | None:
    """The payer's rule for the day's level; another of its rules shows that the level does not match."""
    if coverage is None:
        return None
    rules = [rule for rule in rows.rules if rule.payer_id == coverage.payer_id]
    stay = rows.stays.get(episode.pk)
    same_level = (rule for rule in rules if stay and rule.level_id == stay.level_id)
    return next(same_level, rules[0] if rules else None)


def _consent(consents: list[Consent], today: date) -> tuple[bool, date | None]:
    """Whether consent to bill is on file now and until when (None: no end); the longest one counts."""
    signed = [consent.expires_on for consent in consents if consent.begun_on(today)]
    ends = [expires_on for expires_on in signed if expires_on is not None]
    return bool(signed), max(ends) if ends and len(ends) == len(signed) else None


def _authorization(
    rows: DayRows, coverage: Coverage | None, rule: PayerRule | None
) -> tuple[Authorization | None, AuthorizationFacts | None]:
    """The authorization nearest to the day: one that covers it, else the best there is to explain why not."""
    if coverage is None or rule is None:
        return None, None
    candidates = rows.authorizations.get(coverage.pk, [])
    if not candidates:
        return None, None
    best = max(candidates, key=lambda one: _nearness(one, rule, rows.day))
    used = rows.used_units.get(best.pk, 0)
    waiting = any(
        one.status == Authorization.Status.REQUESTED and one.from_on <= rows.day <= one.to_on
        for one in candidates
    )
    return best, AuthorizationFacts(
        number=best.number or "asked for",
        status=STATUS[best.status],
        starts_on=best.from_on,
        ends_on=best.to_on,
        units_left=max(0, best.units_approved - used),
        units_approved=best.units_approved,
        covers_code=best.service_code == rule.service_code,
        extension_pending=waiting and best.status != Authorization.Status.REQUESTED,
    )


def _nearness(one: Authorization, rule: PayerRule, day: date) -> tuple[bool, bool, bool, int]:
    """Approved for the code on the day first, then any approved for the code, then by distance in days."""
    approved = one.status == Authorization.Status.APPROVED
    gap_days = max((one.from_on - day).days, (day - one.to_on).days, 0)
    right_code = one.service_code == rule.service_code
    return approved and right_code and gap_days == 0, approved and right_code, right_code, -gap_days
