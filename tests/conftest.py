"""Fixtures for the whole suite: real PostgreSQL, a quiet mail server, signed-in clients."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client

from tests import make

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # pytest-playwright leaves a loop in the thread

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM or os.environ.get("REQUIRE_BROWSER"):
        return
    skip = pytest.mark.skip(reason="no Chromium on PATH")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def plain_static_files(django_test_environment: None) -> None:
    """Templates name static files as they are; hashing them is collectstatic's work."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}


@pytest.fixture(scope="session", autouse=True)
def quick_passwords(django_test_environment: None) -> None:
    """The slow hash protects real passwords; here each invented person would cost a third of a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def own_upload_folder(django_test_environment: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files put on charts in tests lie in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Between transactional tests tables are truncated, which the audit trail rightly refuses."""
    flush = DatabaseOperations.execute_sql_flush

    def flush_without_triggers(self: DatabaseOperations, statements: list[str]) -> None:
        quiet = [
            "SET session_replication_role = replica",
            *statements,
            "SET session_replication_role = DEFAULT",
        ]
        flush(self, quiet)

    DatabaseOperations.execute_sql_flush = flush_without_triggers  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        call_command("createcachetable", verbosity=0)


@pytest.fixture
def sign_in(db: None) -> Callable[..., Client]:
    """A test client signed in as a user, or as a fresh one of a role at a site."""

    def signed_in(user: object = None, **fields: object) -> Client:
        client = Client()
        client.force_login(user or make.user(**fields))  # type: ignore[arg-type]
        return client

    return signed_in


@pytest.fixture
def no_connection_left() -> Iterator[None]:
    """For tests with threads: their connections are closed by themselves, ours at the end."""
    yield
    connection.close()
