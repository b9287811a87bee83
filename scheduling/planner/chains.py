"""Chains of sections that make one visit of a person on one day: nothing at once, in person or by video.

They follow from the person and the timetable alone, so they are made once. A gap may be longer than is
allowed when one-to-one sessions can still fill it; the filled day is looked at again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    first = nodes[0]
    seen = kinds = minutes = services = 0
    has_core, is_mixed, gaps, at = False, False, [], first.starts
    for node in nodes:
        bit = topics.get(node.topic, 0) if node.once else 0
        if seen & bit:
            return None
        seen |= bit
        if at < node.starts:
            gaps.append((at, node.starts))
        at = node.ends
        minutes += node.minutes
        services += node.services
        is_mixed = is_mixed or node.mode != first.mode
        has_core = has_core or node.topic == patient.core != ""
        if node.kept is not None:
            kinds |= patient.bit_of(node.kept.kind)
    if is_mixed and not is_kept:
        return None
    return Chain(
        nodes=taken,
        first=first.starts,
        last=at,
        minutes=minutes,
        services=services,
        mode=first.mode,
        gaps=tuple(gaps),
        topics=seen,
        has_core=has_core,
        kinds=kinds,
        is_kept=is_kept,
        is_mixed=is_mixed,
    )
