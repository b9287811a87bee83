"""The clinic's own processes: web, worker, beat and the demo's mailbox; and Django's commands around them."""

import http.client
import socket
import subprocess
import sys
from pathlib import Path

from iop_clinic.stack.children import Child
from iop_clinic.stack.environment import Plan
from iop_clinic.stack.places import ROOT, Places


def manage(env: dict[str, str], *arguments: str) -> Child:
    """A `manage.py` command that speaks to the user's terminal."""
    return Child(name=arguments[0], argv=[sys.executable, str(ROOT / "manage.py"), *arguments], env=env)


def mailbox(places: Places, env: dict[str, str], port: int) -> Child:
    arguments = ["mailbox", "--port", str(port), "--dir", env["MAILBOX_DIR"]]
    child = manage(env, *arguments)
    child.name, child.log = "mailbox", places.log("mailbox")
    return child


def web(places: Places, env: dict[str, str], port: int) -> Child:
    arguments = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
    arguments += ["--bind", f"127.0.0.1:{port}", "--graceful-timeout", "8", "--timeout", "60"]
    argv = [sys.executable, "-m", "gunicorn", *arguments, "iop_clinic.wsgi"]
    return Child(name="web", argv=argv, env=env, log=places.log("web"))


def worker(places: Places, env: dict[str, str]) -> Child:
    arguments = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return Child(name="worker", argv=_celery(*arguments), env=env, log=places.log("worker"), grace_seconds=25)


def beat(places: Places, env: dict[str, str]) -> Child:
    arguments = ["beat", "--schedule", str(places.var / "beat.db"), "--pidfile", "", "--loglevel", "INFO"]
    return Child(name="beat", argv=_celery(*arguments), env=env, log=places.log("beat"))


def _celery(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "iop_clinic", "--quiet", *arguments]


def answers(port: int) -> int:
    """The HTTP status of /healthz on this machine, 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def listens(port: int) -> bool:
    """Whether somebody takes connections on this port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def greeting(chosen: Plan, env: dict[str, str], logs: Path) -> str:
    """What to print once the pages are served: where they are, who may sign in, where mail goes."""
    lines = ["", f"  The clinic is open:  {chosen.url}", ""]
    if chosen.is_demo:
        command = [sys.executable, str(ROOT / "manage.py"), "demo_data", "--sign-ins"]
        told = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        lines += [f"  {line}" for line in told.stdout.rstrip().splitlines()] + [""]
    else:
        lines += ['  First sign-in:       make manage ARGS="createsuperuser"']
    if chosen.starts_mailbox and chosen.is_demo:
        lines += [f"  Sent mail:           {chosen.url}mailbox/"]
    elif chosen.starts_mailbox:
        lines += [f"  Sent mail:           stays in {env['MAILBOX_DIR']}/new/; EMAIL_URL sends it for real"]
    lines += [f"  Logs:                {logs}/", "  Ctrl-C stops everything; the data stays.", ""]
    return "\n".join(lines)
