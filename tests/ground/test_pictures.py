"""Pictures to scale: bar, marks and charts draw what the figures say (design sections 6 and 7)."""

from datetime import date
from typing import Any

import pytest

from iop_clinic.pictures.burn_down import Day, burn_down
from iop_clinic.pictures.hours import hours_bar
from iop_clinic.pictures.marks import arrivals, goal_share, seats, sparkline
from iop_clinic.pictures.trend import measure_trend
from iop_clinic.pictures.weeks import weekly_hours


def ledger(attended: int, booked: int, goal: int = 540, **more: Any) -> dict[str, Any]:
    return {"attended_minutes": attended, "booked_minutes": booked, "goal_minutes": goal, **more}


def test_the_bar_shows_attended_then_booked_then_the_gap_to_scale() -> None:
    bar = hours_bar(ledger(135, 270), width=120)
    assert [piece.kind for piece in bar.pieces] == ["attended", "booked", "gap"]
    assert [float(piece.x) for piece in bar.pieces] == [0, 30, 90]
    assert bar.goal_x == ""


def test_a_week_with_more_than_the_goal_has_a_tick_and_no_gap() -> None:
    bar = hours_bar(ledger(300, 300), width=100)
    assert [piece.kind for piece in bar.pieces] == ["attended", "booked"]
    assert float(bar.goal_x) == 90


def test_a_make_up_takes_the_place_of_the_gap() -> None:
    bar = hours_bar(ledger(100, 360, made_minutes=80), size="large")
    assert [piece.kind for piece in bar.pieces] == ["attended", "booked", "made"]


def test_a_narrow_segment_drops_its_words_and_the_legend_keeps_them() -> None:
    week = ledger(20, 520, segments=[("attended", "Mon 20 min", 20, ""), ("booked", "Fri 8 h 40", 520, "")])
    bar = hours_bar(week, size="large")
    assert [piece.label for piece in bar.pieces] == ["", "Fri 8 h 40"]
    assert ("attended", "Attended", "20 min") in bar.legend


def test_no_bar_reaches_past_its_width() -> None:
    for week in (ledger(0, 0), ledger(0, 0, 0), ledger(1, 0), ledger(0, 1), ledger(539, 0), ledger(9000, 1)):
        for piece in hours_bar(week, width=85).pieces:
            assert float(piece.x) >= 0 and float(piece.x) + float(piece.width) <= 85.01


def test_seats_are_single_marks_up_to_sixteen() -> None:
    assert [mark.kind for mark in seats(9, 12).marks].count("taken") == 9
    assert seats(14, 35).marks == []
    assert seats(12, 12).words == "12 of 12 seats taken, full"


def test_arrivals_count_the_late_as_here() -> None:
    assert arrivals(8, 1, 2, 1).words == "9 of 11 here, 1 late, 1 excused"


def test_a_goal_line_works_for_falling_and_rising_goals() -> None:
    assert goal_share(20, 13, 9) == pytest.approx(7 / 11)
    assert goal_share(1, 2, 5) == pytest.approx(1 / 4)
    assert goal_share(20, 25, 9) == 0


def test_a_sparkline_of_one_or_no_value_is_drawn() -> None:
    assert sparkline([])[0] == ""
    assert sparkline([7.0])[0].count(",") == 1


def test_a_week_without_an_answer_breaks_the_trend() -> None:
    scores = [(date(2026, 9, 14), 20), (date(2026, 9, 21), 19), (date(2026, 10, 5), 18)]
    drawn = measure_trend(scores, top=27, starts_on=date(2026, 9, 14), ends_on=date(2026, 11, 13))
    assert len(drawn.points) == 3
    assert len(drawn.lines) == 1


def test_the_trend_starts_at_zero_and_ends_at_the_highest_score() -> None:
    bands = [(0, "Minimal"), (5, "Mild"), (10, "Moderate")]
    drawn = measure_trend([], top=21, starts_on=date(2026, 9, 1), ends_on=date(2026, 11, 1), bands=bands)
    assert drawn.bands[0].y + drawn.bands[0].height == drawn.floor
    assert drawn.bands[-1].y == 16
    assert drawn.words == "No scores yet."


def test_weekly_hours_are_never_rounded_up() -> None:
    drawn = weekly_hours([("Sep 28", 497, 0), ("Oct 5", 540, 0)], plan_minutes=540)
    assert [bar.value for bar in drawn.bars] == ["8.2", "9"]


def test_a_short_day_uses_no_authorized_day_and_one_past_zero_is_not_covered() -> None:
    days = [Day(date(2026, 10, n), is_booked=n > 6, counts=n != 6) for n in (5, 6, 7, 8)]
    drawn = burn_down(days, approved_days=2, today=date(2026, 10, 7))
    assert drawn.words == "2 days approved, 1 used, 1 left, 2 booked. 1 not covered."
    assert drawn.uncovered_x == drawn.steps[-1].x
    assert drawn.steps[1].y == drawn.steps[1].after_y


def test_many_days_show_every_second_date_and_always_todays() -> None:
    days = [Day(date(2026, 10, n), is_booked=n > 6) for n in range(1, 29)]
    drawn = burn_down(days, approved_days=30, today=date(2026, 10, 6))
    assert [step.day.on.day for step in drawn.steps if step.is_dated] == list(range(2, 29, 2))
    few = burn_down(days[:9], approved_days=30, today=date(2026, 10, 6))
    assert all(step.is_dated for step in few.steps)


def test_two_short_days_side_by_side_are_named_once() -> None:
    days = [Day(date(2026, 10, n), is_booked=False, counts=n not in {5, 6, 27}) for n in range(1, 29)]
    drawn = burn_down(days, approved_days=30, today=date(2026, 10, 28))
    assert [step.day.on.day for step in drawn.steps if step.is_named] == [5, 27]
