"""Many writers at the same instant, each with its own connection to the real PostgreSQL, and guards away."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model


def race(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Start all deeds behind one barrier; answers what each returned, or the exception it raised."""
    barrier = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return deed()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(deeds)) as pool:
        return list(pool.map(run, deeds))


@contextmanager
def without(model: type[Model], name: str) -> Iterator[None]:
    """Take one guard away inside a transaction that is rolled back."""
    (constraint,) = [one for one in model._meta.constraints if one.name == name]
    with transaction.atomic():
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
        yield
        transaction.set_rollback(True)


def bites(model: type[Model], name: str, double: Callable[[], None]) -> None:
    """The guard refuses the double deed; without it the deed happens; put back, it refuses again."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        double()
    with without(model, name):
        double()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        double()
