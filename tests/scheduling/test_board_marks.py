"""What the week board marks: stand-ins, leave, closed days, make-ups, shared rooms, few people, clashes."""

from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import Week, at_local, local_day
from iop_clinic.roles import Role
from scheduling.blocks import Block
from scheduling.board import Board, draw
from scheduling.calendar import materialise
from scheduling.models import Absence, Closure, Group, Override, TherapySession
from scheduling.unplaced import unplaced
from scheduling.week_rows import closures_of, rows_of
from tests import make

pytestmark = pytest.mark.django_db
TZ = "America/New_York"
WEEK = Week(make.MONDAY)
URL = reverse("scheduling:week")
BEFORE = make.NOW - timedelta(days=3)
FRIDAY = make.MONDAY + timedelta(days=4)


def board(now: Any = BEFORE) -> Board:
    site = make.site()
    closures = closures_of(site, WEEK)
    gaps = unplaced(site, WEEK, now, closures)
    return draw(rows_of(site, WEEK), WEEK, TZ, now, gaps=gaps, closures=closures)


def blocks(drawn: Board) -> dict[str, Block]:
    columns = [column for band in drawn.bands for column in band.columns]
    return {place.block.title: place.block for column in columns for place in column.places if place.block}


def closed(day: date, starts: time = time(0), days: int = 1, name: str = "Thanksgiving") -> Closure:
    return Closure.objects.create(
        site=make.site(),
        name=name,
        closed_by=make.user(),
        starts_at=at_local(day, starts, TZ),
        ends_at=at_local(day + timedelta(days=days), time(0), TZ),
    )


def in_group(**fields: Any) -> tuple[Group, TherapySession]:
    group = make.group(**fields)
    materialise(day=make.MONDAY, weeks=1, now=BEFORE)
    return group, group.sessions.get()


def test_a_stand_in_is_named_with_whom_they_stand_in_for() -> None:
    _, session = in_group(lead=make.clinician(given_name="Ines"))
    session.lead, session.own = make.clinician(given_name="Sunniva", family_name="Berg"), ["lead"]
    session.save()
    assert blocks(board())["Process group"].who == "Sunniva B. · Sub for Ines"


def test_a_lead_who_changed_for_good_is_no_stand_in() -> None:
    group, _ = in_group(lead=make.clinician(given_name="Ines", family_name="Cole"))
    group.lead = make.clinician(given_name="Sunniva")
    group.save()
    assert blocks(board())["Process group"].who == "Ines C."


def test_a_lead_on_leave_is_marked_and_counted_until_the_session_begins() -> None:
    _, session = in_group()
    Absence.objects.create(
        staff=session.lead,
        starts_at=session.starts_at - timedelta(hours=1),
        ends_at=session.ends_at,
        kind="sick",
        recorded_by=make.user(),
    )
    drawn = board()
    assert blocks(drawn)["Process group"].alert == "Lead away" and drawn.uncovered == 1
    drawn = board(make.NOW)
    assert blocks(drawn)["Process group"].alert == "" and drawn.uncovered == 0


def test_a_closed_day_says_why_and_draws_nothing_that_was_cancelled_for_it() -> None:
    make.session(title="Tuesday group", day=make.MONDAY + timedelta(days=1))
    group = make.group(weekday=4)
    make.session(title="Friday group", day=FRIDAY, group=group, status="cancelled")
    closed(FRIDAY)
    drawn = board()
    friday = drawn.bands[0].columns[4]
    assert [one.words for one in friday.closed] == ["Closed: Thanksgiving"] and friday.places == []
    assert friday.closed[0].steps == drawn.bands[0].steps and drawn.days[4].closed
    assert drawn.bands[0].columns[3].closed == []


def test_a_closed_afternoon_shades_the_afternoon_and_is_named_once() -> None:
    make.session(starts=time(9), minutes=60)
    make.session(starts=time(15), minutes=60)
    closed(FRIDAY, time(9, 30), name="Water damage")
    first, _, second = board().bands
    (morning,), (afternoon,) = first.columns[4].closed, second.columns[4].closed
    assert (morning.at, morning.steps, morning.words) == (6, 6, "Closed: Water damage")
    assert (afternoon.at, afternoon.steps, afternoon.words) == (0, 12, "")


def test_people_without_a_place_in_the_group_come_to_make_up() -> None:
    group, session = in_group()
    episode = make.episode()
    make.booking(session, episode)
    assert "Make-up" in blocks(board())["Process group"].marks
    make.enrollment(episode, group)
    assert "Make-up" not in blocks(board())["Process group"].marks


def test_a_booking_that_makes_up_another_marks_its_session() -> None:
    group, session = in_group()
    episode = make.episode()
    make.enrollment(make.episode(), group)
    lost = make.booking(
        make.session(day=FRIDAY, status="cancelled"),
        episode,
        status="cancelled_by_clinic",
        cancelled_at=BEFORE,
    )
    make.booking(session, episode, makes_up=lost)
    assert "Make-up" in blocks(board())["Process group"].marks


def test_a_shared_room_and_too_few_people_are_said_quietly() -> None:
    in_group(minimum_size=4)
    why = Override.objects.create(rules=["room_taken"], reason="Short of rooms", allowed_by=make.user())
    TherapySession.objects.update(shares_room=True, override=why)
    assert blocks(board())["Process group"].marks == ("Shared", "min 4")
    assert "min 4" not in blocks(board(make.NOW))["Process group"].marks


def test_a_pattern_day_in_anothers_way_is_drawn_beside_it_and_counted() -> None:
    birch = make.room(name="Birch")
    make.session(title="Evening process", room=birch, starts=time(9, 45))
    make.group(name="Parents’ group", room=birch)
    drawn = board()
    there, missing = blocks(drawn)["Evening process"], blocks(drawn)["Parents’ group"]
    assert missing.alert == there.alert == "Clash in Birch" and missing.is_clash and there.is_clash
    assert (missing.lane, there.lane) == ("over-1", "over-2") and len(drawn.clashes) == 1
    assert missing.href.endswith("/20261019/")


def test_a_busy_lead_is_named_and_what_is_only_waiting_is_no_clash() -> None:
    ruth = make.clinician(given_name="Ruth", family_name="Adeyemi")
    make.session(title="DBT", lead=ruth)
    make.group(name="Process", lead=ruth)
    make.group(name="Waiting", weekday=3, room=make.room(name="Birch"))
    drawn = board()
    assert blocks(drawn)["Process"].alert == "Ruth A. is busy"
    assert blocks(drawn)["Waiting"].looks.endswith("is-planned") and len(drawn.clashes) == 1


def test_one_patients_week_is_theirs_alone_with_visits_and_the_read_is_recorded(sign_in: Any) -> None:
    episode = make.episode()
    make.booking(make.session(title="Process group"), episode)
    make.booking(make.session(title="Their hour", kind="individual", capacity=1, starts=time(11)), episode)
    make.session(title="Of others", starts=time(14))
    pk = episode.patient_id
    page = sign_in(role=Role.FRONT_DESK).get(URL, {"week": "2026-10-19", "patient": pk}).content.decode()
    assert "Process group" in page and "Their hour" in page and "Of others" not in page
    assert episode.patient.short_name in page
    assert AuditEvent.objects.filter(verb="schedule.read", patient_id=pk).exists()


def test_another_sites_patient_is_not_found_by_number_either(sign_in: Any) -> None:
    theirs = make.patient(make.other_site())
    client = sign_in(role=Role.FRONT_DESK)
    assert client.get(URL, {"patient": theirs.pk}).status_code == 404
    assert client.get(URL, {"patient": "9" * 30}).status_code == 404


@pytest.mark.parametrize("piece", [{}, {"HX-Request": "true"}])
def test_a_patient_is_found_by_name_and_their_week_is_one_link_away(sign_in: Any, piece: Any) -> None:
    whom = make.patient(given_name="Amara", family_name="Willowby")
    make.patient(make.other_site(), given_name="Amara", family_name="Elsewhere")
    url = reverse("scheduling:week_patients") + "?week=2026-10-19&visits=1"
    page = sign_in(role=Role.FRONT_DESK).post(url, {"q": "amara"}, headers=piece).content.decode()
    assert f"?week=2026-10-19&amp;patient={whom.pk}&amp;visits=1" in page and "Elsewhere" not in page
    assert ("<html" in page) is not bool(piece)


def test_a_phone_shows_one_day_and_leads_to_the_others(sign_in: Any) -> None:
    for n in range(5):
        make.session(day=make.MONDAY + timedelta(days=n), title=f"Group {n}")
    client = sign_in(role=Role.FRONT_DESK)
    page = client.get(URL, {"week": "2026-10-19", "day": "2026-10-22"}).content.decode()
    assert page.count("week-col is-chosen") == 1
    assert '<a href="?week=2026-10-19&amp;day=2026-10-22" aria-current="true">Thu 22</a>' in page
    drawn = draw(rows_of(make.site(), WEEK), WEEK, TZ, make.NOW)
    assert [day.is_chosen for day in drawn.days] == [False, False, True, False, False]


@pytest.mark.parametrize("table", [0, 1])
def test_board_and_list_name_clashes_and_link_to_their_fixes(sign_in: Any, table: int) -> None:
    coming = local_day(timezone.now(), TZ) + timedelta(days=7)
    room = make.room(name="Birch")
    make.session(title="Evening process", room=room, day=coming)
    group = make.group(name="Parents’ group", room=room, weekday=coming.weekday())
    asked = {"week": coming.isoformat(), "table": table}
    page = sign_in(role=Role.SUPERVISOR).get(URL, asked).content.decode()
    assert reverse("scheduling:clash", args=[group.pk, int(f"{coming:%Y%m%d}")]) in page
    assert "1 clash" in page


def fill(hours: range, days: int) -> None:
    """Sessions of groups, each with a clash beside it."""
    for hour in hours:
        room = make.room(name=f"R{hour}")
        for day in range(days):
            group = make.group(make.track(name=f"T{hour}"), room=room, weekday=day, starts=time(hour))
            on = make.MONDAY + timedelta(days=day)
            make.session(day=on, starts=time(hour), group=group, lead=group.lead, room=room, pattern_on=on)
            make.group(make.track(name=f"T{hour}"), room=room, weekday=day, starts=time(hour))


def statements(client: Any, **asked: Any) -> list[str]:
    asked = {"week": "2026-10-19"} | asked
    client.get(URL, asked)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(URL, asked).status_code == 200
    return [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]


@time_machine.travel(BEFORE, tick=False)
def test_the_page_takes_eight_statements_at_most_and_its_board_five_however_full(sign_in: Any) -> None:
    closed(make.MONDAY + timedelta(days=5))
    client = sign_in(role=Role.FRONT_DESK)
    fill(range(8, 9), days=1)
    few = statements(client)
    fill(range(9, 13), days=5)
    many = statements(client)
    assert len(few) == len(many) <= 8, many
    assert sum("scheduling_" in sql for sql in many) <= 5
    assert len(statements(client, table=1, visits=1)) <= 8


def test_a_family_hour_without_the_patient_is_not_free() -> None:
    make.session(title="Family", kind="family", capacity=1, counts_toward_hours=False)
    make.session(title="Individual", kind="individual", capacity=1, starts=time(11))
    drawn = blocks(board())
    assert drawn["Family"].seats == "" and drawn["Individual"].seats == "free"
