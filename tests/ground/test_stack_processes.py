"""The supervisor's folder and processes: nothing outlives it, and a start after a crash recovers."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Disk

import pytest

from iop_clinic.stack import children, commands, places, postgres
from iop_clinic.stack.children import Child, Family, Stopped
from iop_clinic.stack.places import ROOT, Places
from iop_clinic.stack.trouble import Trouble, last_line

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="relies on Linux")


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        os.sched_yield()
    return condition()


def is_gone(pid: int) -> bool:
    """No such process, or only its entry waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_folder_given_back_can_be_taken_again(var: Places) -> None:
    var.release()
    var.claim()
    assert var.running()["pid"] == os.getpid()


def test_a_secret_is_made_once_and_is_for_its_owner_alone(var: Places) -> None:
    made = var.secret("secret_key")
    assert len(made) >= 50
    assert var.secret("secret_key") == made
    assert stat.S_IMODE((var.var / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(var.var.stat().st_mode) == 0o700


def test_an_empty_secret_left_by_a_crash_is_made_anew(var: Places) -> None:
    (var.var / "secret_key").write_text("")
    assert len(var.secret("secret_key")) >= 50


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            '{"at": "2026", "level": "error", "event": "Task failed", "error": "OSError"}',
            "Task failed OSError",
        ),
        ('{"event": "mingle: all alone"}', "mingle: all alone"),
        ('{"event": ', '{"event":'),
        ("[1, 2]", "[1, 2]"),
        ("plain words", "plain words"),
    ],
)
def test_the_last_line_of_a_log_is_said_in_words(var: Places, line: str, said: str) -> None:
    (var.var / "log" / "worker.log").write_text(f"before\n{line}\n")
    assert last_line(var.var / "log" / "worker.log") == said


def test_a_disk_that_fills_up_while_the_clinic_runs_is_told_once(
    var: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    family = Family(var.children_fd, told.append)
    free = iter([500_000_000, 1_000_000, 1_000_000, 500_000_000, 500_000_000])
    monkeypatch.setattr(places.shutil, "disk_usage", lambda _: Disk(free=next(free)))
    monkeypatch.setattr(family, "pause", lambda _seconds: None)
    with pytest.raises(StopIteration):
        family.watch(var.fullness)
    assert told == [
        f"The disk is full ({var.var}): nothing can be saved, signing in fails too. Free some space.",
        "There is space again.",
    ]


def test_a_grown_log_is_put_aside(var: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_LOG_LIMIT_BYTES", 3)
    (var.var / "log" / "web.log").write_text("long enough\n\n")
    assert last_line(var.var / "log" / "web.log") == "long enough"
    assert not var.log("web").exists()
    assert (var.var / "log" / "web.log.1").exists()


@on_linux
def test_a_process_left_by_the_last_run_is_ended_before_the_next(var: Places) -> None:
    left = subprocess.Popen(["sleep", "600"], pass_fds=[var.children_fd], start_new_session=True)
    var.release()
    var.holder_fd = var.children_fd = -1
    var.claim(patience_seconds=0.1)
    assert left.wait(20) == -signal.SIGKILL


@on_linux
@pytest.mark.parametrize("stale", ["a stranger", "999999999", "", "not a number"])
def test_a_stale_pid_file_does_not_stop_the_database(var: Places, stale: str) -> None:
    database = postgres.Postgres(var, "password")
    database.data.mkdir()
    (database.data / "postmaster.pid").write_text(stale.replace("a stranger", str(os.getpid())))
    database._drop_stale_pid()
    assert not (database.data / "postmaster.pid").exists()


@on_linux
def test_a_database_that_is_in_use_is_left_alone(var: Places) -> None:
    database = postgres.Postgres(var, "password")
    database.data.mkdir()
    with subprocess.Popen(["sleep", "600"], cwd=database.data) as other:
        (database.data / "postmaster.pid").write_text(f"{other.pid}\n")
        with pytest.raises(Trouble, match=f"in use by PostgreSQL, pid {other.pid}"):
            database._drop_stale_pid()
        other.kill()
    assert (database.data / "postmaster.pid").exists()


def test_data_of_another_postgresql_is_refused_with_the_way_out(var: Places) -> None:
    database = postgres.Postgres(var, "password")
    database.data.mkdir()
    (database.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Trouble, match="made by PostgreSQL 9, this release brings .*make reset"):
        database.prepare()


def test_a_folder_that_is_no_database_is_not_touched(var: Places) -> None:
    database = postgres.Postgres(var, "password")
    database.data.mkdir()
    (database.data / "holiday.jpg").write_text("")
    with pytest.raises(Trouble, match="is not a PostgreSQL folder"):
        database.prepare()
    assert (database.data / "holiday.jpg").exists()


SERVERS = """
import os, environ, psycopg, redis
url = environ.Env.db_url_config(os.environ["DATABASE_URL"])
host = url["OPTIONS"]["host"]
at = psycopg.connect(host=host, user=url["USER"], password=url["PASSWORD"], dbname=url["NAME"])
broker = redis.Redis.from_url(os.environ["REDIS_URL"])
print(at.execute("SELECT current_database()").fetchone()[0], broker.ping())
print(host)
raise SystemExit(7)
"""


def test_a_command_gets_servers_of_its_own_that_are_gone_afterwards(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    stack = [sys.executable, "-m", "iop_clinic.stack", "--var", str(tmp_path / "var"), "exec", "--"]
    command = [*stack, sys.executable, "-c", SERVERS]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    answer, sockets = done.stdout.splitlines()
    assert (done.returncode, answer, done.stderr) == (7, "clinic True", "")
    assert not Path(sockets).exists()
    assert list((tmp_path / "var" / "test").iterdir()) == []


def test_what_a_killed_run_of_the_tests_left_is_removed_and_a_live_one_is_not(tmp_path: Path) -> None:
    left, alive = tmp_path / "999999999", tmp_path / str(os.getppid())
    for folder in (left, alive):
        folder.mkdir()
    sockets = Path(tempfile.mkdtemp(prefix="iop-", dir="/tmp"))
    (left / "stack.lock").write_text(json.dumps({"private": str(sockets)}))
    commands._sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [alive]
    assert not sockets.exists()


def quiet(_line: str) -> None:
    pass


def child(name: str, command: str, log: Path | None = None) -> Child:
    return Child(name=name, argv=["sh", "-c", command], env=dict(os.environ), log=log, grace_seconds=0.2)


def test_children_stop_in_the_reverse_order_of_their_start(var: Places) -> None:
    told: list[str] = []
    family = Family(var.children_fd, told.append)
    for name in ("PostgreSQL", "worker", "web"):
        family.start(child(name, "exec sleep 600"))
    family.stop_all()
    assert told == ["Stopping web ...", "Stopping worker ...", "Stopping PostgreSQL ..."]
    assert not any(member.is_alive() for member in family.members)


def test_a_child_that_will_not_stop_is_ended_with_all_its_own(var: Places, tmp_path: Path) -> None:
    family = Family(var.children_fd, quiet)
    stubborn = child("web", f"trap '' TERM; sleep 600 & echo $! > {tmp_path / 'pid'}; wait; wait")
    family.start(stubborn, ready=lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    family.stop_all()
    assert until(lambda: is_gone(int((tmp_path / "pid").read_text())))


def test_a_child_that_dies_at_once_gives_its_last_words(var: Places) -> None:
    family = Family(var.children_fd, quiet)
    with pytest.raises(Trouble, match="web did not start: exit status 3, no module named clinic, see "):
        family.start(child("web", "echo no module named clinic; exit 3", var.log("web")), ready=lambda: False)


def test_a_failed_step_is_named_and_a_stop_ends_it(var: Places) -> None:
    family = Family(var.children_fd, quiet)
    with pytest.raises(Trouble, match="Migrating failed"):
        family.step("Migrating", child("migrate", "exit 1"))
    family.leaving.set()
    with pytest.raises(Stopped):
        family.step("Migrating", child("migrate", "exec sleep 600"))
    family.stop_all()


def test_a_long_step_gives_signs_of_life(
    var: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sign = tmp_path / "sign"

    def tell(line: str) -> None:
        if "still at it" in line:
            sign.touch()

    monkeypatch.setattr(children, "STEP_SIGN_SECONDS", 0.0)
    Family(var.children_fd, tell).step("Migrating", child("migrate", f"until [ -e {sign} ]; do :; done"))
    assert sign.exists()


def test_a_child_is_restarted_five_times_a_minute_and_no_more() -> None:
    member = child("worker", "exit 1")
    assert [member.may_restart(now=float(second)) for second in range(6)] == [True] * 5 + [False]
    assert member.may_restart(now=120.0)


def test_a_child_that_keeps_dying_stops_the_clinic_in_one_line(
    var: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    family = Family(var.children_fd, told.append)
    monkeypatch.setattr(family, "pause", lambda _seconds: None)
    family.start(child("worker", "echo broken; exit 1", var.log("worker")))
    with pytest.raises(Trouble, match="worker keeps stopping: exit status 1, broken"):
        family.watch()
    assert len(told) == children.RESTART_LIMIT
    assert told[0].startswith("worker stopped: exit status 1, broken, see ")


@on_linux
def test_nothing_outlives_a_killed_supervisor(var: Places, tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from pathlib import Path; from iop_clinic.stack.children import Child, Family;"
        f"family = Family(os.open({str(tmp_path / 'lock')!r}, os.O_RDWR | os.O_CREAT));"
        "child = Child(name='web', argv=['sleep', '600'], env={'PATH': os.environ['PATH']});"
        "family.start(child); print(child.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        assert not is_gone(pid)
        supervisor.kill()
    assert until(lambda: is_gone(pid))


def test_only_a_later_second_ctrl_c_hurries(monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family(-1, quiet)
    moments = iter([10.0, 10.1, 10.2, 20.0, 21.5])
    monkeypatch.setattr(children.time, "monotonic", lambda: next(moments))
    hurried = []
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        family._on_signal(number, None)
        hurried.append(family.hurry.is_set())
    assert hurried == [False, False, False, False, True]


STORM = """
import sys, signal
from iop_clinic.stack.children import Family, Stopped
family = Family(0)
family.listen()
print("ready", flush=True)
try:
    while True:
        family.pause(0.05)
except Stopped:
    print("stopped", flush=True)
"""


def test_a_storm_of_signals_never_leaves_the_supervisor_waiting_for_itself() -> None:
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", STORM], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with contextlib.suppress(ProcessLookupError):
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT) * 30:
                os.kill(process.pid, number)
        said, _ = process.communicate(timeout=20)
        assert said == "stopped\n" or process.returncode < 0
