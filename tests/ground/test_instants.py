"""Instants from PostgreSQL: read quickly, and read the same as Django reads them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import BaseTzLoader

from iop_clinic.postgres.base import InstantLoader

pytestmark = pytest.mark.django_db
TEXTS = [
    "2026-10-21 13:12:00+00",
    "2026-10-21 13:12:00.5+00",
    "2026-10-21 13:12:00.000001+00",
    "1970-01-01 00:00:00+00",
    "0001-01-01 00:00:00+00",
    "9999-12-31 23:59:59.999999+00",
]


@pytest.mark.parametrize("text", TEXTS)
def test_an_instant_reads_as_django_reads_it(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        (instant,) = cursor.fetchone()
        oid = cursor.cursor.description[0].type_code
        slow = type("Slow", (BaseTzLoader,), {"timezone": UTC})(oid, cursor.connection)
    assert instant == slow.load(text.encode()) == datetime.fromisoformat(text)
    assert instant.tzinfo is UTC


def test_connections_read_with_the_quick_loader() -> None:
    connection.ensure_connection()
    assert connection.connection.adapters.get_loader(1184, 0) is InstantLoader


@pytest.mark.parametrize("text", ["infinity", "10000-01-01 00:00:00+00"])
def test_what_python_has_no_instant_for_is_still_refused(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        with pytest.raises(DataError):
            cursor.fetchone()
