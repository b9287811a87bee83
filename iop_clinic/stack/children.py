"""Child processes: they cannot outlive the supervisor, stop in order, and are restarted with a limit."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from iop_clinic.stack.places import ROOT
from iop_clinic.stack.trouble import Trouble, last_line, say

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
RESTART_LIMIT, RESTART_WINDOW_SECONDS = 5, 60.0
STEP_SIGN_SECONDS = 10.0
HURRIED_GRACE_SECONDS, SECOND_PRESS_SECONDS = 2.0, 1.0


class Stopped(Exception):
    """Someone asked the supervisor to stop (Ctrl-C, TERM or a closed terminal)."""


@dataclass(frozen=True)
class User:
    """The user a child runs as: only root can choose one other than itself."""

    uid: int
    gid: int


class Asked:
    """Whether something was asked for. A plain flag: a signal may arrive while its handler still runs, and a
    threading.Event would then wait for a lock that the same thread holds."""

    def __init__(self) -> None:
        self.yes = False

    def set(self) -> None:
        self.yes = True

    def is_set(self) -> bool:
        return self.yes

    def wait(self, seconds: float) -> bool:
        """Sleep that long, in short naps while nothing is asked."""
        end = time.monotonic() + seconds
        while not self.yes and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        return self.yes


@dataclass
class Child:
    """One process to run: how it is started, how it is asked to stop and how long it may take."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10
    user: User | None = None
    open_fds: tuple[int, ...] = ()
    stdin_text: str = ""
    cwd: Path = ROOT
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self, lock_fd: int) -> None:
        """Run it in a session of its own, so that Ctrl-C reaches the supervisor only."""
        parent, stop_signal = os.getpid(), int(self.stop_signal)
        with contextlib.ExitStack() as stack:
            out = stack.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.PIPE if self.stdin_text else subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                start_new_session=True,
                pass_fds=(lock_fd, *self.open_fds),
                user=self.user.uid if self.user else None,
                group=self.user.gid if self.user else None,
                extra_groups=[] if self.user else None,
                preexec_fn=lambda: die_with(parent, stop_signal),
            )
        if self.process.stdin:
            with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(self.stdin_text.encode())

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, hurry: Asked) -> None:
        """Ask, wait, then insist; soon when in a hurry."""
        if self.process is None:
            return
        if self.is_alive():
            self.process.send_signal(self.stop_signal)
            asked_at = time.monotonic()
            while self.is_alive():
                grace = (
                    min(self.grace_seconds, HURRIED_GRACE_SECONDS) if hurry.is_set() else self.grace_seconds
                )
                if time.monotonic() - asked_at > grace:
                    break
                time.sleep(0.05)
        self.kill_group()
        self.process.wait()

    def kill_group(self) -> None:
        """End what is left of its session, so that a restart never meets its own past."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def may_restart(self, now: float) -> bool:
        """Note a death at `now` (monotonic seconds); False when there were too many in the last minute."""
        self.deaths = [moment for moment in self.deaths if now - moment < RESTART_WINDOW_SECONDS] + [now]
        return len(self.deaths) <= RESTART_LIMIT


def die_with(parent: int, stop_signal: int) -> None:
    """In the child, before its program starts: be told to stop when the supervisor dies (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def die_with_make() -> None:
    """Under make, stop when make is killed: nobody would be left to press Ctrl-C (Linux)."""
    if _LIBC is not None and "MAKELEVEL" in os.environ:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


class Family:
    """The children of one supervisor, in the order of their start."""

    def __init__(self, lock_fd: int, tell: Callable[[str], None] = say) -> None:
        self.lock_fd = lock_fd
        self.tell = tell
        self.last_signal = 0
        self.asked_at = 0.0
        self.members: list[Child] = []
        self.leaving = Asked()
        self.hurry = Asked()

    def listen(self) -> None:
        """From now on a first signal asks for an orderly stop, a later second Ctrl-C for a quick one.

        One request may arrive twice at once: make passes a TERM on that its group has had already.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        self.last_signal = number
        now = time.monotonic()
        if not self.leaving.is_set():
            self.asked_at = now
            self.leaving.set()
        elif number == signal.SIGINT and now - self.asked_at > SECOND_PRESS_SECONDS:
            self.hurry.set()

    def start(
        self, child: Child, ready: Callable[[], bool] | None = None, patience_seconds: float = 60
    ) -> None:
        """Start a child and wait until `ready()`; Trouble when it dies first or is not ready in time."""
        self.members.append(child)
        child.start(self.lock_fd)
        end = time.monotonic() + patience_seconds
        while ready is not None and not ready():
            self.pause(0.05)
            if not child.is_alive():
                raise Trouble(f"{child.name} did not start: {reason(child)}")
            if time.monotonic() > end:
                raise Trouble(
                    f"{child.name} was not ready within {patience_seconds:.0f} seconds: {reason(child)}"
                )

    def step(self, title: str, child: Child) -> None:
        """Run one command to its end in front of the user, with a sign of life every ten seconds."""
        self.tell(f"{title} ...")
        self.members.append(child)
        child.start(self.lock_fd)
        began = told = time.monotonic()
        while child.is_alive():
            self.pause(0.05)
            if time.monotonic() - told > STEP_SIGN_SECONDS:
                told = time.monotonic()
                self.tell(f"  still at it after {told - began:.0f} s ...")
        self.members.remove(child)
        if child.process is not None and child.process.returncode:
            raise Trouble(f"{title} failed (see the lines above). Nothing was left running.")

    def pause(self, seconds: float) -> None:
        if self.leaving.wait(seconds):
            raise Stopped

    def watch(self, warning: Callable[[], str] = str) -> None:
        """Restart what dies, until asked to stop; Trouble when a child cannot be kept alive.

        `warning` is one line while something around the children is wrong; it is told when it changes.
        """
        told = ""
        while True:
            self.pause(0.25)
            if (line := warning()) != told:
                told = line
                self.tell(line or "There is space again.")
            for child in self.members:
                if not child.is_alive():
                    self._restart(child)

    def _restart(self, child: Child) -> None:
        why = reason(child)
        child.kill_group()
        if not child.may_restart(time.monotonic()):
            raise Trouble(f"{child.name} keeps stopping: {why}")
        self.tell(f"{child.name} stopped: {why}. Starting it again ({len(child.deaths)} of {RESTART_LIMIT}).")
        self.pause(min(0.5 * len(child.deaths), 2))
        child.start(self.lock_fd)

    def stop_all(self) -> None:
        """Stop every child, the last started first."""
        self.leaving.set()
        for child in reversed(self.members):
            if child.is_alive():
                self.tell(f"Stopping {child.name} ...")
            child.stop(self.hurry)


def reason(child: Child) -> str:
    """Why a child is not running, in half a line: its exit and the last thing it said."""
    code = child.process.returncode if child.process else None
    how = "" if code is None else f"killed by signal {-code}" if code < 0 else f"exit status {code}"
    said = last_line(child.log) if child.log and (code is None or code > 0) else ""
    where = (
        f"see {child.log.relative_to(ROOT) if child.log.is_relative_to(ROOT) else child.log}"
        if child.log
        else ""
    )
    return ", ".join(part for part in (how, said, where) if part)
