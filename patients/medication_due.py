"""When the next medication visit is due: soon after admission, then a number of days after the last.

The evidence of a visit is the list signed at it. Seven days, then monthly or sooner: domain reference 4.4.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.due import day_words
from patients.models import Episode, MedicationInterval, MedicationReport, Reconciliation

SOON_DAYS = 7


@dataclass(frozen=True)
class MedicationRule:
    """Days from admission to the first visit and from one to the next; `days` None: no visits here."""

    first_days: int
    days: int | None

    def due_on(self, admitted_on: date, last_on: date | None) -> date | None:
        if self.days is None:
            return None
        if last_on is None:
            return admitted_on + timedelta(days=min(self.first_days, self.days))
        return last_on + timedelta(days=self.days)


@dataclass(frozen=True)
class NextVisit:
    """The next medication visit of a stay, the last one, and the rule between them."""

    due_on: date | None
    last_on: date | None
    rule: MedicationRule

    def words(self, day: date) -> str:
        if self.due_on is None:
            return "No medication visits here"
        if self.due_on < day:
            return f"Visit was due {day_words(self.due_on, day)}"
        return "Visit due today" if self.due_on == day else f"Visit due {day_words(self.due_on, day)}"

    def tone(self, day: date) -> str:
        return due_tone(self.due_on, day) if self.due_on else ""


def due_tone(due_on: date, day: date) -> str:
    """bad when overdue, warn within a week, else nothing."""
    if due_on < day:
        return "bad"
    return "warn" if due_on <= day + timedelta(days=SOON_DAYS) else ""


def next_visit(episode: Episode, site: Site) -> NextVisit:
    """Of one stay: two statements."""
    own = episode.medication_intervals.first()
    rule = MedicationRule(site.medication_first_days, own.days if own else site.medication_days)
    visits = Reconciliation.objects.filter(
        patient=episode.patient_id, at_visit=True, on__gte=episode.admitted_on
    )
    last_on = visits.order_by("-on").values_list("on", flat=True).first()
    return NextVisit(rule.due_on(episode.admitted_on, last_on), last_on, rule)


def due_episodes(site: Site, by: date) -> QuerySet[Episode]:
    """Running stays of the site whose next visit is due by that day, the longest due first.

    Each has `due_on`, `last_on`, `every_days`, `has_reports` and its patient; one statement, to be paged.
    """
    visits = Reconciliation.objects.filter(
        patient=OuterRef("patient"), at_visit=True, on__gte=OuterRef("admitted_on")
    )
    own = MedicationInterval.objects.filter(episode=OuterRef("pk"))
    latest = own.order_by("-set_at", "-pk").values(said=Coalesce("days", Value(0)))[:1]
    open_reports = MedicationReport.objects.open().filter(patient=OuterRef("patient"))
    first = Value(site.medication_first_days)
    return (
        Episode.objects.filter(site=site, ended_on__isnull=True)
        .annotate(
            last_on=Subquery(visits.order_by("-on").values("on")[:1]),
            every_days=Coalesce(Subquery(latest), Value(site.medication_days), output_field=IntegerField()),
        )
        .exclude(every_days=0)
        .annotate(due_on=_due_on(first))
        .filter(due_on__lte=by)
        .annotate(has_reports=Exists(open_reports))
        .select_related("patient", "primary_clinician")
        .order_by("due_on", "patient__family_name", "pk")
    )


def _due_on(first: Value) -> Case:
    """MedicationRule.due_on, in SQL."""
    day = DateField()
    sooner = Case(When(every_days__lt=first, then=F("every_days")), default=first)
    return Case(
        When(last_on__isnull=True, then=ExpressionWrapper(F("admitted_on") + sooner, output_field=day)),
        default=ExpressionWrapper(F("last_on") + F("every_days"), output_field=day),
        output_field=day,
    )


@transaction.atomic
def set_interval(
    *, actor: User, episode: Episode, days: int | None, reason: str, now: datetime
) -> MedicationInterval:
    """From now on so many days lie between visits of this stay; None for none here. Refused 422 without
    a reason, 409 for who has left."""
    held = Episode.objects.select_for_update(of=("self",), no_key=True).get(pk=episode.pk)
    if held.ended_on is not None:
        raise Refused("This person has left the program.")
    if not reason.strip():
        raise Refused("Say why.", status=422, reason="Say why, in a few words.")
    sentence = "Choose 1 to 180 days."
    with refused_by(medication_interval_is_a_day_to_half_a_year=Refused(sentence, status=422, days=sentence)):
        made = MedicationInterval.objects.create(
            episode=held, days=days, reason=reason.strip(), set_by=actor, set_at=now
        )
    record(actor, "patients.set_medication_interval", made)
    return made
