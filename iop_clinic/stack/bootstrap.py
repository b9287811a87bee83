"""Builds `.venv` from a lock file, with the machine's own Python (3.11 or newer) and nothing else.

Needs neither root nor python3-venv, and is not stopped by a managed system Python: pip fetches uv into a
folder of ours, uv does the rest; where uv cannot, pip does it alone. Only what the lock names is taken.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
VENV, UV_FOLDER, STAMP = ROOT / ".venv", ROOT / ".venv.uv", ROOT / ".venv" / "installed"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
SPACE_MB = {"run": 500, "dev": 1000}


def main(wanted: str) -> int:
    with (ROOT / ".venv.lock").open("w") as lock:
        wait_for_the_turn(lock)
        if is_built(wanted):
            return 0
        if STAMP.exists() and STAMP.read_text().startswith("dev "):
            wanted = "dev"
        free_mb, needed_mb = shutil.disk_usage(ROOT).free // 1_000_000, SPACE_MB[wanted]
        if free_mb < needed_mb:
            sys.exit(f"The disk is full: .venv needs {needed_mb} MB, {free_mb} MB are free. Free some space.")
        print(f"Building .venv from {LOCKS[wanted].name} (a minute or so, once) ...", flush=True)
        build(wanted)
        STAMP.write_text(stamp(wanted))
    return 0


def wait_for_the_turn(lock: TextIO) -> None:
    """Take the lock; say so when another start holds it, for that may be a minute."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another start is building .venv; waiting for it ...", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def stamp(wanted: str) -> str:
    """What is installed, as one line: the set, its lock's hash and the Python it was built for."""
    digest = hashlib.sha256(LOCKS[wanted].read_bytes()).hexdigest()
    return f"{wanted} {digest} {sys.version_info.major}.{sys.version_info.minor}"


def is_built(wanted: str) -> bool:
    """Whether `.venv` holds the wanted set, or the larger one, as locked today."""
    if not (VENV / "bin" / "python").exists() or not STAMP.exists():
        return False
    return STAMP.read_text().rpartition(" ")[0] in {
        stamp(name).rpartition(" ")[0] for name in {wanted, "dev"}
    }


def build(wanted: str) -> None:
    env = environment()
    uv = find_uv(env)
    STAMP.unlink(missing_ok=True)
    if uv:
        made = has_python() or tried(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], env
        )
        sync = [
            uv,
            "pip",
            "sync",
            "--python",
            str(VENV / "bin" / "python"),
            "--require-hashes",
            str(LOCKS[wanted]),
        ]
        if made and tried(sync, env):
            return
        print("uv could not do it; trying pip ...", flush=True)
    if not tried([sys.executable, "-m", "pip", "--version"], env, quiet=True):
        sys.exit("Python has no pip. Install it (Debian: apt-get install python3-pip), then run make again.")
    if not has_python():
        must([sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)], env)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(VENV / "bin" / "python"),
        "install",
        "--require-hashes",
    ]
    must([*pip, "--requirement", str(LOCKS[wanted])], env)


def has_python() -> bool:
    return tried([str(VENV / "bin" / "python"), "-c", ""], dict(os.environ), quiet=True)


def find_uv(env: dict[str, str]) -> str:
    """The pinned uv, fetched by pip once; else one on PATH; else none."""
    ours = UV_FOLDER / "bin" / "uv"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(UV_FOLDER),
    ]
    lock = ["--require-hashes", "--requirement", str(ROOT / "requirements-uv.txt")]
    if ours.exists() or (tried([*pip, *lock], env, quiet=True) and ours.exists()):
        return str(ours)
    return shutil.which("uv") or ""


def environment() -> dict[str, str]:
    """This environment plus what uv needs: pip's index, the system's certificates, no downloads of Python."""
    env = dict(os.environ) | {
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    if "UV_DEFAULT_INDEX" not in env and (index := pip_index()):
        env["UV_DEFAULT_INDEX"] = index
    if not os.access(Path.home(), os.W_OK):
        env |= {"UV_NO_CACHE": "1", "PIP_NO_CACHE_DIR": "1"}
    return env


def pip_index() -> str:
    if named := os.environ.get("PIP_INDEX_URL", ""):
        return named
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def tried(command: list[str], env: dict[str, str], quiet: bool = False) -> bool:
    try:
        return subprocess.run(command, env=env, capture_output=quiet, check=False).returncode == 0
    except OSError:
        return False


def must(command: list[str], env: dict[str, str]) -> None:
    if not tried(command, env):
        sys.exit(
            "The libraries could not be installed (see above). Check network and disk, then run make again."
        )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except OSError as error:
        sys.exit(
            f".venv cannot be built: {error.strerror} ({error.filename}). Check the folder and the disk."
        )
