"""Local days, weeks and minutes over every US clock change of the next six years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iop_clinic.clock import (
    Week,
    age_on,
    as_utc,
    at_local,
    day_span,
    local_day,
    minutes_between,
    overlap_minutes,
    week_of,
    zone,
)

EAST = "America/New_York"
US_ZONES = {
    EAST: -5,
    "America/Chicago": -6,
    "America/Denver": -7,
    "America/Los_Angeles": -8,
    "America/Anchorage": -9,
}
NO_CHANGE = ["America/Phoenix", "Pacific/Honolulu", "America/Puerto_Rico"]
YEARS = range(2026, 2033)


def nth_sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


# Second Sunday of March and first Sunday of November: 15 USC 260a.
SPRINGS = [nth_sunday(year, 3, 2) for year in YEARS]
AUTUMNS = [nth_sunday(year, 11, 1) for year in YEARS]


def hours(span: tuple[datetime, datetime]) -> float:
    return (span[1] - span[0]) / timedelta(hours=1)


@pytest.mark.parametrize("day", SPRINGS, ids=str)
@pytest.mark.parametrize("tz_name", US_ZONES)
def test_a_time_the_spring_change_skips_moves_to_the_first_minute_that_exists(
    day: date, tz_name: str
) -> None:
    three = datetime(day.year, day.month, day.day, 3 - (US_ZONES[tz_name] + 1), tzinfo=UTC)
    for skipped in (time(2, 0), time(2, 30), time(2, 59), time(2, 30, 15)):
        assert at_local(day, skipped, tz_name) == three
    assert at_local(day, time(3), tz_name) == three
    assert at_local(day, time(1, 59), tz_name) == three - timedelta(minutes=1)


@pytest.mark.parametrize("day", AUTUMNS, ids=str)
@pytest.mark.parametrize("tz_name", US_ZONES)
def test_a_time_the_autumn_change_repeats_means_its_first_occurrence(day: date, tz_name: str) -> None:
    first = datetime(day.year, day.month, day.day, 1 - (US_ZONES[tz_name] + 1), 30, tzinfo=UTC)
    assert at_local(day, time(1, 30), tz_name) == first
    assert at_local(day, time(1, 30, fold=1), tz_name) == first
    assert at_local(day, time(2), tz_name) - first == timedelta(minutes=90)


@pytest.mark.parametrize("tz_name", US_ZONES)
@pytest.mark.parametrize(("days", "length"), [(SPRINGS, 23), (AUTUMNS, 25)])
def test_a_change_day_has_23_or_25_hours_and_its_neighbors_24(
    days: list[date], length: int, tz_name: str
) -> None:
    for day in days:
        assert hours(day_span(day, tz_name)) == length
        assert hours(day_span(day - timedelta(days=1), tz_name)) == 24
        assert hours(day_span(day + timedelta(days=1), tz_name)) == 24


@pytest.mark.parametrize("tz_name", NO_CHANGE)
def test_a_zone_without_clock_changes_has_only_days_of_24_hours(tz_name: str) -> None:
    assert {hours(day_span(day, tz_name)) for day in (*SPRINGS, *AUTUMNS)} == {24}


@pytest.mark.parametrize(("days", "length"), [(SPRINGS, 167), (AUTUMNS, 169)])
def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer(days: list[date], length: int) -> None:
    for day in days:
        assert hours(week_of(day).span(EAST)) == length
        assert hours(week_of(day).next().span(EAST)) == 168


@pytest.mark.parametrize("day", [*SPRINGS, *AUTUMNS], ids=str)
def test_nine_in_the_morning_stays_nine_over_a_clock_change(day: date) -> None:
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        wall = at_local(near, time(9), EAST).astimezone(ZoneInfo(EAST))
        assert (wall.date(), wall.time()) == (near, time(9))


def test_a_day_that_never_was_begins_where_the_next_begins() -> None:
    # Samoa crossed the date line and skipped 2011-12-30 whole.
    start_at, end_at = day_span(date(2011, 12, 30), "Pacific/Apia")
    assert start_at == end_at == at_local(date(2011, 12, 31), time.min, "Pacific/Apia")


def test_the_local_day_of_an_evening_is_not_the_next_day_of_utc() -> None:
    late = datetime(2026, 10, 22, 1, 30, tzinfo=UTC)
    assert local_day(late, EAST) == date(2026, 10, 21)
    assert local_day(late, "UTC") == date(2026, 10, 22)


@pytest.mark.parametrize("name", ["", "Nowhere/City", "../etc/passwd", "America", "New\x00York"])
def test_an_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        zone(name)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 10, 21, 9, 0)  # noqa: DTZ001
    for call in (
        lambda: as_utc(naive),
        lambda: local_day(naive, EAST),
        lambda: minutes_between(naive, naive),
        lambda: overlap_minutes(naive, naive, naive, naive),
    ):
        with pytest.raises(ValueError, match="time zone"):
            call()


def test_a_wall_time_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="wall time"):
        at_local(date(2026, 10, 21), time(9, tzinfo=UTC), EAST)


@pytest.mark.parametrize(
    ("starts_weekday", "starts_on", "ends_on"),
    [
        (0, date(2026, 10, 19), date(2026, 10, 25)),
        (2, date(2026, 10, 21), date(2026, 10, 27)),
        (6, date(2026, 10, 18), date(2026, 10, 24)),
    ],
)
def test_a_week_begins_on_the_weekday_the_payer_says(
    starts_weekday: int, starts_on: date, ends_on: date
) -> None:
    week = week_of(date(2026, 10, 21), starts_weekday)
    assert (week.starts_on, week.ends_on) == (starts_on, ends_on)


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_week_cannot_begin_on_an_eighth_weekday(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        week_of(date(2026, 10, 21), weekday)


def test_a_week_names_its_seven_days_and_knows_which_are_inside() -> None:
    week = Week(date(2028, 2, 28))  # a leap year
    assert [day.day for day in week.days] == [28, 29, 1, 2, 3, 4, 5]
    assert list(week) == list(week.days)
    assert week.contains(date(2028, 2, 29)) and date(2028, 3, 5) in week
    assert date(2028, 3, 6) not in week and date(2028, 2, 27) not in week


@given(
    st.dates(date(1900, 1, 15), date(2200, 1, 1)), st.integers(0, 6), st.sampled_from([*US_ZONES, *NO_CHANGE])
)
def test_weeks_tile_the_calendar_without_gap_or_overlap(day: date, starts_weekday: int, tz_name: str) -> None:
    week = week_of(day, starts_weekday)
    assert week.contains(day)
    assert week.starts_on.weekday() == starts_weekday
    assert week.next().previous() == week
    assert {week_of(inside, starts_weekday) for inside in week.days} == {week}
    assert week.span(tz_name)[1] == week.next().span(tz_name)[0]


@given(st.dates(date(2026, 1, 1), date(2033, 1, 1)), st.times(), st.sampled_from([*US_ZONES, *NO_CHANGE]))
def test_a_wall_time_lands_inside_its_own_local_day(day: date, wall_time: time, tz_name: str) -> None:
    instant = at_local(day, wall_time, tz_name)
    start_at, end_at = day_span(day, tz_name)
    assert start_at <= instant < end_at
    assert local_day(instant, tz_name) == day


@pytest.mark.parametrize(
    ("born_on", "day", "years"),
    [
        (date(1992, 2, 3), date(2026, 10, 21), 34),
        (date(2008, 10, 21), date(2026, 10, 20), 17),
        (date(2008, 10, 21), date(2026, 10, 21), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 10, 21), date(2026, 10, 21), 0),
    ],
)
def test_age_is_the_birthdays_lived(born_on: date, day: date, years: int) -> None:
    assert age_on(born_on, day) == years


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="before"):
        age_on(date(2026, 10, 22), date(2026, 10, 21))


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 10, 21, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("a", "b", "minutes"),
    [
        ((at(9), at(10)), (at(9), at(10)), 60),
        ((at(9), at(10)), (at(9, 30), at(11)), 30),
        ((at(9), at(12)), (at(10), at(11)), 60),
        ((at(9), at(10)), (at(10), at(11)), 0),
        ((at(9), at(10)), (at(11), at(12)), 0),
        ((at(9), at(10)), (at(9, 0, 1), at(10)), 59),
        ((at(9), at(10)), (at(9, 59, 1), at(11)), 0),
        ((at(10), at(9)), (at(8), at(12)), 0),
    ],
)
def test_overlap_is_whole_minutes_floored(
    a: tuple[datetime, datetime], b: tuple[datetime, datetime], minutes: int
) -> None:
    assert overlap_minutes(*a, *b) == overlap_minutes(*b, *a) == minutes


def test_overlap_counts_time_that_passed_and_not_the_wall() -> None:
    tz = ZoneInfo(EAST)
    autumn = (datetime(2026, 11, 1, 0, 30, tzinfo=tz), datetime(2026, 11, 1, 2, 30, tzinfo=tz))
    spring = (datetime(2027, 3, 14, 1, 30, tzinfo=tz), datetime(2027, 3, 14, 3, 30, tzinfo=tz))
    assert overlap_minutes(*autumn, *autumn) == 180
    assert overlap_minutes(*spring, *spring) == 60


def test_overlap_compares_instants_where_the_wall_shows_an_hour_twice() -> None:
    tz = ZoneInfo(EAST)
    first_145 = datetime(2026, 11, 1, 1, 45, tzinfo=tz)
    second_115 = datetime(2026, 11, 1, 1, 15, tzinfo=tz, fold=1)
    two = datetime(2026, 11, 1, 2, 0, tzinfo=tz)
    assert overlap_minutes(first_145, two, second_115, two) == 45


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments, moments, moments)
def test_overlap_is_never_longer_than_either_span(a: datetime, b: datetime, c: datetime, d: datetime) -> None:
    shared = overlap_minutes(a, b, c, d)
    assert 0 <= shared <= min(minutes_between(a, b), minutes_between(c, d))
