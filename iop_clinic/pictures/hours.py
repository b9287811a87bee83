"""The hours bar (design section 6): segments of one week against the goal, as positions on a line."""

from dataclasses import dataclass
from typing import Any

from iop_clinic.durations import duration, in_hours, part, short_minutes

HEIGHTS = {"mini": 8, "medium": 10, "large": 44, "portal": 40}
# A label is drawn where its segment is wide enough on the narrowest column the bar is used in.
FLUID_PX = {"large": 600, "portal": 290}
PX_A_LETTER, PX_AROUND = 6.8, 14
GAP_PX, GAP_SHARE = 1.5, 0.3
ORDER = ("attended", "booked", "made")

# kind, label, minutes, caption
Segment = tuple[str, str, int, str]


@dataclass(frozen=True)
class Piece:
    """One drawn segment; x and width carry their unit ("42.1%" or "37.5")."""

    kind: str
    label: str
    caption: str
    x: str
    width: str
    caption_width: str
    middle: str


@dataclass(frozen=True)
class Bar:
    pieces: list[Piece]
    height: int
    middle_y: int
    total_height: int
    width: str
    goal_x: str
    legend: list[tuple[str, str, str]]


def hours_bar(ledger: Any, *, size: str = "mini", width: int = 85) -> Bar:
    """The bar of a ledger. Mini and medium are `width` px wide; large and portal fill their column."""
    fluid = size in FLUID_PX
    segments = _segments(ledger, fluid)
    goal, planned = part(ledger, "goal_minutes"), sum(s[2] for s in segments if s[0] != "gap")
    scale = max(goal, planned, 1)
    line = 100.0 if fluid else float(width)
    pieces = _pieces(segments, scale, line, size)
    goal_x = _unit(goal / scale * line, fluid) if planned > goal else ""
    height = HEIGHTS[size]
    captions = size == "large" and any(piece.caption for piece in pieces)
    return Bar(
        pieces=pieces,
        height=height,
        middle_y=height // 2,
        total_height=height + (22 if captions else 0),
        width="100%" if fluid else str(width),
        goal_x=goal_x,
        legend=_legend(ledger),
    )


def _segments(ledger: Any, fluid: bool) -> list[Segment]:
    """By kind in the fixed order, then the gap that is left."""
    given = [_segment(given) for given in part(ledger, "segments", ())] if fluid else []
    listed = [segment for segment in given if segment[2] > 0 and segment[0] in ORDER]
    for kind in ORDER:
        minutes = part(ledger, f"{kind}_minutes")
        if minutes and not any(segment[0] == kind for segment in listed):
            listed.append((kind, duration(minutes) if fluid else "", minutes, ""))
    listed.sort(key=lambda segment: ORDER.index(segment[0]))
    short = short_minutes(ledger)
    return [*listed, ("gap", duration(short), short, "")] if short > 0 else listed


def _segment(given: Any) -> Segment:
    """From (kind, label, minutes, caption), or an object with kind, text, minutes, caption."""
    if isinstance(given, tuple):
        return (*given, "")[:4]
    return given.kind, getattr(given, "text", "") or given.label, given.minutes, given.caption


def _pieces(segments: list[Segment], scale: int, line: float, size: str) -> list[Piece]:
    fluid = size in FLUID_PX
    between = GAP_SHARE if fluid else GAP_PX
    starts: list[float] = []
    at = 0.0
    for segment in segments:
        starts.append(at)
        at += segment[2] / scale * line
    pieces = []
    for index, (kind, label, minutes, caption) in enumerate(segments):
        share = minutes / scale * line
        last = index == len(segments) - 1
        drawn = max(share - (0 if last else between), 0.4 if fluid else 2.0)
        x = min(starts[index], line - drawn)
        next_caption = next((starts[i] for i in range(index + 1, len(segments)) if segments[i][3]), line)
        pieces.append(
            Piece(
                kind=kind,
                label=label if _fits(label, share, size) else "",
                caption=caption,
                x=_unit(x, fluid),
                width=_unit(drawn, fluid),
                caption_width=_unit(max(next_caption - x - between, 0), fluid),
                middle=_unit(x + drawn / 2, fluid),
            )
        )
    return pieces


def _fits(label: str, share: float, size: str) -> bool:
    """`share` is percent of the bar; mini and medium bars carry no words."""
    return size in FLUID_PX and share / 100 * FLUID_PX[size] >= PX_AROUND + PX_A_LETTER * len(label)


def _legend(ledger: Any) -> list[tuple[str, str, str]]:
    """Kind, word and total of what the bar shows, so nothing lives in the picture alone."""
    rows = [
        ("attended", "Attended", part(ledger, "attended_minutes")),
        ("booked", "Booked", part(ledger, "booked_minutes")),
        ("made", "Would be made up", part(ledger, "made_minutes")),
        ("gap", "Missing", max(short_minutes(ledger), 0)),
    ]
    return [(kind, word, in_hours(minutes)) for kind, word, minutes in rows if minutes]


def _unit(value: float, fluid: bool) -> str:
    return f"{value:.2f}%" if fluid else f"{value:.2f}"
