"""The rows of the pages that plan around leave and closures: each session that is hit and its ways."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import QueryDict

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import zone
from scheduling import absences, closures
from scheduling.closures import Closing
from scheduling.evaluation import wanted_of
from scheduling.models import Room, TherapySession
from scheduling.replanning import Deed
from scheduling.replanning_forms import Row, typed
from scheduling.substitutes import Candidate, candidates_of, with_people

MOST_CANDIDATES = 8
LEAVE = (Deed.LEAVE, "Leave it open: needs a substitute")
CANCEL = (Deed.CANCEL, "Cancel it")


def absence_rows(
    *,
    staff: User,
    span: tuple[datetime, datetime],
    sites: Sequence[Site],
    said: QueryDict,
    problems: dict[int, list[str]],
    now: datetime,
) -> list[Row]:
    """Sessions this clinician leads or helps to lead then; the best substitute is proposed."""
    rows = with_people(absences.hit_by(staff, *span, sites, now)).order_by("starts_at", "pk")
    sessions = list(rows)
    led = [session for session in sessions if session.lead_id == staff.pk]
    offered = candidates_of(led, now)
    found = []
    for session in sessions:
        ways = _ways(offered[session.pk]) if session.pk in offered else _helper_ways(staff)
        chosen = typed(said, "do", session, ways[0][0])
        found.append(_row(session, ways, chosen, problems))
    return found


def _ways(offered: Iterable[Candidate]) -> list[tuple[str, str]]:
    able = [one for one in offered if not one.why_not][:MOST_CANDIDATES]
    people = [
        (f"{Deed.SUBSTITUTE} {one.staff.pk}", f"{one.staff.short_name}: {one.knows_words}, {one.day_words}")
        for one in able
    ]
    return [*people, (str(LEAVE[0]), LEAVE[1]), (str(CANCEL[0]), CANCEL[1])]


def _helper_ways(staff: User) -> list[tuple[str, str]]:
    return [
        (str(Deed.WITHOUT), f"Goes on without {staff.short_name}"),
        (str(Deed.LEAVE), "Leave it as it is"),
        (str(CANCEL[0]), CANCEL[1]),
    ]


def closure_rows(
    *, site: Site, closings: Sequence[Closing], said: QueryDict, problems: dict[int, list[str]], now: datetime
) -> list[Row]:
    """Sessions in that time: to cancel, or to move to what was typed."""
    ways = [(str(CANCEL[0]), CANCEL[1]), (str(Deed.MOVE), "Move it to")]
    tz = zone(site.time_zone)
    found = []
    for session in with_people(closures.hit_by(site, closings, now)).order_by("starts_at", "pk"):
        wall = f"{session.starts_at.astimezone(tz):%H:%M}"
        row = _row(session, ways, typed(said, "do", session, str(Deed.CANCEL)), problems)
        kept = {"on": typed(said, "on", session), "at": typed(said, "at", session, wall)}
        found.append(Row(**{**vars(row), **kept, "room": typed(said, "room", session)}))
    return found


def _row(
    session: TherapySession, ways: list[tuple[str, str]], chosen: str, problems: dict[int, list[str]]
) -> Row:
    about = wanted_of(session).patients
    named = ", ".join(patient.short_name for patient in about) if session.is_visit else ""
    return Row(session, len(about), named, ways, chosen, problems.get(session.pk, []))


def rooms_of(site: Site) -> list[Room]:
    return list(Room.objects.filter(site=site, is_active=True))


def record_names(actor: User, site: Site, rows: Iterable[Row]) -> None:
    """The page names whose visits are hit: a read, recorded."""
    named = [patient.pk for row in rows if row.named for patient in wanted_of(row.session).patients]
    if named:
        record(actor, "replanning.read", site_id=site.pk, patients=named)
