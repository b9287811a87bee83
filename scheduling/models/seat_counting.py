"""Triggers that keep a session's counters of seats, so that one check refuses a seat too many.

Counted once for each statement, not once for each row: a week of a large clinic is one INSERT.
"""

import pgtrigger

_COUNT = """
    UPDATE scheduling_therapysession AS session
    SET {counter} = session.{counter} + counted.seats
    FROM (
        SELECT session_id, sum(seat) AS seats FROM ({seats}) AS moved
        GROUP BY session_id HAVING sum(seat) <> 0
    ) AS counted
    WHERE session.id = counted.session_id;
    RETURN NULL;
"""
_TAKEN = "SELECT session_id, 1 AS seat FROM new_rows WHERE {taken}"
_FREED = "SELECT session_id, -1 AS seat FROM old_rows WHERE {taken}"


def counts_seats(counter: str, taken: str) -> list[pgtrigger.Trigger]:
    """Triggers that add up the seats a statement's rows take and free; `taken` says which rows hold one."""
    new, old = _TAKEN.format(taken=taken), _FREED.format(taken=taken)
    return [
        _counts("seats_taken", pgtrigger.Insert, counter, new=new),
        _counts("seats_changed", pgtrigger.Update, counter, new=new, old=old),
        _counts("seats_freed", pgtrigger.Delete, counter, old=old),
    ]


def _counts(
    name: str, operation: pgtrigger.Operation, counter: str, new: str = "", old: str = ""
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old="old_rows" if old else None, new="new_rows" if new else None),
        func=_COUNT.format(counter=counter, seats=" UNION ALL ".join(filter(None, (new, old)))),
    )
