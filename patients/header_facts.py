"""The line of facts in the head of a chart: level of care, episode, clinician, diagnosis, payer, review."""

from datetime import date
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.durations import in_hours
from iop_clinic.roles import Permission, may
from patients.due import day_words
from patients.header import ChartHeader, Fact, may_open, sees_plan
from patients.models import Discharge


def facts_of(header: ChartHeader, user: User) -> list[Fact]:
    facts = [*_episode_facts(header, user)] if header.episode else [_referral_fact(header)]
    episode = header.episode
    sees_diagnosis = may(user.role, Permission.SEE_CLINICAL) or may(user.role, Permission.CLOSE_DAYS)
    if episode and sees_diagnosis and episode.diagnosis_code:
        url = may_open(user, "patients:diagnoses", header.patient.pk)
        facts.append(Fact("Diagnosis", episode.diagnosis_code, episode.diagnosis_label, url=url))
    if header.coverage:
        facts.append(Fact("Payer", header.coverage.payer.name, header.coverage.plan_name))
    elif may(user.role, Permission.SEE_COVERAGE):
        facts.append(Fact("Payer", "None on file", tone="warn"))
    if header.in_program and sees_plan(user):
        facts.append(_review_fact(header))
    return facts


def _episode_facts(header: ChartHeader, user: User) -> list[Fact]:
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
    url = may_open(user, "patients:level_of_care", header.patient.pk)
    return [
        Fact("Level of care", episode.level_code or "Not set", weekly, url=url),
        _stay_fact(episode, header.day),
        Fact("Primary clinician", named),
    ]


def _stay_fact(episode: Any, day: date) -> Fact:
    if episode.ended_on:
        how = f"{Discharge.Kind(episode.ended_as).label}, " if episode.ended_as else ""
        return Fact(
            "Episode",
            f"Ended {day_words(episode.ended_on, day)}",
            f"{how}began {day_words(episode.admitted_on, day)}",
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
    if not header.objectives:
        return Fact("Plan review", "No signed plan", tone="warn")
    due_on = header.objectives[0].due_on  # type: ignore[attr-defined]  # objectives_in_force adds it
    overdue = due_on < header.day
    return Fact(
        "Plan review",
        f"{'Was due' if overdue else 'Due'} {day_words(due_on, header.day)}",
        tone="warn" if overdue else "",
    )
