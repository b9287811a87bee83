"""Several files as one ZIP: written to disk piece by piece, so that its size is not held in memory."""

import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

IN_MEMORY = 8_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive: its bytes, or the file that has them. What is packed stays as it is."""

    name: str
    content: bytes | Path
    is_packed: bool = False


def zip_of(entries: Iterable[Entry], at: datetime) -> IO[bytes]:
    """The archive, at its beginning; every entry is dated `at`, so that the same content is the same bytes.

    It is an unnamed file that goes when it is closed. FileNotFoundError for a path without a file.
    """
    out = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (whoever sends it closes it)
    try:
        with zipfile.ZipFile(out, "w") as archive:
            for entry in entries:
                _add(archive, entry, at)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out


def _add(archive: zipfile.ZipFile, entry: Entry, at: datetime) -> None:
    info = zipfile.ZipInfo(entry.name, at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_STORED if entry.is_packed else zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    if isinstance(entry.content, bytes):
        archive.writestr(info, entry.content)
        return
    with entry.content.open("rb") as source, archive.open(info, "w") as target:
        shutil.copyfileobj(source, target)
