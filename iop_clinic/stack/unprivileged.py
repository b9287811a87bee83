"""Running PostgreSQL for root: it refuses root, and the user it gets instead may not reach this checkout."""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from iop_clinic.stack.children import User
from iop_clinic.stack.trouble import Trouble


def server_user(data: Path) -> User | None:
    """Whom to run the server as: ourselves (None), but for root the data's owner, or postgres, or nobody."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError):
        if (owner := data.stat()).st_uid != 0:
            return User(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return User(found.pw_uid, found.pw_gid)
    raise Trouble("PostgreSQL will not run as root and there is no user nobody. Start as an ordinary user.")


def within_reach(bin_folder: Path, private: Path, user: User | None) -> Path:
    """The folder of the binaries, copied to the private one when the server's user cannot get at them."""
    if user is None:
        return bin_folder
    with contextlib.suppress(PermissionError):
        if run_as([str(bin_folder / "initdb"), "--version"], user).returncode == 0:
            return bin_folder
    package = bin_folder.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    copy = private / "site" / package.name / "pginstall"
    unused = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "include", "doc", "man")
    shutil.copytree(bin_folder.parent, copy, symlinks=True, ignore=unused)
    if libraries.exists():
        shutil.copytree(libraries, private / "site" / libraries.name)
    for path in (private / "site", *(private / "site").rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)
    return copy / "bin"


def seen_by_server(folder: Path, user: User | None) -> tuple[str, tuple[int, ...]]:
    """The folder's path for the server; by an open descriptor, as its user may not pass the folders above."""
    if user is None or sys.platform != "linux":
        return str(folder), ()
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    return f"/proc/self/fd/{fd}", (fd,)


def run_as(argv: list[str], user: User | None, fds: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        env=plain_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        pass_fds=fds,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
