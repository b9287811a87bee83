"""What the environment (and `.env`) asks for, and the environment the clinic's processes get."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import environ

from iop_clinic.stack.broker import free_port
from iop_clinic.stack.trouble import PORT_TAKEN, Trouble

DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Plan:
    """Which servers are ours to start, where the pages are served, and whether this is the demo."""

    port: int
    starts_database: bool
    starts_broker: bool
    starts_mailbox: bool
    is_demo: bool

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/"


def read(env_file: Path) -> dict[str, str]:
    """The variables of this process over those of `.env`; an empty variable counts as none."""
    return {name: value for name, value in (_in_file(env_file) | dict(os.environ)).items() if value.strip()}


def _in_file(env_file: Path) -> dict[str, str]:
    class File(environ.Env):
        ENVIRON: dict[str, str] = {}  # where the library puts what it reads

    if not env_file.exists():
        return {}
    try:
        env_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{env_file} cannot be read: {error}. Correct it, then start again.") from error
    File.read_env(str(env_file))
    return File.ENVIRON


def plan(variables: Mapping[str, str]) -> Plan:
    """Decide from the variables alone; raises Trouble for a PORT that is none."""
    return Plan(
        port=_port(variables.get("PORT", "")),
        starts_database="DATABASE_URL" not in variables,
        starts_broker="REDIS_URL" not in variables,
        starts_mailbox="EMAIL_URL" not in variables,
        is_demo=variables.get("DEMO", "1").strip().lower() in environ.Env.BOOLEAN_TRUE_STRINGS,
    )


def for_clinic(variables: Mapping[str, str], chosen: Plan, kept: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process of the clinic: what was set wins over what the stack fills in."""
    filled_in = {"DEMO": "1", "BASE_URL": chosen.url.rstrip("/"), "PORT": str(chosen.port), **kept}
    if not variables.get("BASE_URL", "").startswith("https:"):
        filled_in["SECURE"] = "0"  # the pages are served on this machine only, without HTTPS
    own = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "iop_clinic.settings"}
    return {**filled_in, **variables, **own}


def require_free_port(port: int) -> None:
    """Trouble with another port to try, when somebody listens on this one or it may not be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Trouble(
                f"Port {port} is for root only. Choose another: make run PORT=8000", PORT_TAKEN
            ) from error
        except OSError as error:
            other = free_port(port + 1 if port < 65000 else DEFAULT_PORT)
            raise Trouble(
                f"Port {port} is taken. Choose another: make run PORT={other}", PORT_TAKEN
            ) from error


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if text.strip().isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise Trouble(f"PORT={text} is not a port. Use a number from 1 to 65535: make run PORT={DEFAULT_PORT}")
