"""What warns in the head of a chart, and what can be done next for this person."""

from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, may
from patients.care_clocks import SOON
from patients.due import day_words, due_day, due_said
from patients.header import Alert, ChartHeader, Tab, may_open, sees_plan
from patients.models import FollowUp
from patients.models.followup import CALLS_AHEAD


def alerts_of(header: ChartHeader, user: User) -> list[Alert]:
    near = _one_for_measures([row for row in header.follow_ups if not _is_far(header, row)])
    alerts = [*_allergy_alerts(header, user), *(_follow_up_alert(header, row) for row in near)]
    if header.patient.use_chart_id is not None:
        other = may_open(user, "patients:chart", header.patient.use_chart_id)
        alerts.append(Alert("bad", "users", "Second chart of the same person: use the other one", other))
    if header.in_program and header.episode.is_part2:
        unmark = may_open(user, "scheduling:substance_use_end", header.patient.pk)
        alerts.append(Alert("line", "lock", "Part 2 record", unmark))
    if header.in_program and sees_plan(user):
        alerts += _certification_alert(header, user)
    if not header.patient.voicemail_ok:
        alerts.append(Alert("line", "lock", "Do not leave voicemail"))
    if not header.patient.phone and not header.patient.email and may(user.role, Permission.EDIT_PATIENTS):
        alerts.append(Alert("warn", "phone", "No phone or e-mail on file"))
    return alerts


def _allergy_alerts(header: ChartHeader, user: User) -> list[Alert]:
    """In red, each; that none is known is a quiet fact, and who treats is told that nobody asked."""
    if header.medication is None:
        return []
    url = may_open(user, "patients:allergies", header.patient.pk)
    known = header.medication.allergies
    if known:
        return [
            Alert("bad", "triangle-alert", f"{substance} allergy", url)
            if substance
            else Alert("line", "check", "No known allergies", url)
            for substance in known
        ]
    if not header.in_program or not may(user.role, Permission.RECORD_MEDICATION):
        return []
    return [Alert("warn", "circle-question-mark", "Allergies not asked", url)]


def _one_for_measures(rows: list[FollowUp]) -> list[FollowUp]:
    """Each measure missed has its own follow-up; the head says the first one."""
    missed = [row for row in rows if row.kind == FollowUp.Kind.MEASURES]
    return [row for row in rows if row not in missed[1:]]


def _is_far(header: ChartHeader, row: FollowUp) -> bool:
    """A call after discharge that is not due within the week."""
    is_call = row.kind == FollowUp.Kind.AFTER_DISCHARGE
    return is_call and due_day(row.due_at, header.patient.site.time_zone) > header.day + CALLS_AHEAD


def _follow_up_alert(header: ChartHeader, row: FollowUp) -> Alert:
    tz_name = header.patient.site.time_zone
    day = due_day(row.due_at, tz_name)
    urgent = row.is_urgent or day < header.day
    when = "today" if day == header.day else day_words(day, header.day)
    words = f"{row.get_kind_display()}: {row.owner.short_name}, due {when}"
    return Alert("bad" if urgent else "warn", "flag", words, reverse("patients:follow_up", args=[row.pk]))


def _certification_alert(header: ChartHeader, user: User) -> list[Alert]:
    """Where the payer asks for a certification: due within a week, or overdue."""
    due_on = header.episode.certify_due_on
    if due_on is None or due_on > header.day + SOON:
        return []
    words = f"Certification {due_said(due_on, header.day)}"
    url = may_open(user, "patients:level_of_care", header.patient.pk)
    return [Alert("bad" if due_on < header.day else "warn", "badge-check", words, url)]


def actions_of(header: ChartHeader, user: User) -> list[Tab]:
    """What comes next for this person, the likeliest last: it becomes the primary button."""
    pk = header.patient.pk
    wanted = [("pen", "Edit", "patients:edit", pk)]
    wanted.append(("shield-alert", "Safety", "patients:risk", pk))
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
        if header.episode:
            wanted.append(("door-closed", "Discharge", "scheduling:discharge", pk))
        wanted.append(("user-plus", "Admit", "patients:admission", pk))
    return [Tab(mark, label, url) for mark, label, name, key in wanted if (url := may_open(user, name, key))]
