"""Drawings for templates; figures come from the page, geometry from iop_clinic/pictures, looks from CSS."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from iop_clinic.durations import sentence
from iop_clinic.pictures import burn_down as burn
from iop_clinic.pictures import hours, marks, small_bar, trend, weeks

register = template.Library()


@register.simple_tag
def hours_bar(ledger: Any, size: str = "mini", width: int = 0, legend: bool = True) -> SafeString:
    """Minutes of one week. `ledger` holds attended_minutes, booked_minutes, goal_minutes, made_minutes,
    and for large ones `segments` as (kind, label, minutes, caption)."""
    px = width or {"mini": 85, "medium": 200}.get(size, 0)
    bar = hours.hours_bar(ledger, size=size, width=px)
    if size not in hours.FLUID_PX:
        return small_bar.drawn(bar, size, sentence(ledger))
    shown = {"bar": bar, "size": size, "words": sentence(ledger), "legend": legend}
    return render_to_string("components/_hours_bar.html", shown)


@register.inclusion_tag("components/_seats.html")
def seats(taken: int, capacity: int, tone: str = "") -> dict[str, Any]:
    """Seats of a group: "9/12" is printed beside the marks by the tag itself."""
    return {"seats": marks.seats(taken, capacity), "taken": taken, "capacity": capacity, "tone": tone}


@register.inclusion_tag("components/_arrivals.html")
def arrivals(here: int, late: int = 0, expected: int = 0, excused: int = 0) -> dict[str, Any]:
    """People of a session; `here` counts those on time, `late` those who came late."""
    return {
        "arrivals": marks.arrivals(here, late, expected, excused),
        "came": here + late,
        "due": here + late + expected,
    }


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values: Sequence[float], label: str = "", width: int = 56) -> dict[str, Any]:
    """The shape of a series; print the last value beside it."""
    points, x, y = marks.sparkline(list(values), width=width)
    return {"points": points, "x": x, "y": y, "width": width, "label": label, "values": values}


@register.inclusion_tag("components/_goal_line.html")
def goal_line(baseline: float, now: float, target: float, width: int = 144) -> dict[str, Any]:
    """Baseline, now, target tick; put a word beside it: On track, Slow, Met."""
    done = round(marks.goal_share(baseline, now, target) * (width - 10), 1)
    return {"done": done, "width": width, "baseline": baseline, "now": now, "target": target}


@register.inclusion_tag("components/_trend.html")
def measure_trend(
    scores: Sequence[tuple[date, int | Decimal]],
    top: int,
    starts_on: date,
    ends_on: date,
    bands: Sequence[tuple[int, str]] = (),
    goal: int | None = None,
    label: str = "",
    plain: bool = False,
) -> dict[str, Any]:
    """A measure over the planned episode. `plain` is the portal's: first and last value only, no bands."""
    drawn = trend.measure_trend(
        scores,
        top=top,
        starts_on=starts_on,
        ends_on=ends_on,
        bands=() if plain else bands,
        goal=None if plain else goal,
        ends=not plain,
        height=140 if plain else 172 if bands else 124,
    )
    return {"trend": drawn, "goal": goal, "label": label, "plain": plain}


@register.inclusion_tag("components/_weekly_hours.html")
def weekly_hours(rows: Sequence[tuple[str, int, int]], plan_minutes: int) -> dict[str, Any]:
    """Weeks as (label, attended minutes, booked minutes), oldest first."""
    return {"weeks": weeks.weekly_hours(rows, plan_minutes=plan_minutes)}


@register.inclusion_tag("components/_burn_down.html")
def burn_down(
    days: Sequence[burn.Day], approved_days: int, today: date, review_on: date | None = None
) -> dict[str, Any]:
    """Authorized days left; `days` are iop_clinic.pictures.burn_down.Day, used and booked, by date."""
    return {
        "burn": burn.burn_down(days, approved_days=approved_days, today=today, review_on=review_on),
        "review_on": review_on,
    }
