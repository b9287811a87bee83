"""Rules as a file writes them: "q1..q8 >= 2" is eight limits, a list of such clauses a condition."""

import re
from collections.abc import Sequence

from patients.instruments.rules import Condition, Limit
from patients.instruments.table import StrictTable

_SPAN = re.compile(r"([a-z_]*)([0-9]+)\.\.\1([0-9]+)")
_CLAUSE = re.compile(r"(\S+) (>=|<=) ([0-9]{1,3})")


def span(words: str) -> list[str]:
    """ "q1..q3" as q1, q2, q3; anything else as it is."""
    match = _SPAN.fullmatch(words)
    if match is None:
        return [words]
    return [f"{match[1]}{number}" for number in range(int(match[2]), int(match[3]) + 1)]


def item_list(table: StrictTable, key: str, known: Sequence[str]) -> tuple[str, ...]:
    """Items named one by one or as spans; each must be known and named once."""
    named = [item_id for words in table.listed(key) for item_id in span(words)]
    if not set(named) <= set(known) or len(set(named)) != len(named):
        raise table.fault(key, f"must name items once each, some of: {', '.join(known)}")
    return tuple(named)


def condition(table: StrictTable, known: Sequence[str]) -> Condition:
    """`of` holds the clauses, `count` how many of their limits must hold; without it all must."""
    limits = [limit for clause in table.listed("of") for limit in _limits(table, clause, known)]
    count = table.number_or_none("count", 1, len(limits))
    return Condition(tuple(limits), len(limits) if count is None else count)


def conditions(table: StrictTable, key: str, known: Sequence[str]) -> tuple[Condition, ...]:
    """A list of conditions; none when the key is not there."""
    return table.rows(key, lambda row, _: condition(row, known)) if table.has(key) else ()


def _limits(table: StrictTable, clause: str, known: Sequence[str]) -> list[Limit]:
    match = _CLAUSE.fullmatch(clause)
    item_ids = span(match[1]) if match else []
    if match is None or not item_ids or not set(item_ids) <= set(known):
        raise table.fault("of", f"“{clause}” must read like “q1..q4 >= 2”, of: {', '.join(known)}")
    return [Limit(item_id, int(match[3]), match[2] == "<=") for item_id in item_ids]
