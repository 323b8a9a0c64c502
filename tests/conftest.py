"""The real servers, started once for the run, and people who talk to the service; Postgres is in `databases.py`."""

import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from access import signing_keys
from db import connection
from local import servers
from settings import Settings
from tests import clusters, forked, groups, logs, parallel, patience, ports, redis_servers, shared_triton
from tests.databases import accounts_database_url as accounts_database_url
from tests.databases import database_url as database_url
from tests.databases import gates_database_url as gates_database_url
from tests.databases import migrated_url as migrated_url
from tests.databases import postgres as postgres
from tests.databases import service_database_url as service_database_url
from tests.databases import template as template
from tests.environ import environ
from tests.service import DEFAULTS, Client, Service
from tests.shared_triton import pytest_runtest_teardown as pytest_runtest_teardown
from tests.tracebacks import pytest_runtest_makereport as pytest_runtest_makereport

ROOT = Path(__file__).parent.parent
SHIPPED_MODELS = ROOT / "inference" / "models"
TEST_MODELS = ROOT / "tests" / "models"

_numbers = count()


ports.give_servers_their_share()
forked.preload(patience.__name__)
DEFAULTS.update(patience.SETTINGS)
# Without bytecode each worker would compile all tests again, and each process that a test starts what it imports.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    redis_servers.add_option(parser)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    redis_servers.parametrize(metafunc)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return parallel.Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: parallel.rank(item.nodeid))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """All that is collected stays: the garbage collector need not look through it, neither meanwhile nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)
    finally:
        logs.ALL.note(item.nodeid)


@pytest.fixture(scope="session", autouse=True)
def _no_log_holds_what_none_may(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of all services and workers that this process has started. The first fixture ends last, after all of them."""
    yield
    found = logs.ALL.leaks(tmp_path_factory.getbasetemp())
    assert found == [], "\n".join(found)


@pytest.fixture(scope="session", autouse=True)
def _one_initdb_for_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.getbasetemp()
    clusters.share((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cluster")


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
def redis(server_folder: Path) -> Iterator[servers.Redis]:
    with servers.Redis(server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def gate_servers(server_folder: Path) -> Iterator[redis_servers.Servers]:
    """For the tests that have a gate in their own process (tests/limits/fixtures.py)."""
    with redis_servers.each_started_once(server_folder / "gate") as server:
        yield server


@pytest.fixture(scope="session")
def triton(server_folder: Path) -> Iterator[servers.Triton]:
    """With the shipped models and those of the tests. Tests that stop or break a Triton start their own."""
    with servers.Triton(server_folder, [SHIPPED_MODELS, TEST_MODELS]) as server, shared_triton.watched(server):
        yield server
        # A stop in good order takes it two seconds; tests/local shows that it works.
        server.kill()


@pytest.fixture(scope="session")
def signing_keys_file(server_folder: Path) -> Path:
    file = server_folder / "signing-keys.json"
    signing_keys.create(file)
    return file


@pytest.fixture(scope="session")
def settings(
    service_database_url: str,
    redis: servers.Redis,
    triton: servers.Triton,
    catcher: servers.Mail,
    signing_keys_file: Path,
) -> dict[str, str]:
    """Visitors may infer, and as much as all tests together do; a busy machine has time to read an image."""
    return environ(
        DATABASE_URL=service_database_url,
        REDIS_URL=redis.url,
        TRITON_URL=triton.url,
        SMTP_URL=catcher.url,
        SIGNING_KEYS_FILE=str(signing_keys_file),
        FRONTEND_URL="https://front.example.org",
        MAIL_FROM="Gatehouse <noreply@example.org>",
        INFERENCE_TIMEOUT_SECONDS="120",
        VISITOR_INFERENCE="true",
        VISITOR_UNITS_PER_MINUTE="1000000",
        VISITOR_UNITS_PER_DAY="100000000",
        VISITOR_CONCURRENT_REQUESTS="1000",
        MAILS_PER_NETWORK="100000",
    )


@pytest.fixture(scope="session")
def new_service(settings: dict[str, str], server_folder: Path) -> Callable[..., Service]:
    """Makes a service, not yet started, with other settings: `new_service(VISITOR_INFERENCE="false")`."""

    def make(**changes: str) -> Service:
        changed = {f"GATEHOUSE_{name}": value for name, value in changes.items()}
        return Service(settings | changed, server_folder / f"service-{next(_numbers)}.log")

    return make


@pytest.fixture
def new_group(settings: dict[str, str], tmp_path: Path, temporary: Path) -> Iterator[Callable[..., Service]]:
    """Makes a service of so many processes, as `new_service` does: `new_group(3, DRAIN_SECONDS="60")`. Its temporary
    folder is `temporary`. The test's end kills what is left of it."""
    made: list[Service] = []

    def make(processes: int, **changes: str) -> Service:
        changed = {f"GATEHOUSE_{name}": value for name, value in changes.items()}
        own = {"TMPDIR": str(temporary), **changed}
        made.append(Service(settings | own, tmp_path / f"{len(made)}.log", processes=processes))
        return made[-1]

    yield make
    for service in made:
        groups.kill(service)


@pytest.fixture
def signals_kept() -> Iterator[None]:
    """For a server in the tests' own process: it leaves signals ignored, as its process is about to end."""
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) != handler:
            signal.signal(number, handler)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """An empty folder, the TMPDIR of the services of `new_group`. That of the test has too long a path for sockets."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def service(new_service: Callable[..., Service]) -> Iterator[Service]:
    with new_service() as started:
        yield started


@pytest.fixture(scope="session")
async def visitor(service: Service) -> AsyncIterator[Client]:
    client = Client(service.url)
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def catcher(server_folder: Path) -> Iterator[servers.Mail]:
    with servers.Mail(server_folder) as server:
        yield server


@pytest.fixture
def mailbox(catcher: servers.Mail) -> Path:
    """The catcher's folder, empty at the beginning of the test."""
    for mail in catcher.mails.glob("*.eml"):
        mail.unlink()
    return catcher.mails


@pytest.fixture
def worker_settings(
    migrated_url: str, redis: servers.Redis, catcher: servers.Mail, signing_keys_file: Path
) -> dict[str, str]:
    """For a worker, over a database of the test's own."""
    return environ(
        DATABASE_URL=migrated_url,
        REDIS_URL=redis.url,
        TRITON_URL="127.0.0.1:1",
        SMTP_URL=catcher.url,
        SIGNING_KEYS_FILE=str(signing_keys_file),
        FRONTEND_URL="https://front.example.org",
        MAIL_FROM="Gatehouse <noreply@example.org>",
    )


@pytest.fixture
async def migrated(worker_settings: dict[str, str], migrated_url: str) -> AsyncIterator[str]:
    """The address of a database with all tables; this process is connected to it."""
    await connection.connect(Settings.from_environ(worker_settings))
    yield migrated_url
    await connection.close()
