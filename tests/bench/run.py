"""`make bench`: Today, chart, portal and search under two web workers, beside an empty view; then the week.

`make bench ARGS=week` is the week alone. One run, one machine: times are printed with their ratio to the
empty view, query counts with the same page's count when rows grow tenfold. The numbers decide nothing; they
are for people to read.
"""

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.bench_settings"
os.environ |= {"DEMO": "1", "DEBUG": "0", "ALLOWED_HOSTS": "127.0.0.1,testserver,localhost", "SECURE": "0"}
os.environ.setdefault("SECRET_KEY", "bench-only-" + "0123456789" * 5)
NAME = "iop_bench"
ROUNDS, REQUESTS, WARM_UP = 2, 60, 10
SEARCH_PATIENTS = 20_000


def fresh_database() -> None:
    """An empty database beside the given one; DATABASE_URL then names it."""
    import environ
    import psycopg
    from psycopg import sql

    given = environ.Env().db("DATABASE_URL")
    host = given["HOST"] or given.get("OPTIONS", {}).get("host", "")
    server = {"user": given["USER"], "password": given["PASSWORD"], "host": host}
    if given["PORT"]:
        server["port"] = given["PORT"]
    with psycopg.connect(**server, dbname=given["NAME"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    before, _, query = os.environ["DATABASE_URL"].partition("?")
    os.environ["DATABASE_URL"] = before.rsplit("/", 1)[0] + f"/{NAME}" + (f"?{query}" if query else "")


def session_of(user: object) -> str:
    """A signed-in session's key, as the sign-in page would leave it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)  # type: ignore[attr-defined]
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()  # type: ignore[attr-defined]
    store.create()
    return str(store.session_key)


@contextmanager
def web(port: int) -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "iop_clinic.wsgi",
        "-k",
        "gthread",
        "-w",
        "2",
        "--threads",
        "4",
    ]
    command += ["--no-control-socket", "-b", f"127.0.0.1:{port}", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            try:
                ask(port, "GET", "/empty/", {})
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return answer.status, size


def measure(
    port: int, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[float, float, int]:
    """p50 and p95 in milliseconds of the quietest round, and the answer's bytes."""
    best: tuple[float, float] | None = None
    size = 0
    for _ in range(ROUNDS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        took = []
        for n in range(WARM_UP + REQUESTS):
            start = time.perf_counter()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            size = len(answer.read())
            if n >= WARM_UP:
                took.append((time.perf_counter() - start) * 1000)
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}")
        connection.close()
        figures = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        best = min(best or figures, figures)
    assert best is not None
    return *best, size


def queries(user: object, path: str, *, piece: bool) -> int:
    """How many statements one page or piece takes, the second time it is asked for."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost", **({"hx-request": "true"} if piece else {})})
    client.force_login(user)  # type: ignore[arg-type]
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len([q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def headers_for(key: str, *, piece: bool) -> dict[str, str]:
    return {"Cookie": f"sessionid={key}", **({"HX-Request": "true"} if piece else {})}


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    fresh_database()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("demo_data", verbosity=0)
    from tests.bench import week

    port = int(os.environ.get("BENCH_PORT", "8123"))
    if "week" not in sys.argv[1:]:
        pages_and_search(port)
    week.measure(sys.modules[__name__], port)


def pages_and_search(port: int) -> None:
    from django.db import connection
    from django.urls import reverse

    from iop_clinic.accounts.models import User
    from iop_clinic.roles import Role
    from patients.models import Patient
    from tests.bench import grow

    desk = User.objects.filter(role=Role.FRONT_DESK).order_by("pk").first()
    clinician = User.objects.filter(role=Role.CLINICIAN, sites=desk.sites.first()).order_by("pk").first()
    biller = User.objects.filter(role=Role.BILLER).order_by("pk").first()
    patient = Patient.objects.exclude(user=None).order_by("pk").first()
    assert desk and clinician and biller and patient and patient.user
    chart = {"pk": patient.pk}
    site = patient.site
    grow.clinic(site, 12, seed=90_000)
    pages = [
        ("Today, front desk", desk, grow.roster_of_twelve(site), "p95 <= 40 x empty, <= 15 SQL"),
        ("Today, rail piece", desk, reverse("sessions:today_rail"), "<= 15 SQL"),
        ("Week board", desk, reverse("scheduling:week"), "<= 8 SQL"),
        ("Chart, shell", clinician, reverse("patients:chart", kwargs=chart), "<= 10 SQL"),
        ("Chart, hours piece", clinician, reverse("sessions:hours", kwargs=chart), "<= 6 SQL"),
        ("Chart, week piece", clinician, reverse("scheduling:patient_week", kwargs=chart), "<= 6 SQL"),
        ("Chart, authorizations", clinician, reverse("billing:authorizations", kwargs=chart), "<= 6 SQL"),
        ("Hours board", desk, reverse("sessions:hours_board"), "constant"),
        ("Portal, My week", patient.user, reverse("portal:week"), "<= 8 SQL, <= 60 kB"),
    ]
    pieces = {name for name, _, _, target in pages if "6 SQL" in target or "piece" in name}
    few = {name: queries(user, path, piece=name in pieces) for name, user, path, _ in pages}
    keys = {user.pk: session_of(user) for _, user, _, _ in pages}
    print(f"{'page':24} {'p50 ms':>8} {'p95 ms':>8} {'p95 / empty':>12} {'bytes':>9}")
    with web(port):
        empty = measure(port, "GET", "/empty/", {})
        print(f"{'empty view':24} {empty[0]:8.2f} {empty[1]:8.2f} {1.0:12.1f} {empty[2]:9}")
        for name, user, path, _ in pages:
            p50, p95, size = measure(port, "GET", path, headers_for(keys[user.pk], piece=name in pieces))
            print(f"{name:24} {p50:8.2f} {p95:8.2f} {p95 / empty[1]:12.1f} {size:9}")

    active = 36
    grow.clinic(site, 9 * active, seed=100_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"\n{'page':24} {'SQL':>5} {'SQL at 10x':>11}   target")
    for name, user, path, target in pages:
        many = queries(user, path, piece=name in pieces)
        print(f"{name:24} {few[name]:5} {many:11}   {target}{'' if many <= few[name] else '   GROWS'}")
    with web(port):
        print(f"\n{'at 10x the rows':24} {'p50 ms':>8} {'p95 ms':>8} {'p95 / empty':>12} {'bytes':>9}")
        for name, user, path, _ in pages:
            p50, p95, size = measure(port, "GET", path, headers_for(keys[user.pk], piece=name in pieces))
            print(f"{name:24} {p50:8.2f} {p95:8.2f} {p95 / empty[1]:12.1f} {size:9}")

    grow.people(site, SEARCH_PATIENTS - Patient.objects.count(), seed=200_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    search(port, desk, reverse("patients:search"))


def search(port: int, user: object, path: str) -> None:
    """The palette's request at 20,000 names: by part of a name, accents, birth date, record number."""
    import re

    from patients.models import Patient

    key = session_of(user)
    with web(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path, headers={"Cookie": f"sessionid={key}"})
        answer = connection.getresponse()
        page = answer.read().decode()
        cookie = re.search(r"csrftoken=([^;]+)", answer.headers.get("Set-Cookie", ""))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert cookie and token, "the search form carries a token"
        last = Patient.objects.latest("pk")
        print(f"\nsearch at {Patient.objects.count():,} patients   target: p95 <= 50 ms")
        asked = (
            "amara",
            "elise ash",
            "a",
            "ridge",
            f"{last.born_on:%Y-%m-%d}",
            str(last.record_number),
            "zzzz",
        )
        for text in asked:
            headers = {
                "Cookie": f"sessionid={key}; csrftoken={cookie.group(1)}",
                "Content-Type": "application/x-www-form-urlencoded",
                "HX-Request": "true",
            }
            body = urlencode({"q": text, "csrfmiddlewaretoken": token.group(1)})
            p50, p95, size = measure(port, "POST", path, headers, body)
            print(f"{text:24} {p50:8.2f} {p95:8.2f} {'':12} {size:9}")


if __name__ == "__main__":
    if "moments" in sys.argv[1:]:
        from tests.bench import planner_moments

        planner_moments.main()
    else:
        main()
