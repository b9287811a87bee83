"""The sections of one person on one day, and which of them may follow which in one visit.

They follow from the person and the timetable alone, so they are made once. A gap may be longer than is
allowed when one-to-one sessions can still fill it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.planner.problem import Appointment, Mode, Patient, Problem, Section

NOBODY = -1  # in the place of what comes before: the visit begins


@dataclass(frozen=True, slots=True)
class Node:
    """Sections that only differ in where and with whom they are, or something that is kept."""

    starts: int
    ends: int
    minutes: int
    services: int
    mode: Mode
    topic: str
    once: bool
    sections: tuple[int, ...]
    kept: Appointment | None = None
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Chains:
    """By node the places of those that may come right before it, NOBODY among them; those that may end it."""

    nodes: list[Node]
    before: list[tuple[int, ...]]
    last: tuple[int, ...]


def nodes_of(patient: Patient, day: int, sections: Iterable[Section]) -> list[Node]:
    """What a person could come to on a day, by start; what is kept stands alone."""
    alike: dict[tuple[int, int, int, Mode, str, bool], list[int]] = {}
    nodes: list[Node] = []
    for one in sections:
        if one.id in patient.kept.sections:
            shape = (one.starts, one.ends, one.minutes, 1, one.mode, one.topic, one.once)
            nodes.append(Node(*shape, (one.id,), is_kept=True))
        else:
            topic = one.topic if one.once or one.topic == patient.core else ""
            key = (one.starts, one.ends, one.minutes, one.mode, topic, one.once)
            alike.setdefault(key, []).append(one.id)
    for (starts, ends, minutes, mode, topic, once), pks in alike.items():
        nodes.append(Node(starts, ends, minutes, 1, mode, topic, once, tuple(pks)))
    nodes += [_kept_node(patient, one) for one in patient.kept.appointments if one.day == day]
    return sorted(nodes, key=lambda node: (node.starts, node.ends))


def _kept_node(patient: Patient, one: Appointment) -> Node:
    counts = next((due.counts for due in patient.due if due.kind == one.kind), True)
    lasts = one.ends - one.starts
    shape = (one.starts, one.ends, lasts if counts else 0, int(counts), one.mode, "", False, ())
    return Node(*shape, kept=one, is_kept=True)


def chains_of(problem: Problem, patient: Patient, nodes: list[Node]) -> Chains:
    """What may follow what in a visit that holds all that is kept."""
    reach = problem.most_idle + sum(due.minutes + problem.most_idle for due in patient.due)
    before = [_before(nodes, n, reach) for n in range(len(nodes))]
    last = max((n for n, node in enumerate(nodes) if node.is_kept), default=0)
    return Chains(nodes, before, tuple(range(last, len(nodes))))


def _before(nodes: Sequence[Node], place: int, reach: int) -> tuple[int, ...]:
    """Nothing that is kept may be left out in between."""
    found, node = [], nodes[place]
    for n in range(place - 1, -1, -1):
        other = nodes[n]
        gap = node.starts - other.ends
        near = gap <= reach and node.mode == other.mode
        if gap >= 0 and (near or (node.is_kept and other.is_kept)):
            found.append(n)
        if other.is_kept:
            return tuple(found)
    return (*found, NOBODY)
