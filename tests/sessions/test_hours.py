"""The minutes ledger: domain reference 12 A and C, lateness, breaks, clock changes, and what always holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iop_clinic.clock import at_local, minutes_between, overlap_minutes
from iop_clinic.durations import duration, in_hours, spoken
from sessions.hours import (
    Entry,
    Ledger,
    Slot,
    Visit,
    checkout_missing,
    countable_minutes,
    lateness,
    scheduled_minutes,
    week_ledger,
)

EAST = "America/New_York"
MON, WED, FRI = date(2026, 10, 19), date(2026, 10, 21), date(2026, 10, 23)
NEXT_WEEK = at_local(date(2026, 10, 26), time(9), EAST)


def at(day: date, wall: str) -> datetime:
    return at_local(day, time.fromisoformat(wall), EAST)


def slot(day: date, start: str, end: str, break_minutes: int = 0, counts: bool = True) -> Slot:
    return Slot(at(day, start), at(day, end), break_minutes, counts)


def visit(day: date, arrived: str, left: str | None = None) -> Visit:
    return Visit(at(day, arrived), None if left is None else at(day, left))


def entry(
    day: date, start: str, end: str, *, came: tuple[str, str | None] | None = None, absence: str | None = None
) -> Entry:
    there = None if came is None else visit(day, *came)
    return Entry(slot(day, start, end), there, absence, f"{start} group", day)


def ledger(*entries: Entry, goal_minutes: int = 540, now: datetime = NEXT_WEEK) -> Ledger:
    return week_ledger(entries, goal_minutes=goal_minutes, now=now, tz_name=EAST)


# --- one session -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrived", "left", "break_minutes", "minutes"),
    [
        pytest.param("09:00", "12:15", 20, 175, id="A Monday: no rounding up to 180"),
        pytest.param("09:00", "12:30", 20, 190, id="A Wednesday"),
        pytest.param("09:20", "12:30", 20, 170, id="A Friday"),
        pytest.param("09:00", "10:00", 0, 60, id="C: left at 60 minutes"),
        pytest.param("08:30", "12:30", 20, 190, id="waiting before the start does not count"),
        pytest.param("09:00", "13:30", 20, 190, id="staying after the end does not count"),
        pytest.param("09:00:01", "12:30", 0, 209, id="a minute begun is not a minute"),
        pytest.param("09:00", "12:29:59", 0, 209, id="a minute begun at the end is not one either"),
        pytest.param("09:00", "09:15", 20, 0, id="breaks never bring it below 0"),
        pytest.param("07:00", "08:00", 0, 0, id="left before the start"),
        pytest.param("12:30", "13:00", 0, 0, id="came after the end"),
        pytest.param("10:00", "10:00", 0, 0, id="came and went"),
    ],
)
def test_countable_minutes_are_presence_in_the_session_less_breaks_floored(
    arrived: str, left: str, break_minutes: int, minutes: int
) -> None:
    planned = slot(MON, "09:00", "12:30", break_minutes)
    assert countable_minutes(planned, visit(MON, arrived, left), NEXT_WEEK) == minutes


def test_a_week_of_the_worked_example_comes_to_535_minutes_and_is_short_by_5() -> None:
    times = [(MON, "09:00", "12:15"), (WED, "09:00", "12:30"), (FRI, "09:20", "12:30")]
    week = ledger(
        *(
            Entry(slot(day, "09:00", "12:30", 20), visit(day, came, left), None, "Group", day)
            for day, came, left in times
        )
    )
    assert [line.attended_minutes for line in week.lines] == [175, 190, 170]
    assert (week.attended_minutes, week.short_minutes, week.reachable_minutes) == (535, 5, 535)
    assert (week.scheduled_minutes, week.missed_minutes, week.on_track) == (570, 35, False)


@pytest.mark.parametrize(
    ("now", "minutes", "missing"),
    [("08:55", 0, False), ("09:00", 0, False), ("09:45", 35, False), ("10:00", 0, True), ("11:00", 0, True)],
)
def test_an_open_visit_counts_while_the_session_runs_and_then_nothing_until_the_check_out_is_recorded(
    now: str, minutes: int, missing: bool
) -> None:
    planned, there = slot(MON, "09:00", "10:00"), visit(MON, "09:10")
    assert countable_minutes(planned, there, at(MON, now)) == minutes
    assert checkout_missing(planned, there, at(MON, now)) is missing


def test_minutes_after_now_are_not_attended_yet() -> None:
    prefilled = visit(MON, "09:00", "10:00")
    assert countable_minutes(slot(MON, "09:00", "10:00"), prefilled, at(MON, "09:20")) == 20


def test_nobody_there_and_a_session_that_does_not_count_give_no_minutes() -> None:
    assert countable_minutes(slot(MON, "09:00", "10:00"), None, NEXT_WEEK) == 0
    outing = slot(MON, "09:00", "10:00", counts=False)
    assert countable_minutes(outing, visit(MON, "09:00", "10:00"), NEXT_WEEK) == 0
    assert scheduled_minutes(outing) == 0


@pytest.mark.parametrize(
    ("night", "minutes"), [(date(2026, 11, 1), 180), (date(2027, 3, 14), 60), (date(2026, 10, 21), 120)]
)
def test_a_session_over_a_clock_change_counts_the_time_that_passed(night: date, minutes: int) -> None:
    tz = ZoneInfo(EAST)
    starts_at = datetime.combine(night, time(0, 30), tzinfo=tz)
    ends_at = datetime.combine(night, time(2, 30), tzinfo=tz)
    if night.month == 3:
        starts_at, ends_at = starts_at.replace(hour=1), ends_at.replace(hour=3)
    over_night = Slot(starts_at, ends_at)
    assert scheduled_minutes(over_night) == minutes
    assert (
        countable_minutes(over_night, Visit(starts_at, ends_at), NEXT_WEEK + timedelta(days=365)) == minutes
    )


@pytest.mark.parametrize(
    ("arrived", "left", "status", "late", "early"),
    [
        ("09:00", "10:30", "present", 0, 0),
        ("08:40", "10:45", "present", 0, 0),
        ("09:05", "10:30", "present", 5, 0),
        ("09:05:59", "10:30", "present", 5, 0),
        ("09:06", "10:30", "late", 6, 0),
        ("09:00", "10:25", "present", 0, 5),
        ("09:00", "10:10", "left_early", 0, 20),
        ("09:20", "10:05", "partial", 20, 25),
        ("09:20", None, "late", 20, 0),
        ("11:00", "11:30", "late", 90, 0),
        ("08:00", "08:30", "left_early", 0, 90),
    ],
)
def test_late_and_left_early_are_minutes_and_past_the_grace_a_status(
    arrived: str, left: str | None, status: str, late: int, early: int
) -> None:
    result = lateness(slot(MON, "09:00", "10:30"), visit(MON, arrived, left), grace_minutes=5)
    assert (result.status, result.late_minutes, result.left_early_minutes) == (status, late, early)


def test_impossible_times_are_refused() -> None:
    with pytest.raises(ValueError, match="ends after"):
        slot(MON, "10:00", "10:00")
    with pytest.raises(ValueError, match="Breaks"):
        slot(MON, "09:00", "10:00", -1)
    with pytest.raises(ValueError, match="before arriving"):
        visit(MON, "10:00", "09:59")
    with pytest.raises(ValueError, match="time zone"):
        Slot(datetime(2026, 10, 19, 9), datetime(2026, 10, 19, 10))  # noqa: DTZ001
    with pytest.raises(ValueError, match="goal"):
        ledger(goal_minutes=-1)


# --- the week of the drawings: Amara is 80 minutes short ----------------------------------------


def amara(now: datetime, came: tuple[str, str | None] | None) -> Ledger:
    monday = (
        entry(MON, "09:00", "10:00", came=("09:20", "10:00")),
        entry(MON, "10:05", "11:05", came=("10:05", "11:05")),
        entry(MON, "11:10", "12:10", absence="excused"),
    )
    wednesday = (
        entry(WED, "09:00", "10:00", came=came),
        entry(WED, "10:05", "11:05"),
        entry(WED, "11:10", "12:10"),
    )
    friday = (entry(FRI, "09:00", "10:00"), entry(FRI, "10:05", "11:05"), entry(FRI, "11:10", "12:10"))
    return ledger(*monday, *wednesday, *friday, now=now)


def test_on_wednesday_at_ten_the_chart_shows_80_minutes_short() -> None:
    week = amara(at(WED, "10:00"), ("09:00", "10:00"))
    assert (week.attended_minutes, week.booked_minutes, week.short_minutes) == (160, 300, 80)
    assert (week.missed_minutes, week.unrecorded_minutes, week.scale_minutes) == (80, 0, 540)
    assert [(s.kind, s.text, s.minutes, s.caption) for s in week.segments] == [
        ("attended", "Mon 1 h 40", 100, "missed 80 min"),
        ("attended", "Now 1 h", 60, ""),
        ("booked", "Today 2 h more", 120, "10:05 and 11:10 left"),
        ("booked", "Fri 3 h", 180, "9:00 to 12:10"),
    ]


def test_on_wednesday_morning_the_portal_shows_the_same_80_minutes() -> None:
    week = amara(at(WED, "08:31"), None)
    assert (week.attended_minutes, week.booked_minutes, week.short_minutes) == (100, 360, 80)
    assert [(s.label, s.day, s.minutes) for s in week.segments] == [
        ("Mon", MON, 100),
        ("Today", WED, 180),
        ("Fri", FRI, 180),
    ]
    assert week.segments[1].text == "Today 3 h"
    assert week.spoken == (
        "1 hour 40 minutes attended, 6 hours booked, of 9 hours this week. Short by 1 hour 20 minutes."
    )


def test_the_running_session_is_attended_up_to_now_and_booked_for_the_rest() -> None:
    week = amara(at(WED, "09:40"), ("09:10", None))
    line = week.lines[3]
    assert (line.state, line.attended_minutes, line.booked_minutes, line.missed_minutes) == (
        "running",
        30,
        20,
        10,
    )
    assert week.segments[2].caption == "until 10:00, then 10:05 and 11:10"
    assert week.short_minutes == 90


def test_the_first_seconds_of_the_day_are_running_without_a_minute_yet() -> None:
    week = amara(at(WED, "09:00:30"), ("09:00", None))
    assert (week.segments[1].text, week.segments[1].caption) == (
        "Today 3 h",
        "until 10:00, then 10:05 and 11:10",
    )


def test_minutes_already_lost_while_waiting_for_someone_are_no_longer_booked() -> None:
    line = amara(at(WED, "09:15"), None).lines[3]
    assert (line.state, line.booked_minutes, line.missed_minutes) == ("booked", 45, 15)


def test_a_missing_check_out_counts_nothing_and_is_named() -> None:
    week = amara(at(WED, "10:03"), ("09:00", None))
    assert [line.entry.label for line in week.missing_checkouts] == ["09:00 group"]
    assert (week.attended_minutes, week.unrecorded_minutes, week.short_minutes) == (100, 60, 140)
    assert week.missed_minutes == 80


def test_a_day_with_a_missing_check_out_says_so_under_its_minutes() -> None:
    week = ledger(
        entry(MON, "09:00", "10:00", came=("09:00", "10:00")),
        entry(MON, "10:05", "11:05", came=("10:05", None)),
    )
    assert week.segments[0].caption == "check-out missing"


def test_a_session_over_and_never_marked_is_not_recorded_rather_than_missed() -> None:
    week = ledger(entry(MON, "09:00", "10:00"))
    assert (week.lines[0].state, week.unrecorded_minutes, week.missed_minutes) == ("not_recorded", 60, 0)


def test_an_absence_known_ahead_is_not_booked() -> None:
    week = ledger(entry(FRI, "09:00", "12:00", absence="excused"), now=at(MON, "09:00"))
    assert (week.lines[0].state, week.booked_minutes, week.missed_minutes) == ("absent", 0, 180)
    assert week.segments == ()


def test_missed_time_that_was_made_up_is_not_shown_again() -> None:
    short = ledger(entry(MON, "09:00", "12:00", came=("10:00", "12:00")), goal_minutes=180)
    made_up = ledger(
        entry(MON, "09:00", "12:00", came=("10:00", "12:00")),
        entry(WED, "09:00", "10:00", came=("09:00", "10:00")),
        goal_minutes=180,
    )
    assert (short.segments[0].caption, short.short_minutes) == ("missed 1 h", 60)
    assert ([s.caption for s in made_up.segments], made_up.short_minutes) == (["", ""], 0)
    assert made_up.spoken == "3 hours attended, 0 minutes booked, of 3 hours this week. On track."


def test_more_than_the_goal_widens_the_bar_and_is_never_short() -> None:
    week = ledger(entry(MON, "09:00", "12:00", came=("09:00", "12:00")), goal_minutes=120)
    assert (week.scale_minutes, week.short_minutes, week.on_track) == (180, 0, True)


def test_a_session_that_does_not_count_stays_in_the_lines_without_minutes() -> None:
    outing = Entry(slot(MON, "13:00", "15:00", counts=False), None, None, "Walk", MON)
    week = ledger(outing)
    assert (week.lines[0].state, week.scheduled_minutes, week.reachable_minutes) == ("not_counted", 0, 0)


def test_time_in_two_sessions_at_once_counts_once_for_the_first() -> None:
    group = entry(MON, "09:00", "12:00", came=("09:00", "12:00"))
    pulled_out = entry(MON, "10:00", "10:30", came=("10:00", "10:30"))
    runs_on = entry(MON, "11:30", "13:00", came=("11:30", "13:00"))
    week = ledger(runs_on, pulled_out, group)
    assert [line.attended_minutes for line in week.lines] == [180, 0, 60]
    assert (week.attended_minutes, week.scheduled_minutes) == (240, 240)


def test_two_bookings_at_once_promise_their_minutes_once() -> None:
    week = ledger(entry(FRI, "09:00", "11:00"), entry(FRI, "10:00", "12:00"), now=at(MON, "08:00"))
    assert week.booked_minutes == 180


def test_the_time_after_leaving_one_session_is_free_for_the_next() -> None:
    week = ledger(
        entry(MON, "09:00", "12:00", came=("09:00", "09:30")),
        entry(MON, "10:00", "11:00", came=("10:00", "11:00")),
    )
    assert [line.attended_minutes for line in week.lines] == [30, 60]


def test_an_absence_takes_no_time_from_a_session_attended_meanwhile() -> None:
    week = ledger(
        entry(MON, "09:00", "12:00", absence="excused"), entry(MON, "10:00", "11:00", came=("10:00", "11:00"))
    )
    assert [line.attended_minutes for line in week.lines] == [0, 60]


def test_an_entry_carries_the_callers_key_back() -> None:
    marked = replace(entry(MON, "09:00", "10:00"), key=417)
    assert ledger(marked).lines[0].entry.key == 417


def test_a_week_of_nothing_is_short_by_the_whole_goal() -> None:
    week = ledger()
    assert (week.short_minutes, week.lines, week.segments, week.scale_minutes) == (540, (), (), 540)


def test_a_session_after_eight_in_the_evening_belongs_to_its_local_day() -> None:
    week = ledger(entry(WED, "20:30", "21:30"), now=at(WED, "20:00"))
    assert (week.segments[0].label, week.segments[0].caption) == ("Today", "8:30 to 9:30")


@pytest.mark.parametrize(
    ("minutes", "gap", "bar", "words"),
    [
        (0, "0 min", "0 min", "0 minutes"),
        (1, "1 min", "1 min", "1 minute"),
        (60, "1 h", "1 h", "1 hour"),
        (80, "80 min", "1 h 20", "1 hour 20 minutes"),
        (99, "99 min", "1 h 39", "1 hour 39 minutes"),
        (100, "1 h 40", "1 h 40", "1 hour 40 minutes"),
        (130, "2 h 10", "2 h 10", "2 hours 10 minutes"),
        (360, "6 h", "6 h", "6 hours"),
    ],
)
def test_minutes_read_as_the_design_writes_them(minutes: int, gap: str, bar: str, words: str) -> None:
    assert (duration(minutes), in_hours(minutes), spoken(minutes)) == (gap, bar, words)


# --- what always holds --------------------------------------------------------------------------

WEEK_START = at(MON, "00:00")
seconds = st.integers(0, 7 * 86_400)


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    starts_at = WEEK_START + timedelta(seconds=draw(seconds))
    length = timedelta(seconds=draw(st.integers(1, 4 * 3600)))
    return Slot(starts_at, starts_at + length, draw(st.integers(0, 60)), draw(st.booleans()))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    planned = draw(slots())
    there, absence = None, draw(st.sampled_from([None, None, "no_show"]))
    if absence is None and draw(st.booleans()):
        arrived_at = planned.starts_at + timedelta(seconds=draw(st.integers(-3600, 3 * 3600)))
        stays = draw(st.none() | st.integers(0, 5 * 3600))
        there = Visit(arrived_at, None if stays is None else arrived_at + timedelta(seconds=stays))
    day = planned.starts_at.astimezone(ZoneInfo(EAST)).date()
    return Entry(planned, there, absence, draw(st.sampled_from("abc")), day)


nows = seconds.map(lambda n: WEEK_START + timedelta(seconds=n))
weeks = st.lists(entries(), max_size=8)


@given(slots(), st.integers(-7200, 7200), st.integers(0, 20_000), nows)
def test_countable_is_within_attended_and_attended_within_scheduled(
    planned: Slot, offset: int, stay: int, now: datetime
) -> None:
    arrived_at = planned.starts_at + timedelta(seconds=offset)
    there = Visit(arrived_at, arrived_at + timedelta(seconds=stay))
    present = overlap_minutes(
        arrived_at, arrived_at + timedelta(seconds=stay), planned.starts_at, planned.ends_at
    )
    length = minutes_between(planned.starts_at, planned.ends_at)
    assert 0 <= countable_minutes(planned, there, now) <= present <= length
    assert countable_minutes(planned, there, now) <= scheduled_minutes(planned) <= length


@given(weeks, nows, st.integers(0, 1200))
def test_the_ledger_adds_up(week: list[Entry], now: datetime, goal_minutes: int) -> None:
    result = ledger(*week, now=now, goal_minutes=goal_minutes)
    for line in result.lines:
        parts = (line.attended_minutes, line.booked_minutes, line.missed_minutes, line.unrecorded_minutes)
        assert min(parts) >= 0 and sum(parts) == line.scheduled_minutes
        assert line.scheduled_minutes <= scheduled_minutes(line.entry.slot)
    assert len(result.lines) == len(week)
    assert result.short_minutes == max(0, goal_minutes - result.reachable_minutes)
    assert result.scale_minutes == result.reachable_minutes + result.short_minutes
    for kind, minutes in (("attended", result.attended_minutes), ("booked", result.booked_minutes)):
        assert sum(s.minutes for s in result.segments if s.kind == kind) == minutes


@given(weeks.flatmap(lambda week: st.tuples(st.just(week), st.permutations(week))), nows)
def test_the_order_of_entries_does_not_matter(pair: tuple[list[Entry], list[Entry]], now: datetime) -> None:
    assert ledger(*pair[0], now=now) == ledger(*pair[1], now=now)


@given(weeks, nows)
def test_nobody_attends_more_minutes_than_passed_or_in_two_places_at_once(
    week: list[Entry], now: datetime
) -> None:
    result = ledger(*week, now=now)
    spans = sorted(
        (max(e.slot.starts_at, e.visit.arrived_at), min(e.slot.ends_at, e.visit.left_at or now, now))
        for e in week
        if e.visit and e.slot.counts
    )
    passed, reached = timedelta(), datetime.min.replace(tzinfo=UTC)
    for starts_at, ends_at in spans:
        passed += max(timedelta(), ends_at - max(starts_at, reached))
        reached = max(reached, ends_at)
    assert result.attended_minutes <= passed // timedelta(minutes=1)


@given(weeks, nows)
def test_segments_stand_attended_first_and_then_booked_each_by_day(week: list[Entry], now: datetime) -> None:
    segments = ledger(*week, now=now).segments
    assert all(a.kind <= b.kind for a, b in pairwise(segments))  # "attended" < "booked"
    assert all(a.day < b.day for a, b in pairwise(segments) if a.kind == b.kind)
    assert all(s.minutes > 0 for s in segments)


@given(st.lists(entries(), min_size=1, max_size=6), st.tuples(nows, nows))
def test_waiting_never_makes_more_minutes_reachable(
    week: list[Entry], moments: tuple[datetime, datetime]
) -> None:
    earlier, later = sorted(moments)
    # One at a time, since two overlapping bookings may hand their shared time to each other.
    for one in week:
        assert ledger(one, now=later).reachable_minutes <= ledger(one, now=earlier).reachable_minutes
