"""The supervisor behind `make run`: what it decides from the environment, and its one-line refusals."""

import errno
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace as Disk

import pytest

from iop_clinic.stack import clinic, environment, places, postgres, servers
from iop_clinic.stack.places import ROOT, Places
from iop_clinic.stack.trouble import ALREADY_RUNNING, PORT_TAKEN, Trouble, from_os_error

NAMED = {
    "DATABASE_URL": "postgres://a@db/clinic",
    "REDIS_URL": "redis://broker/0",
    "EMAIL_URL": "smtp://mail:25",
}


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def stack(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    named = {"DATABASE_URL", "REDIS_URL", "PORT"}
    env = {name: value for name, value in os.environ.items() if name not in named} | variables
    command = [sys.executable, "-m", "iop_clinic.stack", *arguments]
    return subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_with_nothing_named_everything_is_started_and_it_is_the_demo() -> None:
    chosen = environment.plan({})
    assert (chosen.starts_database, chosen.starts_broker, chosen.starts_mailbox) == (True, True, True)
    assert chosen.is_demo
    assert chosen.url == "http://localhost:8000/"


def test_servers_that_are_named_are_not_started() -> None:
    chosen = environment.plan(NAMED)
    assert (chosen.starts_database, chosen.starts_broker, chosen.starts_mailbox) == (False, False, False)


@pytest.mark.parametrize(("said", "is_demo"), [("1", True), ("true", True), ("0", False), ("false", False)])
def test_the_demo_can_be_declined(said: str, is_demo: bool) -> None:
    assert environment.plan({"DEMO": said}).is_demo is is_demo


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80 80", "8000.5"])
def test_a_port_that_is_none_is_refused_with_an_example(port: str) -> None:
    with pytest.raises(Trouble, match="is not a port.*make run PORT=8000"):
        environment.plan({"PORT": port})


def test_the_shell_wins_over_the_file_and_an_empty_variable_counts_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text(
        '# a comment\nPORT=9001\nLOG_LEVEL=DEBUG\nREDIS_URL=\nDEFAULT_FROM_EMAIL="Desk <a@b.example>"\n'
    )
    monkeypatch.setenv("PORT", "9002")
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    read = environment.read(file)
    assert (read["PORT"], read["LOG_LEVEL"], read["DEFAULT_FROM_EMAIL"]) == (
        "9002",
        "DEBUG",
        "Desk <a@b.example>",
    )
    assert "DATABASE_URL" not in read
    assert "REDIS_URL" not in read


def test_an_env_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00PORT")
    with pytest.raises(Trouble, match=r"\.env cannot be read"):
        environment.read(tmp_path / ".env")


def test_what_was_set_wins_over_what_the_stack_fills_in() -> None:
    set_by_hand = {"BASE_URL": "https://clinic.example", "SECRET_KEY": "mine"}
    env = environment.for_clinic(
        set_by_hand, environment.plan({}), {"SECRET_KEY": "made", "REDIS_URL": "redis://ours"}
    )
    assert (env["BASE_URL"], env["SECRET_KEY"], env["REDIS_URL"]) == (
        "https://clinic.example",
        "mine",
        "redis://ours",
    )
    assert env["DEMO"] == "1"


@pytest.mark.parametrize(
    ("variables", "secure"),
    [({}, "0"), ({"BASE_URL": "https://clinic.example"}, None), ({"SECURE": "1"}, "1")],
)
def test_pages_of_this_machine_alone_are_not_sent_to_https(
    variables: dict[str, str], secure: str | None
) -> None:
    env = environment.for_clinic(variables | {"DEMO": "0"}, environment.plan({}), {})
    assert env.get("SECURE") == secure


def test_outside_the_demo_no_mailbox_page_is_promised(tmp_path: Path) -> None:
    told = clinic.greeting(environment.plan({"DEMO": "0"}), {"MAILBOX_DIR": "var/mail"}, tmp_path)
    assert "createsuperuser" in told and "EMAIL_URL" in told
    assert "/mailbox/" not in told


def test_the_example_names_every_variable_settings_reads_and_no_other() -> None:
    settings = (ROOT / "iop_clinic" / "settings.py").read_text()
    read = set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z_]+)["']""", settings))
    shown = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert shown == read | {"PORT"}


def test_the_example_can_be_used_as_it_stands(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    used = [line.removeprefix("#") if re.match(r"#[A-Z_]+=", line) else line for line in lines]
    (tmp_path / ".env").write_text("\n".join(used))
    values = environment._in_file(tmp_path / ".env")
    assert environment.plan(values).port == 8000
    assert values["DATABASE_URL"] == "postgres://clinic:password@db.internal:5432/clinic"
    assert not any("#" in value for value in values.values())


def test_a_taken_port_is_named_with_another_one_to_try(listener: int, tmp_path: Path) -> None:
    refused = stack("--var", str(tmp_path / "var"), "run", PORT=str(listener))
    assert refused.returncode == PORT_TAKEN
    assert re.fullmatch(rf"Port {listener} is taken\. Choose another: make run PORT=\d+\n", refused.stderr)


def test_a_second_start_says_who_is_running_and_where(var: Places) -> None:
    var.note(what="http://localhost:8123/")
    refused = stack("--var", str(var.var), "run")
    assert refused.returncode == ALREADY_RUNNING
    assert refused.stderr == f"Already running: pid {os.getpid()}, http://localhost:8123/\n"


def test_a_file_where_the_data_belongs_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    refused = stack("--var", str(tmp_path / "var"), "run")
    assert refused.returncode == 1
    assert (
        refused.stderr
        == f"{tmp_path / 'var'} is in the way: it should be a folder. Move it, then start again.\n"
    )


def test_a_full_disk_is_named_before_anything_is_written(
    var: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places.shutil, "disk_usage", lambda _: Disk(free=7_000_000))
    with pytest.raises(Trouble, match="The disk is full: .* needs 300 MB and 7 MB are free. Free some space"):
        postgres.Postgres(var, "password").prepare()
    assert not (var.var / "postgres").exists()


def test_a_failure_on_a_full_disk_is_put_down_to_the_disk(
    var: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    var.blame_the_disk(Trouble("Migrating failed"))
    monkeypatch.setattr(places.shutil, "disk_usage", lambda _: Disk(free=0))
    with pytest.raises(Trouble, match="The disk is full"):
        var.blame_the_disk(Trouble("Migrating failed"))


@pytest.mark.parametrize(
    ("complaint", "line"),
    [
        ("FATAL: could not extend file: No space left on device\nremoving contents", "The disk filled up"),
        ("wrote only 4096 of 8192 bytes\nHINT:  Check free disk space.", "The disk filled up"),
        ("initdb: error: invalid locale", "could not be prepared in .*: initdb: error: invalid locale"),
    ],
)
def test_a_cluster_that_cannot_be_made_gives_its_reason(complaint: str, line: str) -> None:
    assert re.search(line, postgres._why_no_cluster(complaint, Path("var")))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "var/log/web.log"),
            "The disk is full at var/log/web.log",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "var/log"),
            "Permission denied at var/log. Make the folder",
        ),
        (OSError(errno.EIO, "Input/output error"), "Input/output error."),
    ],
)
def test_an_error_of_the_system_is_one_line(error: OSError, line: str) -> None:
    assert str(from_os_error(error)).startswith(line)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("sqlite:///clinic.db", "names no PostgreSQL database"),
        ("nonsense", "names no PostgreSQL database"),
        ("postgres://a:b@127.0.0.1:1/clinic", "cannot be reached: .*port 1 failed"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_in_words(url: str, line: str) -> None:
    with pytest.raises(Trouble, match=line):
        servers.reach_database(url)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "nonsense"])
def test_a_broker_that_cannot_be_reached_is_refused_in_words(url: str) -> None:
    with pytest.raises(Trouble, match="The broker in REDIS_URL cannot be reached"):
        servers.reach_broker(url)
