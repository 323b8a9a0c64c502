"""A real PgBouncer before a Postgres of the tests, from `.ci/debian-tools`."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.server import Server
from local.trouble import CannotRun
from tests.service import free_port

_FOLDER = Path(__file__).parent.parent / ".debian-tools/pgbouncer/usr"
_BINARY = _FOLDER / "sbin/pgbouncer"
_NOBODY = "nobody"
_CONFIG = """\
[databases]
* = host=127.0.0.1 port={upstream}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = {mode}
server_round_robin = {round_robin}
# More than the clients of a few processes: it allows 100.
max_client_conn = 1000
# After a refused connection it would try no other one for 15 s.
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
"""

# Of versions before 1.21, while clients and the server break off.
_KNOWN = re.compile(r"bad (client|server) state|server in bad state")

needed = pytest.mark.skipif(not _BINARY.exists(), reason="there is no PgBouncer: `sh .ci/debian-tools` gets one")


class PgBouncer(Server):
    """In pool mode `session` or `transaction`; `round_robin` hands out the session that was used longest ago."""

    name = "pgbouncer"
    title = "PgBouncer"
    complaint = re.compile(r"FATAL (.*)")

    def __init__(self, data: Path, *, before: str, mode: str, round_robin: bool) -> None:
        super().__init__(data)
        self._before = urlsplit(before)
        self._mode, self._round_robin = mode, round_robin
        self._port = free_port()

    @property
    def url(self) -> str:
        """Of the database that it was put before."""
        place = self._before.netloc.rpartition(":")[0]
        return self._before._replace(netloc=f"{place}:{self._port}").geturl()

    def _launch(self) -> None:
        config, users = self.folder / "pgbouncer.ini", self.folder / "users"
        config.write_text(
            _CONFIG.format(
                upstream=self._before.port,
                port=self._port,
                folder=self.folder,
                mode=self._mode,
                round_robin=int(self._round_robin),
            )
        )
        users.write_text(f'"{self._before.username}" "{self._before.password}"\n')
        # It refuses to be root, reads its files as that user, and has no other.
        as_user = ("-u", _NOBODY) if os.geteuid() == 0 else ()
        for path in (self.folder, config, users):
            path.chmod(0o755)
        libraries = {"LD_LIBRARY_PATH": str(next((_FOLDER / "lib").glob("*-linux-gnu")))}
        self._child.start([_BINARY, *as_user, config], env=libraries)

    def _says_ready(self) -> bool:
        return self._log_says("process up")


@contextmanager
def kept_running(pooler: PgBouncer) -> Iterator[None]:
    """Starts it again within a quarter of a second when it ends by itself, as a supervisor does in operation.

    Raises AssertionError at the end where it ended for a reason that is not known (decision 75).
    """
    is_over, ends = threading.Event(), list[str]()

    def watch() -> None:
        while not is_over.wait(0.2):
            try:
                pooler.check()
            except CannotRun as error:
                ends.append(str(error))
                pooler.start()

    watching = threading.Thread(target=watch, name="supervisor of PgBouncer")
    watching.start()
    try:
        yield
    finally:
        is_over.set()
        watching.join()
    print(f"PgBouncer was started again {len(ends)} times.")
    unknown = [why for why in ends if not _KNOWN.search(why)]
    assert unknown == [], " ".join(unknown)
    assert pooler.is_running(), "PgBouncer is not running"


@contextmanager
def before(url: str, data: Path, *, mode: str, round_robin: bool = False) -> Iterator[str]:
    """Its address, which leads to the same database."""
    with PgBouncer(data, before=url, mode=mode, round_robin=round_robin) as pooler:
        yield pooler.url
