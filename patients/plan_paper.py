"""The whole plan as plain data for paper: problems down to services, the person, the way out, signatures."""

from datetime import datetime

from iop_clinic.paper.sheet import Block, Section, Sheet, Table, Words
from patients.document_paper import day_in_words, instant_in_words, sheet_of, signed_line
from patients.models import Goal, Objective, Problem, TreatmentPlan
from patients.models.plan import ABOUT_THE_PERSON, WAY_OUT, said_of

HEADS = ("Objective", "From, to, by", "Services", "Status")


def plan_on_paper(plan: TreatmentPlan, *, now: datetime, notice: str = "") -> Sheet:
    """A version read with its parts and its patient's site; a draft says so."""
    patient = plan.episode.patient
    tz_name = patient.site.time_zone
    signed = instant_in_words(plan.signed_at, tz_name) if plan.signed_at else "Not signed yet"
    weeks = (("Estimated stay", f"{plan.stay_weeks} weeks"),) if plan.stay_weeks else ()
    sections = [_problem(problem) for problem in plan.problems.all()]
    for title, names in (("The person", ABOUT_THE_PERSON), ("The way out", WAY_OUT)):
        said = said_of(plan, names)
        if said:
            sections.append(Section(title, tuple(Words(words, label) for label, words in said)))
    return sheet_of(
        patient,
        title="Interim treatment plan" if plan.is_interim else "Treatment plan",
        facts=(
            ("Version", str(plan.version)),
            ("Starts", day_in_words(plan.effective_on)),
            ("Review due", day_in_words(plan.review_due_on)),
            ("Signed", signed),
            *weeks,
        ),
        sections=tuple(sections),
        now=now,
        mark="" if plan.signed_at else "Draft",
        notice=notice,
        signatures=tuple(signed_line(row, tz_name) for row in plan.signatures.all()),
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
    services = "\n".join(
        ", ".join(filter(None, (one.service, one.frequency, f"{one.minutes} min", one.responsible)))
        for one in objective.interventions.all()
    )
    aim = ", ".join(filter(None, (objective.measured, by)))
    return objective.statement, aim, services, objective.get_status_display()
