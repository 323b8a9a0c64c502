"""The service itself as children of the launcher: its key, its migrations, then its API and a worker."""

import http.client
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from local import environ, places
from local.child import Child
from local.trouble import CannotRun

_GATEHOUSE = places.SERVICE / "bin" / "gatehouse"


class Api:
    """`settings` are the GATEHOUSE_* variables it gets."""

    def __init__(self, settings: Mapping[str, str], *, port: int, held: tuple[int, ...]) -> None:
        self._env = environ.inherited() | dict(settings)
        self._port = port
        self._held = held
        self._migrations = Child("The migrations", held=held)
        self._serving = Child("The API", held=held)
        self._worker = Child("The worker", held=held)

    def make_keys(self) -> None:
        """The key that signs credentials, made once: with another one nobody would be logged in any more."""
        file = Path(self._env["GATEHOUSE_SIGNING_KEYS_FILE"])
        if file.exists():
            return
        making = Child("The key maker", held=self._held)
        making.start([_GATEHOUSE, "keys", "new", file], env=self._env)
        if making.wait() != 0:
            raise CannotRun(f"No signing key could be made in {file}, for the reason that stands above.")

    def migrate(self, meanwhile: Callable[[], None]) -> None:
        self._migrations.start([_GATEHOUSE, "migrate"], env=self._env)
        while (status := self._migrations.poll()) is None:
            meanwhile()
            time.sleep(0.02)
        if status != 0:
            raise CannotRun("The database could not be brought up to date, for the reason that stands above.")

    def begin(self) -> None:
        serve: list[str | Path] = [_GATEHOUSE, "serve", "--host", "127.0.0.1", "--port", str(self._port)]
        self._serving.start(serve, env=self._env)
        self._worker.start([_GATEHOUSE, "worker"], env=self._env)

    def wait_until_ready(self, meanwhile: Callable[[], None], *, within: timedelta) -> None:
        end = time.monotonic() + within.total_seconds()
        while (unready := self._unready()) is not None:
            meanwhile()
            self.check()
            if time.monotonic() > end:
                raise CannotRun(f"The API is not ready after {within.seconds} s: /readyz says {unready or 'nothing'}.")
            time.sleep(0.05)

    def check(self) -> None:
        """Raises CannotRun where one of them has ended."""
        for child in (self._serving, self._worker):
            if not child.is_running():
                raise CannotRun(f"{child.name} has ended ({child.how_it_ended()}); what it said stands above.")

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
