"""The head of a chart: who this is, the facts of the episode, alerts and tabs, each role its own.

Minimum necessary (domain reference 8.6): the desk sees no diagnosis, plan or risk.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When
from django.urls import NoReverseMatch, resolve, reverse

from iop_clinic.access import policy_of
from iop_clinic.accounts.models import User
from iop_clinic.durations import in_hours
from iop_clinic.roles import Permission, may
from patients.due import day_words, due_day
from patients.models import Coverage, Episode, FollowUp, Goal, Patient, Referral

TABS = (
    ("overview", "Overview", "patients:chart"),
    ("plan", "Plan", "patients:plan"),
    ("notes", "Notes", "sessions:notes"),
    ("measures", "Measures", "patients:measures"),
    ("attendance", "Attendance", "sessions:attendance"),
    ("coverage", "Coverage", "patients:coverage"),
    ("consents", "Consents", "patients:consents"),
    ("messages", "Messages", "scheduling:patient_messages"),
)


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    url: str


@dataclass(frozen=True)
class Fact:
    """A label, the words that matter, and the rest of the line."""

    label: str
    strong: str
    rest: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Alert:
    tone: str
    mark: str
    words: str
    url: str = ""


@dataclass
class ChartHeader:
    """Context of `patients/_chart_header.html`; `episode` is the running or last one, None before any."""

    patient: Patient
    day: date
    tabs: list[Tab]
    episode: Any = None
    referral: Referral | None = None
    coverage: Coverage | None = None
    goals: list[Goal] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    actions: list[Tab] = field(default_factory=list)

    @property
    def age(self) -> int:
        return self.patient.age_on(self.day)

    @property
    def in_program(self) -> bool:
        return self.episode is not None and self.episode.ended_on is None


def chart_header(patient: Patient, user: User, day: date) -> ChartHeader:
    """The head of this chart for this person on the site's local `day`; at most four queries."""
    header = ChartHeader(patient, day, tabs=_tabs(patient, user))
    header.episode = _episode(patient, day)
    if not header.in_program:
        header.referral = patient.referrals.open().first()
    if may(user.role, Permission.SEE_COVERAGE):
        header.coverage = patient.coverages.in_force_on(day).select_related("payer").first()
    if header.in_program and sees_plan(user):
        header.goals = _goals(header.episode, day)
    if may(user.role, Permission.WORK_FOLLOW_UPS):
        header.follow_ups = list(patient.follow_ups.open().select_related("owner"))
    header.facts = _facts(header, user)
    header.alerts = _alerts(header, user)
    header.actions = _actions(header, user)
    return header


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


def _tabs(patient: Patient, user: User) -> list[Tab]:
    opened = ((key, label, may_open(user, name, patient.pk)) for key, label, name in TABS)
    return [Tab(key, label, url) for key, label, url in opened if url]


def _episode(patient: Patient, day: date) -> Any:
    """The running episode, else the last, with its level of care on the day and its first diagnosis.

    The joins repeat an episode for each stay and diagnosis; the order puts the one meant first.
    """
    running_first = Case(When(ended_on__isnull=True, then=Value(0)), default=1, output_field=IntegerField())
    begun_first = Case(When(stays__from_on__lte=day, then=Value(0)), default=1, output_field=IntegerField())
    rows = Episode.objects.filter(patient=patient).annotate(
        level_code=F("stays__level__code"),
        prescribed_minutes=F("stays__prescribed_minutes"),
        days_a_week=F("stays__days_a_week"),
        prescribed_to_on=F("stays__to_on"),
        prescribed_because=F("stays__reason"),
        diagnosis_code=F("diagnoses__code"),
        diagnosis_label=F("diagnoses__label"),
    )
    stay_first = (begun_first, "-stays__from_on")
    diagnosis_first = ("-diagnoses__is_primary", "diagnoses__code")
    rows = rows.order_by(running_first, "-admitted_on", *stay_first, *diagnosis_first)
    return rows.select_related("primary_clinician__profile").first()


def _goals(episode: Episode, day: date) -> list[Goal]:
    """Goals of the plan in force, each with its plan; one query."""
    rows = Goal.objects.filter(
        plan__episode=episode, plan__signed_at__isnull=False, plan__effective_on__lte=day
    )
    goals = list(rows.select_related("plan__signed_by").order_by("-plan__version", "position"))
    return [goal for goal in goals if goal.plan_id == goals[0].plan_id]


def _facts(header: ChartHeader, user: User) -> list[Fact]:
    facts = [*_episode_facts(header)] if header.episode else [_referral_fact(header)]
    episode = header.episode
    sees_diagnosis = may(user.role, Permission.SEE_CLINICAL) or may(user.role, Permission.CLOSE_DAYS)
    if episode and sees_diagnosis and episode.diagnosis_code:
        facts.append(Fact("Diagnosis", episode.diagnosis_code, episode.diagnosis_label))
    if header.coverage:
        facts.append(Fact("Payer", header.coverage.payer.name, header.coverage.plan_name))
    elif may(user.role, Permission.SEE_COVERAGE):
        facts.append(Fact("Payer", "None on file", tone="warn"))
    if header.in_program and sees_plan(user):
        facts.append(_review_fact(header))
    return facts


def _episode_facts(header: ChartHeader) -> list[Fact]:
    episode = header.episode
    days = f"{episode.days_a_week} day{'s' if episode.days_a_week != 1 else ''}"
    weekly = f"{in_hours(episode.prescribed_minutes)} a week, {days}" if episode.level_code else ""
    if episode.prescribed_to_on and episode.prescribed_to_on != episode.ended_on:
        weekly += f", until {episode.prescribed_to_on:%b} {episode.prescribed_to_on.day}"
    if episode.prescribed_because:
        weekly += f". {episode.prescribed_because}"
    clinician = episode.primary_clinician
    profile = getattr(clinician, "profile", None)
    named = f"{clinician.full_name}, {profile.credential}" if profile else clinician.full_name
    return [
        Fact("Level of care", episode.level_code or "Not set", weekly),
        _stay_fact(episode, header.day),
        Fact("Primary clinician", named),
    ]


def _stay_fact(episode: Episode, day: date) -> Fact:
    if episode.ended_on:
        return Fact(
            "Episode",
            f"Ended {day_words(episode.ended_on, day)}",
            f"began {day_words(episode.admitted_on, day)}",
        )
    if episode.admitted_on > day:
        return Fact("Episode", f"Starts {day_words(episode.admitted_on, day)}")
    rest = ""
    if episode.expected_end_on:
        planned = (episode.expected_end_on - episode.admitted_on).days + 1
        rest = f"of about {planned}, ends {day_words(episode.expected_end_on, day)}"
    return Fact("Episode", f"Day {episode.day_number(day)}", rest)


def _referral_fact(header: ChartHeader) -> Fact:
    if header.referral is None:
        return Fact("Episode", "Not in the program")
    waited = header.referral.days_waiting(header.day)
    return Fact(
        "Referral", header.referral.get_stage_display(), f"waiting {waited} day{'s' if waited != 1 else ''}"
    )


def _review_fact(header: ChartHeader) -> Fact:
    if not header.goals:
        return Fact("Plan review", "No signed plan", tone="warn")
    due_on = header.goals[0].plan.review_due_on
    overdue = due_on < header.day
    return Fact(
        "Plan review",
        f"{'Was due' if overdue else 'Due'} {day_words(due_on, header.day)}",
        tone="warn" if overdue else "",
    )


def _alerts(header: ChartHeader, user: User) -> list[Alert]:
    alerts = [_follow_up_alert(header, row) for row in header.follow_ups]
    if header.in_program and header.episode.is_part2:
        unmark = may_open(user, "scheduling:substance_use_end", header.patient.pk)
        alerts.append(Alert("line", "lock", "Part 2 record", unmark))
    if not header.patient.voicemail_ok:
        alerts.append(Alert("line", "lock", "Do not leave voicemail"))
    if not header.patient.phone and not header.patient.email and may(user.role, Permission.EDIT_PATIENTS):
        alerts.append(Alert("warn", "phone", "No phone or e-mail on file"))
    return alerts


def _follow_up_alert(header: ChartHeader, row: FollowUp) -> Alert:
    tz_name = header.patient.site.time_zone
    day = due_day(row.due_at, tz_name)
    urgent = row.level == FollowUp.Level.HIGH or day < header.day
    when = "today" if day == header.day else day_words(day, header.day)
    words = f"{row.get_kind_display()}: {row.owner.short_name}, due {when}"
    return Alert("bad" if urgent else "warn", "flag", words, reverse("patients:follow_up", args=[row.pk]))


def _actions(header: ChartHeader, user: User) -> list[Tab]:
    """What comes next for this person, the likeliest last: it becomes the primary button."""
    pk = header.patient.pk
    wanted = [("pen", "Edit", "patients:edit", pk)]
    if header.in_program:
        wanted += [
            ("door-open", "Discharge", "scheduling:discharge", pk),
            ("hourglass", "Hours", "patients:prescribed_hours", pk),
            ("users", "Groups", "scheduling:enrollment", pk),
            ("waypoints", "Plan week", "scheduling:planner", pk),
            ("plus", "Book", "scheduling:visit", pk),
        ]
    elif header.referral:
        wanted += [
            ("inbox", "Referral", "patients:referral", header.referral.pk),
            ("user-plus", "Admit", "patients:admission", pk),
        ]
    else:
        wanted.append(("user-plus", "Admit", "patients:admission", pk))
    return [Tab(mark, label, url) for mark, label, name, key in wanted if (url := may_open(user, name, key))]
