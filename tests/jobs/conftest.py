"""One installation for all of these tests, with a model that waits as long as a test wants."""

import pytest

from tests.conftest import TEST_MODELS
from tests.jobs.held import Held
from tests.journey.client import AccountClient
from tests.journey.installation import running
from tests.service import Worker


@pytest.fixture(scope="package")
def held(tmp_path_factory):
    return Held(tmp_path_factory.mktemp("held"))


@pytest.fixture(scope="package")
def objects_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects")
    folder.chmod(0o700)
    return folder


@pytest.fixture(scope="package")
def _servers(tmp_path_factory, held, objects_folder):
    # So that a test has the workers that it starts, the installation's own runs no jobs.
    settings = {"GATEHOUSE_JOBS_RUNNING": "0", "GATEHOUSE_JOBS_QUEUED": "40"}
    settings["GATEHOUSE_OBJECTS"] = str(objects_folder)
    with running(tmp_path_factory.mktemp("jobs"), models=[TEST_MODELS, held.repository], settings=settings) as started:
        yield started


@pytest.fixture(scope="package")
async def package_installation(_servers):
    async with _servers.in_redis() as redis:
        await redis.config_set("appendfsync", "no")
    return _servers


@pytest.fixture
async def installation(package_installation, held):
    """No job is left from an earlier test, whose workers are dead; and the model answers at once."""
    held.release()
    async with package_installation.database() as database:
        await database.execute("DELETE FROM jobs")
    held.forget()
    yield package_installation
    held.release()


@pytest.fixture
def new_worker(installation, tmp_path):
    """Starts workers that run jobs, and kills those that are left."""
    workers: list[Worker] = []

    def start(**changes):
        changed = {"GATEHOUSE_JOBS_RUNNING": "4"} | {f"GATEHOUSE_{name}": value for name, value in changes.items()}
        one = Worker(installation.environ | changed, tmp_path / f"worker-{len(workers)}.log")
        workers.append(one)
        one.start()
        return one

    yield start
    for one in workers:
        if one.is_running():
            one.kill()


@pytest.fixture
async def client_of(installation):
    """`client_of(person)` talks to the first process, `client_of(person, 1)` to the second."""
    opened = []

    def make(person, process=0, *, credential=None):
        opened.append(AccountClient(installation.urls[process], credential or person.session))
        return opened[-1]

    yield make
    for client in opened:
        await client.__aexit__(None, None, None)
