"""The referrals of a site as one list: by stage, by who sent them, late ones, and whom to reach today.

Paged, a fixed number of queries. First contact to intake: domain reference 4.4.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from iop_clinic.accounts.models import Site
from iop_clinic.clock import local_day
from patients.due import day_words, due_tone, due_words
from patients.models import Referral
from patients.models.referral import OPEN_STAGES, UNSEEN_STAGES, Source, Stage

PAGE_ROWS = 50
ONLY = {"late": "Late", "contact": "To reach"}
STAGES: dict[str, str] = {"open": "Open", **{stage.value: stage.label for stage in OPEN_STAGES}}
STAGES |= {Stage.ADMITTED.value: "Admitted", Stage.CLOSED.value: "Closed"}


@dataclass(frozen=True)
class Asked:
    """What the list shows; anything unknown means the first choice."""

    stage: str = "open"
    source: str = ""
    only: str = ""

    @classmethod
    def of(cls, typed: Any) -> "Asked":
        stage, source, only = (typed.get(name, "") for name in ("stage", "source", "only"))
        return cls(
            stage if stage in STAGES else "open",
            source if source in Source.values else "",
            only if only in ONLY else "",
        )

    def query(self, **changed: str) -> str:
        """As a query string without what is not asked, ending in "&" unless it is empty."""
        said = {"stage": self.stage, "source": self.source, "only": self.only} | changed
        return "".join(f"{name}={value}&" for name, value in said.items() if value and value != "open")


@dataclass(frozen=True)
class Row:
    """A referral with what its clock says."""

    referral: Referral
    days: int
    words: str
    tone: str
    contact_words: str
    contact_tone: str


def asked_rows(site: Site, asked: Asked, now: datetime) -> QuerySet[Referral]:
    """The oldest first contact first; what has ended, the newest first."""
    rows = Referral.objects.filter(site=site).select_related("patient", "payer", "sender")
    is_open = asked.stage == "open" or asked.stage in OPEN_STAGES
    rows = rows.open() if asked.stage == "open" else rows.filter(stage=asked.stage)
    if asked.source:
        rows = rows.filter(source=asked.source)
    if asked.only == "late":
        rows = rows.late(now)
    if asked.only == "contact":
        rows = rows.to_contact(local_day(now, site.time_zone))
    return rows.order_by("received_on", "pk") if is_open else rows.order_by("-received_on", "-pk")


def pipeline_page(
    site: Site, asked: Asked, now: datetime, number: str
) -> tuple[Page[Referral], list[Row], dict[str, int]]:
    """A page, its rows, and how many stand at each open stage; three queries."""
    page = Paginator(asked_rows(site, asked, now), PAGE_ROWS).get_page(number)
    day = local_day(now, site.time_zone)
    counts = dict(
        Referral.objects.open().filter(site=site).order_by().values_list("stage").annotate(Count("pk"))
    )
    return page, [_row(row, site, now, day) for row in page.object_list], counts


def _row(referral: Referral, site: Site, now: datetime, day: date) -> Row:
    words, tone = clock_of(referral, site, now)
    contact = referral.next_contact_on
    return Row(
        referral=referral,
        days=referral.days_waiting(day),
        words=words,
        tone=tone,
        contact_words=day_words(contact, day) if contact else "",
        contact_tone="bad" if contact and contact < day else "warn" if contact == day else "",
    )


def clock_of(referral: Referral, site: Site, now: datetime) -> tuple[str, str]:
    """What the access clock says in words, and its tone; both empty once the person was seen.

    Late after `see_by`; a warning after the days the site aims at.
    """
    if referral.stage not in UNSEEN_STAGES:
        return "", ""
    words, tone = (
        due_words(referral.see_by, now, site.time_zone),
        due_tone(referral.see_by, now, site.time_zone),
    )
    over = referral.days_waiting(local_day(now, site.time_zone)) > site.intake_days
    urgent = referral.urgency == Referral.Urgency.URGENT
    return words, tone or ("warn" if over or urgent else "")
