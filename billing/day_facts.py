"""What is known about one patient's day, the payer's rule for it, and the decision: plain values only.

Facts: domain reference 0.2 rule 1; rule axes: 2.6 (payer billing profile, kept by effective date).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from iop_clinic.clock import as_utc, zone

Attendance = Literal["attended", "absent", "missing_checkout", "unmarked"]
Note = Literal["signed", "draft", "none", "awaiting_cosign"]
AuthorizationStatus = Literal["approved", "pending", "denied"]
VerdictName = Literal["billable", "hold", "not_billable"]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session the patient was booked into. `note_by` is who still has to write, sign or co-sign."""

    label: str
    starts_at: datetime
    ends_at: datetime
    attendance: Attendance
    countable_minutes: int
    note: Note
    note_by: str = ""
    goal_named: bool = False
    break_minutes: int = 0

    @property
    def needs_note(self) -> bool:
        return self.attendance in ("attended", "missing_checkout")

    def times(self, tz_name: str) -> str:
        """Planned start and end on the clinic's wall: "5:30–6:30"."""
        return f"{_wall(self.starts_at, tz_name)}–{_wall(self.ends_at, tz_name)}"


@dataclass(frozen=True, slots=True)
class AuthorizationFacts:
    """The payer's approval nearest to the day; `units_left` is before this day is counted."""

    number: str
    status: AuthorizationStatus
    starts_on: date
    ends_on: date
    units_left: int
    units_approved: int
    covers_code: bool = True
    extension_pending: bool = False


@dataclass(frozen=True, slots=True)
class DayFacts:
    """One patient's local day. Leave out sessions that never count and those the clinic cancelled.

    `consent_until` None with `consent_on_file` means no end; `billed_elsewhere` says what else was billed.
    """

    day: date
    tz_name: str
    payer_name: str
    sessions: tuple[SessionFacts, ...]
    level_of_care: str | None
    episode_open: bool
    plan_in_force: bool
    coverage_active: bool
    coverage_checked_on: date | None
    consent_on_file: bool
    consent_until: date | None
    authorization: AuthorizationFacts | None
    units_billed: int = 0
    billed_elsewhere: str = ""

    @property
    def countable_minutes(self) -> int:
        return sum(session.countable_minutes for session in self.sessions)

    @property
    def noted_sessions(self) -> tuple[SessionFacts, ...]:
        """The sessions a note is due for: the person was there, if only for a minute."""
        return tuple(session for session in self.sessions if session.needs_note)

    @property
    def unrecorded_sessions(self) -> tuple[SessionFacts, ...]:
        return tuple(s for s in self.sessions if s.attendance in ("missing_checkout", "unmarked"))


@dataclass(frozen=True, slots=True)
class DayRule:
    """One version of one payer's rule for a billable day, per diem: one unit at `rate_cents`."""

    payer_name: str
    name: str
    version: int
    effective_on: date
    code: str
    revenue_code: str
    min_countable_minutes: int
    needs_authorization: bool
    rate_cents: int
    level_of_care: str
    max_units_a_day: int = 1

    @property
    def words(self) -> str:
        since = f"{self.effective_on:%b} {self.effective_on.day}, {self.effective_on.year}"
        return f"{self.name}, version {self.version}, in force since {since}."


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row behind a verdict: when, what, and its value."""

    when: str
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule's answer: True holds, False fails for good, None waits for a person (`fix` says for what)."""

    key: str
    title: str
    passed: bool | None
    words: str
    why: str = ""
    fix: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The day's verdict with every rule behind it. Units and amount are 0 when the day is not billable."""

    verdict: VerdictName
    reasons: tuple[RuleVerdict, ...]
    minutes: int
    units: int
    amount_cents: int
    why: str

    @property
    def failed(self) -> tuple[RuleVerdict, ...]:
        return tuple(reason for reason in self.reasons if reason.passed is False)

    @property
    def pending(self) -> tuple[RuleVerdict, ...]:
        return tuple(reason for reason in self.reasons if reason.passed is None)

    def reason(self, key: str) -> RuleVerdict | None:
        return next((reason for reason in self.reasons if reason.key == key), None)


def _wall(instant: datetime, tz_name: str) -> str:
    local = as_utc(instant).astimezone(zone(tz_name))
    return f"{local.hour % 12 or 12}:{local.minute:02}"
