"""When a certification and a continued-stay review are due, asked of the rows: nothing is stored twice.

First certification: the first day of the level; later ones: the last day covered. A review: so many days
after the last determination, 30 unless the payer says otherwise (domain reference 1.5, 2.2, 4.4).
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from patients.models import Certification, Coverage, Episode, LevelDetermination, LevelOfCareStay, PayerClock

REVIEW_DAYS = 30
SOON = timedelta(days=7)
LONG_AGO = Value(date(1900, 1, 1), output_field=DateField())


def with_care_clocks(episodes: QuerySet[Episode], day: date) -> QuerySet[Any, Any]:
    """Each episode with `care_kind`, `certify_due_on` (None where no payer asks) and `review_due_on`.

    No statement of its own. On the way it also names `care_payer`, `care_from_on` (first day of this kind of
    level without a break) and `certified_to_on`.
    """
    stays = LevelOfCareStay.objects.filter(episode=OuterRef("pk"), from_on__lte=day)
    running = stays.filter(Q(to_on__isnull=True) | Q(to_on__gte=day))
    payer = Coverage.objects.in_force_on(day).filter(patient=OuterRef("patient"), rank=1)
    clocks = PayerClock.objects.in_force_on(day).filter(
        payer=OuterRef("care_payer"), level_kind=OuterRef("care_kind")
    )
    before = stays.exclude(level__kind=OuterRef("care_kind")).order_by("-from_on")
    same = stays.filter(level__kind=OuterRef("care_kind"), from_on__gt=OuterRef("care_before_on"))
    certified = Certification.objects.filter(
        episode=OuterRef("pk"), level_kind=OuterRef("care_kind"), to_on__gte=OuterRef("care_from_on")
    )
    reviews = LevelDetermination.objects.signed().filter(episode=OuterRef("pk")).exclude(kind="discharge")
    found: QuerySet[Any, Any] = episodes.annotate(
        care_kind=Subquery(running.values("level__kind")[:1]),
        care_payer=Subquery(payer.values("payer")[:1]),
    )
    found = found.annotate(
        care_certifies=Subquery(clocks.values("certifies")[:1]),
        care_review_days=Coalesce(
            Subquery(clocks.values("review_days")[:1]), Value(REVIEW_DAYS), output_field=IntegerField()
        ),
        care_before_on=Coalesce(Subquery(before.values("from_on")[:1]), LONG_AGO),
    )
    found = found.annotate(care_from_on=Subquery(same.order_by("from_on").values("from_on")[:1]))
    found = found.annotate(
        certified_to_on=Subquery(certified.order_by("-to_on").values("to_on")[:1]),
        reviewed_on=Coalesce(
            Subquery(reviews.order_by("-decided_on").values("decided_on")[:1]), F("admitted_on")
        ),
    )
    return found.annotate(
        certify_due_on=Case(
            When(care_certifies=True, then=Coalesce("certified_to_on", "care_from_on")),
            output_field=DateField(),
        ),
        review_due_on=ExpressionWrapper(F("reviewed_on") + F("care_review_days"), output_field=DateField()),
    )
