"""The facts behind a plan's golden thread, read in a fixed number of queries, however long the stay."""

from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from patients.models import Diagnosis, Episode, Intervention, Objective, Problem, TreatmentPlan
from patients.models.plan_parts import OPEN_STATUSES
from patients.plan_tree import review_due_on, standing
from scheduling.models import Booking, TherapySession
from sessions.models import Attendance, ProgressNote
from sessions.thread import WINDOW_DAYS, Aim, Facts, Held, Named, Planned

AHEAD = timedelta(days=WINDOW_DAYS)


def facts_of(episode: Episode, day: date) -> Facts | None:
    """The thread of the plan in force on that day, or None without one; seven queries."""
    plan = episode.plans.in_force_on(day).annotate(due_on=review_due_on()).first()
    if plan is None:
        return None
    return Facts(
        day=day,
        began_on=plan.effective_on,
        review_due_on=plan.due_on,
        aims=_aims(plan),
        held=_held(episode, day),
        named=_named(episode),
        signed_without_objective=_signed_without_objective(episode),
        diagnoses_without_problem=_loose_diagnoses(episode, plan),
    )


def _aims(plan: TreatmentPlan) -> tuple[Aim, ...]:
    rows = standing(Objective.objects.filter(goal__plan=plan)).select_related("goal__problem")
    return tuple(
        Aim(
            objective.pk,
            f"{objective.goal.position}.{objective.position}",
            objective.statement,
            objective.thread,
            is_open=objective.status_now in OPEN_STATUSES
            and objective.goal.problem.status == Problem.Status.ACTIVE,
            services=tuple(_planned(service) for service in objective.interventions.all()),
        )
        for objective in rows.prefetch_related("interventions")
    )


def _planned(service: Intervention) -> Planned:
    return Planned(
        service=service.service,
        frequency=service.frequency,
        kind=service.kind,
        times=service.times,
        every=service.every,
        period=service.period,
        group_name=service.group_name,
    )


def _held(episode: Episode, day: date) -> tuple[Held, ...]:
    """Bookings four weeks back and ahead, each with whether the person came."""
    came = Attendance.objects.attended().filter(booking=OuterRef("pk"))
    rows = Booking.objects.active().filter(
        episode=episode,
        session__occurs_on__range=(day - AHEAD, day + AHEAD),
        session__status=TherapySession.Status.SCHEDULED,
    )
    columns = ("session__occurs_on", "session__kind", "session__title", "came")
    return tuple(Held(*row) for row in rows.annotate(came=Exists(came)).values_list(*columns))


def naming(objective: Objective) -> Q:
    """Notes that name this objective in any version; one that names only a goal stands for its first."""
    first = Objective.objects.filter(thread=objective.thread, position=1).values("goal")
    return Q(objective__thread=objective.thread) | Q(objective__isnull=True, goal__in=first)


def _notes(episode: Episode) -> QuerySet[ProgressNote]:
    """Signed ones: a draft is not part of the record yet."""
    return ProgressNote.objects.filter(booking__episode=episode, signature__isnull=False)


def _named(episode: Episode) -> dict[UUID, Named]:
    first = Objective.objects.filter(goal=OuterRef("goal"), position=1).values("thread")
    rows = _notes(episode).annotate(thread=Coalesce(F("objective__thread"), Subquery(first)))
    by_thread = rows.filter(thread__isnull=False).order_by().values("thread")
    counted = by_thread.annotate(number=Count("pk"), last_on=Max("booking__session__occurs_on"))
    return {
        thread: Named(number, last)
        for thread, number, last in counted.values_list("thread", "number", "last_on")
    }


def _signed_without_objective(episode: Episode) -> int:
    return _notes(episode).filter(goal__isnull=True, objective__isnull=True).count()


def _loose_diagnoses(episode: Episode, plan: TreatmentPlan) -> tuple[str, ...]:
    named = Problem.objects.filter(plan=plan, diagnosis=OuterRef("pk"))
    rows = Diagnosis.objects.filter(episode=episode).exclude(Exists(named))
    return tuple(f"{row.code} {row.label}" for row in rows)
