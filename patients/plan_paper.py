"""The whole plan as plain data for paper: problems down to services, the person, reviews, signatures."""

from datetime import date, datetime

from django.db.models import prefetch_related_objects

from iop_clinic.paper.sheet import Block, Section, Sheet, Table, Words
from patients.document_paper import signed_line
from patients.models import Goal, Intervention, Objective, ObjectiveReview, PlanReview, Problem, TreatmentPlan
from patients.models.plan import ABOUT_THE_PERSON, WAY_OUT, said_of
from patients.models.plan_parts import in_digits
from patients.paper import day_in_words, instant_in_words, sheet_of

HEADS = ("Objective", "From, to, by", "Services", "Status")
REVIEW_HEADS = ("Objective", "Progress", "Evidence", "From now on")


def plan_on_paper(plan: TreatmentPlan, *, now: datetime, notice: str = "") -> Sheet:
    """A version read with its parts and its patient's site; a draft says so."""
    patient = plan.episode.patient
    tz_name = patient.site.time_zone
    sections = [_problem(problem) for problem in plan.problems.all()]
    for title, names in (("The person", ABOUT_THE_PERSON), ("The way out", WAY_OUT)):
        said = said_of(plan, names)
        if said:
            sections.append(Section(title, tuple(Words(words, label) for label, words in said)))
    reviews = _signed_reviews(plan)
    sections += [_review(review, tz_name) for review in reviews]
    return sheet_of(
        patient,
        title="Interim treatment plan" if plan.is_interim else "Treatment plan",
        facts=_facts(plan, reviews[0].next_review_on if reviews else plan.review_due_on),
        sections=tuple(sections),
        now=now,
        mark="" if plan.signed_at else "Draft",
        notice=notice,
        signatures=tuple(signed_line(row, tz_name) for row in plan.signatures.all()),
    )


def _signed_reviews(plan: TreatmentPlan) -> list[PlanReview]:
    """The last first; no query where the plan brought its reviews along."""
    prefetch_related_objects([plan], "reviews__author", "reviews__objectives__objective__goal")
    return [review for review in plan.reviews.all() if review.signed_at is not None]


def _facts(plan: TreatmentPlan, due_on: date) -> tuple[tuple[str, str], ...]:
    tz_name = plan.episode.patient.site.time_zone
    weeks = (("Estimated stay", f"{plan.stay_weeks} weeks"),) if plan.stay_weeks else ()
    return (
        ("Version", str(plan.version)),
        ("Admitted", day_in_words(plan.episode.admitted_on)),
        ("Starts", day_in_words(plan.effective_on)),
        ("Review due", day_in_words(due_on)),
        ("Signed", instant_in_words(plan.signed_at, tz_name) if plan.signed_at else "Not signed yet"),
        *weeks,
    )


def _problem(problem: Problem) -> Section:
    blocks: list[Block] = []
    if problem.diagnosis:
        blocks.append(Words(f"{problem.diagnosis.code} {problem.diagnosis.label}", "Diagnosis"))
    if problem.evidence:
        blocks.append(Words(problem.evidence, "Seen in"))
    blocks += [_goal(goal) for goal in problem.goals.all()]
    state = "" if problem.status == Problem.Status.ACTIVE else f" ({problem.get_status_display().lower()})"
    return Section(f"Problem {problem.position}: {problem.statement}{state}", tuple(blocks))


def _goal(goal: Goal) -> Table:
    rows = tuple(_objective(objective) for objective in goal.objectives.all())
    return Table(HEADS, rows, f"Goal {goal.position}: “{goal.statement}”")


def _objective(objective: Objective) -> tuple[str, ...]:
    by = f"by {day_in_words(objective.target_on)}" if objective.target_on else ""
    services = "\n".join(_service(one) for one in objective.interventions.all())
    aim = ", ".join(filter(None, (objective.measured, by)))
    number = f"{objective.goal.position}.{objective.position}"
    return f"{number} {objective.statement}", aim, services, objective.get_status_display()


def _service(one: Intervention) -> str:
    said = ", ".join(filter(None, (one.service, one.frequency, f"{one.minutes} min", one.responsible)))
    return f"{said}: {one.words}" if one.words and one.kind != Intervention.Kind.OTHER else said


def _review(review: PlanReview, tz_name: str) -> Section:
    assert review.signed_at is not None
    signed = f"{review.author.full_name}, {instant_in_words(review.signed_at, tz_name)}"
    blocks: list[Block] = [Words(review.participants, "Who took part"), Words(signed, "Signed")]
    if review.summary:
        blocks.append(Words(review.summary, "In short"))
    blocks.append(Table(REVIEW_HEADS, tuple(_rated(row) for row in review.objectives.all())))
    blocks.append(Words(day_in_words(review.next_review_on), "Next review due"))
    return Section(f"Review of {day_in_words(review.reviewed_on)}", tuple(blocks))


def _rated(row: ObjectiveReview) -> tuple[str, ...]:
    aim = row.objective
    now_at = f", now at {in_digits(row.current)}" if row.current is not None else ""
    status = f"{row.get_status_display()}. {row.change}" if row.change else row.get_status_display()
    number = f"{aim.goal.position}.{aim.position}"
    return f"{number} {aim.statement}", f"{row.get_rating_display()}{now_at}", row.evidence, status
