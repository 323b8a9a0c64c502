"""The service itself as children of the launcher: its key, its migrations, then its API and a worker."""

import http.client
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from local import environ, paths
from local.child import Child
from local.others import Others
from local.trouble import CannotRun

_GATEHOUSE = paths.SERVICE / "bin" / "gatehouse"

_METRICS = "GATEHOUSE_METRICS_ADDRESS"
# The exit status of every command of `gatehouse` where a variable of the environment cannot be read.
_SETTINGS_ARE_WRONG = 2


class Api:
    """`settings` are the GATEHOUSE_* variables it gets."""

    def __init__(self, settings: Mapping[str, str], *, port: int, processes: int, held: tuple[int, ...]) -> None:
        self._env = environ.inherited() | dict(settings)
        self._port = port
        self._processes = processes
        self._held = held
        self._migrations = Child("The migrations", held=held)
        self._serving = Child("The API", held=held)
        self._worker = Child("The worker", held=held)

    def make_keys(self) -> None:
        """The key that signs credentials, made once: a new key would end all sessions and tokens."""
        file = Path(self._env["GATEHOUSE_SIGNING_KEYS_FILE"])
        if file.exists():
            return
        making = Child("The key maker", held=self._held)
        making.start([_GATEHOUSE, "keys", "new", file], env=self._env)
        if making.wait() != 0:
            raise CannotRun(f"No signing key could be made in {file}: see the message above.")

    def migrate(self, meanwhile: Callable[[], None]) -> None:
        self._migrations.start([_GATEHOUSE, "migrate"], env=self._env)
        while (status := self._migrations.poll()) is None:
            meanwhile()
            time.sleep(0.02)
        if status != 0:
            if status == _SETTINGS_ARE_WRONG:
                raise CannotRun("A setting is missing or wrong: see the message above.")
            raise CannotRun("The database could not be brought up to date: see the message above.")

    def begin(self) -> None:
        address = ("--host", "127.0.0.1", "--port", str(self._port))
        self._serving.start([_GATEHOUSE, "serve", *address, "--processes", str(self._processes)], env=self._env)
        self._worker.start([_GATEHOUSE, "worker"], env=self._env | _metrics_of_worker(self._env))

    def wait_until_ready(self, meanwhile: Callable[[], None], *, others: Others, within: timedelta) -> None:
        end = time.monotonic() + within.total_seconds()
        while (unready := self._unready()) is not None:
            meanwhile()
            self.check()
            others.note(unready)
            if time.monotonic() > end:
                raise CannotRun(f"The API is not ready after {within.seconds} s: /readyz says {unready or 'nothing'}.")
            time.sleep(0.05)

    def check(self) -> None:
        """Raises CannotRun where one of them has ended."""
        for child in (self._serving, self._worker):
            if not child.is_running():
                raise CannotRun(f"{child.name} has ended ({child.how_it_ended()}); its output is above.")

    def stop(self) -> None:
        self._migrations.end(within=timedelta(seconds=1))
        for child in (self._serving, self._worker):
            child.ask_to_end()
        for child in (self._serving, self._worker):
            child.end(within=timedelta(seconds=4))

    def _unready(self) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            text = answer.read(1000).decode(errors="replace")
            return None if answer.status == http.HTTPStatus.OK else " ".join(text.split())
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()


def _metrics_of_worker(env: Mapping[str, str]) -> dict[str, str]:
    """On the next port: the API has the one that is named. What is no address stays, and the API reports it."""
    host, _, port = env.get(_METRICS, "").rpartition(":")
    return {_METRICS: f"{host}:{int(port) + 1}"} if host and port.isdecimal() else {}
