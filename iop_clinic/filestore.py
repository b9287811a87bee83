"""Where files lie that people put in: outside the web root, under random names, written whole or not at all.

Nothing else opens this folder; an address never holds a path.
"""

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"[0-9a-f]{32}")
GRACE = timedelta(hours=24)  # a row may still be on its way


def keep_file(content: bytes, name: str = "") -> str:
    """Store the bytes and answer their name, a new random one unless given; half a file is never seen."""
    name = name or secrets.token_hex(16)
    place = path_of(name)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, rough = tempfile.mkstemp(dir=place.parent, prefix="part-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(rough).replace(place)
    except BaseException:
        Path(rough).unlink(missing_ok=True)
        raise
    return name


def path_of(name: str) -> Path:
    """The place of a stored name; ValueError for anything that is not one."""
    if not NAME.fullmatch(name):
        raise ValueError("Not the name of a stored file.")
    return Path(settings.MEDIA_ROOT) / name[:2] / name


def forget_file(name: str) -> None:
    """Take the bytes away whose row could not be saved."""
    path_of(name).unlink(missing_ok=True)


def sweep(known: Callable[[list[str]], set[str]], now: datetime) -> int:
    """Remove what no row knows and half-written files, older than GRACE; answers how many.

    `known` says which of some names have a row.
    """
    old = [path for path in _stored() if _is_old(path, now)]
    kept = known([path.name for path in old])
    gone = [path for path in old if path.name not in kept]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _stored() -> Iterable[Path]:
    root = Path(settings.MEDIA_ROOT)
    for folder in root.glob("[0-9a-f][0-9a-f]"):
        for path in folder.iterdir():
            if NAME.fullmatch(path.name) or path.name.startswith("part-"):
                yield path


def _is_old(path: Path, now: datetime) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime < (now - GRACE).timestamp()
    return False
