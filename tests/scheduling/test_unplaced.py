"""What a week lacks of its patterns is seen, with what is in the way; nothing else is called a gap."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.clock import at_local, week_of
from scheduling.calendar import materialise
from scheduling.models import Closure, Group, TherapySession
from scheduling.moving import cancel_session
from scheduling.unplaced import PLACED_SOON, Unplaced, unplaced
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
WEEK = week_of(make.MONDAY)
BEFORE = make.NOW - timedelta(days=3)


def gaps(now: Any = BEFORE, week: Any = WEEK) -> list[Unplaced]:
    return unplaced(make.site(), week, now)


def placed(**fields: Any) -> Group:
    group = make.group(**fields)
    materialise(day=make.MONDAY, weeks=1)
    return group


def test_a_week_in_place_has_no_gap() -> None:
    placed()
    assert gaps() == []


def test_a_taken_room_is_named_with_what_is_in_it() -> None:
    room = make.room()
    make.session(day=make.MONDAY, room=room, title="DBT skills", starts=time(8, 30))
    group = placed(room=room)
    (gap,) = gaps()
    assert (gap.group, gap.day) == (group, make.MONDAY)
    assert gap.sentence == "Cedar is taken by DBT skills, Mon 10/19 at 8:30 am."


def test_a_lead_who_leads_elsewhere_is_named_also_at_another_site() -> None:
    lead = make.clinician(family_name="Number")
    make.session(make.other_site(), day=make.MONDAY, lead=lead, title="DBT skills")
    placed(lead=lead)
    assert gaps()[0].sentence == "Theo N. already leads DBT skills, Mon 10/19 at 9:00 am."


def test_what_is_free_by_now_is_placed_by_the_next_round() -> None:
    make.group()
    assert gaps()[0].sentence == PLACED_SOON
    materialise(day=make.MONDAY, weeks=1)
    assert gaps() == []


def test_days_closed_begun_ended_or_before_the_pattern_are_no_gaps() -> None:
    site = make.site()
    make.group(weekday=4)
    tz_name, friday = site.time_zone, make.MONDAY + timedelta(days=4)
    Closure.objects.create(
        site=site,
        name="Snow",
        closed_by=make.user(),
        starts_at=at_local(friday, time(8), tz_name),
        ends_at=at_local(friday, time(9, 30), tz_name),
    )
    make.group(weekday=1)
    make.group(weekday=3, to_on=make.MONDAY)
    make.group(weekday=3, pattern_from_on=make.MONDAY + timedelta(days=7))
    make.group(make.track(name="Resting", is_active=False), weekday=3)
    make.group(make.track(make.other_site()), weekday=3)
    assert gaps(make.NOW) == []


def test_a_moved_and_a_cancelled_session_fill_their_days() -> None:
    placed(weekday=3)
    placed(weekday=4)
    moved, cancelled = TherapySession.objects.order_by("starts_at")
    move(actor=make.user(), session=moved, starts_at=moved.starts_at + timedelta(hours=30), now=make.NOW)
    cancel_session(actor=make.user(), session=cancelled, reason="Ill", now=make.NOW)
    assert gaps(make.NOW) == []


def test_a_week_past_the_horizon_has_no_gaps_yet(settings: Any) -> None:
    settings.HORIZON_WEEKS = 2
    make.group()
    assert gaps(make.NOW, week_of(make.MONDAY + timedelta(weeks=3))) == []
    assert len(gaps(make.NOW, week_of(make.MONDAY + timedelta(weeks=2)))) == 1


def statements() -> int:
    site = make.site()
    with CaptureQueriesContext(connection) as captured:
        unplaced(site, WEEK, BEFORE)
    return len(captured)


def test_many_gaps_take_as_many_statements_as_one() -> None:
    make.group()
    few = statements()
    for hour in range(10, 16):
        make.group(starts=time(hour), room=make.room(name=f"Room {hour}"))
    assert len(gaps()) == 7 and statements() == few == 4


def test_a_session_moved_in_from_another_week_does_not_hide_this_weeks_gap() -> None:
    group = placed(weekday=4)
    session = TherapySession.objects.get()
    monday = session.starts_at + timedelta(days=10)
    move(actor=make.user(), session=session, starts_at=monday, now=make.NOW)
    next_week = week_of(make.MONDAY + timedelta(weeks=1))
    assert [(gap.group, gap.day) for gap in gaps(make.NOW, next_week)] == [(group, next_week.days[4])]
    assert gaps(make.NOW) == []
