"""`make run`: every server that the environment does not name, then the API and a worker, until somebody says stop."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from local import data, environ, environments, ports, servers, stopping
from local.api import Api
from local.progress import Reminder, say
from local.server import Server, wait_until_ready
from local.trouble import CannotRun

_TRITON = "GATEHOUSE_TRITON_URL"
_KEYS = "GATEHOUSE_SIGNING_KEYS_FILE"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    port: int
    data: Path
    models: Path


def run(wishes: Wishes) -> None:
    """Returns by an exception only: CannotRun, or what the signal's handler raises."""
    given = environ.settings()
    with data.taken(wishes.data) as held:
        started = _servers(wishes, given, held=(held,))
        # What would fail later is said before anything is fetched or started.
        _check_port(wishes.port)
        for server in started.values():
            server.inspect()
        environments.make_ready(*_environments(given))
        # From here on whatever is written belongs to this user alone.
        os.umask(0o077)
        with _serving(wishes, given, started, held=(held,)) as api:
            print(f"Gatehouse is ready at http://127.0.0.1:{wishes.port}/graphql", flush=True)
            while True:
                for server in started.values():
                    server.check()
                api.check()
                time.sleep(0.1)


def _check_port(port: int) -> None:
    try:
        ports.probe(port)
    except PermissionError as error:
        raise CannotRun(f"Port {port} is not for ordinary users: choose another with PORT=number.") from error
    except OSError as error:
        raise CannotRun(f"Port {port} is taken: choose another with PORT=number.") from error


def _environments(given: dict[str, str]) -> list[environments.Environment]:
    return [environments.SERVICE, *([] if _TRITON in given else [environments.MODELS])]


def _servers(wishes: Wishes, given: dict[str, str], *, held: tuple[int, ...]) -> dict[str, Server]:
    """Triton first, for it takes longest."""
    triton = servers.Triton(wishes.data, [wishes.models], held=held)
    # After an earlier run that was killed, also where this one uses another Triton.
    triton.clean()
    ours: dict[str, Server] = {
        _TRITON: triton,
        "GATEHOUSE_REDIS_URL": servers.Redis(wishes.data, held=held),
        "GATEHOUSE_DATABASE_URL": servers.Postgres(wishes.data, held=held),
        "GATEHOUSE_SMTP_URL": servers.Mail(wishes.data, held=held),
    }
    return {name: server for name, server in ours.items() if name not in given}


@contextmanager
def _serving(
    wishes: Wishes, given: dict[str, str], started: Mapping[str, Server], *, held: tuple[int, ...]
) -> Iterator[Api]:
    api: Api | None = None
    try:
        say("Starting " + ", ".join([server.title for server in started.values()] + ["the API and a worker"]))
        for server in started.values():
            server.begin()
        settings = _choices(wishes) | {name: one.url for name, one in started.items()} | given
        api = Api(settings, port=wishes.port, held=held)
        if _KEYS not in given:
            api.make_keys()
        with data.env_file(wishes.data / "env", settings):
            _bring_up(api, started)
            yield api
    finally:
        stopping.ignore()
        if api is not None:
            api.stop()
        servers.stop(*started.values())


def _choices(wishes: Wishes) -> dict[str, str]:
    """What an operator has to decide, decided for one machine."""
    return {
        _KEYS: str(wishes.data.absolute() / "signing-keys.json"),
        "GATEHOUSE_FRONTEND_URL": f"http://127.0.0.1:{wishes.port}",
        "GATEHOUSE_MAIL_FROM": "Gatehouse <gatehouse@localhost>",
        # Nobody starts it again here, and a debugger may hold it for as long as it likes.
        "GATEHOUSE_STANDSTILL_SECONDS": "0",
        # Everybody is of one network here, and the mails go to a folder.
        "GATEHOUSE_MAILS_PER_NETWORK": "10000",
    }


def _bring_up(api: Api, started: Mapping[str, Server]) -> None:
    """The migrations run while the models load."""

    def check() -> None:
        for server in started.values():
            server.check()

    wait_until_ready(*(one for name, one in started.items() if name != _TRITON), within=None, meanwhile=check)
    api.migrate(meanwhile=check)
    wait_until_ready(*started.values(), within=None, meanwhile=Reminder("Still loading the models").tell)
    api.begin()
    api.wait_until_ready(check, within=timedelta(seconds=60))
