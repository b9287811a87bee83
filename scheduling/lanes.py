"""Blocks that overlap in a day stand beside each other: halves, thirds, quarters, then a "more". Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scheduling.blocks import Block

MOST_LANES = 4
LANES = {
    1: ("",),
    2: ("half-1", "half-2"),
    3: ("third-1", "third-2", "third-3"),
    4: ("quarter-1", "quarter-2", "quarter-3", "quarter-4"),
}
OVER = ("over-1", "over-2")
OVER_FROM_MINUTES = 40


@dataclass(frozen=True)
class More:
    """Sessions that no lane is left for; the list shows them."""

    count: int
    begins: int
    ends: int


def lanes(blocks: Iterable[Block]) -> list[Block | More]:
    """Give overlapping blocks lanes beside each other, four at most; the rest becomes one "more"."""
    found: list[Block | More] = []
    cluster: list[Block] = []
    ended = 0
    for block in sorted(blocks, key=lambda block: (block.begins, -block.ends, block.pk)):
        if cluster and block.begins >= ended:
            found += _laned(cluster)
            cluster = []
        cluster.append(block)
        ended = max(ended, block.ends)
    return found + (_laned(cluster) if cluster else [])


def _laned(cluster: list[Block]) -> list[Block | More]:
    if len(cluster) == 1:
        return [*cluster]
    lane_of = _lane_of(cluster)
    wide = max(lane_of) + 1
    if wide <= MOST_LANES:
        css = OVER if _barely_overlap(cluster) else LANES[wide]
        return [replace(block, lane=css[lane]) for block, lane in zip(cluster, lane_of, strict=True)]
    shown: list[Block | More] = [
        replace(block, lane=LANES[MOST_LANES][lane])
        for block, lane in zip(cluster, lane_of, strict=True)
        if lane < MOST_LANES - 1
    ]
    rest = [b for b, lane in zip(cluster, lane_of, strict=True) if lane >= MOST_LANES - 1]
    return [*shown, More(len(rest), min(b.begins for b in rest), max(b.ends for b in rest))]


def _lane_of(cluster: list[Block]) -> list[int]:
    """The first free lane for each block in turn; those beyond the last lane need no order among them."""
    free_at = [0] * MOST_LANES
    found = []
    for block in cluster:
        lane = next((n for n, minute in enumerate(free_at) if minute <= block.begins), MOST_LANES)
        if lane < MOST_LANES:
            free_at[lane] = block.ends
        found.append(lane)
    return found


def _barely_overlap(cluster: list[Block]) -> bool:
    """Two blocks of which the second begins when the first is nearly over: each stays wide."""
    if len(cluster) != 2:
        return False
    first, second = cluster
    return second.begins - first.begins >= OVER_FROM_MINUTES and second.ends > first.ends
