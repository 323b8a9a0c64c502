"""`make run`: every server that the environment does not name, then the API and a worker, until a signal ends it."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from local import data, environ, environments, ports, servers, stopping
from local.api import Api
from local.mail_lines import MailLines
from local.others import Others
from local.progress import Reminder, say, tell
from local.server import Server, wait_until_ready
from local.trouble import CannotRun

_TRITON = "GATEHOUSE_TRITON_URL"
_TRITON_HTTP = "GATEHOUSE_TRITON_HTTP_URL"
_KEYS = "GATEHOUSE_SIGNING_KEYS_FILE"
_OBJECTS = "GATEHOUSE_OBJECTS"
# Whatever PORT is: credentials name their issuer, and another one would end them all. It is the address that the
# default PORT gives, so that credentials from earlier versions go on working there.
_ISSUER = "http://127.0.0.1:8000"


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    port: int
    processes: int
    data: Path
    models: Sequence[Path]
    models_named: bool


def run(options: RunOptions) -> None:
    """Returns by an exception only: CannotRun, or what the signal's handler raises."""
    given = environ.settings()
    if given.get(_TRITON_HTTP) and _TRITON not in given:
        raise CannotRun(f"{_TRITON_HTTP} is set and {_TRITON} is not: set both, for a Triton of your own, or neither.")
    if options.models_named and _TRITON in given:
        tell(f"MODELS is not used: {_TRITON} names a Triton of your own, which has its own models.")
    with data.taken(options.data) as held:
        started = _servers(options, given, held=(held,))
        # What would fail later is said before anything is fetched or started.
        _check_port(options.port)
        for server in started.values():
            server.inspect()
        environments.make_ready(*_environments(given))
        # From here on, only this user may read what is written.
        os.umask(0o077)
        folder = _mails(started)
        # Made before the start: the worker may then send what an earlier run has left.
        mails = MailLines(folder) if folder else None
        with _serving(options, given, started, held=(held,)) as api:
            print(f"Gatehouse is ready at http://127.0.0.1:{options.port}/graphql", flush=True)
            tell(_about_mails(folder))
            _watch(api, started, mails)


def _watch(api: Api, started: Mapping[str, Server], mails: MailLines | None) -> None:
    while True:
        for server in started.values():
            server.check()
        api.check()
        for line in mails.new() if mails else ():
            tell(line)
        time.sleep(0.1)


def _mails(started: Mapping[str, Server]) -> Path | None:
    mail = started.get("GATEHOUSE_SMTP_URL")
    return mail.mails if isinstance(mail, servers.Mail) else None


def _about_mails(folder: Path | None) -> str:
    if folder:
        return f"No email leaves this machine: each is a file in {folder}. Ctrl-C ends everything."
    return "Emails go to GATEHOUSE_SMTP_URL. Ctrl-C ends everything."


def _check_port(port: int) -> None:
    try:
        ports.probe(port)
    except PermissionError as error:
        raise CannotRun(f"Port {port} is not for ordinary users: choose another with PORT=number.") from error
    except OSError as error:
        raise CannotRun(
            f"Port {port} is taken: choose another with PORT=number, or end the program that has it."
        ) from error


def _environments(given: dict[str, str]) -> list[environments.Environment]:
    return [environments.SERVICE, *([] if _TRITON in given else [environments.MODELS])]


def _servers(options: RunOptions, given: dict[str, str], *, held: tuple[int, ...]) -> dict[str, Server]:
    """Triton first, for it takes longest."""
    triton = servers.Triton(options.data, options.models, held=held)
    # After an earlier run that was killed, also where this one uses another Triton.
    triton.clean()
    ours: dict[str, Server] = {
        _TRITON: triton,
        "GATEHOUSE_REDIS_URL": servers.Redis(options.data, held=held),
        "GATEHOUSE_DATABASE_URL": servers.Postgres(options.data, held=held),
        "GATEHOUSE_SMTP_URL": servers.Mail(options.data, held=held),
    }
    return {name: server for name, server in ours.items() if name not in given}


@contextmanager
def _serving(
    options: RunOptions, given: dict[str, str], started: Mapping[str, Server], *, held: tuple[int, ...]
) -> Iterator[Api]:
    api: Api | None = None
    try:
        say("Starting " + ", ".join([server.title for server in started.values()] + ["the API and a worker"]))
        for server in started.values():
            server.begin()
        settings = _choices(options, given) | _addresses(started) | given
        api = Api(settings, port=options.port, processes=options.processes, held=held)
        if _KEYS not in given:
            api.make_keys()
        if _OBJECTS not in given:
            Path(settings[_OBJECTS]).mkdir(exist_ok=True)
        with data.env_file(options.data / "env", settings):
            _bring_up(api, started, Others(given))
            yield api
    finally:
        stopping.ignore()
        if api is not None:
            api.stop()
        servers.stop(*started.values())


def _addresses(started: Mapping[str, Server]) -> dict[str, str]:
    found = {name: server.url for name, server in started.items()}
    triton = started.get(_TRITON)
    if isinstance(triton, servers.Triton):
        found[_TRITON_HTTP] = triton.http_url
    if folder := _mails(started):
        # The console shows them.
        found["GATEHOUSE_CAUGHT_MAILS"] = str(folder)
    return found


def _choices(options: RunOptions, given: Mapping[str, str]) -> dict[str, str]:
    """What an operator has to decide, decided for one machine."""
    # A front end that the environment names is the issuer, as everywhere else.
    issuer = {} if "GATEHOUSE_FRONTEND_URL" in given else {"GATEHOUSE_ISSUER": _ISSUER}
    return {
        **issuer,
        _KEYS: str(options.data.absolute() / "signing-keys.json"),
        _OBJECTS: str(options.data.absolute() / "objects"),
        "GATEHOUSE_FRONTEND_URL": f"http://127.0.0.1:{options.port}",
        "GATEHOUSE_MAIL_FROM": "Gatehouse <gatehouse@localhost>",
        # Nothing starts it again here, and a debugger may stop it for any time.
        "GATEHOUSE_STANDSTILL_SECONDS": "0",
        # All callers are of one network here, and the emails go to a folder.
        "GATEHOUSE_MAILS_PER_NETWORK": "10000",
    }


def _bring_up(api: Api, started: Mapping[str, Server], others: Others) -> None:
    """The migrations run while the models load."""

    def check() -> None:
        for server in started.values():
            server.check()

    wait_until_ready(*(one for name, one in started.items() if name != _TRITON), within=None, meanwhile=check)
    api.migrate(meanwhile=check)
    wait_until_ready(*started.values(), within=None, meanwhile=Reminder(lambda: loading(started)).tell)
    api.begin()
    api.wait_until_ready(check, others=others, within=timedelta(seconds=60))


def loading(started: Mapping[str, Server]) -> str:
    """The progress line while Triton loads, once the other servers are ready."""
    triton = started.get(_TRITON)
    names = triton.loading() if isinstance(triton, servers.Triton) else []
    return f"Still loading {', '.join(names) or 'the models'}"
