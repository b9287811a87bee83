"""What the demo's plans were signed by, and how they were reviewed: nearly all, so that lists show a few."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.accounts.models import User
from iop_clinic.seal import seal_of
from patients.demo_chart import Chart
from patients.demo_plan_words import REVIEW
from patients.models import ObjectiveReview, PlanReview, Signature, TreatmentPlan
from patients.plan_reviewing import reviewed_content
from patients.plan_tree import signed_content, with_parts

Part, Way = Signature.Part, Signature.Way


def sign_plans(charts: list[Chart], house: House, moment: Moment) -> None:
    """Everyone's signatures under versions of running stays, save Amara's and one supervisor's."""
    running = [chart for chart in charts if chart.episode.ended_on is None]
    _cosign_the_rest(charts, house)
    plans = {plan.pk: chart for chart in running for plan, _ in chart.plans if plan.signed_at}
    whole = with_parts(TreatmentPlan.objects.filter(pk__in=plans)).order_by("-effective_on", "-pk")
    waits = next((plan.pk for plan in whole if plan.needs_cosignature), None)
    Signature.objects.bulk_create(
        row
        for plan in whole
        for row in _signatures(plan, plans[plan.pk], house, moment, cosigned=plan.pk != waits)
    )


def _cosign_the_rest(charts: list[Chart], house: House) -> None:
    """Plans of stays that are over wait for nobody."""
    plans = {plan.pk for chart in charts if chart.episode.ended_on for plan, _ in chart.plans}
    whole = with_parts(TreatmentPlan.objects.filter(pk__in=plans, needs_cosignature=True))
    Signature.objects.bulk_create(
        _by(plan, Part.SUPERVISOR, house.staff["helena"], plan.signed_at, seal_of(signed_content(plan)))
        for plan in whole
        if plan.signed_at
    )


def _signatures(
    plan: TreatmentPlan, chart: Chart, house: House, moment: Moment, *, cosigned: bool
) -> Iterator[Signature]:
    assert plan.signed_at is not None
    seal, at = seal_of(signed_content(plan)), plan.signed_at
    later = moment.no_later(at + timedelta(hours=26))
    yield _by(plan, Part.CLINICIAN, chart.clinician, at, seal)
    if plan.needs_cosignature and cosigned:
        yield _by(plan, Part.SUPERVISOR, house.staff["helena"], later, seal)
    is_last = plan.pk == chart.plans[-1][0].pk
    if not is_last or chance("prescriber signs", chart.person.name).random() < 0.9:
        yield _by(plan, Part.PRESCRIBER, house.staff["osei"], later, seal)
    if is_last and chart.person.has("amara"):
        return  # waits for her in the portal
    yield _with(plan, Part.PATIENT, chart.patient.full_name, chart.clinician, at, seal)
    if chart.person.track == "teen":
        initial = chance("guardian", chart.patient.full_name).choice("ABCDEFGHJKLM")
        yield _with(plan, Part.GUARDIAN, f"{initial}. {chart.patient.family_name}", chart.clinician, at, seal)


def _by(plan: TreatmentPlan, part: str, who: User, at: datetime, seal: str) -> Signature:
    return Signature(
        plan=plan,
        part=part,
        way=Way.PASSWORD,
        signer=who,
        recorded_by=who,
        signed_name=who.full_name,
        credential=who.profile.credential,
        signed_at=at,
        content_sha256=seal,
    )


def _with(plan: TreatmentPlan, part: str, name: str, by: User, at: datetime, seal: str) -> Signature:
    return Signature(
        plan=plan,
        part=part,
        way=Way.ON_SCREEN,
        recorded_by=by,
        signed_name=name,
        signed_at=at,
        content_sha256=seal,
    )


def review_plans(charts: list[Chart], moment: Moment) -> None:
    """Two days before each was due, save for one that is overdue."""
    for chart in charts:
        for plan, objectives in chart.plans:
            on = plan.review_due_on - timedelta(days=2)
            late = on >= moment.today or chart.person.has("review_late")
            if plan.signed_at is None or chart.episode.ended_on is not None or late:
                continue
            review = PlanReview.objects.create(
                plan=plan,
                reviewed_on=on,
                participants=f"{chart.patient.full_name}, {chart.clinician.full_name}",
                summary="Keeps the goals; the evenings get more attention.",
                next_review_on=on + timedelta(days=30),
                author=chart.clinician,
            )
            draw = chance("review", chart.person.name)
            rows = [
                ObjectiveReview(
                    review=review, objective=row, rating=rating, evidence=words, status="in_progress"
                )
                for row in objectives
                for rating, words in [draw.choice(list(REVIEW.items()))]
            ]
            ObjectiveReview.objects.bulk_create(rows)
            review.signed_at = moment.at(on, time(15, 10))
            review.content_sha256 = seal_of(reviewed_content(review, rows))
            review.save(update_fields=["signed_at", "content_sha256"])
