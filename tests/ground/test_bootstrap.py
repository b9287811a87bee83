"""How `make` builds `.venv`: which set is enough, what is missing, and what the lock files may hold."""

import fcntl
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace as Disk

import pytest

from iop_clinic.stack import bootstrap

ROOT = bootstrap.ROOT


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own for bootstrap.py, with a built `.venv`."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_text("")
    locks = {name: tmp_path / f"{name}.lock" for name in ("run", "dev")}
    for lock in locks.values():
        lock.write_text(f"{lock.name} as it was\n")
    for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "LOCKS": locks}.items():
        monkeypatch.setattr(bootstrap, name, value)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed")
    return tmp_path


@pytest.mark.parametrize(
    ("has", "wants", "built"), [("run", "run", True), ("dev", "run", True), ("run", "dev", False)]
)
def test_the_larger_set_serves_for_the_smaller_one(venv: Path, has: str, wants: str, built: bool) -> None:
    bootstrap.STAMP.write_text(bootstrap.stamp(has))
    assert bootstrap.is_built(wants) is built


def test_a_changed_lock_is_installed_anew(venv: Path) -> None:
    bootstrap.STAMP.write_text(bootstrap.stamp("run"))
    bootstrap.LOCKS["run"].write_text("another version\n")
    assert not bootstrap.is_built("run")


def test_a_python_without_pip_is_told_where_to_get_it(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "tried", lambda *_, **__: False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match="Python has no pip. Install it"):
        bootstrap.build("run")


def test_too_small_a_disk_is_named_before_the_libraries_are_fetched(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: Disk(free=5_000_000))
    with pytest.raises(SystemExit, match="The disk is full: .venv needs 500 MB, 5 MB are free"):
        bootstrap.main("run")


def test_a_second_start_says_that_it_waits_for_the_first(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def tell(line: str, **_: bool) -> None:
        told.append(line)
        fcntl.flock(first, fcntl.LOCK_UN)  # the first start is done as soon as the second has spoken

    monkeypatch.setattr(bootstrap, "print", tell, raising=False)
    with (venv / ".venv.lock").open("w") as first, (venv / ".venv.lock").open("w") as second:
        bootstrap.wait_for_the_turn(first)
        assert told == []
        bootstrap.wait_for_the_turn(second)
    assert told == ["Another start is building .venv; waiting for it ..."]


@pytest.mark.parametrize("python", ["/nonexistent", "", "/bin/false"])
def test_make_with_a_python_that_is_none_says_one_line(python: str) -> None:
    """The rule for `install` without its `make run`: nothing is built, nothing started."""
    made = subprocess.run(
        ["make", "--no-print-directory", "install", f"PYTHON={python}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    where = f" at {python}" if python else ""
    assert made.returncode != 0
    assert made.stdout.startswith(f"Python 3.11 or newer was not found{where}. Install it (Debian 12: ")
    assert made.stdout.count("\n") == 1
    assert "No such file" not in made.stderr


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-uv.txt"])
def test_a_lock_file_holds_versions_and_hashes_only(name: str) -> None:
    shape = re.compile(r"[a-z0-9._-]+==[^\s/:]+( ; [^/:]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    strange = [line for line in (ROOT / name).read_text().splitlines() if not shape.fullmatch(line)]
    assert strange == []
