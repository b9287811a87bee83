"""The referrals of a site by stage, with the days each has waited. Two queries, however many there are."""

from dataclasses import dataclass
from datetime import date, timedelta

from iop_clinic.accounts.models import Site
from patients.models import Referral
from patients.models.referral import OPEN_STAGES, Stage

SOON_DAYS, LONG_DAYS = 7, 14  # first contact to intake: domain reference 4.4
CLOSED_FOR = timedelta(days=60)
CLOSED_ROWS = 20


@dataclass(frozen=True)
class Row:
    referral: Referral
    days: int

    @property
    def tone(self) -> str:
        if self.referral.stage == Stage.WAITLISTED:
            return ""
        return "bad" if self.days > LONG_DAYS else "warn" if self.days > SOON_DAYS else ""


@dataclass(frozen=True)
class Lane:
    """One stage and who is in it, the longest waiting first."""

    stage: Stage
    rows: list[Row]


def lanes(site: Site, day: date) -> list[Lane]:
    """The open stages in order, empty ones too."""
    rows = Referral.objects.open().filter(site=site).select_related("patient", "payer")
    waiting = [Row(referral, referral.days_waiting(day)) for referral in rows]
    return [Lane(stage, [row for row in waiting if row.referral.stage == stage]) for stage in OPEN_STAGES]


def lately_closed(site: Site, day: date) -> list[Row]:
    """Admitted or referred out, received within the last two months, newest first."""
    rows = (
        Referral.objects.filter(site=site, received_on__gte=day - CLOSED_FOR)
        .exclude(stage__in=OPEN_STAGES)
        .select_related("patient", "payer")
        .order_by("-received_on", "-pk")[:CLOSED_ROWS]
    )
    return [Row(referral, referral.days_waiting(day)) for referral in rows]
