"""The head of a chart as the page shows it, and which pages a person's role opens.

Minimum necessary (domain reference 8.6): the desk sees no diagnosis, plan or risk.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, resolve, reverse

from iop_clinic.access import policy_of
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.models import Coverage, FollowUp, Objective, Patient, Referral


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    url: str
    count: int | None = None


@dataclass(frozen=True)
class Fact:
    """A label, the words that matter, the rest of the line, and the page that tells it whole."""

    label: str
    strong: str
    rest: str = ""
    tone: str = ""
    url: str = ""


@dataclass(frozen=True)
class Alert:
    tone: str
    mark: str
    words: str
    url: str = ""


@dataclass(frozen=True)
class MedicationFacts:
    """How many medications are taken, and the allergies on file: none is not asked, [""] none known."""

    count: int
    allergies: list[str]


@dataclass
class ChartHeader:
    """Context of `patients/_chart_header.html`; `episode` is the running or last one, None before any."""

    patient: Patient
    day: date
    tabs: list[Tab]
    episode: Any = None
    referral: Referral | None = None
    coverage: Coverage | None = None
    objectives: list[Objective] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    medication: MedicationFacts | None = None
    facts: list[Fact] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    actions: list[Tab] = field(default_factory=list)

    @property
    def age(self) -> int:
        return self.patient.age_on(self.day)

    @property
    def in_program(self) -> bool:
        return self.episode is not None and self.episode.ended_on is None


def may_open(user: User, name: str, *args: object) -> str:
    """The address of a page if this person's role opens it, else an empty string."""
    try:
        url = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    policy = _policy(name, url)
    return url if policy == "public" or any(may(user.role, permission) for permission in policy or ()) else ""


_policies: dict[str, Any] = {}


def _policy(name: str, url: str) -> Any:
    """The policy of the page of that name: the same for every patient, so looked up once."""
    if name not in _policies:
        _policies[name] = policy_of(resolve(url).func)
    return _policies[name]


def sees_plan(user: User) -> bool:
    """The treating team reads the plan; the biller needs to know until when it holds."""
    return may(user.role, Permission.SEE_CLINICAL) or may(user.role, Permission.CLOSE_DAYS)
