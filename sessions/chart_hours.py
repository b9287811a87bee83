"""One week of a person for the chart's hours piece: the figures of `sessions.ledger` in two statements."""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from iop_clinic.clock import Week
from patients.models import LevelOfCareStay, Patient
from sessions.hours import Entry, Slot, week_ledger
from sessions.ledger import UNMARKED, attendance_of, entry_of, expected_bookings
from sessions.models import Attendance
from sessions.week_page import WeekPage, week_page

_SLOT = (
    "session__starts_at",
    "session__ends_at",
    "session__break_minutes",
    "session__counts_toward_hours",
)
_MARK = ("arrived_at", "left_at", "absence", "reason")


def latest_episode(patient: Patient, week: Week) -> Any:
    """The latest episode with its site and the `goal_minutes` of that week (see `ledger.goal_minutes`)."""
    stays = LevelOfCareStay.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=week.starts_on),
        episode=OuterRef("pk"),
        from_on__lte=week.ends_on,
    )
    goal = Subquery(stays.order_by("-from_on").values("prescribed_minutes")[:1])
    episode = patient.episodes.annotate(goal_minutes=goal).order_by("-admitted_on").first()
    if episode is not None:
        episode.site = patient.site
    return episode


def chart_week(episode: Any, week: Week, now: datetime) -> WeekPage:
    """This week of an episode from `latest_episode`, bookings and attendance read at once."""
    entries, marks = _entries(episode.pk, week)
    ledger = week_ledger(
        entries, goal_minutes=episode.goal_minutes or 0, now=now, tz_name=episode.site.time_zone
    )
    return week_page(episode, week, ledger, marks, is_now=True)


def _entries(episode_id: int, week: Week) -> tuple[list[Entry], dict[int, Attendance]]:
    """Entries of the week, and what attendance says of those that are marked, by booking id."""
    bookings = expected_bookings().filter(
        episode=episode_id, session__occurs_on__range=(week.starts_on, week.ends_on)
    )
    rows = (
        bookings.order_by()
        .annotate(**{column: attendance_of(column) for column in _MARK})
        .values_list("pk", "status", "session__title", "session__occurs_on", *_SLOT, *_MARK)
    )
    entries, marks = [], {}
    for pk, status, title, day, starts_at, ends_at, breaks, counts, *said in rows:
        mark = UNMARKED
        if said != [None] * len(_MARK):
            marks[pk] = Attendance(booking_id=pk, **dict(zip(_MARK, said, strict=True)))
            mark = (marks[pk].arrived_at, marks[pk].left_at, marks[pk].absence)
        slot = Slot(starts_at, ends_at, breaks, counts)
        entries.append(entry_of(slot, status, mark, label=title, day=day, key=pk))
    return entries, marks
