"""What can go wrong, told to a person in one line that says what to do."""

import contextlib
import errno
import json
from pathlib import Path

FAILED, ALREADY_RUNNING, PORT_TAKEN, INTERRUPTED = 1, 3, 4, 130
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Trouble(Exception):
    """Stops the supervisor: `str()` is the one line to print, `code` the exit status."""

    def __init__(self, line: str, code: int = FAILED) -> None:
        super().__init__(line)
        self.code = code


def from_os_error(error: OSError) -> Trouble:
    """The line for an error of the operating system that nothing nearer has put into words."""
    place = f" at {error.filename}" if error.filename else ""
    if error.errno in _FULL:
        return Trouble(f"The disk is full{place}. Free some space, then start again.")
    if isinstance(error, PermissionError):
        return Trouble(f'Permission denied{place}. Make the folder yours: sudo chown -R "$(id -un)" var')
    return Trouble(f"{error.strerror or error}{place}.")


def say(line: str = "") -> None:
    """Print at once; a closed terminal must not stop an orderly shutdown."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def last_line(log: Path) -> str:
    """The last thing a process wrote, without its trailing blank lines; empty when it wrote nothing.

    A line of our own log (iop_clinic/logs.py) is said as its event and the class of its error.
    """
    try:
        text = log.read_bytes()[-4000:].decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _said(lines[-1])[:300] if lines else ""


def _said(line: str) -> str:
    try:
        entry = json.loads(line)
        return " ".join(filter(None, (str(entry["event"]).strip(), entry.get("error"))))
    except (ValueError, TypeError, KeyError):
        return line
