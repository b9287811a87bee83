"""Chains of sections that make one visit of a person on one day: nothing at once, in person or by video.

They follow from the person and the timetable alone, so they are made once. A gap may be longer than is
allowed when one-to-one sessions can still fill it; the filled day is looked at again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling.planner.problem import Appointment, Mode, Patient, Problem, Section


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
class Chain:
    """Nodes by their place in the day's list. `kinds` are bits of kept appointments, `topics` of topics."""

    nodes: tuple[int, ...]
    first: int
    last: int
    minutes: int
    services: int
    mode: Mode
    gaps: tuple[tuple[int, int], ...]
    topics: int
    has_core: bool
    kinds: int
    is_kept: bool  # nothing but what is kept
    is_mixed: bool  # in person and by video on one day, as only kept things may be


def nodes_of(patient: Patient, day: int, sections: Iterable[Section]) -> list[Node]:
    """What a person could come to on a day, by start; what is kept stands alone."""
    alike: dict[tuple[int, int, int, Mode, str, bool], list[int]] = {}
    nodes: list[Node] = []
    for one in sections:
        if one.id in patient.kept.sections:
            shape = (one.starts, one.ends, one.minutes, 1, one.mode, one.topic, one.once)
            nodes.append(Node(*shape, (one.id,), is_kept=True))
        else:
            key = (one.starts, one.ends, one.minutes, one.mode, one.topic, one.once)
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


def chains_of(
    problem: Problem, patient: Patient, nodes: Sequence[Node], topics: Mapping[str, int]
) -> Iterator[Chain]:
    """Every chain that holds what is kept; `topics` gives the bit of each topic of once a week."""
    must = frozenset(n for n, node in enumerate(nodes) if node.is_kept)
    for taken in _takings(problem, patient, nodes, must):
        chain = _chain(patient, [nodes[n] for n in taken], taken, topics, is_kept=must == set(taken))
        if chain is not None:
            yield chain


def _takings(
    problem: Problem, patient: Patient, nodes: Sequence[Node], must: frozenset[int]
) -> Iterator[tuple[int, ...]]:
    reach = problem.most_idle + sum(due.minutes + problem.most_idle for due in patient.due)

    def grow(taken: tuple[int, ...], minutes: int) -> Iterator[tuple[int, ...]]:
        if must <= set(taken):
            yield taken
        last = nodes[taken[-1]]
        for n in range(taken[-1] + 1, len(nodes)):
            node = nodes[n]
            if node.starts >= last.ends:
                both_kept = node.is_kept and last.is_kept
                near = node.starts - last.ends <= reach and node.mode == last.mode
                if both_kept or (near and minutes + node.minutes <= problem.most_day_minutes):
                    yield from grow((*taken, n), minutes + node.minutes)
            if n in must:
                return

    for n, node in enumerate(nodes):
        yield from grow((n,), node.minutes)
        if n in must:
            return


def _chain(
    patient: Patient, nodes: list[Node], taken: tuple[int, ...], topics: Mapping[str, int], *, is_kept: bool
) -> Chain | None:
    """None for a topic twice, or for two modes in what is planned."""
    is_mixed = len({node.mode for node in nodes}) > 1
    if is_mixed and not is_kept:
        return None
    seen = kinds = 0
    for node in nodes:
        bit = topics.get(node.topic, 0) if node.once else 0
        if seen & bit:
            return None
        seen |= bit
        if node.kept is not None:
            kinds |= patient.bit_of(node.kept.kind)
    pairs = pairwise(nodes)
    return Chain(
        nodes=taken,
        first=nodes[0].starts,
        last=nodes[-1].ends,
        minutes=sum(node.minutes for node in nodes),
        services=sum(node.services for node in nodes),
        mode=nodes[0].mode,
        gaps=tuple((one.ends, after.starts) for one, after in pairs if one.ends < after.starts),
        topics=seen,
        has_core=any(node.topic == patient.core != "" for node in nodes),
        kinds=kinds,
        is_kept=is_kept,
        is_mixed=is_mixed,
    )
