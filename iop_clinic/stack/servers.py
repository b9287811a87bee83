"""The servers a command needs: bundled where the environment names none, else those named, tried first."""

import contextlib
import warnings
from collections.abc import Mapping

import environ
import psycopg
import redis

from iop_clinic.stack.broker import Broker
from iop_clinic.stack.children import Family
from iop_clinic.stack.environment import Plan
from iop_clinic.stack.places import Places
from iop_clinic.stack.postgres import Postgres
from iop_clinic.stack.trouble import Trouble


def start(
    family: Family,
    places: Places,
    chosen: Plan,
    variables: Mapping[str, str],
    passwords: tuple[str, str],
    durable: bool,
) -> dict[str, str]:
    """Start PostgreSQL and the broker, or reach those named. Returns the variables that name ours."""
    if not chosen.starts_database:
        reach_database(variables["DATABASE_URL"])
    if not chosen.starts_broker:
        reach_broker(variables["REDIS_URL"])
    urls = {}
    if chosen.starts_database:
        database = Postgres(places, passwords[0], durable)
        family.tell("Starting the bundled PostgreSQL ...")
        database.prepare()
        family.start(database.child(), database.is_ready)
        urls["DATABASE_URL"] = database.url
    if chosen.starts_broker:
        broker = Broker(places, passwords[1], durable)
        family.tell("Starting the bundled broker (Valkey) ...")
        family.start(broker.child(), broker.is_ready)
        urls["REDIS_URL"] = broker.url
    return urls


def reach_database(url: str) -> None:
    """Trouble when DATABASE_URL is no PostgreSQL that answers."""
    try:
        with warnings.catch_warnings(action="ignore"):
            named = environ.Env.db_url_config(url)
    except Exception as error:
        raise Trouble(f"DATABASE_URL cannot be understood. It should look like {_EXAMPLE}") from error
    if "postgresql" not in str(named.get("ENGINE", "")):
        raise Trouble(
            f"DATABASE_URL names no PostgreSQL database, the only kind supported. Example: {_EXAMPLE}"
        )
    words = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    details = {word: str(named[key]) for word, key in words.items() if named.get(key)} | named.get(
        "OPTIONS", {}
    )
    try:
        psycopg.connect(**(details | {"connect_timeout": 5})).close()
    except psycopg.Error as error:
        why = str(error).strip().splitlines()[0]
        raise Trouble(f"The database in DATABASE_URL cannot be reached: {why}") from error


def reach_broker(url: str) -> None:
    """Trouble when REDIS_URL is no broker that answers."""
    try:
        with contextlib.closing(
            redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise Trouble(f"The broker in REDIS_URL cannot be reached: {error}") from error


_EXAMPLE = "postgres://user:password@host:5432/name"
