"""The demo's treatment plans: goals in the person's words, a second version after two weeks."""

from datetime import time, timedelta
from decimal import Decimal

from iop_clinic.accounts.demo import Moment, chance
from patients.demo_chart import Chart
from patients.models import Goal, TreatmentPlan

SECOND_VERSION_AFTER_DAYS, REVIEW_DAYS = 14, 30
# In their own words, and the objective that shows it.
MOOD = {
    "am": "I want to get through a workday again.",
    "orchard": "I want to feel like myself at home again.",
    "eve": "I want evenings that do not scare me.",
    "teen": "I want to go back to school and stay there.",
}
MORE = (
    ("Sleep without lying awake till three.", "Asleep by midnight, from 1 to 5 nights a week", 1, 5),
    ("Ask for help before it gets bad.", "One support call each week, 4 weeks running", 0, 4),
    ("Cook for my family on Sundays.", "A meal planned and cooked, 6 Sundays", 0, 6),
    ("Go two weeks without a drink.", "Days without alcohol, from 2 to 14 in a row", 2, 14),
    ("Stop fighting with my mother every night.", "Arguments a week, from 7 to 2", 7, 2),
    ("Walk outside without counting exits.", "Walks of 20 minutes, from 0 to 4 a week", 0, 4),
)


def add_plans(charts: list[Chart], moment: Moment, first_totals: dict[str, int]) -> None:
    """Unsigned with their goals first, then signed: the goals of a signed plan stay as they are."""
    for chart in charts:
        chart.plans = [(plan, []) for plan in _plans(chart, moment)]
    TreatmentPlan.objects.bulk_create(plan for chart in charts for plan, _ in chart.plans)
    for chart in charts:
        for plan, goals in chart.plans:
            goals.extend(_goals(chart, plan, first_totals[chart.person.name]))
    Goal.objects.bulk_create(goal for chart in charts for _, goals in chart.plans for goal in goals)
    signed = []
    for chart in charts:
        for plan, _ in chart.plans:
            if plan.version == 1 or not chart.person.has("plan_draft"):
                plan.signed_by = chart.clinician
                plan.signed_at = moment.no_later(moment.at(plan.effective_on, time(8, 30)))
                signed.append(plan)
    TreatmentPlan.objects.bulk_update(signed, ["signed_at", "signed_by"])


def _plans(chart: Chart, moment: Moment) -> list[TreatmentPlan]:
    begins_on = chart.episode.admitted_on
    second_on = begins_on + timedelta(days=SECOND_VERSION_AFTER_DAYS)
    last_on = chart.episode.ended_on or moment.day(-1)
    is_begun = second_on <= last_on or chart.person.has("plan_draft")
    starts = [begins_on] + ([second_on] if is_begun else [])
    return [
        TreatmentPlan(
            episode=chart.episode,
            version=version,
            effective_on=on,
            review_due_on=on + timedelta(days=REVIEW_DAYS),
        )
        for version, on in enumerate(starts, start=1)
    ]


def _goals(chart: Chart, plan: TreatmentPlan, first_total: int) -> list[Goal]:
    person, target_on = chart.person, chart.episode.expected_end_on or plan.review_due_on
    target = min(9, max(1, first_total - 5))
    goals = [
        Goal(
            plan=plan,
            position=1,
            statement=MOOD[person.track],
            objective=f"PHQ-9 from {first_total} to {target} or less",
            instrument_code="phq9",
            baseline=Decimal(first_total),
            target=Decimal(target),
            target_on=target_on,
            progress=Goal.Progress.ON_TRACK,
        )
    ]
    more = list(MORE[:2]) if person.has("amara") else chance("goals", person.name).sample(MORE, 2)
    for position, (statement, objective, baseline, aim) in enumerate(more, start=2):
        progress = chance("progress", person.name, position).choice(["on_track", "on_track", "slow"])
        share = Decimal("0.7") if progress == "on_track" else Decimal("0.25")
        goals.append(
            Goal(
                plan=plan,
                position=position,
                statement=statement,
                objective=objective,
                baseline=Decimal(baseline),
                target=Decimal(aim),
                current=round(baseline + (aim - baseline) * share, 1),
                target_on=target_on,
                progress=progress,
            )
        )
    return goals
