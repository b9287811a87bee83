"""Many rows at once through PostgreSQL's COPY, with their numbers taken from the sequence beforehand."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models

CHUNK = 5_000


def take_numbers(model: type[models.Model], count: int) -> list[int]:
    """`count` fresh primary keys of the model."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in cursor.fetchall()]


def copy(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    tell: Callable[[int], None] = lambda count: None,
) -> None:
    """Write rows in the order of `columns` (database names); `tell` hears how many after each chunk."""
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    chunk: list[Sequence[Any]] = []
    done = 0
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            done += _send(statement, chunk)
            chunk = []
            tell(done)
    tell(done + _send(statement, chunk))


def _send(statement: str, rows: list[Sequence[Any]]) -> int:
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)
    return len(rows)
