"""Taking one trigger away for a while, to see that it is the one that guards."""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.db import connection


@contextmanager
def unguarded(uri: str) -> Iterator[None]:
    """Without the trigger of that uri, "app.Model:name". Inside a test's transaction."""
    [(model, trigger)] = pgtrigger.registered(uri)
    table, name = model._meta.db_table, trigger.get_pgid(model)
    _alter(table, "DISABLE", name)
    yield
    _alter(table, "ENABLE", name)


def _alter(table: str, change: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} {change} TRIGGER {name}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
