"""Sessions that were attended and have no signed note yet, and how old that is (domain reference 4.4).

Notes of imported attendance are kept where it came from, so nobody owes one here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Count, Exists, F, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import minutes_between
from sessions.models import Attendance, ProgressNote, Signature

# A note that nobody began is asked for this long; a draft for ever.
LOOK_BACK = timedelta(days=45)


# The draft's author, else the session's lead.
WRITER = Coalesce(
    Subquery(ProgressNote.objects.filter(booking=OuterRef("booking")).values("author_id")[:1]),
    F("booking__session__lead_id"),
    output_field=BigIntegerField(),
)


def owed_notes(now: datetime) -> QuerySet[Attendance]:
    """Attended, over, counted toward the week, and not signed."""
    signed = Signature.objects.filter(note__booking=OuterRef("booking"))
    return (
        Attendance.objects.attended()
        .filter(~Exists(signed), booking__session__starts_at__gte=now - LOOK_BACK)
        .filter(booking__session__ends_at__lte=now, booking__session__counts_toward_hours=True)
        .exclude(source=Attendance.Source.IMPORT)
    )


@dataclass(frozen=True)
class Owed:
    """One clinician's notes that wait: how many, and how old the oldest is."""

    writer_id: int
    name: str
    count: int
    oldest: str
    tone: str


def age_words(ended_at: datetime, now: datetime) -> str:
    """ "26 h", "3 days": whole units passed since the session ended."""
    hours = minutes_between(ended_at, now) // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"


def age_tone(ended_at: datetime, site: Site, now: datetime) -> str:
    """Quiet until due, amber when due, red when late, by the site's hours."""
    age = now - ended_at
    if age > timedelta(hours=site.note_late_hours):
        return "bad"
    return "warn" if age > timedelta(hours=site.note_due_hours) else "quiet"


def owed_by_writer(site: Site, now: datetime) -> tuple[Owed, ...]:
    """Per clinician of the site, most first; two statements."""
    rows = owed_notes(now).filter(booking__session__site=site).annotate(writer=WRITER).values("writer")
    counted = list(rows.annotate(count=Count("pk"), oldest=Min("booking__session__ends_at")))
    names = _names(row["writer"] for row in counted)
    owed = [
        Owed(
            row["writer"],
            names[row["writer"]],
            row["count"],
            age_words(row["oldest"], now),
            age_tone(row["oldest"], site, now),
        )
        for row in counted
    ]
    return tuple(sorted(owed, key=lambda row: (-row.count, row.name)))


def _names(user_ids: Iterable[int]) -> dict[int, str]:
    rows = User.objects.filter(pk__in=list(user_ids)).values_list("pk", "given_name", "family_name")
    return {pk: f"{given} {family}" for pk, given, family in rows}
