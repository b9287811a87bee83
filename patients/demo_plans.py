"""The demo's treatment plans: two problems, objectives and services, a second version after two weeks."""

from collections.abc import Iterator
from datetime import time, timedelta
from decimal import Decimal
from uuid import UUID

from iop_clinic.accounts.demo import Moment, chance
from patients.demo_chart import Chart
from patients.demo_plan_words import ABOUT, EVIDENCE, LIFE, MOOD, MORE, MORNING, SERVICES, Aim
from patients.models import Diagnosis, Goal, Intervention, Objective, Problem, Standing, TreatmentPlan
from patients.plan_tree import Tree

SECOND_VERSION_AFTER_DAYS, REVIEW_DAYS = 14, 30


def add_plans(charts: list[Chart], moment: Moment, first_totals: dict[str, int]) -> None:
    """Version by version, each unsigned with all its parts first: what is under a signed plan stays."""
    diagnoses = {row.episode_id: row for row in Diagnosis.objects.all()}
    for version in (1, 2):
        plans = [(chart, plan) for chart in charts if (plan := _plan(chart, version, moment))]
        TreatmentPlan.objects.bulk_create(plan for _, plan in plans)
        tree = Tree()
        for chart, plan in plans:
            first_total = first_totals[chart.person.name]
            objectives = list(_parts(tree, chart, plan, diagnoses[chart.episode.pk], first_total))
            chart.plans.append((plan, objectives))
        tree.save()
        _sign([(chart, plan) for chart, plan in plans if version == 1 or not _is_draft(chart)], moment)
    Standing.objects.bulk_create(row for chart in charts for row in _standings(chart))


def _is_draft(chart: Chart) -> bool:
    return chart.person.has("plan_draft")


def _plan(chart: Chart, version: int, moment: Moment) -> TreatmentPlan | None:
    on = chart.episode.admitted_on
    if version == 2:
        on += timedelta(days=SECOND_VERSION_AFTER_DAYS)
        if on > (chart.episode.ended_on or moment.day(-1)) and not _is_draft(chart):
            return None
    return TreatmentPlan(
        episode=chart.episode,
        version=version,
        effective_on=on,
        review_due_on=on + timedelta(days=REVIEW_DAYS),
        stay_weeks=9,
        is_interim=version == 1 and chart.person.has("interim"),
        **ABOUT,
    )


def _sign(plans: list[tuple[Chart, TreatmentPlan]], moment: Moment) -> None:
    for chart, plan in plans:
        plan.signed_by = chart.clinician
        plan.signed_at = moment.no_later(moment.at(plan.effective_on, time(8, 30)))
        plan.needs_cosignature = chart.clinician.profile.supervisor_id is not None
    columns = ["signed_at", "signed_by", "needs_cosignature"]
    TreatmentPlan.objects.bulk_update([plan for _, plan in plans], columns)


def _parts(
    tree: Tree, chart: Chart, plan: TreatmentPlan, diagnosis: Diagnosis, first_total: int
) -> Iterator[Objective]:
    """The diagnosis with the first goal, then daily life with the others; each objective with services."""
    track = chart.person.track
    mood = tree.add(
        Problem(plan=plan, statement=diagnosis.label, evidence=EVIDENCE[track], diagnosis=diagnosis)
    )
    first = tree.add(Goal(plan=plan, problem=mood, statement=MOOD[track]))
    yield _objective(tree, chart, first, _scored(chart, plan, first_total), "mood")
    if chart.person.has("amara"):
        yield _objective(tree, chart, first, _counted(chart, plan, MORNING), "morning")
    life = tree.add(Problem(plan=plan, statement=LIFE[0], evidence=LIFE[1]))
    for number, aim in enumerate(_aims(chart)):
        goal = tree.add(Goal(plan=plan, problem=life, statement=aim.goal))
        yield _objective(tree, chart, goal, _counted(chart, plan, aim), f"life {number}")


def _aims(chart: Chart) -> list[Aim]:
    person = chart.person
    return list(MORE[:2]) if person.has("amara") else chance("goals", person.name).sample(MORE, 2)


def _scored(chart: Chart, plan: TreatmentPlan, first_total: int) -> dict[str, object]:
    return {
        "statement": "Does one planned thing a day that used to matter",
        "instrument_code": "phq9",
        "baseline": Decimal(first_total),
        "target": Decimal(min(9, max(1, first_total - 5))),
    }


def _counted(chart: Chart, plan: TreatmentPlan, aim: Aim) -> dict[str, object]:
    return {
        "statement": aim.objective,
        "unit": aim.unit,
        "baseline": Decimal(aim.baseline),
        "target": Decimal(aim.target),
    }


def _objective(tree: Tree, chart: Chart, goal: Goal, said: dict[str, object], key: str) -> Objective:
    plan = goal.plan
    thread: UUID = chart.uuid("objective", key)
    objective = tree.add(
        Objective(
            goal=goal,
            thread=thread,
            target_on=chart.episode.expected_end_on or plan.review_due_on,
            status="new" if plan.version == 1 else "in_progress",
            **said,
        )
    )
    services = SERVICES[chart.person.track][0 if key == "mood" else 1]
    for kind, words, times, every, period, minutes, credential in services:
        service = tree.add(Intervention(objective=objective, kind=kind, words=words, times=times))
        service.every, service.period, service.minutes = every, period, minutes
        service.credential, service.who = credential, None if credential else chart.clinician
    return objective


def _standings(chart: Chart) -> Iterator[Standing]:
    """How the counted objectives stood a while after each signature."""
    for plan, objectives in chart.plans:
        for number, objective in enumerate(objectives):
            if plan.signed_at is None or not objective.unit:
                continue
            assert objective.baseline is not None and objective.target is not None
            progress = chance("progress", chart.person.name, number).choice(["on_track", "on_track", "slow"])
            share = Decimal("0.7") if progress == "on_track" else Decimal("0.25")
            yield Standing(
                objective=objective,
                progress=progress,
                current=round(objective.baseline + (objective.target - objective.baseline) * share, 1),
                noted_at=plan.signed_at,
                noted_by=chart.clinician,
            )
