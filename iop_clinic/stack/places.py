"""The folder `var/`: what lies where, who holds it now, and what the last run left behind."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iop_clinic.stack.trouble import ALREADY_RUNNING, Trouble, say

ROOT = Path(__file__).resolve().parents[2]
_LOG_LIMIT_BYTES = 5_000_000
_FULL_BELOW_MB = 20


@dataclass
class Places:
    """One set of data and logs. Two supervisors never share one: `claim` sees to that."""

    var: Path
    holder_fd: int = -1
    children_fd: int = -1
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def holder(self) -> Path:
        return self.var / "stack.lock"

    def open(self) -> None:
        """Make the folders, or say in one line why that cannot be done."""
        for folder in (self.var, self.var / "log", self.var / "mail"):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError) as error:
                raise Trouble(
                    f"{folder} is in the way: it should be a folder. Move it, then start again."
                ) from error
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise Trouble(
                    f"{folder} cannot be read and written by this user. "
                    f'Make it yours (sudo chown -R "$(id -un)" {self.var}) or start as its owner.'
                )

    def require_space(self, megabytes: int) -> None:
        free = shutil.disk_usage(self.var).free // 1_000_000
        if free < megabytes:
            raise Trouble(
                f"The disk is full: {self.var} needs {megabytes} MB and {free} MB are free. "
                "Free some space, then start again."
            )

    def fullness(self) -> str:
        """One line while the disk is full, else nothing: what runs cannot say it, it can only fail."""
        free = shutil.disk_usage(self.var).free // 1_000_000
        if free >= _FULL_BELOW_MB:
            return ""
        return f"The disk is full ({self.var}): nothing can be saved, signing in fails too. Free some space."

    def blame_the_disk(self, trouble: Trouble) -> None:
        """When something failed while the disk is full, that is what to say."""
        with contextlib.suppress(Trouble):
            return self.require_space(_FULL_BELOW_MB)
        raise Trouble(f"The disk is full ({self.var}). Free some space, then start again.") from trouble

    # --- who holds it ---------------------------------------------------------------------

    def claim(self, patience_seconds: float = 30) -> None:
        """Become the one supervisor of this folder, once every process of the last one is gone."""
        self.holder_fd = os.open(self.holder, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _lock(self.holder_fd):
            running = self.running()
            raise Trouble(
                f"Already running: pid {running.get('pid', '?')}, {running.get('what', '')}", ALREADY_RUNNING
            )
        left = self.running()
        self.children_fd = os.open(self.var / "children.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._outwait_the_last_run(patience_seconds)
        remove_private_folder(left.get("private", ""))
        self.note(pid=os.getpid(), what="starting")

    def note(self, **facts: Any) -> None:
        """Write down who runs here; true only while the lock is held."""
        self.facts |= facts
        os.ftruncate(self.holder_fd, 0)
        os.pwrite(self.holder_fd, json.dumps(self.facts).encode(), 0)

    def running(self) -> dict[str, Any]:
        try:
            noted = json.loads(self.holder.read_text())
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def release(self) -> None:
        remove_private_folder(self.facts.get("private", ""))
        with contextlib.suppress(OSError):
            os.ftruncate(self.holder_fd, 0)
        for fd in (self.children_fd, self.holder_fd):
            if fd >= 0:
                os.close(fd)
        self.children_fd = self.holder_fd = -1

    def _outwait_the_last_run(self, patience_seconds: float) -> None:
        """Every child inherits the lock on children.lock, so it is free when the last of them is gone."""
        for attempt in range(2):
            end = time.monotonic() + patience_seconds
            told = False
            while not _lock(self.children_fd):
                if time.monotonic() > end:
                    break
                if not told:
                    say("Waiting for the processes of the last run to stop ...")
                    told = True
                time.sleep(0.1)
            else:
                return
            if attempt == 0:
                _kill_holders(self.var / "children.lock")
        raise Trouble(
            "Processes of the last run are still there. Stop them (or restart the machine), then try again."
        )

    # --- what is kept ---------------------------------------------------------------------

    def secret(self, name: str) -> str:
        """A random value made once and kept for this user alone."""
        path = self.var / name
        with contextlib.suppress(FileNotFoundError):
            if kept := path.read_text().strip():
                return kept
        fresh = secrets.token_urlsafe(48)
        fd, draft = tempfile.mkstemp(dir=self.var)
        with os.fdopen(fd, "w") as file:
            file.write(fresh)
        Path(draft).replace(path)
        return fresh

    def log(self, name: str) -> Path:
        """The log of one process; the one before it is kept when it has grown large."""
        path = self.var / "log" / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def private_folder(self) -> Path:
        """A fresh folder of ours with a short name: socket paths may not pass 107 bytes."""
        folder = tempfile.mkdtemp(prefix="iop-", dir="/tmp")
        self.note(private=folder)
        return Path(folder)


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(var: Path) -> bool:
    """Whether no process of a supervisor of this folder is left."""
    try:
        fd = os.open(var / "children.lock", os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        return _lock(fd)
    finally:
        os.close(fd)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, but alive
        pass
    return True


def remove_private_folder(folder: str) -> None:
    if folder.startswith("/tmp/iop-") and not Path(folder).is_symlink():
        shutil.rmtree(folder, ignore_errors=True)


def _kill_holders(lock: Path) -> None:
    """End the processes that still have the lock file open (Linux: elsewhere there is no /proc to ask)."""
    wanted = lock.stat()
    for opened in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            found = opened.stat()
            pid = int(opened.parts[2])
            if pid != os.getpid() and (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                os.kill(pid, signal.SIGKILL)
