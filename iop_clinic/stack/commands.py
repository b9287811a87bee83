"""The verbs: run the clinic, run one command beside its servers, forget everything."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from iop_clinic.stack import clinic, environment, servers
from iop_clinic.stack.broker import free_port
from iop_clinic.stack.children import Family, Stopped, die_with, die_with_make
from iop_clinic.stack.places import ROOT, Places, is_alive, is_free, remove_private_folder
from iop_clinic.stack.trouble import ALREADY_RUNNING, Trouble, say

ENV_FILE = ROOT / ".env"
_HEALTH_PATIENCE_SECONDS = 90


@contextlib.contextmanager
def _family(places: Places, tell: Callable[[str], None] = say) -> Iterator[Family]:
    """Hold the folder and a family of children; whatever happens, both are given back in order."""
    family = Family(places.children_fd, tell)
    try:
        yield family
    finally:
        family.stop_all()
        places.release()


def run(var: Path) -> int:
    """`make run`: everything, in the foreground, until Ctrl-C."""
    variables = environment.read(ENV_FILE)
    chosen = environment.plan(variables)
    places = Places(var)
    places.open()
    places.claim()
    with _family(places) as family:
        environment.require_free_port(chosen.port)
        family.listen()
        die_with_make()
        places.note(what=chosen.url)
        try:
            _open_the_clinic(family, places, chosen, variables)
            family.watch(places.fullness)
        except Trouble as trouble:
            places.blame_the_disk(trouble)
            raise
        except Stopped:
            say("\nStopping. Press Ctrl-C again to hurry.")
    say("Stopped.")
    return 0


def _open_the_clinic(
    family: Family, places: Places, chosen: environment.Plan, variables: dict[str, str]
) -> None:
    kept = _kept(family, places, chosen, variables)
    places.note(kept=kept | {"BASE_URL": chosen.url.rstrip("/"), "PORT": str(chosen.port)})
    env = environment.for_clinic(variables, chosen, kept)
    if chosen.starts_mailbox:
        port = int(env["EMAIL_URL"].rpartition(":")[2])
        family.start(clinic.mailbox(places, env, port), ready=lambda: clinic.listens(port))
    family.step("Migrating the database", clinic.manage(env, "migrate", "--noinput"))
    family.step("Making the cache table", clinic.manage(env, "createcachetable"))
    family.step("Collecting static files", clinic.manage(env, "collectstatic", "--noinput"))
    if chosen.is_demo:
        family.step(
            "Loading the demo clinic, if there is none", clinic.manage(env, "demo_data", "--if-empty")
        )
    say("Starting worker, beat and web ...")
    family.start(clinic.worker(places, env))
    family.start(clinic.beat(places, env))
    family.start(
        clinic.web(places, env, chosen.port),
        ready=lambda: 200 <= clinic.answers(chosen.port) < 500,
        patience_seconds=_HEALTH_PATIENCE_SECONDS,
    )
    say(clinic.greeting(chosen, env, places.var / "log"))


def _kept(
    family: Family, places: Places, chosen: environment.Plan, variables: dict[str, str]
) -> dict[str, str]:
    """Servers, secrets and mail address of this folder, the same at every start."""
    passwords = (places.secret("postgres_password"), places.secret("valkey_password"))
    kept = servers.start(family, places, chosen, variables, passwords, durable=True)
    kept["SECRET_KEY"] = places.secret("secret_key")
    kept["MAILBOX_DIR"] = str(places.var / "mail")
    if chosen.starts_mailbox:
        kept["EMAIL_URL"] = f"smtp://127.0.0.1:{free_port()}"
    return kept


def manage(var: Path, arguments: list[str]) -> int:
    """`make manage`: a manage.py command on the data of `make run`, whether that is running or not."""
    variables = environment.read(ENV_FILE)
    chosen = environment.plan(variables)
    places = Places(var)
    places.open()
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    try:
        places.claim()
    except Trouble as trouble:
        kept = places.running().get("kept")
        if trouble.code != ALREADY_RUNNING or not kept:
            raise
        env = environment.for_clinic(variables, chosen, kept)
        return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode
    places.note(what="make manage")
    with _family(places, tell=_nothing) as family:
        family.listen()
        kept = _kept(family, places, chosen, variables)
        return _in_front(family, command, environment.for_clinic(variables, chosen, kept))


def execute(var: Path, command: list[str]) -> int:
    """`make test`: one command beside servers that are made for it and thrown away; `.env` is not read."""
    variables = {name: value for name, value in os.environ.items() if value.strip()}
    _sweep(var / "test")
    places = Places(var / "test" / str(os.getpid()))
    places.open()
    places.claim()
    try:
        with _family(places, tell=_nothing) as family:
            family.listen()
            passwords = (secrets.token_urlsafe(24), secrets.token_urlsafe(24))
            chosen = environment.plan(variables | {"PORT": ""})
            urls = servers.start(family, places, chosen, variables, passwords, durable=False)
            env = {"SECRET_KEY": secrets.token_urlsafe(48), **urls, **variables}
            return _in_front(family, command, env)
    finally:
        shutil.rmtree(places.var, ignore_errors=True)


def _nothing(_line: str) -> None:
    """Leave the terminal to the command."""


def _in_front(family: Family, command: list[str], env: dict[str, str]) -> int:
    """Run a command in the foreground, where Ctrl-C reaches it by itself. Returns its exit status."""
    parent = os.getpid()
    try:
        process = subprocess.Popen(command, env=env, preexec_fn=lambda: die_with(parent, signal.SIGTERM))
    except OSError as error:
        raise Trouble(f"{command[0]} cannot be run: {error.strerror}.") from error
    told = False
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
        if family.last_signal == signal.SIGTERM and not told:
            process.terminate()
            told = True
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _sweep(folder: Path) -> None:
    """Remove what killed runs left: no supervisor has that pid any more, no child holds its lock."""
    for left in folder.glob("[0-9]*"):
        if int(left.name) == os.getpid() or (not is_alive(int(left.name)) and is_free(left)):
            remove_private_folder(Places(left).running().get("private", ""))
            shutil.rmtree(left, ignore_errors=True)


def reset(var: Path) -> int:
    """`make reset`: forget all data, logs and secrets of this checkout."""
    places = Places(var)
    places.open()
    places.claim()
    places.release()
    shutil.rmtree(var)
    say(f"{var} was removed.")
    return 0
