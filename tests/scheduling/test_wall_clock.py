"""A pattern keeps its time on the wall: over both clock changes, in a zone without them, in odd hours."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from iop_clinic.accounts.models import Site
from iop_clinic.clock import week_of, zone
from scheduling.calendar import materialise
from scheduling.models import Group, TherapySession
from scheduling.pattern_days import missing_days
from scheduling.weeks import bookings_in
from tests import make

pytestmark = pytest.mark.django_db
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


def made(site: Site, first_on: date, weeks: int, **fields: Any) -> list[TherapySession]:
    pattern = {"weekday": first_on.weekday(), "from_on": first_on, "starts": time(9)} | fields
    group = make.group(make.track(site), lead=make.clinician(site), **pattern)
    assert materialise(day=first_on, weeks=weeks, groups=[group]) == weeks
    return list(group.sessions.order_by("starts_at"))


def on_the_wall(sessions: list[TherapySession], site: Site) -> set[str]:
    return {f"{one.starts_at.astimezone(zone(site.time_zone)):%a %H:%M}" for one in sessions}


@pytest.mark.parametrize(
    ("first_on", "change", "offsets"),
    [(date(2026, 2, 2), SPRING, [14] * 5 + [13] * 7), (date(2026, 9, 21), AUTUMN, [13] * 6 + [14] * 6)],
)
def test_twelve_weeks_start_at_nine_over_each_change_of_2026(
    first_on: date, change: date, offsets: list[int]
) -> None:
    site = make.site()
    sessions = made(site, first_on, 12)
    assert on_the_wall(sessions, site) == {"Mon 09:00"}
    assert [one.starts_at.hour for one in sessions] == offsets
    assert sessions[0].occurs_on < change < sessions[-1].occurs_on


def test_a_year_holds_both_changes_and_every_session_starts_at_nine_and_lasts_its_hour() -> None:
    site = make.site()
    sessions = made(site, date(2026, 1, 5), 52)
    assert on_the_wall(sessions, site) == {"Mon 09:00"}
    assert {one.scheduled_minutes for one in sessions} == {60}
    assert {b.occurs_on - a.occurs_on for a, b in pairwise(sessions)} == {timedelta(days=7)}


def test_a_zone_without_clock_changes_starts_at_nine_and_at_the_same_instant_of_the_day() -> None:
    site = make.site("Mesa Verde", state_code="AZ", time_zone="America/Phoenix")
    sessions = made(site, date(2026, 1, 5), 52)
    assert on_the_wall(sessions, site) == {"Mon 09:00"}
    assert {one.starts_at.hour for one in sessions} == {16}


def test_an_hour_that_the_spring_skips_starts_at_the_first_minute_that_exists() -> None:
    site = make.site()
    before, changed, after = made(site, SPRING - timedelta(days=7), 3, starts=time(2, 30))
    assert before.starts_at == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    assert changed.starts_at == datetime(2026, 3, 8, 7, tzinfo=UTC)  # 3:00 on the wall
    assert after.starts_at == datetime(2026, 3, 15, 6, 30, tzinfo=UTC)
    assert {one.scheduled_minutes for one in (before, changed, after)} == {60}


def test_an_hour_that_the_autumn_repeats_means_the_first_of_the_two() -> None:
    site = make.site()
    before, changed, after = made(site, AUTUMN - timedelta(days=7), 3, starts=time(1, 30))
    assert [one.starts_at for one in (before, changed, after)] == [
        datetime(2026, 10, 25, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 8, 6, 30, tzinfo=UTC),
    ]


def test_groups_on_both_sides_of_the_repeated_hour_do_not_clash() -> None:
    """1:30 to 2:30 runs until the second 1:30; the group at 2:00 on the wall begins an hour later."""
    site, lead, room = make.site(), make.clinician(), make.room()
    for starts in (time(1), time(2)):
        make.group(lead=lead, room=room, weekday=6, starts=starts)
    assert materialise(day=AUTUMN, weeks=1) == 2
    first, second = TherapySession.objects.order_by("starts_at")
    assert second.starts_at - first.ends_at == timedelta(hours=1)
    assert {one.occurs_on for one in (first, second)} == {AUTUMN} and site.time_zone == "America/New_York"


@pytest.mark.parametrize(("starts_weekday", "first", "last"), [(0, 0, 6), (6, 6, 5), (2, 2, 1)])
def test_a_week_starts_on_the_day_the_site_says_also_when_it_has_an_hour_more(
    starts_weekday: int, first: int, last: int
) -> None:
    site = make.site()
    Site.objects.filter(pk=site.pk).update(week_starts_weekday=starts_weekday)
    site.refresh_from_db()
    week = week_of(AUTUMN, site.week_starts_weekday)
    assert (week.starts_on.weekday(), week.ends_on.weekday()) == (first, last)
    starts_at, ends_at = week.span(site.time_zone)
    assert ends_at - starts_at == timedelta(hours=169)
    episode = make.episode(make.patient(site))
    for day in week.days:
        for starts in (time(0), time(23)):
            lead, room = make.clinician(), make.room(name=f"Room {day} {starts.hour}")
            group = make.group(lead=lead, room=room, weekday=day.weekday(), starts=starts)
            make.enrollment(episode, group)
    materialise(day=week.previous().starts_on, weeks=3)
    held = bookings_in(episode.patient, week)
    assert [booking.session.occurs_on for booking in held] == [day for day in week.days for _ in range(2)]


def test_a_missing_day_is_the_sites_day_in_any_zone() -> None:
    for name, tz_name in (("Far East", "Pacific/Kiritimati"), ("Far West", "Pacific/Pago_Pago")):
        site = make.site(name, time_zone=tz_name)
        group: Group = make.group(make.track(site), weekday=0, starts=time(0, 30))
        days = missing_days([group], make.MONDAY, make.MONDAY + timedelta(days=6), None)
        assert days == {group.pk: [make.MONDAY]}
        materialise(day=make.MONDAY, weeks=1, groups=[group])
        assert on_the_wall(list(group.sessions.all()), site) == {"Mon 00:30"}
